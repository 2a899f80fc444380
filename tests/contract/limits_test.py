"""Rate limits, load shedding, trusted proxies and the access log of the gateway."""

import concurrent.futures
import json
import re

import pytest

from support.api import unique
from support.eventually import eventually


@pytest.fixture(autouse=True)
def well(counter):
    yield
    counter.go_on.set()


def test_declared_limit_holds_and_is_told(other_gateway):
    gateway = other_gateway()
    answers = [gateway.get("/staring/x") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    policy = '"jobmesh_test.counting.v1.CountingService/Stare";q=4;w=40'
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {policy}
    left = [re.fullmatch(r'"[^"]+";r=(\d+);t=(\d+)', answer.headers["RateLimit"]).groups() for answer in answers]
    assert [int(remaining) for remaining, _ in left] == [3, 2, 1, 0, 0, 0]
    assert all(1 <= int(seconds) <= 40 for _, seconds in left)
    refused = answers[-1]
    assert refused.json() == {"detail": "Too many requests; slow down"}  # in the style of the family
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    eventually(lambda: gateway.get("/staring/x").status_code == 200, 15, "there is room for one more")


def test_users_are_counted_by_who_they_are_not_where(other_gateway, api):
    gateway = other_gateway()
    one, two = api.sign_up(), api.sign_up()
    for person in (one, two):
        statuses = [gateway.get("/peeping/x", headers=person.bearer).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]


def test_limit_of_the_whole_gateway(other_gateway, account):
    gateway = other_gateway(JOBMESH_RATE_LIMIT_PER_MINUTE="30", JOBMESH_TRUSTED_PROXIES="127.0.0.0/8")

    def ask(client: str, path: str, **headers: str) -> int:
        return gateway.get(path, headers={"X-Forwarded-For": client, **headers}).status_code

    # Each asks for something new, because what the cache answers is free.
    statuses = [ask("203.0.113.1", f"/counting/{unique('x')}") for _ in range(40)]
    assert statuses[:30] == [200] * 30 and 429 in statuses[30:]
    assert ask("203.0.113.2", f"/counting/{unique('x')}") == 200
    # A user has a bucket of their own; guessing tokens takes from that of the address.
    assert ask("203.0.113.1", "/peeping/x", **account.bearer) == 200
    guesses = [ask("203.0.113.3", "/peeping/x", Authorization=f"Bearer {number}") for number in range(40)]
    assert guesses[:30] == [401] * 30 and 429 in guesses[30:]
    # What the cache answers is free.
    name = unique("x")
    assert ask("203.0.113.4", f"/glancing/{name}") == 200
    assert ask("203.0.113.1", f"/glancing/{name}") == 200


def test_address_is_believed_of_trusted_proxies_only(other_gateway):
    gateway = other_gateway(JOBMESH_RATE_LIMIT_PER_MINUTE="10")
    statuses = [gateway.get(f"/counting/{unique('x')}", headers={"X-Forwarded-For": f"203.0.113.{i}"}).status_code for i in range(16)]
    assert 429 in statuses


def test_overload_is_answered_at_once_and_good_requests_go_on(other_gateway, counter):
    gateway = other_gateway(JOBMESH_MAX_IN_FLIGHT="4")
    known = f"/glancing/{unique('x')}"
    assert gateway.get(known).status_code == 200 and gateway.get(known).status_code == 200
    counter.go_on.clear()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        names = [unique("slow") for _ in range(4)]
        slow = [pool.submit(gateway.get, f"/glancing/{name}") for name in names]
        eventually(lambda: all(counter.calls(name) for name in names))
        for _ in range(20):
            refused = gateway.get(f"/glancing/{unique('x')}", timeout=2)
            assert refused.status_code == 503 and refused.headers["Retry-After"] == "1"
            assert refused.json() == {"detail": "The gateway is overloaded; try again"}
            assert gateway.get("/status").status_code == 200
            assert gateway.get(known).headers["X-Cache"] == "hit"
        counter.go_on.set()
        assert [answer.result().status_code for answer in slow] == [200] * 4
    assert gateway.get(f"/glancing/{unique('x')}").status_code == 200


def test_access_log_has_one_line_a_request(other_gateway, account):
    gateway = other_gateway(JOBMESH_ACCESS_LOG="on", JOBMESH_LOG_FORMAT="json")
    name = unique("x")
    gateway.get(f"/glancing/{name}")
    gateway.get(f"/glancing/{name}", headers={"X-Request-ID": "of.the.hit"})
    gateway.get(f"/peeping/{name}", headers=account.bearer)

    def lines() -> list[dict]:
        entries = [json.loads(line) for line in gateway.replica.log().splitlines() if line.startswith("{")]
        found = [entry for entry in entries if entry.get("url.path", "").endswith(name)]
        return found if len(found) == 3 else []

    miss, hit, peep = eventually(lines)
    assert miss["http.route"] == "/glancing/{name}" and miss["jobmesh.cache"] == "miss"
    assert hit["jobmesh.cache"] == "hit" and hit["http.request.id"] == "of.the.hit"
    assert hit["http.response.status_code"] == 200 and hit["http.response.body.bytes"] > 0 and hit["event.duration"] > 0
    assert peep["user.id"] == str(account.user_id) and hit["user.id"] == ""
    assert account.access_token not in gateway.replica.log()
