"""What all suites share: one mesh for a run of pytest, clients of it, and its logs where a test fails."""

import pytest

from support.api import Api
from support.mesh import Mesh

_running: list[Mesh] = []
_sizes = pytest.StashKey[dict]()


@pytest.fixture(scope="session")
def mesh():
    started = Mesh()
    try:
        started.up()
        _running.append(started)
        yield started
    finally:
        _running.clear()
        started.close()


@pytest.fixture(scope="session")
def api(mesh) -> Api:
    return Api(mesh.status()["gateway_url"])


@pytest.fixture
def account(api):
    """A person nobody else knows."""
    return api.sign_up()


@pytest.fixture(scope="session")
def live_url(mesh) -> str:
    return mesh.status()["websocket_url"]


@pytest.fixture(scope="session")
def admin_token(mesh) -> str:
    return mesh.tokens("ADMIN")["authorization"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_sizes] = _running[0].log_sizes() if _running else {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    outcome = yield
    report = outcome.get_result()
    if report.failed and _running:
        report.sections.append(("logs of the mesh", _running[0].logs_since(item.stash.get(_sizes, {}))))
