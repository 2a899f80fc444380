"""Rows 1a, 1b, 1o and 1p: signing up, logging in, staying signed in, logging out."""

import http.cookies
import re
import time

import pytest

from support.api import PASSWORD, Api, claims_of, expect, expect_msg, unique
from support.eventually import eventually

PAIR_FIELDS = {"msg", "user_id", "websocket", "access_token", "refresh_token", "token_type", "expires_in"}
INVALIDATED = "Token was invalidated by user logout."


def expect_pair(api: Api, answer, msg: str) -> dict:
    """The body that 1a, 1b and 1o share, and the cookie that goes with it."""
    body = answer.json()
    assert set(body) == PAIR_FIELDS
    assert body["msg"] == msg
    assert type(body["user_id"]) is int and body["user_id"] > 0
    assert body["websocket"] == api.url.replace("http://", "ws://") + "/ws"
    assert body["token_type"] == "Bearer"
    assert type(body["expires_in"]) is int and 0 < body["expires_in"] <= 3600
    assert claims_of(body["access_token"])["sub"] == str(body["user_id"])
    cookie = cookie_of(answer)
    assert cookie.value == body["access_token"]
    assert cookie["httponly"] is True
    assert cookie["path"] == "/"
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == body["expires_in"]
    return body


def cookie_of(answer) -> http.cookies.Morsel:
    return http.cookies.SimpleCookie(answer.headers["Set-Cookie"])["authorization"]


def credentials(**changes: object) -> dict:
    body = {"name": "Grace Hopper", "email": f"{unique('grace')}@example.com", "password": PASSWORD} | changes
    return {key: value for key, value in body.items() if value is not None}


def test_1a_sign_up_makes_an_account_and_signs_in(api):
    answer = api.post("/sign-up", credentials())
    assert answer.status_code == 201
    body = expect_pair(api, answer, "Successful sign up")
    # The token that came is good at once.
    own = api.get(f"/get-subscriptions/{body['user_id']}", headers={"Authorization": f"Bearer {body['access_token']}"})
    expect(own, 404, {"msg": "No skills"})


@pytest.mark.parametrize("email", ["ada", "ada@", "@example.com", "ada@example", "a b@example.com", "ada@exa mple.com"])
def test_1a_sign_up_refuses_an_invalid_email(api, email):
    expect(api.post("/sign-up", credentials(email=email)), 400, {"msg": "Invalid email"})


def test_1a_sign_up_refuses_a_short_password(api):
    expect(api.post("/sign-up", credentials(password="1234567")), 400, {"msg": "Password too short"})
    # Seven characters of two bytes each are still seven.
    expect(api.post("/sign-up", credentials(password="ñ" * 7)), 400, {"msg": "Password too short"})
    assert api.post("/sign-up", credentials(password="12345678")).status_code == 201


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_1a_sign_up_names_a_missing_field(api, field):
    expect_msg(api.post("/sign-up", credentials(**{field: None})), 400, f"{field}: ")
    expect_msg(api.post("/sign-up", credentials(**{field: ""})), 400, f"{field}: ")


@pytest.mark.parametrize("value", [7, True, ["a"], {"a": "b"}])
@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_1a_sign_up_names_a_field_of_the_wrong_type(api, field, value):
    expect_msg(api.post("/sign-up", credentials(**{field: value})), 400, f"{field}: ")


def test_1a_sign_up_twice_is_a_conflict_whatever_the_letter_case(api):
    body = credentials()
    assert api.post("/sign-up", body).status_code == 201
    expect(api.post("/sign-up", body), 409, {"msg": "User already exists"})
    expect(api.post("/sign-up", body | {"email": body["email"].upper()}), 409, {"msg": "User already exists"})


def test_1a_sign_up_ignores_unknown_fields(api):
    assert api.post("/sign-up", credentials(nickname="Amazing Grace", nested={"a": [1]})).status_code == 201


def test_1a_sign_up_cannot_choose_a_role(api):
    answer = api.post("/sign-up", credentials(role="ADMIN", is_admin=True))
    assert claims_of(answer.json()["access_token"])["role"] == "USER"


def test_1b_login_signs_in(api, account):
    answer = api.log_in(account.email)
    assert answer.status_code == 200
    body = expect_pair(api, answer, "Successful login")
    assert body["user_id"] == account.user_id
    assert body["refresh_token"] != account.refresh_token


def test_1b_login_answers_alike_for_wrong_password_and_unknown_email(api, account):
    wrong = {"msg": "Invalid email or password"}
    expect(api.log_in(account.email, "not this one"), 401, wrong)
    expect(api.log_in(f"{unique('nobody')}@example.com"), 401, wrong)


def test_1b_login_takes_the_same_time_for_an_unknown_email(api, account):
    def fastest(email: str) -> float:
        times = []
        for _ in range(4):
            begin = time.perf_counter()
            assert api.log_in(email, "not this one").status_code == 401
            times.append(time.perf_counter() - begin)
        return min(times)

    known, unknown = fastest(account.email), fastest(f"{unique('nobody')}@example.com")
    # The hash, which is what takes time, is computed for both; the rest is noise of a busy machine.
    assert abs(known - unknown) < 0.05


@pytest.mark.parametrize("field", ["email", "password"])
def test_1b_login_names_a_missing_field(api, field):
    body = {"email": "ada@example.com", "password": PASSWORD}
    del body[field]
    expect_msg(api.post("/login", body), 400, f"{field}: ")
    expect_msg(api.post("/login", body | {field: 7}), 400, f"{field}: ")


def test_1b_login_is_throttled_after_ten_failures(api, account):
    for _ in range(10):
        expect(api.log_in(account.email, "not this one"), 401, {"msg": "Invalid email or password"})
    answer = api.log_in(account.email)  # now even with the right password
    expect_msg(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    # Others are not harmed.
    assert api.log_in(api.sign_up().email).status_code == 200


def test_1o_refresh_gives_a_new_pair(api, account):
    answer = api.post("/refresh", {"refresh_token": account.refresh_token})
    assert answer.status_code == 200
    body = expect_pair(api, answer, "Successful refresh")
    assert body["user_id"] == account.user_id
    assert body["refresh_token"] != account.refresh_token
    assert api.post("/refresh", {"refresh_token": body["refresh_token"]}).status_code == 200


def test_1o_refresh_with_a_spent_token_revokes_the_family(api, account):
    body = api.post("/refresh", {"refresh_token": account.refresh_token}).json()
    expect_msg(api.post("/refresh", {"refresh_token": account.refresh_token}), 401)
    expect_msg(api.post("/refresh", {"refresh_token": body["refresh_token"]}), 401)

    def refused():
        answer = api.get(f"/get-subscriptions/{account.user_id}", headers={"Authorization": f"Bearer {body['access_token']}"})
        return answer.status_code == 401

    eventually(refused, 5, "the access token of the revoked family is refused")
    # Another sign-in of the same person is another family.
    assert api.log_in(account.email).status_code == 200


@pytest.mark.parametrize("token", ["unknown", "0" * 64, "\u0000", "x" * 5000])
def test_1o_refresh_refuses_an_unknown_token(api, token):
    expect_msg(api.post("/refresh", {"refresh_token": token}), 401)


def test_1o_refresh_names_a_missing_token(api):
    expect_msg(api.post("/refresh", {}), 400, "refresh_token: ")


def test_1p_log_out_ends_the_sign_in(api, account):
    answer = api.post("/log-out", {"refresh_token": account.refresh_token}, headers=account.bearer)
    expect(answer, 200, {"msg": "Logged out"})
    cookie = cookie_of(answer)
    assert cookie.value == "" and cookie["max-age"] == "0" and cookie["path"] == "/"
    eventually(lambda: api.subscriptions(account).json() == {"msg": INVALIDATED}, 5, "the access token is refused")
    expect(api.subscriptions(account), 401, {"msg": INVALIDATED})
    expect_msg(api.post("/refresh", {"refresh_token": account.refresh_token}), 401)


def test_1p_log_out_works_with_the_cookie_and_without_a_body(api, account):
    answer = api.post("/log-out", headers={"Cookie": f"authorization={account.access_token}"})
    expect(answer, 200, {"msg": "Logged out"})
    # The refresh token is of the same family.
    expect_msg(api.post("/refresh", {"refresh_token": account.refresh_token}), 401)


def test_1p_log_out_leaves_other_sign_ins_alone(api, account):
    other = api.log_in(account.email).json()
    assert api.post("/log-out", {}, headers=account.bearer).status_code == 200
    assert api.post("/refresh", {"refresh_token": other["refresh_token"]}).status_code == 200


def test_1p_log_out_needs_a_token(api):
    expect_msg(api.post("/log-out", {}), 401)
    expect_msg(api.post("/log-out", {}, headers={"Authorization": "Bearer nonsense"}), 401)


def test_keys_of_tokens_are_published(api, account):
    keys = api.get("/.well-known/jwks.json")
    assert keys.status_code == 200
    for key in keys.json()["keys"]:
        assert key["kty"] == "RSA" and key["alg"] == "RS256" and key["use"] == "sig"
        assert not {"d", "p", "q"} & set(key)
        assert re.fullmatch(r"[\w-]{342,}", key["n"])
