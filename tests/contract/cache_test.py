"""The response cache of the gateway, entity tags and content codings, seen by a client and by the service behind."""

import concurrent.futures
import gzip
import time

import pytest

from support.api import unique
from support.eventually import eventually

PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(autouse=True)
def well(counter, api):
    yield
    counter.data_version, counter.cookie, counter.is_away = 0, "", False
    counter.go_on.set()
    # The gateway may have taken it for dead.
    eventually(lambda: api.get(f"/glancing/{unique('w')}").status_code == 200, 30, "the service is back")


def test_second_request_is_answered_from_the_cache(api, counter):
    path = f"/glancing/{unique('x')}"
    first, second, third = (api.get(path) for _ in range(3))
    assert [answer.headers["X-Cache"] for answer in (first, second, third)] == ["miss", "hit", "hit"]
    assert first.json() == second.json() == third.json()
    assert first.headers["ETag"] == third.headers["ETag"] and first.headers["ETag"].startswith('"')
    assert third.headers["Cache-Control"] == "public, max-age=30"
    assert 0 <= int(third.headers["Age"]) <= 2
    assert "Accept-Encoding" in third.headers["Vary"]
    assert len({answer.headers["X-Request-ID"] for answer in (first, second, third)}) == 3
    assert third.headers["X-Trace-ID"] != second.headers["X-Trace-ID"]
    assert counter.calls(path.rpartition("/")[2]) == 1


def test_query_and_escapes_of_one_request_share_one_response(api, counter):
    name = unique("x")
    assert api.get(f"/glancing/{name}?size=2").headers["X-Cache"] == "miss"
    assert api.get(f"/glancing/%78{name[1:]}?size=2").headers["X-Cache"] == "hit"
    assert api.get(f"/glancing/{name}/?size=2").headers["X-Cache"] == "hit"
    assert api.get(f"/glancing/{name}?size=3").headers["X-Cache"] == "miss"
    assert counter.calls(name) == 2


def test_concurrent_misses_make_one_call(api, counter):
    name = unique("x")
    counter.go_on.clear()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(api.get, f"/glancing/{name}") for _ in range(16)]
        eventually(lambda: counter.calls(name) == 1)
        counter.go_on.set()
        assert {answer.result().json()["count"] for answer in answers} == {1}
    assert counter.calls(name) == 1


def test_stale_response_is_served_while_it_is_renewed(api, counter):
    name = unique("x")
    first = api.get(f"/counting/{name}")
    begin = time.monotonic()
    results = set()

    def renewed() -> bool:
        answer = api.get(f"/counting/{name}")
        results.add(answer.headers["X-Cache"])
        return answer.json()["count"] == 2

    eventually(renewed, 5, "the response is renewed")
    assert first.json()["count"] == 1
    assert time.monotonic() - begin >= 1.5
    assert results >= {"hit", "stale"}, results


def test_newer_data_outdates_what_was_cached(api, counter):
    old, other = unique("x"), unique("y")
    counter.data_version = 7
    api.get(f"/glancing/{old}")
    assert api.get(f"/glancing/{old}").headers["X-Cache"] == "hit"
    counter.data_version = 8
    api.get(f"/glancing/{other}")
    answer = api.get(f"/glancing/{old}")
    assert (answer.headers["X-Cache"], answer.headers["X-Jobmesh-Data-Version"]) == ("miss", "8")


def test_last_response_is_served_while_the_service_is_away(api, counter):
    name = unique("x")
    assert api.get(f"/counting/{name}").json()["count"] == 1
    counter.is_away = True

    def last_served() -> bool:
        answer = api.get(f"/counting/{name}")
        assert answer.status_code == 200 and answer.json()["count"] == 1
        return counter.calls(name) >= 2 and answer.headers["X-Cache"] == "stale"

    eventually(last_served, 10)
    assert api.get(f"/counting/{unique('z')}").status_code == 503


def test_responses_vary_by_the_headers_the_rpc_names(api):
    name = unique("x")
    english, german = ({"Accept-Language": language} for language in ("en", "de"))
    assert api.get(f"/counting/{name}", headers=english).json()["language"] == "en"
    assert api.get(f"/counting/{name}", headers=german).json()["language"] == "de"
    again = api.get(f"/counting/{name}", headers=english)
    assert (again.headers["X-Cache"], again.json()["language"]) == ("hit", "en")
    assert "Accept-Language" in again.headers["Vary"]


def test_response_that_sets_a_cookie_is_not_kept(api, counter):
    name = unique("x")
    counter.cookie = "a=1"
    assert [api.get(f"/glancing/{name}").headers["X-Cache"] for _ in range(2)] == ["miss", "miss"]


def test_errors_are_not_kept(api, counter):
    name = unique("x")
    counter.is_away = True
    assert api.get(f"/glancing/{name}").status_code == 503
    counter.is_away = False
    eventually(lambda: api.get(f"/glancing/{name}").status_code == 200, 30)


def test_token_of_the_asker_is_not_shown_to_a_service_that_answers_everyone(api, account):
    # Nor does it keep the answer from being shared.
    name = unique("x")
    api.get(f"/glancing/{name}", headers=account.bearer)
    assert api.get(f"/glancing/{name}").headers["X-Cache"] == "hit"


def test_known_entity_tag_gives_304(api):
    path = f"/glancing/{unique('x')}?size=2000"
    for encoding in ("identity", "gzip"):
        headers = {"Accept-Encoding": encoding}
        whole = api.get(path, headers=headers)
        known = api.get(path, headers=headers | {"If-None-Match": f'"other", {whole.headers["ETag"]}'})
        assert known.status_code == 304 and known.content == b""
        assert known.headers["ETag"] == whole.headers["ETag"]
        assert "max-age=30" in known.headers["Cache-Control"] and "Content-Length" not in known.headers
        assert api.get(path, headers=headers | {"If-None-Match": '"other"'}).status_code == 200


def test_head_has_the_header_of_get_and_no_body(api):
    path = f"/glancing/{unique('x')}?size=200"
    get = api.get(path, headers=PLAIN)
    for _ in range(2):
        head = api.request("HEAD", path, headers=PLAIN)
        assert head.status_code == 200 and head.content == b""
        assert head.headers["Content-Length"] == str(len(get.content))
        assert head.headers["ETag"] == get.headers["ETag"]


def test_gzip_is_given_to_who_takes_it(api):
    path = f"/glancing/{unique('x')}?size=2000"
    plain = api.get(path, headers=PLAIN)
    coded = api.get(path, headers={"Accept-Encoding": "br;q=0.9, gzip;q=0.8"}, stream=True)
    body = coded.raw.read(decode_content=False)
    assert coded.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(body) == plain.content and len(body) < len(plain.content) / 5
    assert coded.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize("refuses", ["gzip;q=0", "identity;q=1, gzip;q=0.5", "br", ""])
def test_gzip_is_not_forced_on_anyone(api, refuses):
    answer = api.get(f"/glancing/{unique('x')}?size=2000", headers={"Accept-Encoding": refuses})
    assert "Content-Encoding" not in answer.headers


def test_small_bodies_and_what_is_not_cached(api):
    assert "Content-Encoding" not in api.get(f"/glancing/{unique('x')}", headers={"Accept-Encoding": "gzip"}).headers
    only_gzip = {"Accept-Encoding": "gzip, identity;q=0"}
    assert api.get(f"/glancing/{unique('x')}", headers=only_gzip).headers["Content-Encoding"] == "gzip"
    index = api.get("/staring/x?size=2000", headers={"Accept-Encoding": "gzip"})
    if index.status_code == 200:  # else its rate limit speaks
        assert index.headers["Content-Encoding"] == "gzip" and index.headers["Cache-Control"] == "no-store"


def test_new_posting_is_seen_within_five_seconds_by_who_asks_all_the_time(api, mesh):
    word = unique("Wheelwright")
    mesh.add_posting(f"{word} one", ["Python"])
    mesh.scrape("sample-jsonld")
    eventually(lambda: len(api.find(word)) == 1 and len(api.find(word)) == 1)
    mesh.add_posting(f"{word} two", ["Python"])
    mesh.scrape("sample-jsonld")
    eventually(lambda: len(api.find(word)) == 2, 5)
    eventually(lambda: api.get(f"/generate-insight-skills-by-demand/{word}").json()["total_jobs"] == 2, 5)
