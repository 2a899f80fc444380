"""A foreign service that counts its calls (tests/contract/protos/counting.proto)."""

import collections
import concurrent.futures
import pathlib
import threading

import grpc

from support.rpc import Messages, compile_protos

PROTOS = pathlib.Path(__file__).parents[1] / "contract" / "protos"
PACKAGE = "jobmesh_test.counting.v1"
SERVICE = "counting-service"
WAIT_SECONDS = 20
CODES = {code.value[0]: code for code in grpc.StatusCode}


class Counter(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        self.descriptors = compile_protos(PROTOS / "counting.proto", root=PROTOS)
        self._messages = Messages(self.descriptors)
        self._lock = threading.Lock()
        self._counts: dict[str, int] = collections.Counter()
        self.data_version = 0  # of answers, where not 0
        self.cookie = ""  # set by answers, where not empty
        self.is_away = False
        self.go_on = threading.Event()  # what lets waiting calls finish
        self.go_on.set()
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(32))
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        self.go_on.set()
        self._server.stop(0).wait()

    def calls(self, name: str) -> int:
        with self._lock:
            return self._counts[name]

    def service(self, details: grpc.HandlerCallDetails):
        if not details.method.startswith(f"/{PACKAGE}."):
            return None
        method = details.method.rpartition("/")[2]
        adds = method.startswith("Add")
        return grpc.unary_unary_rpc_method_handler(
            self._add if adds else self._look,
            request_deserializer=self._messages[f"{PACKAGE}.{'AddRequest' if adds else 'LookRequest'}"].FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _count(self, name: str) -> int:
        with self._lock:
            self._counts[name] += 1
            return self._counts[name]

    def _look(self, request, context: grpc.ServicerContext):
        count = self._count(request.name)
        if self.is_away:
            context.abort(grpc.StatusCode.UNAVAILABLE, "away")
        self.go_on.wait(WAIT_SECONDS)
        metadata = dict(context.invocation_metadata())
        answer_metadata = []
        if self.data_version:
            answer_metadata.append(("x-jobmesh-data-version", str(self.data_version)))
        if self.cookie:
            answer_metadata.append(("set-cookie", self.cookie))
        context.send_initial_metadata(answer_metadata)
        return self._answer(count=count, padding="pad " * request.size, language=metadata.get("accept-language", ""))

    def _add(self, request, context: grpc.ServicerContext):
        count = self._count(request.name)
        if request.wait:
            self.go_on.wait(WAIT_SECONDS)
        if request.fail:
            context.abort(CODES[request.fail], "as asked for")
        context.send_initial_metadata([("location", f"/counting/{request.name}")])
        return self._answer(count=count)

    def _answer(self, **fields: object):
        return self._messages[f"{PACKAGE}.LookResponse"](**fields)
