"""The Postman collection covers every public route, checks what it gets, and holds no secrets."""

import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "postman"
COLLECTION = json.loads((FOLDER / "jobmesh.postman_collection.json").read_text())
ENVIRONMENT = json.loads((FOLDER / "local.postman_environment.json").read_text())


def requests() -> list[tuple[str, dict]]:
    return [(f"{folder['name']} / {item['name']}", item) for folder in COLLECTION["item"] for item in folder["item"]]


def public_routes() -> set[tuple[str, str]]:
    """(method, path) of every google.api.http rule, with `*` for variables."""
    routes = set()
    for path in (ROOT / "proto").rglob("*.proto"):
        # Comments may show an example of a rule.
        text = re.sub(r"//.*", "", path.read_text())
        for method, route in re.findall(r'\b(get|post|put|patch|delete)\s*:\s*"(/[^"]*)"', text):
            routes.add((method.upper(), re.sub(r"\{[^}]*\}", "*", route)))
    return routes


def test_format():
    assert COLLECTION["info"]["schema"] == "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    folders = [folder["name"] for folder in COLLECTION["item"]]
    assert folders == ["0 Health", "1 Account", "2 Search", "3 Subscriptions", "4 Insights", "5 Errors", "6 Datasets", "7 Parser", "8 Named jobs", "9 Site data", "10 Clean-up"]


@pytest.mark.parametrize("name,item", requests(), ids=[name for name, _ in requests()])
def test_request_checks_its_answer(name, item):
    scripts = "\n".join(line for event in item["event"] if event["listen"] == "test" for line in event["script"]["exec"])
    assert "pm.test(" in scripts
    assert item["request"]["url"]["raw"].startswith(("{{base_url}}/", "{{discovery_url}}/"))


@pytest.mark.parametrize("method,route", sorted(public_routes()))
def test_public_route_is_in_the_collection(method, route):
    pattern = re.compile(re.escape(route).replace(r"\*", "[^/]+"))
    for _, item in requests():
        request = item["request"]
        path = re.sub(r"^\{\{\w+\}\}", "", request["url"]["raw"]).partition("?")[0]
        if request["method"] == method and pattern.fullmatch(path):
            return
    pytest.fail(f"no request for {method} {route}")


def test_variables_are_declared_and_empty_of_secrets():
    declared = {variable["key"]: variable["value"] for variable in COLLECTION["variable"]}
    used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(COLLECTION)))
    assert used <= set(declared)
    for key in ("password", "access_token", "refresh_token"):
        assert declared[key] == ""
    assert {value["key"] for value in ENVIRONMENT["values"]} == {"base_url", "discovery_url", "websocket_url"}
