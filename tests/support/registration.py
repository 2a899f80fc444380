"""Being part of the mesh without any of its code: an instance that is kept registered with discovery."""

import hashlib
import threading

import grpc

from support.api import unique
from support.mesh import Mesh
from support.rpc import Channel, Messages, mesh_metadata

REGISTRY = "jobmesh.discovery.v1.Registry"


def registry_channel(mesh: Mesh) -> Channel:
    messages = Messages.of("discovery/v1/registry.proto")
    return Channel(mesh.process("discovery-1")["rpc_address"], messages, mesh_metadata(mesh.mesh_token()))


class Registration:
    """Keeps an instance registered as any process must: Register, then one Renew message a heartbeat."""

    def __init__(self, registry: Channel, service: str, port: int, descriptors: bytes, grpc_services: list[str], version: str = "1.0.0") -> None:
        self._registry, self._messages = registry, registry.messages
        self.instance_id = unique(f"{service}-")
        self._instance = {
            "service": service, "instance_id": self.instance_id, "address": "127.0.0.1", "port": port, "version": version,
            "descriptors_hash": hashlib.sha256(descriptors).hexdigest(), "grpc_services": grpc_services,
        }  # fmt: skip
        lease = self._register(b"")
        if lease.descriptors_needed:  # the registry keeps those it has seen
            lease = self._register(descriptors)
        assert not lease.descriptors_needed and 0 < lease.heartbeat_ms < lease.lease_ms
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._renew, args=(lease.heartbeat_ms / 1000,), daemon=True)
        self._thread.start()

    def _register(self, descriptors: bytes):
        return self._registry.call(
            f"{REGISTRY}/Register", "jobmesh.discovery.v1.RegisterRequest", "jobmesh.discovery.v1.RegisterResponse",
            instance=self._instance, descriptors=descriptors,
        )  # fmt: skip

    def _renew(self, period: float) -> None:
        beat = self._messages["jobmesh.discovery.v1.RenewRequest"](instance_id=self.instance_id)

        def beats():
            yield beat.SerializeToString()
            while not self._stopping.wait(period):
                yield beat.SerializeToString()

        renew = self._registry.channel.stream_stream(f"/{REGISTRY}/Renew")
        try:
            for _ in renew(beats(), metadata=self._registry.metadata):
                pass
        except grpc.RpcError:
            pass  # the registry ended the stream: the test sees it by what the gateway answers

    def deregister(self) -> None:
        self._registry.call(
            f"{REGISTRY}/Deregister", "jobmesh.discovery.v1.DeregisterRequest", "jobmesh.discovery.v1.DeregisterResponse",
            instance_id=self.instance_id,
        )  # fmt: skip
        self._stopping.set()
        self._thread.join(5)
