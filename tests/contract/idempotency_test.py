"""Row 90: Idempotency-Key on POST."""

import concurrent.futures

import pytest

from support.api import unique
from support.eventually import eventually


@pytest.fixture(autouse=True)
def well(counter):
    yield
    counter.go_on.set()


def add(api, account, key: str, **body: object):
    return api.post("/counting", body, headers={"Idempotency-Key": key, **account.bearer})


def test_same_request_has_its_effect_once(api, counter, account):
    name, key = unique("x"), unique("key")
    first = add(api, account, key, name=name)
    again = add(api, account, f'"{key}"', name=name)  # quoted and bare are one key
    assert (first.status_code, first.json()["count"]) == (201, 1)
    assert (again.status_code, again.json()) == (201, first.json())
    assert "Idempotency-Replayed" not in first.headers and again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"] == f"/counting/{name}"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert counter.calls(name) == 1


def test_white_space_of_a_body_does_not_make_another_request(api, counter, account):
    name, key = unique("x"), unique("key")
    headers = {"Idempotency-Key": key, **account.bearer}
    assert api.post_text("/counting", '{"name":"%s"}' % name, **headers).status_code == 201
    assert api.post_text("/counting", '{ "name" : "%s" }' % name, **headers).headers["Idempotency-Replayed"] == "true"
    assert counter.calls(name) == 1


def test_other_request_with_the_key_is_refused(api, counter, account):
    name, key = unique("x"), unique("key")
    add(api, account, key, name=name)
    other = add(api, account, key, name=f"{name} other")
    assert other.status_code == 422 and "Idempotency-Key" in other.text
    assert counter.calls(f"{name} other") == 0


def test_request_that_still_runs_is_not_begun_again(api, counter, account):
    name, key = unique("x"), unique("key")
    counter.go_on.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(add, api, account, key, name=name, wait=True)
        eventually(lambda: counter.calls(name) == 1)
        second = add(api, account, key, name=name, wait=True)
        assert second.status_code == 409 and 1 <= int(second.headers["Retry-After"]) <= 18
        counter.go_on.set()
        assert first.result().status_code == 201
    assert add(api, account, key, name=name, wait=True).headers["Idempotency-Replayed"] == "true"
    assert counter.calls(name) == 1


def test_keys_belong_to_their_callers(api, counter, account):
    key, name = unique("key"), unique("x")
    other = api.sign_up()
    assert add(api, account, key, name=name).json()["count"] == 1
    assert add(api, other, key, name=name).json()["count"] == 2
    assert add(api, account, unique("key"), name=name).json()["count"] == 3


def test_visitors_have_keys_too(api, counter):
    name, key = unique("x"), unique("key")
    answers = [api.post("/counting-for-anyone", {"name": name}, headers={"Idempotency-Key": key}) for _ in range(2)]
    assert [answer.json()["count"] for answer in answers] == [1, 1]


@pytest.mark.parametrize(
    "code,status,is_stored",
    [(5, 404, True), (6, 409, True), (3, 400, False), (8, 429, False), (13, 500, False), (4, 504, False)],
)
def test_what_may_still_succeed_is_tried_again(api, counter, account, code, status, is_stored):
    name, key = unique("x"), unique("key")
    for _ in range(2):
        answer = add(api, account, key, name=name, fail=code)
        assert answer.status_code == status
    assert answer.headers.get("Idempotency-Replayed") == ("true" if is_stored else None)
    assert counter.calls(name) == (1 if is_stored else 2)


@pytest.mark.parametrize("key", ["", '"', '"a', 'a"b"c' + "x" * 260, "x" * 256, '""', '"a"b'])
def test_malformed_keys_are_refused(api, counter, account, key):
    name = unique("x")
    answer = add(api, account, key, name=name)
    assert answer.status_code == 400 and "Idempotency-Key" in answer.json()["detail"]
    assert counter.calls(name) == 0


def test_longest_key_is_taken(api, account):
    key = unique("key").ljust(255, "k")
    assert [add(api, account, key, name="x").headers.get("Idempotency-Replayed") for _ in range(2)] == [None, "true"]


def test_body_that_is_wrong_takes_no_key(api, counter, account):
    name, key = unique("x"), unique("key")
    assert add(api, account, key, name=name, nonsense=1).status_code == 400
    assert add(api, account, key, name=name).status_code == 201


def test_tokens_are_never_stored(api, mesh):
    key = unique("key")
    body = {"name": "Ada", "email": f"{unique('once')}@example.com", "password": "correct horse battery"}
    assert api.post("/sign-up", body, headers={"Idempotency-Key": key}).status_code == 201
    with mesh.database("jobmesh_user") as database, database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM idempotency_key WHERE key = %s", (key,))
        assert cursor.fetchone() == (0,)


def test_any_gateway_replays_and_a_killed_one_frees_its_keys(api, counter, account, other_gateway, mesh):
    name, key = unique("x"), unique("key")
    other = other_gateway()
    assert add(other, account, key, name=name).json()["count"] == 1
    other.replica.stop()
    assert add(api, account, key, name=name).headers["Idempotency-Replayed"] == "true"

    # Killed while the request runs: nobody else begins it before its lock is over.
    name, key = unique("x"), unique("key")
    doomed = other_gateway()
    counter.go_on.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        lost = pool.submit(add, doomed, account, key, name=name, wait=True)
        eventually(lambda: counter.calls(name) == 1)
        doomed.replica.stop()
        assert lost.exception(10) is not None
    counter.go_on.set()
    assert add(api, account, key, name=name, wait=True).status_code == 409
    with mesh.database("jobmesh_user") as database, database.cursor() as cursor:  # what time would do
        cursor.execute("UPDATE idempotency_key SET lock_expire_time = now() WHERE key = %s", (key,))
    assert add(api, account, key, name=name, wait=True).json()["count"] == 2


def test_add_new_skill_with_a_key(api, account):
    key, skill = unique("key"), unique("zymurgy ")
    headers = {"Idempotency-Key": key, **account.bearer}
    body = {"user_id": account.user_id, "skill_name": skill}
    first, again = (api.post("/add-new-skill", body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.post("/add-new-skill", body | {"skill_name": f"{skill} 2"}, headers=headers).status_code == 422
