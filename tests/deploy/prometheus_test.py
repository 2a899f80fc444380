"""Prometheus accepts the configuration, the rules do what their tests say, and every alert has a runbook."""

import pathlib
import shutil
import subprocess

import pytest
import yaml

from promql import metric_names

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: prometheus)")


def rules(key: str) -> list[dict]:
    return [
        rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"] if key in rule
    ]


def known_metrics() -> set[str]:
    lines = (pathlib.Path(__file__).parent / "metric_names.txt").read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


@needs_promtool
@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus-compose.yml"])
def test_configuration_is_valid(name):
    result = subprocess.run(["promtool", "check", "config", str(FOLDER / name)], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_promtool
@pytest.mark.parametrize("path", sorted((FOLDER / "tests").glob("*.yml")), ids=lambda path: path.name)
def test_rules_keep_their_own_tests(path):
    result = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_has_a_rule_test():
    tested = set()
    for path in (FOLDER / "tests").glob("*.yml"):
        for case in yaml.safe_load(path.read_text())["tests"]:
            tested |= {test["alertname"] for test in case.get("alert_rule_test", []) if test["exp_alerts"]}
    assert tested == {rule["alert"] for rule in rules("alert")}


@pytest.mark.parametrize("rule", rules("alert"), ids=lambda rule: rule["alert"])
def test_alert_tells_what_to_do(rule):
    assert rule["labels"]["severity"] in {"page", "ticket", "none"}
    annotations = rule["annotations"]
    assert annotations["summary"] and annotations["description"]
    runbook = ROOT / annotations["runbook_url"]
    assert runbook.is_file(), f"no {annotations['runbook_url']}"
    assert runbook.read_text().startswith(f"# {rule['alert']}\n")


def test_every_runbook_belongs_to_an_alert():
    used = {rule["annotations"]["runbook_url"] for rule in rules("alert")}
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"docs/runbooks/README.md"}
    assert there == used


@pytest.mark.parametrize("rule", rules("expr"), ids=lambda rule: rule.get("alert") or rule["record"])
def test_expressions_use_known_metrics(rule):
    recorded = {other["record"] for other in rules("record")}
    assert metric_names(rule["expr"]) <= known_metrics() | recorded
