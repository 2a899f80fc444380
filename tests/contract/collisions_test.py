"""Paths that two documents use (section 5 of the contract): each request goes to one of them, and who took the wrong one
is told the other. By whom `/job/{...}` is answered is in named_jobs_test.py (lines 70 to 72)."""

import pytest
import requests

from support.imports import Imports

UNKNOWN_UUID = "0192a1b2-0000-7000-8000-000000000000"
UNKNOWN_HEX = "66f1c0ffee66f1c0ffee66f1"
RECORD = {"name": "resize", "user_id": "u-9", "estimated_time": 1}


@pytest.fixture(scope="module")
def imports(mesh, api) -> Imports:
    return Imports(mesh, api)


@pytest.fixture(scope="module")
def admin(admin_token) -> dict[str, str]:
    return {"Authorization": f"Bearer {admin_token}"}


def records(api, admin) -> int:
    return len(api.get("/job?user_id=u-9", headers=admin).json())


@pytest.mark.parametrize("body", [RECORD, RECORD | {"jobs": []}, {"job_name": "resize", "user_id": "u-9", "estimated_time": 1}], ids=str)
def test_5_a_named_job_sent_to_the_import_jobs(imports, body):
    before = len(imports.jobs())
    answer = imports.post_body(body)
    assert answer.status_code == 400, answer.text
    (problem,) = answer.json()["details"]
    assert problem["loc"][1] in body and "POST /job/" in problem["msg"], answer.text
    assert len(imports.jobs()) == before


@pytest.mark.parametrize("path", ["/job", "/job/"])
def test_5_an_import_job_sent_to_the_named_jobs(api, admin, path):
    before = records(api, admin)
    for body in ({"jobs": [{"operation": "ADD", "target": "INCOME"}]}, {"operation": "ADD", "target": "INCOME"}):
        answer = api.post(path, body, headers=admin)
        assert answer.status_code == 422, answer.text
        problem = answer.json()["detail"][0]
        assert problem["loc"][1] in body and "POST /jobs" in problem["msg"], answer.text
    assert records(api, admin) == before


def test_5_a_body_that_is_wrong_for_both_names_what_is_wrong_first(imports, api, admin):
    assert imports.post_body({"jbos": []}).json()["details"][0]["loc"] == ["body", "jbos"]
    assert "POST /jobs" not in api.post("/job", {"name": "x"}, headers=admin).text  # only members are missing


def test_5_methods_of_a_job_by_its_id(imports, api, admin):
    imported = imports.add()
    assert api.get(f"/jobs/{imported}").status_code == 200
    answer = api.request("DELETE", f"/jobs/{imported}", headers=admin)
    assert answer.status_code == 405 and answer.headers["Allow"] == "GET, PUT"
    assert imports.put(imported, description="still there").status_code == 200

    named = api.post("/job", RECORD, headers=admin).json()["id"]
    assert api.get(f"/jobs/{named}").status_code == 404
    assert imports.put(named, status="failed").status_code == 404
    assert api.request("DELETE", f"/jobs/{named}", headers=admin).status_code == 200
    for unknown in (UNKNOWN_UUID, UNKNOWN_HEX):
        assert api.request("DELETE", f"/jobs/{unknown}", headers=admin).status_code == 404


def test_5_import_jobs_and_job_search(imports, api):
    imports.add()
    assert {"jobId", "status", "parameters"} <= set(api.get("/jobs").json()[0])
    assert api.get("/find-jobs").json()["msg"].startswith("title")


def test_5_every_page_of_health_stays(api):
    assert api.get("/status").json() == {"msg": "Gateway is running!"}
    assert set(api.get("/maintenance-status").json()) == {"msg", "paused", "timestamp"}
    assert api.get("/health/alive").json() == "I'm alive!"
    assert api.get("/health/ready").json() == "I'm ready!"


def test_5_the_second_server_and_the_gateway_have_a_root_each(mesh, api):
    person = requests.get(mesh.status()["random_user_url"] + "/", timeout=10).json()
    assert set(person) == {"id", "email", "first_name", "last_name"}
    root = api.get("/", headers={"Accept": "application/json"})
    assert root.status_code == 200 and "email" not in root.json()


def test_5_a_person_who_was_fetched_has_no_account(mesh, api):
    person = api.get("/random-user").json()
    with mesh.database("jobmesh_user") as database, database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM account WHERE email = %s", (person["email"],))
        assert cursor.fetchone() == (0,)
    answer = api.log_in(person["email"])
    assert answer.status_code == 401
    own = api.sign_up("Grace Hopper")
    with mesh.database("jobmesh_jobs") as database, database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM parsed_user WHERE email = %s", (own.email,))
        assert cursor.fetchone() == (0,)
