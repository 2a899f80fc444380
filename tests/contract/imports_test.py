"""Document 002 through the real gateway; test_7_NN is line NN of the contract's list. While these tests run, maintenance
holds new jobs back, so that they stand still; those that want work done say so."""

import concurrent.futures
import time

import pytest

from support.api import expect
from support.eventually import eventually
from support.imports import CREATOR, OPERATIONS, STATUSES, Imports, minimal, target


@pytest.fixture(scope="module")
def imports(mesh, api):
    imports = Imports(mesh, api)
    imports.pause(True)
    yield imports
    imports.pause(False)


def refused(answer, status: int, start: str = "") -> dict:
    """An error in the style of the family."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    body = answer.json()
    assert isinstance(body["message"], str) and body["message"].startswith(start), body
    return body


def lines(job: dict) -> list[str]:
    return [line["message"] for line in job["log"]]


# Creating.


def test_7_01_one_add(imports):
    name = target()
    answer = imports.post([{"operation": "ADD", "target": name}])
    assert answer.status_code == 200
    (result,) = answer.json()
    assert result == {"status": "queued", "msg": "CREATED", "job_id": result["job_id"]} and result["job_id"]
    job = imports.get(result["job_id"])
    assert job == {
        "jobId": result["job_id"], "status": "queued", "parameters": {"operation": "ADD", "target": name}, "log": [],
        "createdAt": job["createdAt"], "createdBy": CREATOR,
    }  # fmt: skip
    assert job["createdAt"].endswith("Z") and len(job["createdAt"]) == len("2026-11-22T10:00:00.000100Z")


def test_7_02_nine_operations(imports):
    jobs = [minimal(operation) for operation in OPERATIONS if operation != "BUMP"]
    answer = imports.post(jobs)
    assert [result["msg"] for result in answer.json()] == ["CREATED"] * 8, answer.text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_7_03_a_missing_field_in_a_mixed_request(imports, operation):
    whole = minimal(operation)
    for field in whole:
        broken = {key: value for key, value in whole.items() if key != field}
        good, bad = imports.post([minimal("ADD"), broken]).json()
        assert good["msg"] == "CREATED"
        assert bad["status"] == "FAILED" and field in bad["msg"], bad
        assert "job_id" not in bad


@pytest.mark.parametrize("operation", OPERATIONS)
def test_7_04_a_missing_field_alone(imports, operation):
    whole = minimal(operation)
    for field in whole:
        broken = {key: value for key, value in whole.items() if key != field}
        body = refused(imports.post([broken]), 400)
        assert field in body["details"][0]["loc"], body


def test_7_05_extra_keys(imports):
    good, bad = imports.post([minimal("ADD"), minimal("ADD") | {"surprise": 1}]).json()
    assert good["msg"] == "CREATED" and bad["status"] == "FAILED" and "surprise" in bad["msg"]
    assert refused(imports.post([minimal("ADD") | {"surprise": 1}]), 400)["details"]
    assert refused(imports.post_body({"jobs": [minimal("ADD")], "surprise": 1}), 400)["details"]


@pytest.mark.parametrize("body", [{}, {"jobs": None}, {"jobs": {}}, {"jobs": "ADD"}, [], "text", None], ids=str)
def test_7_06_jobs_that_are_no_list(imports, body):
    refused(imports.post_body(body), 400)


def test_7_07_no_jobs(imports):
    expect(imports.post([]), 200, [])


def test_7_08_one_target_twice_in_a_request(imports):
    job = minimal("ADD")
    first, second = imports.post([job, job]).json()
    assert first["msg"] == "CREATED"
    assert second == {"status": "FAILED", "msg": f"FAILED: Job already in progress for {job['target']}"}


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_7_09_one_job_of_a_target_at_a_time(imports, end):
    job = minimal("ADD")
    job_id = imports.create(job)
    assert imports.post([job]).json()[0]["status"] == "FAILED"
    assert imports.put(job_id, status=end).status_code == 200
    imports.create(job)


@pytest.mark.parametrize("round_", range(10))
def test_7_10_fifty_at_once_for_one_target(imports, round_):
    """The contract's 200 rounds are ten here: each takes as long as fifty sign-ins."""
    job = minimal("ADD")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = [answer.json()[0] for answer in pool.map(lambda _: imports.post([job]), range(50))]
    assert [result["msg"] for result in results].count("CREATED") == 1, results


def test_7_11_bump_that_is_switched_off(imports):
    expect(imports.post([minimal("BUMP")]), 200, [{"status": "FAILED", "msg": "FAILED: Bumping the datastore is disabled"}])


def test_7_12_bump_of_something_else(imports):
    (result,) = imports.post([minimal("BUMP") | {"target": "INCOME"}]).json()
    assert result["status"] == "FAILED" and "DATASTORE" in result["msg"]


def test_7_13_description_that_add_does_not_need(imports):
    job = minimal("ADD")
    assert imports.get(imports.create(job | {"description": "d", "releaseStatus": "DRAFT"}))["parameters"] == job


def test_7_14_results_in_the_order_of_jobs(imports):
    jobs = [minimal("ADD"), {"target": "X"}, minimal("SET_STATUS"), {"operation": "FLY", "target": "X"}, minimal("REMOVE")]
    results = imports.post(jobs).json()
    assert [result["status"] for result in results] == ["queued", "FAILED", "queued", "FAILED", "queued"]
    assert results[1]["msg"] == "Missing operation"
    for job, result in zip(jobs, results):
        if "job_id" in result:
            assert imports.get(result["job_id"])["parameters"] == job


def test_form_content_type_of_curl_is_taken_as_json(imports):
    answer = imports.api.request(
        "POST", "/jobs", data='{"jobs":[]}', cookies=imports.cookies, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    expect(answer, 200, [])


# Reading.


@pytest.mark.parametrize("status", STATUSES)
def test_7_15_filter_by_status(imports, status):
    job_id = imports.add()
    if status != "queued":
        assert imports.put(job_id, status=status).status_code == 200
    found = imports.jobs(f"?status={status}")
    assert job_id in [job["jobId"] for job in found]
    assert {job["status"] for job in found} == {status}


@pytest.mark.parametrize("query", ["operation=ADD,REMOVE", "operation=ADD&operation=REMOVE", "operation[]=ADD&operation%5B%5D=REMOVE"])
def test_7_16_filter_by_operation(imports, query):
    imports.add()
    imports.create(minimal("REMOVE"))
    imports.create(minimal("CHANGE"))
    assert {job["parameters"]["operation"] for job in imports.jobs(f"?{query}")} == {"ADD", "REMOVE"}


def test_7_17_ignore_completed(imports):
    ended = [imports.add(), imports.add()]
    imports.put(ended[0], status="completed")
    imports.put(ended[1], status="failed")
    for value in ("True", "true", "1"):
        statuses = {job["status"] for job in imports.jobs(f"?ignoreCompleted={value}")}
        assert not statuses & {"completed", "failed"}
    for value in ("False", "false", "0", ""):
        assert set(ended) <= {job["jobId"] for job in imports.jobs(f"?ignoreCompleted={value}")}
    refused(imports.api.get("/jobs?ignoreCompleted=maybe"), 400)


@pytest.mark.parametrize("query", ["status=asleep", "operation=FLY", "status=queued,asleep", "limit=x", "limit=1001"])
def test_7_18_bad_words_in_the_query(imports, query):
    assert refused(imports.api.get(f"/jobs?{query}"), 400)["details"]


def test_empty_filters_count_as_absent(imports):
    job_id = imports.add()
    assert job_id in [job["jobId"] for job in imports.jobs("?status=&operation=")]


def test_jobs_come_by_creation_in_pages(imports):
    jobs = [imports.add() for _ in range(3)]
    page = imports.jobs(f"?limit=2&after={jobs[0]}")
    assert [job["jobId"] for job in page] == jobs[1:]


@pytest.mark.parametrize("job_id", ["nope", "7", "0192a1b2-0000-7000-8000-000000000000", "66f1c0ffee66f1c0ffee66f1"])
def test_7_19_unknown_job(imports, job_id):
    refused(imports.api.get(f"/jobs/{job_id}"), 404, f"Could not find job with id {job_id}")
    refused(imports.put(job_id, status="failed"), 404, f"Could not find job with id {job_id}")


@pytest.mark.parametrize("text", ["'", "'; DROP TABLE task; --", "\\", "%25", '"', "$1", "1 OR 1=1", "%27%20UNION%20SELECT%201"])
def test_7_20_sql_in_the_query(imports, text):
    for parameter in ("status", "operation", "ignoreCompleted", "after"):
        refused(imports.api.get("/jobs", params={parameter: text}), 400)
    for path in (f"/targets/{text.replace('/', '')}/jobs", f"/jobs/{text}"):
        assert imports.api.get(path.replace("%", "%25").replace("'", "%27").replace(" ", "%20")).status_code in (200, 404)


# Changing.


def test_7_21_lines_of_the_log_in_order(imports):
    job_id = imports.add()
    answer = imports.put(job_id, log="checked 4 files", status="validating", description="second try")
    expect(answer, 200, {"message": f"Updated job with jobId {job_id}"})
    job = imports.get(job_id)
    assert lines(job) == ["Added update description", "Set status: validating", "checked 4 files"]
    assert job["status"] == "validating" and job["parameters"]["description"] == "second try"


def test_7_22_backwards(imports):
    job_id = imports.add()
    for status in ("importing", "built", "queued", "partitioning", "initiated"):
        assert imports.put(job_id, status=status).status_code == 200
        assert imports.get(job_id)["status"] == status


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_7_23_what_has_ended_stays(imports, end):
    job_id = imports.add()
    imports.put(job_id, status=end)
    before = imports.get(job_id)
    refused(imports.put(job_id, status="queued", description="x", log="y"), 400, f"Job with id {job_id} has already been completed")
    assert imports.get(job_id) == before


def test_7_24_nothing_to_change(imports):
    job_id = imports.add()
    refused(imports.put(job_id), 400)
    refused(imports.put(job_id, log="only a line"), 400)
    body = refused(imports.put(job_id, status="asleep"), 400, "Bad Request")
    assert body["details"][0]["loc"] == ["body", "status"]
    assert imports.get(job_id)["log"] == []


def test_put_without_an_id_in_the_path(imports):
    job_id = imports.add()
    answer = imports.api.request("PUT", "/jobs", json={"jobId": job_id, "status": "validating"}, cookies=imports.cookies)
    assert answer.status_code == 200
    refused(imports.api.request("PUT", "/jobs", json={"status": "validating"}, cookies=imports.cookies), 400)


def test_7_25_and_26_a_target_mirrors_its_job(imports):
    name = target()
    job_id = imports.add(name)
    for status in ("queued", "validating", "importing", "failed"):
        assert imports.put(job_id, status=status).status_code == 200
        entry = imports.targets()[name]
        assert entry == {"name": name, "lastUpdatedAt": entry["lastUpdatedAt"], "status": status, "lastUpdatedBy": CREATOR, "action": ["ADD"]}
    imports.create({"operation": "SET_STATUS", "target": name, "releaseStatus": "DRAFT"})
    assert imports.targets()[name]["action"] == ["SET_STATUS", "DRAFT"]


def test_7_29_set_status_on_the_datastore(imports):
    job_id = imports.create({"operation": "SET_STATUS", "target": "DATASTORE", "releaseStatus": "DRAFT"})
    assert imports.put(job_id, status="completed").status_code == 200
    assert imports.get(job_id)["status"] == "completed"


def test_7_30_jobs_of_a_target(imports):
    name = target()
    job_id = imports.add(name)
    for path in (f"/targets/{name}/jobs", f"/targets/{name}", f"/targets/{name}/"):
        assert [job["jobId"] for job in imports.api.get(path).json()] == [job_id]
    expect(imports.api.get("/targets/NOBODY_KNOWS/jobs"), 200, [])


# Maintenance.


def test_7_53_to_54_maintenance_is_a_history(imports):
    before = len(imports.api.get("/maintenance-history").json())
    answer = imports.api.post("/maintenance-status", {"msg": "new images", "paused": True}, cookies=imports.cookies)
    record = answer.json()
    assert answer.status_code == 200 and record == {"msg": "new images", "paused": True, "timestamp": record["timestamp"]}
    imports.pause(True)  # changes nothing, and is a record all the same
    expect(imports.api.get("/maintenance-status"), 200, imports.api.get("/maintenance-history").json()[0])
    history = imports.api.get("/maintenance-history").json()
    assert len(history) == before + 2 and history[1] == record
    assert [entry["timestamp"] for entry in history] == sorted((entry["timestamp"] for entry in history), reverse=True)


BAD_NOTICES = [{}, {"msg": "x"}, {"paused": True}, {"msg": 1, "paused": True}, {"msg": "x", "paused": "yes"}, {"msg": "x", "paused": 2},
               {"msg": "x", "paused": None}, {"msg": "x", "paused": True, "pause": True}, {"msg": "x", "paused": True, "extra": 1}]  # fmt: skip


@pytest.mark.parametrize("body", BAD_NOTICES, ids=str)
def test_7_55_bad_notices(imports, body):
    assert refused(imports.api.post("/maintenance-status", body, cookies=imports.cookies), 400)["details"]


def test_7_56_maintenance_holds_what_was_not_begun(imports):
    held = imports.add()
    built = imports.add()
    running = imports.add()
    imports.put(running, status="transforming")
    imports.put(built, status="built")
    eventually(lambda: imports.get(built)["status"] == "completed", 30)
    deadline = time.monotonic() + 3.5
    while time.monotonic() < deadline:
        assert imports.get(held)["status"] == "queued"
        time.sleep(0.2)
    assert imports.get(running)["status"] == "transforming"
    imports.pause(False)
    try:
        eventually(lambda: lines(imports.get(held)), 10)  # it was looked for its file
    finally:
        imports.pause(True)


@pytest.mark.parametrize("value,paused", [(1, True), (0, False), (True, True)])
def test_7_57_pause_as_a_number(imports, value, paused):
    answer = imports.api.post("/maintenance-status", {"msg": "by number", "pause": value}, cookies=imports.cookies)
    assert answer.status_code == 200 and answer.json()["paused"] is paused
    imports.pause(True)


# Across.


def test_7_89_and_92_errors_carry_the_request_id_and_the_field_of_the_family(imports):
    answers = [
        imports.api.get("/jobs/nope", headers={"X-Request-ID": "abc"}),
        imports.api.get("/jobs?status=x", headers={"X-Request-ID": "abc"}),
        imports.api.post("/jobs", {"jobs": []}, headers={"X-Request-ID": "abc"}),
        imports.api.request("DELETE", "/importable-datasets/x", headers={"X-Request-ID": "abc"}),
        imports.api.post("/maintenance-status", {}, headers={"X-Request-ID": "abc"}),
    ]
    for answer in answers:
        assert answer.status_code >= 400 and answer.headers["X-Request-ID"] == "abc" and answer.json()["message"], answer.text
    assert imports.api.get("/jobs").headers["X-Request-ID"]


def test_7_90_idempotency_key(imports):
    job, headers = minimal("ADD"), {"Idempotency-Key": target()}
    first = imports.post([job], headers=headers)
    assert first.json()[0]["msg"] == "CREATED"
    assert imports.post([job], headers=headers).json() == first.json()
    assert len(imports.api.get(f"/targets/{job['target']}/jobs").json()) == 1
    assert imports.post([minimal("ADD")], headers=headers).status_code in (400, 422)


def test_health(imports):
    expect(imports.api.get("/health/alive"), 200, "I'm alive!")
    expect(imports.api.get("/health/ready"), 200, "I'm ready!")
