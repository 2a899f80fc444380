"""A real Prometheus scrapes every process of the mesh, with the target file that `./jobmesh up` writes."""

import pathlib
import re
import shutil
import subprocess
import urllib.parse

import pytest
import requests
import yaml

from support.eventually import eventually
from support.mesh import ROOT

GOLDEN = ROOT / "tests" / "deploy" / "metric_names.txt"
# What every process exports, and what those that serve gRPC add.
EVERY_PROCESS = ["process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes", "process_start_time_seconds"]
EVERY_SERVER = ["grpc_server_started_total", "grpc_server_handled_total", "grpc_server_handling_seconds_bucket"]


class Prometheus:
    def __init__(self, folder: pathlib.Path, targets: pathlib.Path) -> None:
        # The project's own configuration, only in more of a hurry.
        source = ROOT / "deploy" / "prometheus"
        configuration = yaml.safe_load((source / "prometheus.yml").read_text())
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["rule_files"] = [str(source / "rules" / "*.yml")]
        configuration["scrape_configs"][0]["file_sd_configs"] = [{"files": [str(targets)], "refresh_interval": "1s"}]
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration))
        self._log = folder / "prometheus.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}", "--web.listen-address=127.0.0.1:0"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self.url = eventually(self._address, 30, "Prometheus listens")

    def _address(self) -> str | None:
        """The port the kernel gave it, which is in its log."""
        log = self._log.read_text()
        assert self._process.poll() is None, log
        listening = re.search(r'"Listening on" address=(\S+)', log)
        return listening and f"http://{listening[1]}"

    def get(self, path: str, **parameters: str):
        answer = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[dict]:
        return self.get("query", query=expression)["result"]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture(scope="module")
def prometheus(mesh, api, account_of_module, tmp_path_factory):
    if not shutil.which("prometheus"):
        pytest.skip("needs prometheus (Debian: prometheus)")
    started = Prometheus(tmp_path_factory.mktemp("prometheus"), mesh.state / "targets" / "mesh.json")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def account_of_module(api, mesh):
    """Some traffic, so that what is counted by label has been counted once."""
    assert api.add_skill(api.sign_up(), "Python").status_code == 201
    assert api.get("/find-jobs?title=developer").status_code == 200
    assert api.get("/all-skills-by-demand").status_code == 200


def test_every_process_is_up(mesh, prometheus):
    expected = {urllib.parse.urlsplit(process["admin_url"]).netloc for process in mesh.status()["processes"] if "admin_url" in process}
    assert len(expected) == 8

    def all_up():
        targets = prometheus.get("targets")["activeTargets"]
        assert {target["labels"]["instance"] for target in targets} == expected
        assert {target["health"] for target in targets} == {"up"}, [target["lastError"] for target in targets]
        return True

    eventually(all_up, 20, "every target is up")
    assert {sample["metric"]["service"] for sample in prometheus.query("up == 1")} == set(mesh.status()["admin"])


def golden_names() -> list[str]:
    lines = GOLDEN.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", golden_names())
def test_golden_metric_is_there(prometheus, name):
    eventually(lambda: prometheus.query(name), 10, f"{name} has a sample")


@pytest.mark.parametrize("name", EVERY_PROCESS)
def test_every_process_exports(prometheus, name):
    eventually(lambda: len(prometheus.query(f"count by (instance) ({name})")) == 8, 10, f"{name} from all processes")


@pytest.mark.parametrize("name", EVERY_SERVER)
def test_every_service_exports(prometheus, name):
    services = {"discovery", "user-service", "scraper-service", "insights-service"}

    def found() -> set[str]:
        return {sample["metric"]["service"] for sample in prometheus.query(f"count by (service) ({name})")}

    eventually(lambda: services <= found(), 10, f"{name} from {services}")


def test_rules_are_loaded_and_quiet(prometheus):
    def evaluated():
        rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
        assert rules
        assert {rule["health"] for rule in rules} == {"ok"}, [rule["lastError"] for rule in rules if rule.get("lastError")]
        return True

    # A group of recording rules has its first turn at some point of its own interval, which is 30 s.
    eventually(evaluated, 45, "every rule was evaluated")
    firing = [alert["labels"]["alertname"] for alert in prometheus.get("alerts")["alerts"] if alert["state"] == "firing"]
    assert not [name for name in firing if name != "Watchdog"], firing
