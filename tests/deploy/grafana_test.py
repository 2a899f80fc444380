"""Dashboards are whole: fixed ids, no panel over another, units, and only metrics that exist."""

import json
import pathlib

import pytest
import yaml

from prometheus_test import known_metrics, rules
from promql import metric_names

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "grafana"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))


@pytest.fixture(params=DASHBOARDS, ids=lambda path: path.name)
def dashboard(request):
    return json.loads(request.param.read_text())


def test_there_is_a_dashboard():
    assert DASHBOARDS


def test_identity(dashboard):
    assert dashboard["uid"].startswith("jobmesh-")
    assert dashboard["title"]


def test_alerts_link_to_a_dashboard_that_exists():
    uids = {json.loads(path.read_text())["uid"] for path in DASHBOARDS}
    for rule in rules("alert"):
        assert rule["annotations"]["dashboard_url"].split("/")[2] in uids


def test_panels_have_ids_titles_units_and_room(dashboard):
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in dashboard["panels"]:
        assert panel["title"]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["datasource"]["uid"] == "${datasource}"


def test_expressions_use_known_metrics(dashboard):
    known = known_metrics() | {rule["record"] for rule in rules("record")}
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            assert metric_names(target["expr"]) <= known, panel["title"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            assert metric_names(variable["definition"]) <= known, variable["name"]


def test_provisioning_names_the_folder_of_the_dashboards():
    compose = yaml.safe_load((FOLDER.parent / "compose" / "compose.yaml").read_text())
    (provider,) = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "jobmesh.yaml").read_text())["providers"]
    assert f"../grafana/dashboards:{provider['options']['path']}:ro" in compose["services"]["grafana"]["volumes"]
