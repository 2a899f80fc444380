"""Real descriptions through import, refinement, search and insights. They may not be shipped with the project: where
JOBMESH_DATA_DIR names no folder that has them, this is skipped."""

import collections
import json
import os
import pathlib
import time

import pytest

from support.eventually import eventually

SOURCE = "descriptions"
CAUGHT_UP_SECONDS = 60


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    folder = os.environ.get("JOBMESH_DATA_DIR")
    if not folder:
        pytest.skip("JOBMESH_DATA_DIR is not set: no real postings")
    file = pathlib.Path(folder) / "postings" / "descriptions.jsonl"
    if not file.exists():
        pytest.skip(f"no real postings: {file} is absent")
    with file.open(encoding="utf-8") as text:
        return [json.loads(line) for line in text]


@pytest.fixture(scope="module")
def imported(mesh, lines) -> float:
    """Imports all of them; the seconds it took."""
    # The folder joins several collections, whose native ids may collide: its own id is the identity here.
    text = "".join(json.dumps(line | {"native_id": line["id"]}) + "\n" for line in lines)
    begin = time.monotonic()
    output = mesh.run_service("scraper-service", "import", "-", "--source", SOURCE, text=text, timeout=180)
    assert f"{len(lines)} postings: {len(lines)} new, 0 updated, 0 lines could not be read" in output
    return time.monotonic() - begin


def rows(mesh, query: str, *parameters: object) -> list[tuple]:
    with mesh.database("jobmesh_jobs") as database, database.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def test_every_posting_is_stored(mesh, lines, imported):
    assert rows(mesh, "SELECT count(*) FROM posting WHERE source = %s AND open", SOURCE) == [(len(lines),)]


def test_importing_again_changes_nothing(mesh, lines, imported):
    text = "".join(json.dumps(line | {"native_id": line["id"]}) + "\n" for line in lines[:1000])
    output = mesh.run_service("scraper-service", "import", "-", "--source", SOURCE, text=text, timeout=180)
    assert "1000 postings: 0 new, 0 updated" in output


def test_search_finds_them(mesh, api, lines, imported):
    titles = [line["title"] for line in lines if line.get("title", "").isascii() and len(line.get("title", "").split()) >= 4]
    assert len(titles) > 500
    times = []
    for title in titles[:: len(titles) // 50]:
        begin = time.monotonic()
        found = api.find(title, source=SOURCE, page_size=100)
        times.append(time.monotonic() - begin)
        assert found, title
    total = api.get("/v1/jobs:search", params={"filter.source": SOURCE}).json()
    assert total["total"] == 5000 and total["total_is_exact"] is False
    print(f"\n{len(times)} searches by title: median {sorted(times)[len(times) // 2] * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms")


def test_insights_count_them(mesh, api, imported):
    query = """
      SELECT count(*) FROM (SELECT job_id FROM posting WHERE open GROUP BY job_id
                            HAVING bool_or(annual_min_usd IS NOT NULL OR annual_max_usd IS NOT NULL)) AS paid
    """

    def counted():
        return api.get("/average-job-salary").json()["jobs_num"] == rows(mesh, query)[0][0]

    eventually(counted, CAUGHT_UP_SECONDS, "the insights have caught up")
    demand = api.get("/all-skills-by-demand").json()
    per_skill = "SELECT lower(s), count(DISTINCT job_id) FROM posting, unnest(skills) AS s WHERE open GROUP BY 1"
    assert demand == dict(rows(mesh, per_skill))


def test_spot_figures(mesh, api, lines, imported):
    ((salary, experience),) = rows(
        mesh,
        "SELECT count(salary_currency), count(experience_min_years) FROM posting WHERE source = %s AND open",
        SOURCE,
    )
    skills: collections.Counter = collections.Counter(
        dict(rows(mesh, "SELECT s, count(*) FROM posting, unnest(skills) AS s WHERE source = %s AND open GROUP BY 1", SOURCE))
    )
    print(f"\nreal postings           {len(lines)}, imported in {imported:.1f} s")
    print(f"with a salary           {salary}")
    print(f"with years of experience {experience}")
    print("top 20 skills           " + ", ".join(f"{name} {count}" for name, count in skills.most_common(20)))
    # Far below what is there: this notices a refinement that has gone blind, not one that is a little worse.
    assert salary > len(lines) // 20
    assert experience > len(lines) // 20
    assert len(skills) > 200 and skills["Python"] > 500
