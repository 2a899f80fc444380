"""Document 003 through the real gateway; test_7_NN is line NN of the contract's list."""

import re
import time

import grpc
import pytest
import requests

from support.api import expect, unique
from support.eventually import eventually
from support.forge import Forger, claims, stranger_key
from support.replica import Replica
from support.rpc import Channel, Messages

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
USER_FIELDS = {"id": int, "email": str, "first_name": str, "last_name": str}


def is_person(body: dict) -> bool:
    return set(body) == set(USER_FIELDS) and all(isinstance(body[name], kind) and body[name] for name, kind in USER_FIELDS.items())


def parse(api, document: object, path: str = "/parse", status: int = 200) -> str:
    answer = api.post(path, document)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"task_id"} and UUID.match(answer.json()["task_id"]), answer.text
    return answer.json()["task_id"]


def result(api, task_id: str) -> dict:
    answer = api.get(f"/parser_results/{task_id}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["task_id"] == task_id
    return body


def outcome(api, task_id: str) -> dict:
    """The result once it is there; until then it is pending and nothing else."""

    def ended():
        body = result(api, task_id)
        if body["status"] == "PENDING":
            assert body == {"task_id": task_id, "status": "PENDING"}
            return None
        return body

    return eventually(ended, 30, "the task ends")


def refused(answer, status: int, detail: str | None = None) -> None:
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    body = answer.json()
    assert isinstance(body["detail"], str) and body["detail"], body
    assert detail is None or body["detail"] == detail, body


def people(mesh) -> int:
    with mesh.database("jobmesh_jobs") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM parsed_user")
        return cursor.fetchone()[0]


def queued(mesh) -> int:
    with mesh.database("jobmesh_jobs") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM task WHERE family = '003'")
        return cursor.fetchone()[0]


def test_7_58_a_person_is_pending_then_success(mesh, api):
    before = people(mesh)
    done = outcome(api, parse(api, {"data": "random_user"}))
    assert done["status"] == "SUCCESS" and is_person(done["result"]), done
    assert people(mesh) == before + 1


def test_7_58_a_text_is_parsed(api):
    text = "ACME pays $120,000 - $150,000 a year for 5+ years of Python and PostgreSQL."
    done = outcome(api, parse(api, {"data": text}))
    assert done["status"] == "SUCCESS" and set(done["result"]) == {"parsed_data"}, done
    (posting,) = done["result"]["parsed_data"]["postings"]
    assert {"Python", "PostgreSQL"} <= set(posting["skills"])
    assert posting["salary"]["annual_min"] == 120000 and posting["experience"]["min_years"] == 5


def test_7_58_a_page_is_fetched_and_parsed(mesh, api):
    posting = mesh.add_posting("Parser of pages", ["python"], company="Parsing Ltd")
    page = f"{mesh.status()['sample_board_url']}/jsonld/jobs/{posting['id']}"
    done = outcome(api, parse(api, {"data": page}))
    assert done["status"] == "SUCCESS", done
    assert done["result"]["parsed_data"]["postings"][0]["title"] == "Parser of pages"


def test_7_58_a_page_that_is_not_there_is_a_failure(mesh, api):
    done = outcome(api, parse(api, {"data": mesh.status()["sample_board_url"] + "/no-such-page"}))
    assert done["status"] == "FAILURE" and done["error"] and "result" not in done


def test_private_addresses_are_not_fetched(api):
    done = outcome(api, parse(api, {"data": "http://10.0.0.1/admin"}))
    assert done["status"] == "FAILURE", done


@pytest.mark.parametrize("task_id", ["00000000-0000-0000-0000-000000000000", "nope", "7", "66f1c0ffee66f1c0ffee66f1"])
def test_7_59_unknown(api, task_id):
    refused(api.get(f"/parser_results/{task_id}"), 404, "Task not found")


def test_7_60_async_has_no_id_and_the_work_happens(mesh, api):
    before = people(mesh)
    answer = api.get("/async_parser")
    expect(answer, 200, {"message": "Task submitted asynchronously"})
    assert "no-store" in answer.headers["Cache-Control"]
    eventually(lambda: people(mesh) == before + 1, 30, "the person is stored")
    answer = api.post("/async_parser")
    assert answer.status_code == 202 and set(answer.json()) == {"message"}, answer.text
    eventually(lambda: people(mesh) == before + 2, 30, "the other person is stored")


def test_7_61_head_enqueues_nothing(mesh, api):
    before = queued(mesh)
    answer = api.request("HEAD", "/async_parser")
    assert answer.status_code == 405 and answer.headers["Allow"] == "GET, POST"
    time.sleep(0.5)  # nothing comes of it
    assert queued(mesh) == before


def test_7_62_aliases_and_codes(api):
    assert outcome(api, parse(api, None, "/parser", 202))["result"]["id"] > 0
    assert "parsed_data" in outcome(api, parse(api, {"data": "x"}, "/parser", 202))["result"]
    assert "parsed_data" in outcome(api, parse(api, {"title": "Cook"}, "/parse/"))["result"]
    form = api.request("POST", "/parse", data='{"data":"test"}', headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert form.status_code == 200 and form.json()["task_id"]


@pytest.mark.parametrize("body", ["", "{}", "[]", "[1]", '"text"', "null", "{", "not json", '{"data":""}', '{"data":null}', '{"data":"\\u0000"}'])
def test_7_62_bodies_without_data(api, body):
    refused(api.post_text("/parse", body), 400)


def test_7_62_a_posting_is_parsed_while_you_wait(api):
    answer = api.post("/api/v1/postings:parse", {"title": "Engineer", "description": "Go and Kubernetes"})
    assert answer.status_code == 200 and answer.json()["postings"][0]["skills"] == ["Go", "Kubernetes"], answer.text
    assert api.post("/api/v1/postings:parse", {"data": "random_user"}).status_code == 400


PASTED = """Senior Rust engineer at Fernworks, Ghent. You have at least 5 years of experience – "hands on" – with Rust and
PostgreSQL. Salary: EUR 60,000 - 75,000 a year. Fully remote."""


def parsed_now(api, document: dict) -> dict:
    answer = api.post("/api/v1/postings:parse", document)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("document", [{"text": PASTED}, {"data": PASTED}, {"html": f"<p>{PASTED}</p>"}, {"text": f"<p>{PASTED}</p>"}])
def test_7_62_facts_show_where_they_stand(api, document):
    (posting,) = parsed_now(api, {**document, "title": "Senior Rust engineer"} if "data" not in document else document)["postings"]
    salary = posting["salary"]
    assert (salary["min"], salary["max"], salary["currency"], salary["period"]) == (60000, 75000, "EUR", "YEAR")
    assert posting["experience"]["min_years"] == 5 and posting["remote_mode"] == "REMOTE"
    pasted = posting["description"].encode()
    places = [place for place in posting["evidence"].values() if place["origin"] == "text"]
    for place in places + posting["mentions"]:
        assert pasted[place["begin"] : place["end"]].decode() == place["quote"]
    assert "60,000 - 75,000" in posting["evidence"]["salary"]["quote"]
    assert "5 years" in posting["evidence"]["experience"]["quote"]
    assert [mention["quote"] for mention in posting["mentions"] if mention["name"] == "PostgreSQL"] == ["PostgreSQL"]
    if "title" in document:
        assert posting["evidence"]["seniority"] == {"origin": "field"}


def test_7_62_a_page_is_parsed_while_you_wait(mesh, api):
    added = mesh.add_posting("Cooper", ["Python"], company="Barrel Ltd", salary="$120,000 per year")
    page = f"{mesh.status()['sample_board_url']}/jsonld/jobs/{added['id']}"
    for document in ({"url": page}, {"data": page}):
        found = parsed_now(api, document)
        (posting,) = found["postings"]
        assert found["url"] == page and (posting["title"], posting["company"]) == ("Cooper", "Barrel Ltd")
        assert "Python" in posting["skills"] and posting["salary"]["annual_min"] == 120000
    done = outcome(api, parse(api, {"url": page}))
    assert done["status"] == "SUCCESS" and done["result"]["parsed_data"]["url"] == page, done


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "data"),
        ({"data": ""}, "data"),
        ({"text": "a" * 500_001}, "text"),
        ({"data": "a" * 500_001}, "data"),
        ({"text": "a", "html": "b"}, "text"),
        ({"url": "no address"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "gopher://a.example/"}, "url"),
        ({"url": "http://10.1.2.3/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "http://[::1]:1/"}, "url"),
        ({"url": "http://[::ffff:10.1.2.3]/"}, "url"),
        ({"url": "http://2130706433/"}, "url"),
        ({"url": "http://0x7f.1/"}, "url"),
        ({"url": "http://nobody.invalid/"}, "url"),
        ({"url": "http://user:password@127.0.0.1:1/"}, "url"),
    ],
)
def test_7_62_what_cannot_be_read_names_its_field(api, document, field):
    answer = api.post("/api/v1/postings:parse", document)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["reason"] == "INVALID_FIELD" and problem["metadata"]["field"] == field, problem


def test_7_62_a_server_that_fails_is_502(mesh, api):
    added = mesh.add_posting("Glazier", ["Python"])
    page = f"{mesh.status()['sample_board_url']}/jsonld/jobs/{added['id']}"
    mesh.run("board", "fail", "500", "--board", "jsonld")
    try:
        answer = api.post("/api/v1/postings:parse", {"url": page}, timeout=30)
        assert answer.status_code == 502 and answer.json()["metadata"]["field"] == "url", answer.text
    finally:
        mesh.run("board", "fail", "none")


def test_3d_a_random_user(mesh, api):
    before = people(mesh)
    answer = api.get("/random-user")
    assert answer.status_code == 200 and is_person(answer.json()), answer.text
    own = requests.get(mesh.status()["random_user_url"] + "/", timeout=10)
    assert own.status_code == 200 and is_person(own.json()), own.text
    assert own.json()["id"] != answer.json()["id"] and people(mesh) == before + 2
    assert "no-store" in answer.headers["Cache-Control"] and own.headers["Cache-Control"] == "no-store"
    assert requests.head(mesh.status()["random_user_url"] + "/", timeout=10).status_code == 405
    assert api.request("HEAD", "/random-user").status_code == 405 and people(mesh) == before + 2


def test_3d_an_upstream_that_fails(mesh, api):
    mesh.run("board", "fail", "500", "--board", "api")
    try:
        refused(api.get("/random-user"), 502, "An error occurred while fetching data.")
        refused(requests.get(mesh.status()["random_user_url"] + "/", timeout=10), 502, "An error occurred while fetching data.")
        done = outcome(api, parse(api, {"data": "random_user"}))
        assert done["status"] == "FAILURE" and done["error"], done
    finally:
        mesh.run("board", "fail", "none")


@pytest.fixture
def guarded(mesh, api, tmp_path):
    """Beside the mesh: a parser that wants tokens. While it runs, the gateway calls it too."""
    replica = Replica(
        mesh, "scraper-service-1", tmp_path, "guarded",
        PARSER_AUTH="true", JOBMESH_RPC_PORT="0", JOBMESH_RANDOM_USER_PORT="0", JOBMESH_ROLES="api",
    )  # fmt: skip
    yield replica
    replica.stop()
    unknown = "/parser_results/00000000-0000-0000-0000-000000000000"
    eventually(lambda: all(api.get(unknown).status_code == 404 for _ in range(12)), 30, "the gateway has left it out")


def test_7_63_tokens(mesh, api, guarded, account):
    forger = Forger(mesh)
    messages = Messages.of("parsing/v1/parsing.proto")

    def answer(token: str | None) -> str:
        metadata = {"authorization": f"Bearer {token}"} if token else {}
        with Channel(f"127.0.0.1:{guarded.announced()['rpc_port']}", messages, metadata) as parser:
            try:
                package = "jobmesh.parsing.v1"
                parser.call(f"{package}.ParserService/SubmitUserFetch", f"{package}.SubmitUserFetchRequest", f"{package}.SubmitUserFetchResponse")
                return ""
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
                return error.details()

    eventually(lambda: answer(account.access_token) == "", 10, "the keys of tokens are there")
    assert answer(forger.token(claims(account.user_id))) == ""
    assert answer(forger.token(claims(account.user_id, sub=account.user_id))) == ""
    assert answer(None) == "Not authenticated"
    assert answer("x.y.z") == "Invalid token"
    assert answer(forger.token(claims(7), key=stranger_key())) == "Invalid token"
    assert answer(forger.token(claims(7, exp=int(time.time()) - 1))) == "Token has expired"
    assert answer(forger.token(claims(7, exp=None))) == "Bad token claims."
    assert api.post("/log-out", headers=account.bearer).status_code == 200
    eventually(lambda: answer(account.access_token) == "Token was invalidated by user logout.", 10)


@pytest.mark.parametrize("user", [2_000_000_000, 9_000_000_000])
def test_3_4_token_of_a_user_who_is_not_there(mesh, api, guarded, user):
    """Only the guarded replica asks whose token it is, and the gateway asks it now and then."""
    guarded.announced()
    ghost = {"Authorization": f"Bearer {Forger(mesh).token(claims(user))}"}

    def told() -> bool:
        answer = api.get("/parser_results/00000000-0000-0000-0000-000000000000", headers=ghost)
        refused(answer, 404)
        return answer.json()["detail"] == "User claimed by token not found"

    eventually(told, 30, "the replica says so")


def test_7_89_and_92_errors_carry_the_request_id_and_the_field_of_the_family(api):
    headers = {"X-Request-ID": "abc"}
    for answer in (api.get("/parser_results/nope", headers=headers), api.post("/parse", {}, headers=headers)):
        assert answer.status_code >= 400 and answer.headers["X-Request-ID"] == "abc" and answer.json()["detail"], answer.text


def test_7_90_idempotency_key(mesh, api):
    headers = {"Idempotency-Key": unique("key")}
    before = queued(mesh)
    first = api.post("/parse", {"data": "a"}, headers=headers)
    assert first.status_code == 200 and api.post("/parse", {"data": "a"}, headers=headers).json() == first.json()
    assert api.post("/parse", {"data": "b"}, headers=headers).status_code == 422
    assert queued(mesh) == before + 1
