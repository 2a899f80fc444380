"""kill -9 of one process after the other. What was acknowledged is there afterwards, others go on meanwhile, and the
mesh is whole again as soon as the process is back."""

import concurrent.futures
import os
import signal
import threading
import time
from collections.abc import Callable

import pytest
import requests

from support.api import Api, unique
from support.eventually import eventually
from support.live import Closed, LiveClient

REPLICATED = ["user-service-1", "user-service-2", "scraper-service-1", "scraper-service-2", "insights-service-1", "insights-service-2"]
HEALED_SECONDS = 15


class Memory:
    """What the mesh has acknowledged, to be asked for later."""

    def __init__(self, mesh, api: Api) -> None:
        self.mesh, self.api = mesh, api
        self.account = api.sign_up()
        self.skill = unique("zymurgy ")
        self.added = api.add_skill(self.account, self.skill)
        assert self.added.status_code == 201, self.added.text
        self.title = unique("Thatcher")
        mesh.add_posting(self.title, ["Python"])
        mesh.scrape("sample-jsonld")
        assert api.find(self.title)

    def check(self) -> bool:
        """Everything is there and everything works."""
        assert self.api.log_in(self.account.email).status_code == 200
        assert self.api.subscriptions(self.account).json() == {"skills": [self.skill]}
        assert self.api.add_skill(self.account, self.skill).json() == self.added.json()
        assert len(self.api.find(self.title)) == 1
        assert self.api.get(f"/generate-insight-skills-by-demand/{self.title}").json()["total_jobs"] == 1
        return True


class Load:
    """Requests without a pause, from a few threads, until told to stop."""

    def __init__(self, request: Callable[[], int], threads: int = 3) -> None:
        self._request = request
        self._stopping = threading.Event()
        self.statuses: list[int] = []
        self._pool = concurrent.futures.ThreadPoolExecutor(threads)
        self._running = [self._pool.submit(self._run) for _ in range(threads)]

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.statuses.append(self._request())

    def __enter__(self) -> "Load":
        eventually(lambda: len(self.statuses) >= 20, 20, "the load runs")
        return self

    def go_on(self, requests: int) -> None:
        before = len(self.statuses)
        eventually(lambda: len(self.statuses) >= before + requests, 30, "the load goes on")

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._running:
            thread.result(30)
        self._pool.shutdown()


def restart(mesh) -> None:
    mesh.up()
    assert mesh.status()["state"] == "ready"


@pytest.mark.parametrize("name", REPLICATED)
def test_replica_is_killed(mesh, api, name):
    memory = Memory(mesh, api)
    mesh.kill(name)
    # The other replica does it all, as soon as it is known that this one has gone.
    eventually(memory.check, HEALED_SECONDS, f"all is well without {name}")
    other = Memory(mesh, api)
    restart(mesh)
    eventually(memory.check, HEALED_SECONDS, f"all is well with {name} again")
    eventually(other.check, HEALED_SECONDS, "what was acknowledged meanwhile is there")


def test_discovery_is_killed(mesh, api):
    memory = Memory(mesh, api)
    mesh.kill("discovery-1")
    for _ in range(20):  # the last state known goes on being used
        assert api.find(memory.title)
        assert api.subscriptions(memory.account).status_code == 200
    restart(mesh)
    eventually(memory.check, HEALED_SECONDS, "all is well with discovery again")
    eventually(lambda: all_registered(mesh), HEALED_SECONDS, "every instance is registered again")


def all_registered(mesh) -> bool:
    for service in ("user-service", "scraper-service", "insights-service"):
        answer = requests.get(f"{mesh.status()['discovery_http_url']}/get-service", params={"name": service}, timeout=5)
        if answer.status_code != 200 or len(answer.json()) != 2:
            return False
    return True


def test_gateway_is_killed(mesh, api, live_url):
    memory = Memory(mesh, api)
    with LiveClient(live_url, token=memory.account.access_token) as client:
        client.receive_type("authenticated")
        mesh.kill("gateway-1")
        with pytest.raises(Closed):
            client.receive()
    restart(mesh)
    assert mesh.status()["gateway_url"] == api.url  # clients find it where it was
    eventually(memory.check, HEALED_SECONDS, "all is well with the gateway again")


def test_database_is_killed(mesh, api):
    memory = Memory(mesh, api)
    os.kill(mesh.status()["postgres"]["pid"], signal.SIGKILL)

    def is_refused() -> bool:  # no hanging, no half answer; PostgreSQL's sessions outlive their parent for a moment
        answer = api.log_in(memory.account.email)
        assert answer.status_code in (200, 500, 503, 504), answer.text
        return answer.status_code != 200

    eventually(is_refused, HEALED_SECONDS, "log-in is refused without a database")
    assert api.get("/status").status_code == 200
    restart(mesh)
    eventually(memory.check, HEALED_SECONDS, "all is well with the database again")


def test_replica_is_killed_under_load(mesh, api):
    """No read fails: each is tried again elsewhere. No sign-up that was acknowledged is lost."""
    acknowledged: list[str] = []

    def read() -> int:
        return api.get("/find-jobs?title=developer&page_size=3").status_code

    def sign_up() -> int:
        email = f"{unique('loaded')}@example.com"
        status = api.post("/sign-up", {"name": "Load", "email": email, "password": "correct horse battery"}).status_code
        if status == 201:
            acknowledged.append(email)
        return status

    with Load(read) as reads, Load(sign_up, threads=1) as sign_ups:
        mesh.kill("user-service-2")
        reads.go_on(100)
        sign_ups.go_on(20)
        restart(mesh)
        reads.go_on(100)
        sign_ups.go_on(20)
    assert set(reads.statuses) == {200}, counted(reads.statuses)
    # A write that was under way in the killed process fails, because nobody knows whether it was done; no other does.
    refused = [status for status in sign_ups.statuses if status != 201]
    assert len(refused) <= 2 and set(refused) <= {500, 502, 503, 504}, counted(sign_ups.statuses)
    assert len(acknowledged) >= 40
    for email in acknowledged:
        assert api.log_in(email).status_code == 200


def counted(statuses: list[int]) -> dict[int, int]:
    return {status: statuses.count(status) for status in set(statuses)}


def test_notification_survives_whoever_was_to_deliver_it(mesh, api, live_url):
    """Killed between storing and pushing, or while the client was connected to it: told once it is back, and once."""
    account, tag = api.sign_up(), unique("ostler")
    with LiveClient(live_url, token=account.access_token) as client:
        client.receive_type("authenticated")
        client.send(type="subscribe", tag=tag)
        client.receive_type("subscribed")
        mesh.add_posting(f"Head {tag}", ["Python"])
        mesh.scrape("sample-jsonld")
        for name in ("user-service-1", "user-service-2"):
            mesh.kill(name)
    restart(mesh)

    def told() -> dict:
        with LiveClient(live_url, token=account.access_token) as again:
            again.receive_type("authenticated", 5)
            frame = again.receive_type("new_job", 5)
            again.send(type="ack", id=frame["id"])
            again.nothing_before({"type": "unsubscribe", "tag": tag}, "unsubscribed")
            return frame

    deadline = time.monotonic() + HEALED_SECONDS
    while True:
        try:
            assert told()["job"]["title"] == f"Head {tag}"
            return
        except Closed:
            assert time.monotonic() < deadline, "the session is refused"
