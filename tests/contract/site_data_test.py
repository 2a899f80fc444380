"""Document 000 through the real gateway; test_6x is row 6x of the contract, test_7_NN line NN of its list."""

import concurrent.futures
import contextlib
import datetime
import itertools
import json
import re

import pytest
import requests

from support.api import expect, unique
from support.eventually import eventually
from support.imports import Imports
from support.replica import Replica

BASE = "/backend/api/v1"
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
UNKNOWN = "00000000-0000-0000-0000-000000000000"
PROVIDERS = {"north", "south"}
_days = itertools.count()


def day() -> str:
    """That no other test of this run fetches."""
    return (datetime.date(2020, 1, 1) + datetime.timedelta(days=next(_days))).isoformat()


class Sites:
    """Whoever has this token."""

    def __init__(self, api, token: str | None, base: str = BASE) -> None:
        self.api = api
        self.base = base
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, method: str, path: str, body: object = None, **options):
        return self.api.request(method, self.base + path, json=body, headers=self.headers, **options)

    def get(self, path: str, **query: object):
        return self.request("GET", path, params=query)

    def post(self, path: str, body: object = None):
        return self.request("POST", path, body)

    def start(self, date: str, site: str = "sample") -> str:
        answer = self.post("/sitedata/fetch", {"siteId": site, "date": date})
        assert answer.status_code == 201, answer.text
        return answer.json()["jobId"]

    def job(self, job_id: str) -> dict:
        answer = self.get(f"/sitedata/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, job_id: str, within: float = 60) -> dict:
        eventually(lambda: self.job(job_id)["status"] in ("finished", "failed"), within, "the job ends")
        return self.job(job_id)

    def done(self, date: str, site: str = "sample") -> dict:
        return self.ended(self.start(date, site))


@pytest.fixture(scope="module")
def sites(api, admin_token) -> Sites:
    return Sites(api, admin_token)


@pytest.fixture
def failing(mesh):
    """Lets providers fail: failing("500", "sites/sample/south")."""
    yield lambda mode, part="sites": mesh.run("board", "fail", mode, "--board", part)
    mesh.run("board", "fail", "none")


@pytest.fixture
def held(mesh, api):
    """While it holds, nothing that waits starts."""
    imports = Imports(mesh, api)
    imports.pause(True)
    yield
    imports.pause(False)


def asked(mesh, provider: str, site: str = "sample") -> list[int]:
    """When a provider was asked, in milliseconds."""
    lines = requests.get(f"{mesh.status()['sample_board_url']}/_control/log", timeout=10).text.splitlines()
    entries = map(json.loads, lines)
    return [entry["at_ms"] for entry in entries if entry["path"] == f"/sites/{site}/{provider}" and entry["method"] == "POST"]


def refused(answer, status: int, detail: str | None = None) -> None:
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    text = answer.json()["detail"]
    assert isinstance(text, str) and text and (detail is None or text == detail), answer.text


def fields(answer) -> set[str]:
    """Fields that a 422 complains of."""
    assert answer.status_code == 422, f"{answer.status_code} {answer.text[:500]}"
    return {problem["loc"][-1] for problem in answer.json()["detail"]}


# 6a and 6b: jobs.


@pytest.mark.parametrize("base", [BASE, "/api/v1"])
def test_6a_6b_a_job_from_its_start_to_its_end(api, admin_token, base):
    sites = Sites(api, admin_token, base)
    date = day()
    answer = sites.post("/sitedata/fetch", {"siteId": "sample", "date": date})
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"jobId", "status"} and answer.json()["status"] == "created"
    job_id = answer.json()["jobId"]
    assert UUID.match(job_id)
    job = sites.ended(job_id)
    stats = job["stats"]
    assert job == {
        "jobId": job_id, "status": "finished", "createdAt": job["createdAt"], "updatedAt": job["updatedAt"],
        "input": {"siteId": "sample", "date": date}, "stats": stats, "error": None,
    }  # fmt: skip
    assert TIME.match(job["createdAt"]) and TIME.match(job["updatedAt"]) and job["createdAt"] < job["updatedAt"]
    assert set(stats) == PROVIDERS | {"stored"}
    for provider in PROVIDERS:
        assert set(stats[provider]) == {"fetched", "transformed", "errors"}
        assert 8 <= stats[provider]["fetched"] == stats[provider]["transformed"] <= 20 and stats[provider]["errors"] == 0
    assert stats["stored"] == sum(stats[provider]["transformed"] for provider in PROVIDERS)


def test_7_77_the_second_request_finds_the_first_ones_job(sites, held):
    date = day()
    job_id = sites.start(date)
    again = sites.post("/sitedata/fetch", {"siteId": "sample", "date": date})
    expect(again, 202, {"jobId": job_id, "status": "created"})
    assert "x-jobmesh-http-status" not in again.headers
    assert sites.job(job_id)["status"] == "created" and sites.job(job_id)["stats"] == {"stored": 0}
    assert sites.start(day()) != job_id
    assert sites.start(date, "sample-late") != job_id


def test_7_77_after_the_end_there_is_a_new_one(sites):
    date = day()
    first = sites.done(date)["jobId"]
    second = sites.done(date)
    assert second["jobId"] != first and second["stats"] == sites.job(first)["stats"]


def test_7_78_a_hundred_requests_at_once_make_one_job(sites, held):
    date = day()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: sites.post("/sitedata/fetch", {"siteId": "sample", "date": date}), range(100)))
    assert sorted(answer.status_code for answer in answers) == [201] + [202] * 99
    assert len({answer.json()["jobId"] for answer in answers}) == 1


@pytest.mark.parametrize("date", ["2026-02-30", "2026-2-3", "tomorrow", "", "2026-02-03T00:00:00Z", "0000-01-01"])
def test_6a_dates_that_are_none(sites, date):
    assert fields(sites.post("/sitedata/fetch", {"siteId": "sample", "date": date})) == {"date"}


def test_6a_requests_that_are_none(sites):
    assert fields(sites.post("/sitedata/fetch", {})) == {"siteId"}
    assert fields(sites.post("/sitedata/fetch", {"date": "x"})) == {"siteId", "date"}
    assert sites.post("/sitedata/fetch", {"siteId": 7}).status_code == 422
    assert sites.post("/sitedata/fetch", {"siteId": "sample", "colour": 1}).status_code == 422
    refused(sites.post("/sitedata/fetch", {"siteId": "nobody", "date": "2026-02-03"}), 404, "Site nobody not found")
    refused(sites.post("/sitedata/fetch", {"siteId": "sample-archive"}), 404, "Site sample-archive is disabled")


def test_7_87_without_a_date_the_strategy_decides(sites):
    for site, before in (("sample", 0), ("sample-late", 1)):
        days = set()
        for _ in range(2):  # midnight may pass between
            days.add((datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=before)).isoformat())
            answer = sites.post("/sitedata/fetch", {"siteId": site})
        assert answer.status_code in (201, 202), answer.text
        assert sites.job(answer.json()["jobId"])["input"]["date"] in days


def test_6b_unknown_jobs(sites):
    for job_id in (UNKNOWN, "nope", "66f1c0ffee66f1c0ffee66f1"):
        refused(sites.get(f"/sitedata/jobs/{job_id}"), 404, f"Job {job_id} not found")
        refused(sites.get(f"/sitedata/jobs/{job_id}/results"), 404, f"Job {job_id} not found")
        refused(sites.request("DELETE", f"/sitedata/jobs/{job_id}"), 404, f"Job {job_id} not found")


def test_7_79_one_provider_that_fails(mesh, sites, failing):
    failing("challenge", "sites/sample/south")  # a 403
    before = len(asked(mesh, "south"))
    job = sites.done(day())
    assert job["status"] == "finished"
    assert job["error"] == "Some providers failed: south: answered 403"
    assert job["stats"]["south"] == {"fetched": 0, "transformed": 0, "errors": 1}
    assert job["stats"]["stored"] == job["stats"]["north"]["transformed"] >= 8
    # 81: what the client did wrong is not tried again.
    assert len(asked(mesh, "south")) - before == 1


def test_7_80_and_81_all_fail_after_all_tries(mesh, sites, failing):
    failing("500")
    before = {provider: len(asked(mesh, provider)) for provider in PROVIDERS}
    job = sites.done(day())
    assert job["status"] == "failed"
    assert job["error"] == "All providers failed: north: answered 500, 3 tries; south: answered 500, 3 tries"
    assert job["stats"] == {provider: {"fetched": 0, "transformed": 0, "errors": 1} for provider in PROVIDERS} | {"stored": 0}
    for provider in PROVIDERS:
        first, second, third = asked(mesh, provider)[before[provider] :]
        assert second - first >= 1000 and third - second >= 2000
    assert sites.get(f"/sitedata/jobs/{job['jobId']}/results").json()["total"] == 0


def test_a_provider_that_recovers_is_not_missed(mesh, sites, failing):
    failing("500", "sites/sample/south")
    before = len(asked(mesh, "south"))
    job_id = sites.start(day())
    eventually(lambda: len(asked(mesh, "south")) > before, 20, "it was asked in vain")
    mesh.run("board", "fail", "none")
    job = sites.ended(job_id)
    assert job["status"] == "finished" and job["error"] is None and job["stats"]["south"]["fetched"] >= 8


# 6c and 6d: items.


@pytest.fixture(scope="module")
def fetched(sites) -> dict:
    return sites.done(day())


def test_6c_items_of_a_job(sites, fetched):
    page = sites.get(f"/sitedata/jobs/{fetched['jobId']}/results").json()
    assert set(page) == {"jobId", "items", "total", "limit", "offset"}
    assert page["jobId"] == fetched["jobId"] and (page["limit"], page["offset"]) == (50, 0)
    assert page["total"] == len(page["items"]) == fetched["stats"]["stored"]
    for item in page["items"]:
        assert set(item) == {"id", "supplier", "comfirmedAt", "status", "confirmed", "siteId", "source", "sitedataScore"}
        assert item["siteId"] == "sample" and item["source"] in PROVIDERS and item["id"] and item["supplier"]
        assert item["comfirmedAt"].startswith(fetched["input"]["date"]) and TIME.match(item["comfirmedAt"])
        assert item["status"] in ("open", "pending", "closed") and isinstance(item["confirmed"], bool)
        assert 0 <= item["sitedataScore"] <= 100
    scores = [item["sitedataScore"] for item in page["items"]]
    assert scores == sorted(scores, reverse=True)


def test_6c_pages_filters_and_orders(sites, fetched):
    path = f"/sitedata/jobs/{fetched['jobId']}/results"
    every = sites.get(path, limit=1000).json()["items"]

    def found(**query: object) -> list[dict]:
        answer = sites.get(path, limit=1000, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    first, second = sites.get(path, limit=3).json(), sites.get(path, limit=3, offset=3).json()
    assert first["items"] + second["items"] == every[:6] and first["total"] == len(every) and second["offset"] == 3
    assert sites.get(path, offset=10000).json()["items"] == []
    for order, key in (("sitedataScore", "sitedataScore"), ("comfirmedAt", "comfirmedAt")):
        values = [item[key] for item in found(sortBy=f"{order} asc")]
        assert values == sorted(values)
        assert [item[key] for item in found(sortBy=f"{order} desc")] == values[::-1]
    some = every[0]["supplier"]
    assert found(supplier=some.upper()[1:]) == [item for item in every if some.lower()[1:] in item["supplier"].lower()]
    for status in ("open", "closed", "OPEN"):
        assert found(status=status) == [item for item in every if item["status"] == status]
    for confirmed in (True, False):
        assert found(confirmed=str(confirmed).lower()) == [item for item in every if item["confirmed"] is confirmed]
    date = fetched["input"]["date"]
    assert found(**{"from": date, "to": date}) == every
    noon = f"{date}T12:00:00Z"
    assert found(**{"from": noon}) == [item for item in every if item["comfirmedAt"] >= f"{date}T12:00:00.000000Z"]
    assert found(siteId="sample") == every and found(siteId="sample-late") == []
    assert found(supplier="'; DROP TABLE site_item; --%") == []


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"offset": -1}, {"sortBy": "title asc"}, {"sortBy": "sitedataScore"},
     {"confirmed": "maybe"}, {"from": "monday"}, {"to": "2026-02-30"}],
    ids=str,
)  # fmt: skip
def test_7_84_queries_that_are_none(sites, fetched, query):
    for path in ("/sitedata", f"/sitedata/jobs/{fetched['jobId']}/results"):
        assert fields(sites.get(path, **query)) == set(query)


def test_6d_items_of_all_jobs(sites, fetched):
    date = fetched["input"]["date"]
    page = sites.get("/sitedata", **{"from": date, "to": date}, siteId="sample", limit=1000).json()
    assert set(page) == {"items", "total", "limit", "offset"}
    of_job = sites.get(f"/sitedata/jobs/{fetched['jobId']}/results", limit=1000).json()["items"]
    assert page["items"] == of_job
    other = sites.done(day(), "sample-late")
    total = sites.get("/sitedata", siteId="sample-late", limit=1).json()["total"]
    assert total >= other["stats"]["stored"]


def test_7_85_items_of_a_job_that_ended_are_there_at_once(sites):
    site, date = "sample-late", day()

    def total() -> int:
        return sites.get("/sitedata", siteId=site, **{"from": date, "to": date}).json()["total"]

    assert [total() for _ in range(6)] == [0] * 6  # every replica has a page of nothing
    stored = sites.done(date, site)["stats"]["stored"]
    eventually(lambda: all(total() == stored for _ in range(6)), 5, "every replica has heard of them")


def test_items_that_are_postings_are_found_in_the_search(mesh, api, sites):
    job = sites.done(day())
    with contextlib.closing(mesh.database("jobmesh_jobs")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT title FROM posting WHERE source = 'site:sample/north' AND native_id LIKE %s AND is_primary",
            (f"north-{job['input']['date']}-%",),
        )
        titles = [row[0] for row in cursor.fetchall()]
    assert titles
    eventually(lambda: api.find(titles[0]), 20, "the posting is found")


# 6e: cancelling.


def test_7_83_cancelling_what_waits(sites, held):
    job_id = sites.start(day())
    answer = sites.request("DELETE", f"/sitedata/jobs/{job_id}")
    assert answer.status_code == 200 and set(answer.json()) == {"jobId", "status", "message"}
    assert (answer.json()["jobId"], answer.json()["status"]) == (job_id, "cancelled")
    job = sites.job(job_id)
    assert (job["status"], job["error"]) == ("failed", "Job cancelled by user")
    refused(sites.request("DELETE", f"/sitedata/jobs/{job_id}"), 400, "Cannot cancel job in status failed")


def test_7_83_cancelling_what_runs(mesh, sites, failing):
    failing("timeout")
    urls = mesh.status()["admin"]["scraper-service"].values()
    date = day()
    job_id = sites.start(date)
    eventually(lambda: sites.job(job_id)["status"] == "processing", 20)
    assert sites.request("DELETE", f"/sitedata/jobs/{job_id}").status_code == 200
    assert sites.job(job_id)["status"] == "failed"
    eventually(lambda: not any(job_id in requests.get(f"{url}/tasksz", timeout=5).text for url in urls), 5, "no process runs it")
    mesh.run("board", "fail", "none")
    assert sites.done(date)["status"] == "finished"
    assert sites.job(job_id)["error"] == "Job cancelled by user"


def test_6e_what_has_ended_is_not_cancelled(sites, fetched):
    refused(sites.request("DELETE", f"/sitedata/jobs/{fetched['jobId']}"), 400, "Cannot cancel job in status finished")


# 6f: the scheduler.


def test_6f_status_configs_and_next_runs(sites):
    sites.post("/scheduler/start")
    expect(sites.get("/scheduler/status"), 200, {
        "scheduler_status": {"is_running": True, "total_jobs": 2, "enabled_configs": 2, "total_configs": 3}, "status": "success",
    })  # fmt: skip
    configs = sites.get("/scheduler/sites-configs").json()
    assert configs["status"] == "success" and configs["total"] == 3
    assert configs["sites_configs"][0] == {
        "site_id": "sample", "date_strategy": "today", "custom_date": None, "enabled": True,
        "providers": ["north", "south"], "description": "Two providers of the sample board",
    }  # fmt: skip
    assert configs["sites_configs"][2]["custom_date"] == "2024-02-29" and not configs["sites_configs"][2]["enabled"]
    assert "http" not in str(configs)
    eventually(lambda: all(run["next_run_time"] for run in sites.get("/scheduler/next-runs").json()["next_runs"]), 10)
    runs = sites.get("/scheduler/next-runs").json()["next_runs"]
    assert [run["site_id"] for run in runs] == ["sample", "sample-late"]
    assert all(re.match(r"^\d{4}-\d\d-\d\dT\d\d:00:00\.000000Z$", run["next_run_time"]) for run in runs)


def test_7_88_starting_and_stopping_twice(sites):
    for action, running in (("stop", False), ("stop", False), ("start", True), ("start", True)):
        answer = sites.post(f"/scheduler/{action}")
        assert answer.status_code == 200 and answer.json()["status"] == "success" and answer.json()["message"], answer.text
        for _ in range(4):  # whichever replica answers
            status = sites.get("/scheduler/status").json()["scheduler_status"]
            assert status["is_running"] is running and status["total_jobs"] == (2 if running else 0)
        if not running:
            assert {run["next_run_time"] for run in sites.get("/scheduler/next-runs").json()["next_runs"]} == {None}


@pytest.fixture
def third_scraper(mesh, tmp_path):
    settings = {"JOBMESH_RPC_PORT": "0", "JOBMESH_RANDOM_USER_PORT": "0"}
    replica = Replica(mesh, "scraper-service-1", tmp_path, "scraper-service-3", **settings)
    replica.announced()
    yield replica
    replica.stop()


def test_7_86_an_hour_is_one_run_of_each_enabled_site(mesh, sites, third_scraper):
    sites.post("/scheduler/start")
    with contextlib.closing(mesh.database("jobmesh_jobs")) as connection, connection.cursor() as cursor:

        def value(query: str, *arguments: object):
            cursor.execute(query, arguments)
            return cursor.fetchone()[0]

        start = value("SELECT clock_timestamp()")
        ticks = "SELECT count(*) FROM task_tick WHERE schedule = '000/hourly' AND create_time > %s"
        tasks = "SELECT count(*) FROM task WHERE operation = 'fetch_enabled_sites' AND create_time > %s"
        # The hour has come.
        cursor.execute("UPDATE task_schedule SET next_time = now() WHERE schedule = '000/hourly'")
        eventually(lambda: value(tasks + " AND state = 'completed'", start) > 0, 20, "the clock has ticked")
        eventually(lambda: value("SELECT next_time > now() FROM task_schedule WHERE schedule = '000/hourly'"), 20)
        assert value(ticks, start) == value(tasks, start) == (1 if value("SELECT date_trunc('hour', now()) < %s", start) else 2)
        cursor.execute("SELECT result FROM task WHERE operation = 'fetch_enabled_sites' AND create_time > %s", (start,))
        for (started,) in cursor.fetchall():
            assert set(started) == {"sample", "sample-late"}
            for site, job_id in started.items():
                job = sites.ended(job_id)
                assert job["status"] == "finished" and job["input"]["siteId"] == site


# 6g: monitoring.


def test_6g_health(api, sites):
    answer = api.get(f"{BASE}/monitoring/health")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "healthy"
    assert answer.json()["components"] == {"database": "healthy", "workers": "healthy", "scheduler": "healthy"}


def test_6g_the_task_of_a_job(api, sites, fetched):
    task = sites.get(f"/monitoring/tasks/{fetched['jobId']}").json()
    assert (task["task_id"], task["state"], task["queue"], task["operation"]) == (fetched["jobId"], "completed", "site-fetch", "fetch_site")
    assert task["attempt"] == 1 and task["worker"] and task["error"] == ""
    other = api.post("/parse", {"data": "x"}).json()["task_id"]
    for task_id in (UNKNOWN, "nope", other):
        refused(sites.get(f"/monitoring/tasks/{task_id}"), 404, f"Task {task_id} not found")


def test_6g_workers_and_queues(sites, held):
    workers = sites.get("/monitoring/workers").json()
    assert workers["alive"] >= 2 and workers["total"] == len(workers["workers"]) >= workers["alive"]
    assert all("site-fetch" in worker["queues"] for worker in workers["workers"] if worker["alive"])
    sites.start(day())
    queues = {queue["queue"]: queue for queue in sites.get("/monitoring/queues").json()["queues"]}
    assert queues["site-fetch"]["ready"] >= 1 and queues["site-fetch"]["oldest_seconds"] >= 0


def test_6g_the_cache(sites):
    before = sites.get("/monitoring/cache/stats").json()
    assert set(before) == {"hits", "misses", "evictions", "hit_rate", "ttl_seconds", "instance"}
    assert before["ttl_seconds"] == 300
    supplier = unique("nobody")
    for _ in range(6):  # a miss each at three replicas at most
        assert sites.get("/sitedata", supplier=supplier).json()["total"] == 0
    eventually(lambda: sites.get("/monitoring/cache/stats").json()["hits"] > 0, 10)
    expect(sites.request("DELETE", "/monitoring/cache"), 200, {"message": "Cache cleared", "status": "success"})


def test_6g_the_system_is_for_administrators(api, sites, account):
    info = sites.get("/monitoring/system/info").json()
    assert info["version"] and info["hostname"] and info["pid"] > 0 and info["cpus"] > 0 and info["memory_mib"] > 1
    assert info["database"].startswith("PostgreSQL 15") and info["uptime_seconds"] > 0
    own = Sites(api, account.access_token)
    refused(own.get("/monitoring/system/info"), 403)
    refused(own.request("DELETE", "/monitoring/cache"), 403)
    refused(own.post("/scheduler/start"), 403)
    refused(own.post("/scheduler/stop"), 403)


# Across.


def test_only_users_may_come_in_and_cancel_what_is_theirs(api, sites, account, held):
    nobody = Sites(api, None)
    for method, path in [("POST", "/sitedata/fetch"), ("GET", f"/sitedata/jobs/{UNKNOWN}"), ("GET", f"/sitedata/jobs/{UNKNOWN}/results"),
                         ("GET", "/sitedata"), ("DELETE", f"/sitedata/jobs/{UNKNOWN}"), ("GET", "/scheduler/status"),
                         ("POST", "/scheduler/start"), ("POST", "/scheduler/stop"), ("GET", "/scheduler/sites-configs"),
                         ("GET", "/scheduler/next-runs"), ("GET", f"/monitoring/tasks/{UNKNOWN}"), ("GET", "/monitoring/workers"),
                         ("GET", "/monitoring/queues"), ("GET", "/monitoring/system/info"), ("GET", "/monitoring/cache/stats"),
                         ("DELETE", "/monitoring/cache")]:  # fmt: skip
        refused(nobody.request(method, path, {} if method == "POST" and "fetch" in path else None), 401, "Not authenticated")
    own = Sites(api, account.access_token)
    mine, other = own.start(day()), sites.start(day())
    assert own.job(other)["jobId"] == other
    refused(own.request("DELETE", f"/sitedata/jobs/{other}"), 403)
    assert own.request("DELETE", f"/sitedata/jobs/{mine}").status_code == 200


def test_7_89_and_92_errors_carry_the_request_id_and_the_field_of_the_family(api, sites):
    headers = sites.headers | {"X-Request-ID": "abc"}
    answers = [
        api.get(f"{BASE}/sitedata/jobs/{UNKNOWN}", headers=headers),
        api.get(f"{BASE}/sitedata?limit=0", headers=headers),
        api.post(f"{BASE}/sitedata/fetch", {}, headers=headers),
        api.get(f"{BASE}/sitedata", headers={"X-Request-ID": "abc"}),
    ]
    for answer in answers:
        assert answer.status_code >= 400 and answer.headers["X-Request-ID"] == "abc" and answer.json()["detail"], answer.text


def test_7_90_idempotency_key(api, sites):
    headers = sites.headers | {"Idempotency-Key": unique("key")}
    body = {"siteId": "sample", "date": day()}
    first = api.post(f"{BASE}/sitedata/fetch", body, headers=headers)
    sites.ended(first.json()["jobId"])
    again = api.post(f"{BASE}/sitedata/fetch", body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201) and again.json() == first.json()
    assert api.post(f"{BASE}/sitedata/fetch", body | {"date": day()}, headers=headers).status_code == 422


def test_7_91_families_do_not_see_each_other(api, sites, fetched):
    job_id = fetched["jobId"]
    assert api.get(f"/jobs/{job_id}").status_code == 404
    assert api.get(f"/parser_results/{job_id}").status_code == 404
    refused(api.request("DELETE", f"/jobs/{job_id}", headers=sites.headers), 404)
