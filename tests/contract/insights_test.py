"""Rows 1e to 1j: insights, held against postings with known members and against the postings database itself."""

import pytest

from support.api import expect_msg, unique
from support.eventually import eventually

FRESH_SECONDS = 10

# The jobs that are open, as the scraper stored them, and what refinement found in them. One row a posting.
OPEN_POSTINGS = """
  SELECT job_id, skills, (coalesce(annual_min_usd, annual_max_usd) + coalesce(annual_max_usd, annual_min_usd)) / 2 AS pay
    FROM posting WHERE open
"""


@pytest.fixture(scope="module")
def word(api, mesh) -> str:
    """Part of the titles of four postings; returned once the insights know them."""
    word = unique("Campanologist")
    mesh.add_posting(f"{word} one", ["Python", "Docker"], salary="$100,000 per year", experience="2 years")
    mesh.add_posting(f"{word} two", ["Python"], salary="$120,000 per year", experience="4 years")
    mesh.add_posting(f"{word} three", ["Python", "Docker"], experience="6 years")
    mesh.add_posting(f"{word} four", ["Java"])
    mesh.scrape("sample-jsonld")
    eventually(lambda: api.get(f"/generate-insight-skills-by-demand/{word}").json()["total_jobs"] == 4, FRESH_SECONDS)
    return word


def settled(mesh, api, path: str, rows: str) -> tuple[dict, dict]:
    """The answer and what the database says, both taken while nothing changes."""

    def both():
        with mesh.database("jobmesh_jobs") as database, database.cursor() as cursor:
            cursor.execute(f"WITH posting_pay AS ({OPEN_POSTINGS}), job AS ({JOBS}) {rows}")
            expected = dict(cursor.fetchall())
        answer = api.get(path)
        assert answer.status_code == 200
        assert answer.json().keys() == expected.keys()
        assert answer.json() == pytest.approx({key: float(value) for key, value in expected.items()}, rel=0.001)
        return answer.json(), expected

    return eventually(both, FRESH_SECONDS, f"{path} agrees with the postings")


JOBS = """
  SELECT p.job_id, avg(p.pay) AS pay,
         (SELECT array_agg(DISTINCT lower(s)) FROM posting_pay q, unnest(q.skills) AS s WHERE q.job_id = p.job_id) AS skills
    FROM posting_pay p GROUP BY p.job_id
"""


def test_1e_skills_by_demand(api, word):
    body = api.get(f"/generate-insight-skills-by-demand/{word}").json()
    assert set(body) == {"skills_by_demand", "total_jobs"}
    assert body["total_jobs"] == 4
    named = [pair for pair in body["skills_by_demand"] if pair[0] in ("python", "docker", "java")]
    assert named == [["python", 3], ["docker", 2], ["java", 1]]
    counts = [count for _, count in body["skills_by_demand"]]
    assert counts == sorted(counts, reverse=True)


def test_1e_more_words_narrow(api, word):
    body = api.get(f"/generate-insight-skills-by-demand/{word.upper()}%20three").json()
    assert body["total_jobs"] == 1
    assert ["docker", 1] in body["skills_by_demand"]


def test_1e_no_match(api):
    answer = api.get("/generate-insight-skills-by-demand/qqzzyyxx")
    assert answer.status_code == 200
    assert answer.json() == {"skills_by_demand": [], "total_jobs": 0}


def test_1f_average_experience_leaves_out_what_is_not_stated(api, word):
    answer = api.get(f"/generate-insight-average-experience/{word}")
    assert answer.status_code == 200
    assert answer.json() == {"average_experience": 4, "total_jobs": 3}


def test_1f_no_match(api):
    answer = api.get("/generate-insight-average-experience/qqzzyyxx")
    assert answer.json() == {"average_experience": 0, "total_jobs": 0}


def test_1g_skills_by_salary(api, mesh, word):
    body, _ = settled(
        mesh, api, "/skills-by-salary",
        "SELECT s, round(avg(pay), 2) FROM job, unnest(skills) AS s WHERE pay IS NOT NULL GROUP BY s HAVING count(*) >= 5",
    )  # fmt: skip
    assert body["python"] > 10_000


def test_1h_average_salary(api, mesh, word):
    def agrees():
        with mesh.database("jobmesh_jobs") as database, database.cursor() as cursor:
            cursor.execute(f"WITH posting_pay AS ({OPEN_POSTINGS}), job AS ({JOBS}) SELECT count(pay), avg(pay) FROM job")
            jobs, average = cursor.fetchone()
        body = api.get("/average-job-salary").json()
        assert set(body) == {"average_salary", "jobs_num", "currency", "period"}
        assert (body["jobs_num"], body["currency"], body["period"]) == (jobs, "USD", "YEAR")
        assert body["average_salary"] == pytest.approx(float(average), rel=0.001)
        return jobs > 50

    eventually(agrees, FRESH_SECONDS)


def test_1i_all_skills_by_demand(api, mesh, word):
    body, _ = settled(mesh, api, "/all-skills-by-demand", "SELECT s, count(*) FROM job, unnest(skills) AS s GROUP BY s")
    assert all(type(count) is int and count > 0 for count in body.values())


def test_1j_average_salary_of_keywords(api, word):
    answer = api.get(f"/avg-salary/{word}")
    assert answer.status_code == 200
    assert answer.json() == {"average_salary": 110000, "jobs_num": 2, "currency": "USD", "period": "YEAR"}
    assert api.get("/avg-salary/qqzzyyxx").json() == {"average_salary": 0, "jobs_num": 0, "currency": "USD", "period": "YEAR"}


def test_1j_average_salary_by_experience(api, mesh):
    word = unique("Ninefold")
    mesh.add_posting(f"{word} one", ["Ruby"], salary="$77,000 per year", experience="17 years")
    mesh.scrape("sample-jsonld")
    eventually(lambda: api.get(f"/avg-salary/{word}").json()["jobs_num"] == 1, FRESH_SECONDS)
    expected = {"average_salary": 77000, "jobs_num": 1, "currency": "USD", "period": "YEAR"}
    for experience in ("17", "16.75", "17.25"):
        answer = api.get(f"/average-job-salary-by-experience?experience={experience}")
        assert answer.status_code == 200
        assert answer.json() == expected, experience
    assert api.get("/average-job-salary-by-experience?experience=17.3").json()["jobs_num"] == 0


@pytest.mark.parametrize("query", ["", "?experience=", "?experience=much", "?experience=-1", "?experience=NaN", "?experience=Infinity"])
def test_1j_experience_must_be_a_number(api, query):
    expect_msg(api.get(f"/average-job-salary-by-experience{query}"), 400)


def test_keywords_that_are_too_long(api):
    expect_msg(api.get("/generate-insight-skills-by-demand/" + "x" * 201), 400)


def test_insights_may_be_cached(api):
    for path in ("/all-skills-by-demand", "/average-job-salary", "/skills-by-salary"):
        assert "max-age" in api.get(path).headers["Cache-Control"]
