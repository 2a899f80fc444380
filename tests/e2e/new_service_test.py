"""A service that nobody knew when the gateway was built: it registers, and its REST routes work."""

import concurrent.futures
import json
import pathlib
import threading

import grpc
import pytest
import requests

from support.api import expect, expect_msg
from support.eventually import eventually
from support.registration import REGISTRY, Registration, registry_channel
from support.rpc import Channel, Messages, compile_protos, mesh_metadata

PROTOS = pathlib.Path(__file__).parent / "protos"
PACKAGE = "jobmesh_test.greeting.v1"
SEEN_SECONDS = 5
SERVICE = "greeting-service"


class Greeter(grpc.GenericRpcHandler):
    """The service itself: a few lines of grpcio. It has no health service, which counts as alive."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._lock = threading.Lock()
        self.waves_open = 0
        self.calls: list[tuple[str, dict[str, str]]] = []

    def service(self, details: grpc.HandlerCallDetails):
        method = details.method.rpartition("/")[2]
        answer = {"Greet": self._greet, "CreateGreeting": self._create, "Part": self._part, "Wave": self._wave}.get(method)
        if answer is None or not details.method.startswith(f"/{PACKAGE}."):
            return None  # UNIMPLEMENTED
        self.calls.append((method, dict(details.invocation_metadata)))
        request = self._messages[f"{PACKAGE}.{'CreateGreetingRequest' if method == 'CreateGreeting' else 'GreetRequest'}"]
        make = grpc.unary_stream_rpc_method_handler if method == "Wave" else grpc.unary_unary_rpc_method_handler
        return make(
            answer, request_deserializer=request.FromString, response_serializer=lambda message: message.SerializeToString()
        )

    def _answer(self, greeting: str):
        return self._messages[f"{PACKAGE}.GreetResponse"](greeting=greeting, words=greeting.split(), letters=len(greeting))

    def _greet(self, request, context: grpc.ServicerContext):
        if request.name == "Nobody":
            context.abort(grpc.StatusCode.NOT_FOUND, "Nobody is not here")
        return self._answer(" ".join([f"Hello {request.name}"] * max(request.times, 1)))

    def _create(self, request, _context: grpc.ServicerContext):
        return self._answer(f"{'Dear' if request.tone else 'Hello'} {request.name}")

    def _wave(self, request, context: grpc.ServicerContext):
        gone = threading.Event()
        context.add_callback(gone.set)
        self._count_wave(1)
        try:
            for number in range(request.times):
                yield self._answer(f"Hello {request.name} {number}")
            if request.name == "Nobody":
                context.abort(grpc.StatusCode.NOT_FOUND, "Nobody is not here")
            if request.name == "Penelope":
                gone.wait(30)
        finally:
            self._count_wave(-1)

    def _count_wave(self, change: int) -> None:
        with self._lock:  # handlers run on threads of their own
            self.waves_open += change

    def _part(self, request, _context: grpc.ServicerContext):
        return self._answer(f"Farewell {request.name}")


@pytest.fixture(scope="module")
def descriptors() -> bytes:
    return compile_protos(PROTOS / "greeting.proto", root=PROTOS)


@pytest.fixture(scope="module")
def extended_descriptors() -> bytes:
    return compile_protos(PROTOS / "greeting.proto", PROTOS / "farewell.proto", root=PROTOS)


@pytest.fixture(scope="module")
def greeter(extended_descriptors):
    """The running program; its port is in `port`."""
    handler = Greeter(Messages(extended_descriptors))
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    handler.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield handler
    server.stop(0).wait()


@pytest.fixture(scope="module")
def registry(mesh):
    with registry_channel(mesh) as channel:
        yield channel


@pytest.fixture
def registration(api, registry, greeter, descriptors):
    made = Registration(registry, SERVICE, greeter.port, descriptors, [f"{PACKAGE}.GreetingService"])
    eventually(lambda: api.get("/greetings/Ada").status_code == 200, SEEN_SECONDS, "the route appears")
    yield made
    made.deregister()


def test_route_does_not_exist_before(api):
    assert api.get("/farewells/Ada").status_code == 404


def test_routes_of_an_unknown_service_work(api, registration, greeter, account):
    # int64 is a string in JSON, by proto3's rules.
    expect(api.get("/greetings/Ada"), 200, {"greeting": "Hello Ada", "words": ["Hello", "Ada"], "letters": "9"})
    assert api.get("/greetings/Ada?times=2").json()["greeting"] == "Hello Ada Hello Ada"
    assert api.get("/greetings/Ada%20Lovelace").json()["greeting"] == "Hello Ada Lovelace"
    body = {"name": "Grace", "tone": "WARM", "colour": "unknown fields are ignored"}
    answer = api.post("/greetings", body, headers=account.bearer)
    assert answer.status_code == 201 and answer.json()["greeting"] == "Dear Grace"


def test_unknown_service_is_described(api, registration):
    answer = api.get("/openapi.json")
    greet = answer.json()["paths"]["/greetings/{name}"]["get"]
    assert greet["operationId"] == "GreetingService_Greet" and greet["x-service"] == SERVICE
    assert [parameter["name"] for parameter in greet["parameters"]] == ["name", "times"]
    schema = answer.json()["components"]["schemas"][f"{PACKAGE}.GreetResponse"]
    assert schema["properties"]["letters"]["type"] == "string"
    # It is sent once, until the mesh changes again.
    assert api.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_policy_of_an_unknown_service_holds(api, registration):
    expect_msg(api.post("/greetings", {"name": "Grace"}), 401)
    expect_msg(api.get("/greetings/Ada?times=often"), 400, "times: ")
    expect_msg(api.get("/greetings/Nobody"), 404, "Nobody is not here")
    answer = api.request("DELETE", "/greetings/Ada")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def test_streams_of_an_unknown_service_come_as_the_client_likes(api, registration):
    array = api.get("/waves/Ada?times=2")
    expect(array, 200, [{"greeting": f"Hello Ada {number}", "words": ["Hello", "Ada", str(number)], "letters": "11"} for number in (0, 1)])
    lines = api.get("/waves/Ada?times=2", headers={"Accept": "application/x-ndjson"})
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    records = [json.loads(line) for line in lines.text.splitlines()]
    assert records == [*array.json(), {"@end": {"messages": 2}}]
    events = api.get("/waves/Ada?times=1", headers={"Accept": "text/event-stream"})
    assert events.headers["Content-Type"] == "text/event-stream"
    first, end, rest = events.text.split("\n\n")
    assert json.loads(first.removeprefix("data: "))["greeting"] == "Hello Ada 0"
    assert (end, rest) == ('event: end\ndata: {"messages":1}', "")


def test_streams_that_fail_say_so(api, registration):
    expect_msg(api.get("/waves/Nobody"), 404, "Nobody is not here")
    *_, last = api.get("/waves/Nobody?times=2").json()
    assert last["@error"]["status"] == 404 and last["@error"]["detail"] == "Nobody is not here"
    events = api.get("/waves/Nobody?times=1", headers={"Accept": "text/event-stream"}).text
    assert "event: error\ndata: {" in events and "event: end" not in events


def test_client_that_leaves_a_stream_ends_the_rpc(api, registration, greeter):
    options = {"headers": {"Accept": "text/event-stream"}, "stream": True, "timeout": 10}
    with requests.get(f"{api.url}/waves/Penelope?times=1", **options) as answer:
        lines = answer.iter_lines()  # kept: the connection is closed with it
        assert next(lines).startswith(b"data: ")
        eventually(lambda: greeter.waves_open == 1, 5, "earlier streams have ended, this one goes on")
    eventually(lambda: greeter.waves_open == 0, 1.0, "the rpc is cancelled")


def test_unknown_service_gets_the_request_id_and_the_trace(api, registration, greeter):
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"X-Request-ID": "seen.by.all", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert api.get("/greetings/Ada", headers=headers).status_code == 200
    _, metadata = greeter.calls[-1]
    assert metadata["x-request-id"] == "seen.by.all"
    assert metadata["traceparent"].split("-")[1] == trace


def test_rpc_that_is_added_later_gets_its_route(api, registry, registration, greeter, extended_descriptors):
    assert api.get("/farewells/Ada").status_code in (404, 503)
    newer = Registration(registry, SERVICE, greeter.port, extended_descriptors, [f"{PACKAGE}.GreetingService", f"{PACKAGE}.FarewellService"], "1.1.0")
    try:
        eventually(lambda: api.get("/farewells/Ada").status_code == 200, SEEN_SECONDS, "the new route appears")
        assert api.get("/farewells/Ada").json()["greeting"] == "Farewell Ada"
        assert api.get("/greetings/Ada").status_code == 200
    finally:
        newer.deregister()


def test_service_that_is_gone_is_unavailable_not_unknown(api, registration):
    registration.deregister()
    eventually(lambda: api.get("/greetings/Ada").status_code == 503, SEEN_SECONDS, "503")
    answer = api.get("/greetings/Ada")
    expect_msg(answer, 503)
    assert int(answer.headers["Retry-After"]) >= 1


def test_service_cannot_take_over_what_belongs_to_another(registry, greeter, descriptors):
    with pytest.raises(grpc.RpcError) as refused:
        registry.call(
            f"{REGISTRY}/Register", "jobmesh.discovery.v1.RegisterRequest", "jobmesh.discovery.v1.RegisterResponse",
            instance={"service": SERVICE, "instance_id": "thief", "address": "127.0.0.1", "port": greeter.port, "grpc_services": ["jobmesh.search.v1.FindJobsService"]},
        )  # fmt: skip
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


def test_stranger_without_the_mesh_token_cannot_register(mesh, greeter):
    messages = Messages.of("discovery/v1/registry.proto")
    for metadata in ({}, mesh_metadata("0" * 48)):
        with Channel(mesh.process("discovery-1")["rpc_address"], messages, metadata) as channel:
            with pytest.raises(grpc.RpcError) as refused:
                channel.call(f"{REGISTRY}/List", "jobmesh.discovery.v1.ListRequest", "jobmesh.discovery.v1.ListResponse")
            assert refused.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
