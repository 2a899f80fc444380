"""The task that makes the insights anew: a warehouse that was damaged is right again, seen from outside."""

import time

import pytest

from support.api import unique
from support.eventually import eventually
from support.task_worker import Tasks

COMPLETED = 4
SECONDS = 60


@pytest.fixture
def tasks(mesh):
    client = Tasks(mesh.process("scraper-service-1")["rpc_address"], mesh.mesh_token())
    yield client
    client.close()


def recompute(tasks: Tasks) -> dict:
    [task_id] = tasks.enqueue(tasks.spec("recompute_insights"))
    task = eventually(lambda: (task := tasks.get(task_id)).state >= COMPLETED and task, SECONDS, "the task ends")
    assert task.state == COMPLETED, task.error
    return dict(task.result.struct_value)


def revision(mesh) -> int:
    with mesh.database("jobmesh_insights") as warehouse, warehouse.cursor() as cursor:
        cursor.execute("SELECT revision FROM load_state")
        return cursor.fetchone()[0]


def test_damaged_insights_are_made_anew(mesh, api, tasks):
    word = unique("Chandler")
    mesh.add_posting(f"{word} one", ["Python"], salary="$100,000 per year")
    mesh.add_posting(f"{word} two", ["Python", "Docker"])
    mesh.scrape("sample-jsonld")

    def demand() -> dict:
        return api.get(f"/generate-insight-skills-by-demand/{word}").json()

    eventually(lambda: demand()["total_jobs"] == 2, 20, "the insights know the postings")
    good, jobs = demand(), api.get("/average-job-salary").json()["jobs_num"]
    with mesh.database("jobmesh_insights") as warehouse, warehouse.cursor() as cursor:  # one transaction
        cursor.execute("DELETE FROM fact_job WHERE %s = ANY (title_words)", (word.lower(),))
        cursor.execute("UPDATE agg_total SET jobs = jobs + 100000, salaried_jobs = salaried_jobs + 100000")
        cursor.execute("UPDATE load_state SET revision = revision + 1")  # nobody remembers an answer
    eventually(lambda: demand()["total_jobs"] == 0, 20, "the damage is seen")
    eventually(lambda: api.get("/average-job-salary").json()["jobs_num"] >= jobs + 100_000, 20, "the damage is seen")

    done = recompute(tasks)
    assert done["jobs_corrected"] == 2 and done["sums_corrected"] >= 1, done
    assert done["jobs_checked"] >= 2
    eventually(lambda: demand() == good, 20, "the insights are right again")
    eventually(lambda: api.get("/average-job-salary").json()["jobs_num"] < jobs + 100_000, 20, "the insights are right again")

    eventually(lambda: is_quiet(mesh), 30, "nothing is loaded")
    before = revision(mesh)
    again = recompute(tasks)
    assert again["jobs_corrected"] == again["sums_corrected"] == 0, again
    assert revision(mesh) == before  # nothing changed, so no answer is forgotten


def is_quiet(mesh) -> bool:
    before = revision(mesh)
    time.sleep(1)
    return revision(mesh) == before


def test_it_is_done_every_night(mesh):
    with mesh.database("jobmesh_jobs") as database, database.cursor() as cursor:
        cursor.execute("SELECT cron, enabled, spec->>'operation' FROM task_schedule WHERE schedule = 'insights/recompute'")
        assert cursor.fetchall() == [("40 3 * * *", True, "recompute_insights")]
