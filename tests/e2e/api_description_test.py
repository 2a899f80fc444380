"""/openapi.json and /docs of a running mesh."""

import re

import pytest

from support import node
from support.api import PASSWORD, unique

LINT = node.SCRIPTS / "lint_openapi.cjs"
BROWSER = node.SCRIPTS / "browser.cjs"


@pytest.fixture(scope="module")
def description(api) -> dict:
    answer = api.get("/openapi.json")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    return answer.json()


def operations(description: dict) -> dict[str, dict]:
    return {operation["operationId"]: operation for item in description["paths"].values() for operation in item.values()}


def shape(path: str) -> str:
    """A path without the names of its variables: the description writes them as JSON does, a route as its field."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_every_route_is_described(api, description):
    described = {shape(path): item for path, item in description["paths"].items()}
    for route in api.get("/").json()["routes"]:
        method = "get" if "WebSocket" in route["method"] else route["method"].lower()
        assert method in described[shape(route["path"])], route


def test_comments_of_the_protos_come_through(description):
    by_id = operations(description)
    assert by_id["AccountService_SignUp"]["summary"] == "Makes an account with the role USER and signs it in"
    title = next(entry for entry in by_id["FindJobsService_FindJobs"]["parameters"] if entry["name"] == "title")
    assert title["required"] is True and "Words of the title" in title["description"]
    for name, schema in description["components"]["schemas"].items():
        if name.startswith("jobmesh.") and schema.get("properties"):
            assert any("description" in field for field in schema["properties"].values()), name


def test_declared_statuses_and_errors(description):
    by_id = operations(description)
    assert {"201", "400", "409"} <= set(by_id["AccountService_SignUp"]["responses"])
    assert {"201", "202", "404", "422"} <= set(by_id["SiteDataService_FetchSite"]["responses"])
    assert {"200", "401", "429"} <= set(by_id["AccountService_Login"]["responses"])
    assert {"200", "401", "403", "404"} <= set(by_id["SubscriptionService_GetSubscriptions"]["responses"])
    assert by_id["SubscriptionService_AddNewSkill"]["responses"]["500"]["$ref"].endswith("/Error-Error-500")
    assert by_id["SourceService_ScrapeSource"]["security"] == [{"bearer": ["ADMIN"]}, {"cookie": ["ADMIN"]}]
    assert by_id["NotificationService_Session"]["x-websocket"]["client"]["$ref"].endswith(".ClientFrame")


def test_linter_has_nothing_to_say(api, tmp_path):
    node.need("@redocly/openapi-core")
    document = api.get("/openapi.json").text
    (tmp_path / "openapi.json").write_text(document)
    problems = node.run_json(LINT, str(tmp_path / "openapi.json"))
    assert node.grave(problems, document) == []


def test_description_is_sent_once(api):
    first = api.get("/openapi.json")
    again = api.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert api.get("/openapi.json", headers={"If-None-Match": '"other"'}).status_code == 200
    head = api.request("HEAD", "/openapi.json")
    assert head.status_code == 200 and head.headers["ETag"] == first.headers["ETag"] and head.content == b""


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/backend/docs"])
def test_page_brings_everything_itself(api, path):
    answer = api.get(path)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    needed = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
    assert "/docs/page.js" in needed
    for address in needed:
        assert address.startswith(("/", "data:")), address
        if address.startswith("/"):
            assert api.get(address).status_code == 200


def test_post_to_the_page_is_refused(api):
    answer = api.post("/docs")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def test_page_in_a_browser(api, description, mesh):
    node.need("puppeteer-core")
    title = unique("dulcimer")
    email = f"{unique('reader')}@example.com"
    order = {"gateway": api.url, "name": "Ada", "email": email, "password": PASSWORD, "title": title}
    seen = node.run_json(BROWSER, node.chromium(), "docs", node.dump(order))

    assert seen["troubles"] == [] and seen["foreign"] == []
    assert seen["heading"].startswith("JobMesh")
    assert set(seen["operations"]) == set(operations(description))
    assert seen["links"] == seen["forms"] == len(seen["operations"])
    assert seen["unlabelled"] == 0
    # A search without a result, with the parameters as they were typed.
    assert seen["search"]["status"].startswith("404") and "No jobs found" in seen["search"]["body"]
    assert f"{api.url}/find-jobs?title={title}&skills=Python" in seen["curl"]
    # Signed up in the page: the cookie counts, then the token that was taken over.
    assert seen["signUp"]["status"].startswith("201")
    for answer in (seen["byCookie"], seen["byToken"]):
        assert answer["status"].startswith("404") and "No skills" in answer["body"]
    assert "$TOKEN" in seen["tokenCurl"]
    assert '"authenticated"' in seen["socket"] and '"cobol"' in seen["socket"]
    assert "MarketService_GetSalaryDistribution" in seen["found"] and len(seen["found"]) < len(seen["operations"])
    assert seen["count"] == f"{len(seen['found'])} operations"
    assert seen["themes"][0] != seen["themes"][1]
