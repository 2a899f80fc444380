"""Rows 1k and 1n: status of every process, and discovery's own HTTP."""

import pytest
import requests

from support.api import expect, unique


def test_1k_gateway_runs(api):
    expect(api.get("/status"), 200, {"msg": "Gateway is running!"})


def test_1k_every_process_answers_on_its_admin_port(mesh):
    admin = mesh.status()["admin"]
    assert set(admin) == {"gateway", "discovery", "user-service", "scraper-service", "insights-service"}
    for instances in admin.values():
        for url in instances.values():
            answer = requests.get(f"{url}/status", timeout=5)
            assert answer.status_code == 200
            assert isinstance(answer.json()["msg"], str)


@pytest.fixture(scope="module")
def discovery(mesh) -> str:
    return mesh.status()["discovery_http_url"]


def test_1n_status(discovery):
    answer = requests.get(f"{discovery}/status", timeout=5)
    assert answer.status_code == 200 and isinstance(answer.json()["msg"], str)


def test_1n_added_service_is_found(discovery):
    name = unique("added-service-")
    for port in (9000, 9001, 9000):
        answer = requests.post(f"{discovery}/add-service", json={"name": name, "address": "10.1.2.3", "port": port}, timeout=5)
        assert answer.status_code == 201
    answer = requests.get(f"{discovery}/get-service", params={"name": name}, timeout=5)
    expect(answer, 200, [{"serviceAddress": "10.1.2.3", "servicePort": 9000}, {"serviceAddress": "10.1.2.3", "servicePort": 9001}])


@pytest.mark.parametrize("service", ["user-service", "scraper-service", "insights-service"])
def test_1n_replicas_of_the_mesh_are_found(discovery, mesh, service):
    answer = requests.get(f"{discovery}/get-service", params={"name": service}, timeout=5)
    found = {f"{entry['serviceAddress']}:{entry['servicePort']}" for entry in answer.json()}
    assert found == {process["rpc_address"] for process in mesh.status()["processes"] if process["service"] == service}


def test_1n_what_was_added_gets_no_traffic(discovery, api):
    """Anyone may add: it must not be a way to take over requests."""
    body = {"name": "user-service", "address": "127.0.0.1", "port": 1}
    assert requests.post(f"{discovery}/add-service", json=body, timeout=5).status_code == 201
    for _ in range(10):
        assert api.get("/find-jobs?title=developer").status_code == 200


@pytest.mark.parametrize("field", ["name", "address", "port"])
def test_1n_missing_field(discovery, field):
    body = {"name": "x", "address": "10.0.0.1", "port": 80}
    del body[field]
    answer = requests.post(f"{discovery}/add-service", json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["msg"].startswith(f"{field}: ")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"name":"x","address":"y","port":"80"}', '{"name":"x","address":"y","port":0}', '{"name":"x","address":"y","port":70000}'])
def test_1n_bad_body(discovery, text):
    answer = requests.post(f"{discovery}/add-service", data=text, headers={"Content-Type": "application/json"}, timeout=5)
    assert answer.status_code == 400 and answer.json()["msg"]


def test_1n_unknown_service(discovery):
    expect(requests.get(f"{discovery}/get-service", params={"name": "nobody"}, timeout=5), 404, {"msg": "Service not found"})
    assert requests.get(f"{discovery}/get-service", timeout=5).status_code == 400
