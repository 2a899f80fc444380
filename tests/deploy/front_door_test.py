"""The front door against real processes: up, again, after a crash, the Postman collection, down."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build"))
NEWMAN = BUILD / "npm" / "node_modules" / ".bin" / "newman"
READY_AGAIN_SECONDS = 10


class FrontDoor:
    def __init__(self, state: pathlib.Path):
        self.state = state
        own = ("JOBMESH_TEST_DATABASE_URL", "JOBMESH_DATA_DIR")
        self.environment = {key: value for key, value in os.environ.items() if key not in own}
        self.environment |= {"JOBMESH_STATE_DIR": str(state), "JOBMESH_BUILD_DIR": str(BUILD)}

    def __call__(self, *arguments: str, check: bool = True, timeout: float = 300) -> subprocess.CompletedProcess:
        result = subprocess.run(
            [str(ROOT / "jobmesh"), *arguments],
            env=self.environment, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if check:
            assert result.returncode == 0, f"{arguments}: {result.stdout}\n{result.stderr}"
        return result

    def status(self) -> dict:
        return json.loads(self("status", "--json", check=False).stdout)


@pytest.fixture(scope="module")
def jobmesh(tmp_path_factory):
    door = FrontDoor(tmp_path_factory.mktemp("front-door") / "state")
    try:
        door("up", "--free-ports")
        yield door
    finally:
        door("down", check=False)


def test_up_starts_everything_with_two_replicas(jobmesh):
    status = jobmesh.status()
    assert status["state"] == "ready"
    for key in ("gateway_url", "discovery_http_url", "sample_board_url"):
        assert status[key].startswith("http://127.0.0.1:")
    replicas = {service: len(instances) for service, instances in status["admin"].items()}
    assert replicas == {"gateway": 1, "discovery": 1, "user-service": 2, "scraper-service": 2, "insights-service": 2}


def test_second_up_is_quick_and_restarts_nothing(jobmesh):
    before = {process["name"]: process["pid"] for process in jobmesh.status()["processes"]}
    begin = time.monotonic()
    jobmesh("up", "--free-ports")
    assert time.monotonic() - begin <= READY_AGAIN_SECONDS
    assert {process["name"]: process["pid"] for process in jobmesh.status()["processes"]} == before


@pytest.mark.parametrize("name", ["gateway-1", "discovery-1", "user-service-1"])
def test_up_after_a_crash_starts_the_process_on_its_port(jobmesh, name):
    def process():
        return next(entry for entry in jobmesh.status()["processes"] if entry["name"] == name)

    before = process()
    os.kill(before["pid"], signal.SIGKILL)
    jobmesh("up", "--free-ports")
    after = process()
    assert after["state"] == "ready" and after["pid"] != before["pid"]
    for key in ("rpc_address", "http_url", "admin_url"):
        assert after.get(key) == before.get(key)


def test_second_copy_runs_beside_the_first(jobmesh, tmp_path):
    second = FrontDoor(tmp_path / "state")
    # A port of the first that the second asks for: it gets another, and says so.
    taken = jobmesh.status()["gateway_url"].rsplit(":", 1)[1]
    second.environment |= {"JOBMESH_HTTP_PORT": taken, "JOBMESH_RPC_PORT": "0", "JOBMESH_ADMIN_PORT": "0"}
    second.environment |= {"JOBMESH_DISCOVERY_HTTP_PORT": "0"}
    try:
        result = second("up", "--no-demo", "--replicas", "1")
        assert f"port {taken} is taken" in result.stderr
        assert second.status()["gateway_url"] != jobmesh.status()["gateway_url"]
        assert "sample_board_url" not in second.status()
        assert jobmesh.status()["state"] == "ready"
    finally:
        second("down", check=False)


def test_token_prints_both_tokens(jobmesh):
    tokens = json.loads(jobmesh("token", "ADMIN", "--user-id", "7", "--first-name", "A", "--last-name", "B").stdout)
    assert set(tokens) == {"authorization", "user_info"}
    assert all(token.count(".") == 2 for token in tokens.values())


def test_posting_of_the_board_is_found_after_a_scrape(jobmesh):
    title = "Glockenspiel engineer"
    jobmesh("board", "add", "--title", title, "--skill", "Python", "--company", "Front Door Ltd")
    jobmesh("scrape")
    url = f"{jobmesh.status()['gateway_url']}/find-jobs?title=Glockenspiel"
    found = subprocess.run(["curl", "-sS", "-m", "10", url], capture_output=True, text=True, check=True, timeout=30).stdout
    assert [job["title"] for job in json.loads(found)] == [title]


def test_postman_collection_passes_twice(jobmesh):
    if not NEWMAN.exists():
        pytest.skip(f"no newman in {NEWMAN.parent}: ./jobmesh test installs it where npm is")
    status = jobmesh.status()
    variables = {
        "base_url": status["gateway_url"],
        "discovery_url": status["discovery_http_url"],
        "websocket_url": status["websocket_url"],
    }
    folder = ROOT / "deploy" / "postman"
    command = [str(NEWMAN), "run", str(folder / "jobmesh.postman_collection.json"), "-e", str(folder / "local.postman_environment.json")]
    for key, value in variables.items():
        command += ["--env-var", f"{key}={value}"]
    for _ in range(2):
        result = subprocess.run([*command, "--color", "off"], capture_output=True, text=True, timeout=180, check=False)
        assert result.returncode == 0, result.stdout[-6000:]


# Last: it ends what the others use.
def test_down_stops_everything(jobmesh):
    ports = [process["admin_url"].rsplit(":", 1)[1] for process in jobmesh.status()["processes"] if "admin_url" in process]
    pids = [process["pid"] for process in jobmesh.status()["processes"]]
    jobmesh("down")
    assert jobmesh.status()["state"] == "stopped"
    assert not [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0
