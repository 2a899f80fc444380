"""Document 004 through the real gateway; test_7_NN is line NN of the contract's list."""

import itertools
import re
import time
import uuid

import pytest
import requests

from support.api import expect, unique
from support.eventually import eventually
from support.imports import Imports

EXECUTE = "/api/v1/job_executor/async"
ID = re.compile(r"^[0-9a-f]{24}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
UNKNOWN = "66f1c0ffee66f1c0ffee66f1"


class Jobs:
    """Whoever has this token."""

    def __init__(self, api, token: str) -> None:
        self.api = api
        self.headers = {"Authorization": f"Bearer {token}"}

    def request(self, method: str, path: str, body: object = None):
        return self.api.request(method, path, json=body, headers=self.headers)

    def get(self, path: str):
        return self.request("GET", path)

    def execute(self, executor: str = "", **changes: object):
        body = {"job_name": "resize", "user_id": "u-9", "estimated_time": 0} | changes
        body = {key: value for key, value in body.items() if value is not ...}
        return self.request("POST", EXECUTE + (f"?executor={executor}" if executor else ""), body)

    def start(self, executor: str = "", **changes: object) -> str:
        answer = self.execute(executor, **changes)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert set(body) == {"status", "job_id"} and body["status"] == 200 and ID.match(body["job_id"]), body
        return body["job_id"]

    def create(self, **changes: object) -> str:
        body = {"name": "note", "estimated_time": 1.5, "user_id": "u-9"} | changes
        answer = self.request("POST", "/job/", body)
        assert answer.status_code == 200 and set(answer.json()) == {"id"}, answer.text
        return answer.json()["id"]

    def job(self, job_id: str) -> dict:
        answer = self.get(f"/job/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, job_id: str) -> str:
        return self.job(job_id)["status"]


@pytest.fixture(scope="module")
def jobs(api, admin_token) -> Jobs:
    return Jobs(api, admin_token)


def refused(answer, status: int, detail: str | None = None) -> None:
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    text = answer.json()["detail"]
    assert isinstance(text, str) and text and (detail is None or text == detail), answer.text


def fields(answer) -> set[str]:
    """Fields that a 422 complains of."""
    assert answer.status_code == 422, f"{answer.status_code} {answer.text[:500]}"
    return {problem["loc"][-1].rpartition(".")[2] for problem in answer.json()["detail"]}


# Executing.


@pytest.mark.parametrize("executor", ["standard", "fast"])
def test_7_64_statuses_in_order(jobs, executor):
    job_id = jobs.start(executor, estimated_time=1)
    seen = []

    def ended() -> bool:
        seen.append(jobs.status(job_id))
        return seen[-1] == "completed"

    eventually(ended, 30)
    order = [status for status, _ in itertools.groupby(seen)]
    assert order in (["queued", "running", "completed"], ["running", "completed"]), order
    job = jobs.job(job_id)
    assert job == {
        "id": job_id, "name": "resize", "description": None, "estimated_time": 1, "user_id": "u-9", "status": "completed",
        "created_at": job["created_at"], "updated_at": job["updated_at"],
    }  # fmt: skip
    assert TIME.match(job["created_at"]) and TIME.match(job["updated_at"]) and job["created_at"] < job["updated_at"]


def test_7_64_a_job_takes_its_time(jobs):
    start = time.monotonic()
    job_id = jobs.start(estimated_time=1.5)
    eventually(lambda: jobs.status(job_id) == "completed", 30)
    assert time.monotonic() - start >= 1.5


def test_7_64_queued_is_seen_while_nothing_may_start(mesh, api, jobs):
    imports = Imports(mesh, api)
    imports.pause(True)
    try:
        job_id = jobs.start()
        assert jobs.status(job_id) == "queued"
    finally:
        imports.pause(False)
    eventually(lambda: jobs.status(job_id) == "completed", 30)


def test_7_65_fast_is_the_default(mesh, jobs):
    job_id = jobs.start()
    with mesh.database("jobmesh_jobs") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT executor FROM named_job WHERE replace(job_id::text, '-', '') LIKE %s", (job_id[:12] + "%",))
        assert cursor.fetchone() == ("fast",)


@pytest.mark.parametrize("executor", ["bogus", "FAST", "0"])
def test_7_66_unknown_executor(jobs, executor):
    assert fields(jobs.execute(executor)) == {"executor"}


def test_7_67_missing_fields(jobs):
    assert fields(jobs.request("POST", EXECUTE, {"user_id": "u-9"})) == {"job_name", "estimated_time"}
    assert fields(jobs.request("POST", EXECUTE, {})) == {"job_name", "user_id", "estimated_time"}
    assert fields(jobs.request("POST", "/job/", {"name": "x"})) == {"estimated_time", "user_id"}
    assert jobs.request("POST", EXECUTE, {"job_name": "x"}).json()["detail"][0] == {
        "loc": ["body", "user_id"], "msg": "Field required", "type": "missing",
    }  # fmt: skip


@pytest.mark.parametrize("value", [-1, 86401, "x", "NaN", "Infinity", True, [1]], ids=str)
@pytest.mark.parametrize("path", [EXECUTE, "/job"])
def test_7_68_times_that_are_none(jobs, path, value):
    body = {"job_name" if path == EXECUTE else "name": "x", "user_id": "u-9", "estimated_time": value}
    assert fields(jobs.request("POST", path, body)) == {"estimated_time"}


def test_7_68_nan_is_not_json(api, jobs):
    answer = api.post_text(EXECUTE, '{"job_name":"x","user_id":"u","estimated_time":NaN}', **jobs.headers)
    assert answer.status_code in (400, 422), answer.text


# Records.


def test_7_69_a_round_trip(jobs):
    job_id = jobs.create(name="a", description="b", status="started", id="mine", created_at="2020-01-01", updated_at=7)
    assert ID.match(job_id)
    job = jobs.job(job_id)
    assert (job["name"], job["description"], job["estimated_time"], job["status"]) == ("a", "b", 1.5, "started")
    assert job["created_at"].startswith("20") and not job["created_at"].startswith("2020")
    answer = jobs.request("PUT", f"/job/{job_id}", {"name": "c", "description": "d", "estimated_time": 3, "status": "done"})
    expect(answer, 200, {"name": "c", "description": "d", "estimated_time": 3, "status": "done"})
    assert jobs.job(job_id) == job | answer.json() | {"updated_at": jobs.job(job_id)["updated_at"]}
    expect(jobs.request("DELETE", f"/jobs/{job_id}"), 200, {"message": f"Job {job_id} deleted."})
    refused(jobs.get(f"/job/{job_id}"), 404, "Job not found")


def test_7_69_a_record_is_not_executed(jobs):
    job_id = jobs.create(estimated_time=0)
    time.sleep(1)
    assert jobs.status(job_id) == "unknown"


def test_7_70_by_id(jobs):
    assert jobs.job(jobs.create())["user_id"] == "u-9"


@pytest.mark.parametrize("make", [lambda: str(uuid.uuid4()), lambda: unique("user "), lambda: "66F1C0FFEE66F1C0FFEE66F1"])
def test_7_71_by_user(jobs, make):
    user = make()
    for job in jobs.get(f"/job/{user}").json():
        jobs.request("DELETE", f"/job/{job['id']}")
    ids = [jobs.create(user_id=user), jobs.start(user_id=user), jobs.create(user_id=user)]
    for path in (f"/job/{user}", f"/job?user_id={user}", f"/users/{user}/jobs", f"/job/{user}/"):
        found = jobs.get(path)
        assert [job["id"] for job in found.json()] == ids, f"{path} {found.text}"
    assert jobs.get(f"/job/{user}").json()[0] == jobs.job(ids[0])
    assert [job["id"] for job in jobs.get(f"/job?user_id={user}&after={ids[0]}").json()] == ids[1:]
    expect(jobs.get("/job/nobody"), 200, [])


def test_7_72_unknown_ids(jobs):
    refused(jobs.get(f"/job/{UNKNOWN}"), 404, "Job not found")
    refused(jobs.request("PUT", f"/job/{UNKNOWN}", {}), 404, f"Job {UNKNOWN} not found")
    refused(jobs.request("PUT", "/job/nobody", {}), 404, "Job nobody not found")
    refused(jobs.request("DELETE", f"/jobs/{UNKNOWN}"), 404, f"Job {UNKNOWN} not found")
    refused(jobs.request("DELETE", "/jobs/nobody"), 404, "Job nobody not found")


def test_7_73_a_part(jobs):
    job_id = jobs.create(description="b")
    before = jobs.job(job_id)
    expect(jobs.request("PUT", f"/job/{job_id}", {"description": "bigger"}), 200,
           {"name": "note", "description": "bigger", "estimated_time": 1.5, "status": "unknown"})  # fmt: skip
    after = jobs.job(job_id)
    assert after == before | {"description": "bigger", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert jobs.request("PUT", f"/job/{job_id}", {}).status_code == 200
    assert jobs.request("PUT", f"/job/{job_id}", {"name": None}).status_code == 200
    assert jobs.job(job_id)["updated_at"] > after["updated_at"] and jobs.job(job_id)["name"] == "note"


@pytest.mark.parametrize("status", ["running", "completed", "failed"])
def test_what_is_executed_is_not_ended_by_its_client(jobs, status):
    job_id = jobs.start(estimated_time=30)
    refused(jobs.request("PUT", f"/job/{job_id}", {"status": status}), 409)
    assert jobs.request("PUT", f"/job/{job_id}", {"status": "cancelled"}).json()["status"] == "cancelled"
    assert jobs.status(job_id) == "cancelled"


def test_what_has_ended_is_not_cancelled(jobs):
    job_id = jobs.start()
    eventually(lambda: jobs.status(job_id) == "completed", 30)
    refused(jobs.request("PUT", f"/job/{job_id}", {"status": "cancelled"}), 409)


def test_7_74_deleted_twice(jobs):
    for job_id in (jobs.create(), jobs.start()):
        assert jobs.request("DELETE", f"/jobs/{job_id}").status_code == 200
        refused(jobs.request("DELETE", f"/jobs/{job_id}"), 404, f"Job {job_id} not found")


def test_7_75_what_runs_is_cancelled_within_two_seconds(mesh, jobs):
    urls = mesh.status()["admin"]["scraper-service"].values()

    def pages() -> str:
        """What the processes run."""
        return "\n".join(requests.get(f"{url}/tasksz", timeout=5).text for url in urls)

    job_id = jobs.start(estimated_time=60)
    eventually(lambda: jobs.status(job_id) == "running", 20)
    assert job_id in pages()
    assert jobs.request("DELETE", f"/jobs/{job_id}").status_code == 200
    eventually(lambda: job_id not in pages(), 2, "no process runs it")
    refused(jobs.get(f"/job/{job_id}"), 404)


def test_7_76_an_import_job_is_not_deleted(mesh, api, jobs):
    imports = Imports(mesh, api)
    job_id = imports.add()
    answer = jobs.request("DELETE", f"/jobs/{job_id}")
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET, PUT"
    assert imports.get(job_id)["jobId"] == job_id


# Across.


def test_7_89_and_92_errors_carry_the_request_id_and_the_field_of_the_family(api, jobs):
    headers = jobs.headers | {"X-Request-ID": "abc"}
    answers = [
        api.get(f"/job/{UNKNOWN}", headers=headers),
        api.post(EXECUTE, {}, headers=headers),
        api.request("PUT", f"/job/{UNKNOWN}", json={"status": 7}, headers=headers),
        api.get("/job/u-9", headers={"X-Request-ID": "abc"}),
    ]
    for answer in answers:
        assert answer.status_code >= 400 and answer.headers["X-Request-ID"] == "abc" and answer.json()["detail"], answer.text


def test_7_90_idempotency_key(api, jobs):
    user = unique("keyed")
    headers = jobs.headers | {"Idempotency-Key": unique("key")}
    body = {"job_name": "x", "user_id": user, "estimated_time": 0}
    first = api.post(EXECUTE, body, headers=headers)
    assert first.status_code == 200
    assert api.post(EXECUTE, body, headers=headers).json() == first.json()
    assert len(jobs.get(f"/job/{user}").json()) == 1
    assert api.post(EXECUTE, body | {"job_name": "y"}, headers=headers).status_code == 422


def test_7_91_families_do_not_see_each_other(mesh, api, jobs):
    named, parsed, imported = jobs.start(), api.post("/parse", {"data": "x"}).json()["task_id"], Imports(mesh, api).add()
    assert api.get(f"/jobs/{named}").status_code == 404
    assert api.get(f"/jobs/{parsed}").status_code == 404
    assert api.get(f"/parser_results/{named}").status_code == 404
    assert api.get(f"/parser_results/{imported}").status_code == 404
    for other in (parsed, imported):
        expect(jobs.get(f"/job/{other}"), 200, [])  # a user's name, for all it knows
    refused(jobs.request("DELETE", f"/jobs/{parsed}"), 404)


def test_only_users_may_come_in_and_change_what_is_theirs(api, jobs, account):
    for method, path in [("GET", "/job/u-9"), ("GET", f"/job/{UNKNOWN}"), ("POST", "/job"), ("PUT", f"/job/{UNKNOWN}"),
                         ("DELETE", f"/jobs/{UNKNOWN}"), ("POST", EXECUTE), ("GET", "/users/u-9/jobs")]:  # fmt: skip
        refused(api.request(method, path, json={} if method in ("POST", "PUT") else None), 401, "Not authenticated")
    own = Jobs(api, account.access_token)
    mine = own.create(user_id=str(account.user_id))
    assert own.start(user_id=str(account.user_id))
    assert own.job(mine)["user_id"] == str(account.user_id)
    refused(own.execute(), 403)
    refused(own.request("POST", "/job", {"name": "x", "user_id": "u-9", "estimated_time": 1}), 403)
    other = jobs.create()
    assert own.job(other)["id"] == other
    refused(own.request("PUT", f"/job/{other}", {"name": "x"}), 403)
    refused(own.request("DELETE", f"/jobs/{other}"), 403)
    assert own.request("DELETE", f"/jobs/{mine}").status_code == 200
