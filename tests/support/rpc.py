"""gRPC as a foreign client sees it: messages come from descriptors that protoc makes of our .proto files, calls go
through grpcio's generic interface. Nothing of our own code takes part."""

import pathlib
import subprocess
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from support.mesh import ROOT

GOOGLEAPIS = pathlib.Path("/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis")
CALL_SECONDS = 10


def compile_protos(*files: pathlib.Path, root: pathlib.Path | None = None) -> bytes:
    """The serialised FileDescriptorSet of the files with all imports."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set.binpb"
        command = ["protoc", "--include_imports", f"--descriptor_set_out={out}", f"-I{ROOT / 'proto'}", f"-I{GOOGLEAPIS}"]
        if root is not None:
            command.append(f"-I{root}")
        subprocess.run([*command, *map(str, files)], check=True, timeout=60)
        return out.read_bytes()


class Messages:
    """Message classes by full name."""

    def __init__(self, descriptor_set: bytes) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file:
            self._pool.Add(file)
        self._factory = message_factory.MessageFactory(self._pool)

    def __getitem__(self, name: str):
        return self._factory.GetPrototype(self._pool.FindMessageTypeByName(name))

    @classmethod
    def of(cls, *names: str) -> "Messages":
        """Of files below proto/jobmesh: Messages.of("search/v1/search.proto")."""
        return cls(compile_protos(*(ROOT / "proto" / "jobmesh" / name for name in names)))


class Channel:
    """A connection to one process."""

    def __init__(self, target: str, messages: Messages, metadata: dict[str, str] | None = None) -> None:
        self.channel = grpc.insecure_channel(target)
        self.messages = messages
        self.metadata = tuple((metadata or {}).items())

    def __enter__(self) -> "Channel":
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def call(self, method: str, request: str, response: str, **fields: object):
        """A unary call; `request` and `response` are full names of messages. Raises grpc.RpcError."""
        reply_class = self.messages[response]
        stub = self.channel.unary_unary(
            f"/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=reply_class.FromString,
        )
        return stub(self.messages[request](**fields), timeout=CALL_SECONDS, metadata=self.metadata)


def mesh_metadata(token: str) -> dict[str, str]:
    return {"x-jobmesh-mesh-token": token}
