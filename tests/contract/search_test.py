"""Row 1d: finding jobs. The sample board gives a few hundred of them; some more are added with known members."""

import datetime
import uuid

import pytest

from support.api import expect, expect_msg, unique

REQUIRED = {"job_id", "title", "company", "location", "description", "date_posted"}
OPTIONAL = {
    "salary_min": (int, float), "salary_max": (int, float), "currency": str, "salary_period": str, "experience": (int, float),
    "skills": list, "link": str, "source": str, "seniority": str, "employment_type": str, "remote_mode": str,
}  # fmt: skip


@pytest.fixture(scope="module")
def word(mesh) -> str:
    """Part of the titles of three postings that differ in pay, place and skills."""
    word = unique("Luthier")
    mesh.add_posting(f"Senior {word} developer", ["Python", "PostgreSQL"], company="Vielle Ltd", location="Berlin, Germany", salary="$140,000 per year", experience="5 years")
    mesh.add_posting(f"{word} developer", ["Python"], company="Rebec GmbH", location="Vienna, Austria", salary="$90,000 per year")
    mesh.add_posting(f"{word} tester", ["Java"], company="Rebec GmbH", location="Vienna, Austria")
    mesh.scrape("sample-jsonld")
    return word


def titles(jobs: list[dict]) -> set[str]:
    return {job["title"] for job in jobs}


def test_1d_find_jobs_by_title(api, word):
    assert titles(api.find(word)) == {f"Senior {word} developer", f"{word} developer", f"{word} tester"}
    assert titles(api.find(f"{word} developer")) == {f"Senior {word} developer", f"{word} developer"}
    assert titles(api.find(f"TESTER {word.lower()}")) == {f"{word} tester"}


def test_1d_shape_of_a_job(api, word):
    for job in api.find("developer", page_size=100):
        assert REQUIRED <= set(job) <= REQUIRED | set(OPTIONAL), job
        uuid.UUID(job["job_id"])
        assert all(isinstance(job[key], str) for key in REQUIRED)
        assert job["title"] and job["description"]
        posted = datetime.datetime.fromisoformat(job["date_posted"].replace("Z", "+00:00"))
        assert job["date_posted"].endswith("Z") and posted.tzinfo is not None
        for key in set(job) - REQUIRED:
            assert isinstance(job[key], OPTIONAL[key]) and not isinstance(job[key], bool), (key, job[key])


def test_1d_additive_fields_say_what_was_stated(api, word):
    (job,) = [job for job in api.find(word) if job["title"].startswith("Senior")]
    assert (job["salary_min"], job["currency"], job["salary_period"]) == (140000, "USD", "YEAR")
    assert job["experience"] == 5
    assert {"Python", "PostgreSQL"} <= set(job["skills"])
    assert job["source"] == "sample-jsonld"
    assert job["link"].startswith("http://")
    assert job["seniority"] == "SENIOR"
    (unpaid,) = api.find(f"{word} tester")
    assert not {"salary_min", "salary_max", "currency", "experience"} & set(unpaid)


def test_1d_filters(api, word):
    assert titles(api.find(word, location="berlin")) == {f"Senior {word} developer"}
    assert titles(api.find(word, company="rebec")) == {f"{word} developer", f"{word} tester"}
    assert titles(api.find(word, skills="java")) == {f"{word} tester"}
    assert titles(api.find(word, skills=["Java", "PostgreSQL"])) == {f"Senior {word} developer", f"{word} tester"}
    assert titles(api.find(word, salary_min=100000)) == {f"Senior {word} developer"}
    assert titles(api.find(word, has_salary="false")) == {f"{word} tester"}
    assert titles(api.find(word, seniority="senior")) == {f"Senior {word} developer"}
    assert api.find(word, source="sample-rss") == []
    assert api.find(word, posted_since="2100-01-01T00:00:00Z") == []


def test_1d_pages_join_to_the_whole(api, word):
    whole = [job["job_id"] for job in api.find(word)]
    pages, token = [], ""
    while True:
        answer = api.get("/find-jobs", params={"title": word, "page_size": 2, "page_token": token})
        assert answer.status_code == 200 and len(answer.json()) <= 2
        pages += [job["job_id"] for job in answer.json()]
        token = answer.headers.get("X-Jobmesh-Next-Page-Token", "")
        if not token:
            break
    assert pages == whole and len(set(pages)) == 3


def test_1d_sorted_by_salary(api, word):
    assert [job["title"] for job in api.find(word, sort="salary", has_salary="true")] == [f"Senior {word} developer", f"{word} developer"]


def test_1d_nothing_found(api):
    expect(api.get("/find-jobs?title=qqzzyyxx"), 404, {"msg": "No jobs found"})


@pytest.mark.parametrize("query", ["", "?title=", "?title=%20%20", "?location=Berlin"])
def test_1d_title_is_required(api, query):
    expect(api.get(f"/find-jobs{query}"), 400, {"msg": "title is required"})


@pytest.mark.parametrize(
    "query,field",
    [
        ("salary_min=much", "salary_min"), ("has_salary=perhaps", "has_salary"), ("posted_since=yesterday", "posted_since"),
        ("page_size=ten", "page_size"), ("page_size=-1", "page_size"), ("sort=oldest", "sort"), ("page_token=%21%21", "page_token"),
        ("seniority=boss", "seniority"), ("salary_min=NaN", "salary_min"),
    ],
)  # fmt: skip
def test_1d_names_a_bad_filter(api, query, field):
    assert field in expect_msg(api.get(f"/find-jobs?title=python&{query}"), 400)


@pytest.mark.parametrize("title", ["' OR 1=1 --", "%' ; drop table posting; --", "\\", "a:*&b", "(((", "\U0001f600", "x" * 3000, "<->", "!"])
def test_1d_any_text_is_only_text(api, title):
    answer = api.get("/find-jobs", params={"title": title})
    assert answer.status_code in (200, 400, 404), answer.text


def test_1d_search_v1_counts_what_find_jobs_finds(api, word):
    answer = api.get("/v1/jobs:search", params={"filter.title": word})
    assert answer.status_code == 200
    assert answer.json()["total"] == 3 and answer.json()["total_is_exact"] is True
    assert titles(answer.json()["jobs"]) == titles(api.find(word))
    facets = api.get("/v1/jobs:facets", params={"filter.title": word}).json()
    assert facets["total"] == 3
    assert {"value": "Python", "count": 2} in facets["skills"]
