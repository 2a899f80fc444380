"""The export of jobs: one file, made as the client takes it, the same filter as the search."""

import csv
import io
import json

import pytest
import requests

from support.api import unique

COLUMNS = [
    "job_id", "title", "company", "location", "date_posted", "salary_min", "salary_max", "currency", "salary_period",
    "experience", "skills", "seniority", "employment_type", "remote_mode", "link", "source", "description",
]  # fmt: skip


@pytest.fixture(scope="module")
def word(mesh) -> str:
    """Part of the titles of two postings, one of which a spreadsheet would take for a formula."""
    word = unique("Cooper")
    mesh.add_posting(f"={word}, \"chief\"", ["Python", "Go"], company="Barrel Ltd", salary="$120,000 per year")
    mesh.add_posting(f"{word} apprentice", ["Java"], company="Barrel Ltd")
    mesh.scrape("sample-jsonld")
    return word


def rows(answer: requests.Response) -> list[dict]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_export_as_csv(api, word):
    answer = api.get("/v1/jobs/export", params={"filter.title": word})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="jobs.csv"'
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.text.splitlines()[0].split(",") == COLUMNS
    found = {row["title"]: row for row in rows(answer)}
    assert set(found) == {f"'={word}, \"chief\"", f"{word} apprentice"}
    chief = found[f"'={word}, \"chief\""]
    assert chief["salary_min"] == "120000" and chief["currency"] == "USD"
    assert {"Python", "Go"} <= set(chief["skills"].split(";"))
    assert found[f"{word} apprentice"]["salary_min"] == ""


def test_export_as_ndjson_is_what_search_answers(api, word):
    answer = api.get("/v1/jobs/export", params={"filter.title": word, "format": "ndjson"})
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    searched = api.get("/v1/jobs:search", params={"filter.title": word}).json()["jobs"]
    assert lines == searched


def test_export_of_everything_has_every_job_once_newest_first(api, word):
    total = api.get("/v1/jobs:search").json()["total"]
    answer = api.get("/v1/jobs/export", params={"format": "ndjson"})
    jobs = [json.loads(line) for line in answer.text.splitlines()]
    assert len(jobs) == total > 200  # more than one page
    assert len({job["job_id"] for job in jobs}) == total
    posted = [job["date_posted"] for job in jobs]
    assert posted == sorted(posted, reverse=True)


def test_export_up_to_a_limit(api):
    assert len(rows(api.get("/v1/jobs/export", params={"limit": 3}))) == 3


def test_export_of_nothing_is_an_empty_file(api):
    nothing = {"filter.title": unique("nobody")}
    assert rows(api.get("/v1/jobs/export", params=nothing)) == []
    answer = api.get("/v1/jobs/export", params={**nothing, "format": "ndjson"})
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["Content-Type"] == "application/x-ndjson"


@pytest.mark.parametrize("wrong", [{"format": "xlsx"}, {"limit": -1}, {"filter.seniority": "WIZARD"}])
def test_export_of_what_cannot_be(api, wrong):
    answer = api.get("/v1/jobs/export", params=wrong)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["reason"] == "INVALID_FIELD"


def test_head_of_an_export_has_no_body(api):
    answer = api.request("HEAD", "/v1/jobs/export")
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["Content-Type"].startswith("text/csv")


def test_a_client_that_stops_reading_leaves_the_service_alive(api):
    for _ in range(3):
        with requests.get(f"{api.url}/v1/jobs/export", stream=True, timeout=15) as answer:
            next(answer.iter_content(100))
    assert api.get("/v1/jobs:search", params={"page_size": 1}).status_code == 200
