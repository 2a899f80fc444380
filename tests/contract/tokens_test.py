"""Tokens that are not good, on a route that needs one: each is 401 in the style of document 001, none is a 500."""

import time

import pytest

from support.api import expect_msg
from support.forge import Forger, claims, stranger_key


@pytest.fixture(scope="module")
def forger(mesh) -> Forger:
    return Forger(mesh)


def ask(api, user_id: int, token: str):
    return api.get(f"/get-subscriptions/{user_id}", headers={"Authorization": f"Bearer {token}"})


def test_no_token(api, account):
    answer = api.get(f"/get-subscriptions/{account.user_id}")
    expect_msg(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Basic YTpi", "nonsense", "Bearer a.b.c", "Bearer ..", "Bearer " + "x" * 9000])
def test_header_that_holds_no_token(api, account, value):
    expect_msg(api.get(f"/get-subscriptions/{account.user_id}", headers={"Authorization": value}), 401)


def test_token_signed_by_the_mesh_is_good(api, account, forger):
    """So that the refusals below are for what is wrong with them."""
    expect_msg(ask(api, account.user_id, forger.token(claims(account.user_id))), 404, "No skills")


def test_changed_payload(api, account):
    header, payload, signature = account.access_token.split(".")
    changed = payload[:10] + ("A" if payload[10] != "A" else "B") + payload[11:]
    expect_msg(ask(api, account.user_id, f"{header}.{changed}.{signature}"), 401)


def test_expired(api, account, forger):
    token = forger.token(claims(account.user_id, exp=int(time.time()) - 3600))
    expect_msg(ask(api, account.user_id, token), 401, "Token has expired")


@pytest.mark.parametrize(
    "changes",
    [{"exp": None}, {"exp": "tomorrow"}, {"nbf": 4_000_000_000}, {"sub": None}, {"sub": "somebody"}, {"role": None}],
    ids=str,
)
def test_claims_that_do_not_hold(api, account, forger, changes):
    expect_msg(ask(api, account.user_id, forger.token(claims(account.user_id, **changes))), 401)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS512"])
def test_algorithm_that_is_not_ours(api, account, forger, alg):
    expect_msg(ask(api, account.user_id, forger.token(claims(account.user_id), alg=alg)), 401)


def test_key_that_is_not_ours(api, account, forger):
    stranger = stranger_key()
    expect_msg(ask(api, account.user_id, forger.token(claims(account.user_id), key=stranger)), 401)
    expect_msg(ask(api, account.user_id, forger.token(claims(account.user_id), key=stranger, kid="unknown")), 401)


def test_cookie_is_as_good_as_the_header(api, account):
    answer = api.get(f"/get-subscriptions/{account.user_id}", headers={"Cookie": f"a=b; authorization={account.access_token}; c=d"})
    expect_msg(answer, 404, "No skills")


def test_role_that_is_not_enough(api, account, admin_token):
    path = "/v1/sources/sample-rss:scrape"
    assert api.post(path, {}, headers=account.bearer).status_code == 403
    assert api.post(path, {}).status_code == 401
    assert api.post(path, {}, headers={"Authorization": f"Bearer {admin_token}"}).status_code == 200
