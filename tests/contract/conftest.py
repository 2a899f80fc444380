"""What the tests of the gateway's own behaviour share."""

import pytest

from support.api import Api
from support.counting import PACKAGE, SERVICE, Counter
from support.eventually import eventually
from support.registration import Registration, registry_channel
from support.replica import Replica


@pytest.fixture(scope="session")
def counter(mesh, api):
    """A service behind the gateway that counts its calls."""
    counter = Counter()
    try:
        with registry_channel(mesh) as registry:
            registration = Registration(registry, SERVICE, counter.port, counter.descriptors, [f"{PACKAGE}.CountingService"])
            eventually(lambda: api.get("/staring/begin").status_code == 200, 10, "its routes appear")
            yield counter
            registration.deregister()
    finally:
        counter.stop()


@pytest.fixture
def other_gateway(mesh, api, counter, tmp_path):
    """Starts further gateways of the mesh, with settings of their own."""
    replicas: list[Replica] = []
    visitor = api.sign_up()

    def start(**settings: str) -> Api:
        replicas.append(Replica(mesh, "gateway-1", tmp_path, f"gateway-{len(replicas)}", JOBMESH_HTTP_PORT="0", **settings))
        other = Api(f"http://127.0.0.1:{replicas[-1].announced()['http_port']}")
        other.replica = replicas[-1]
        eventually(lambda: other.get("/counting/begin").status_code == 200, 10, "it knows the routes")
        # The keys of tokens come a moment later.
        eventually(lambda: other.subscriptions(visitor).status_code == 404, 10, "it knows the keys")
        return other

    yield start
    for replica in replicas:
        replica.stop()
