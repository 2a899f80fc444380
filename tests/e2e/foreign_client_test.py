"""A gRPC client in another language, made from the .proto files alone, on the real ports."""

import pathlib

import grpc
import pytest
from google.protobuf import descriptor_pb2

from support.rpc import Channel, Messages, compile_protos

PROTOS = pathlib.Path(__file__).parent / "protos"
SERVERS = ["discovery-1", "user-service-1", "user-service-2", "scraper-service-1", "insights-service-1"]
OWN_SERVICES = {
    "discovery-1": {"jobmesh.discovery.v1.Registry"},
    "user-service-1": {"jobmesh.accounts.v1.AccountService", "jobmesh.search.v1.FindJobsService", "jobmesh.notifications.v1.NotificationService"},
    "scraper-service-1": {"jobmesh.scraping.v1.SourceService", "jobmesh.postings.v1.ChangeFeed", "jobmesh.postings.v1.SkillService"},
    "insights-service-1": {"jobmesh.insights.v1.InsightsService"},
}


def channel(mesh, name: str, messages: Messages, **metadata: str) -> Channel:
    return Channel(mesh.process(name)["rpc_address"], messages, metadata)


@pytest.fixture(scope="module")
def search() -> Messages:
    return Messages.of("search/v1/search.proto")


def find(user_service: Channel, **fields: object):
    return user_service.call("jobmesh.search.v1.FindJobsService/FindJobs", "jobmesh.search.v1.FindJobsRequest", "jobmesh.search.v1.FindJobsResponse", **fields)


@pytest.mark.parametrize("name", ["user-service-1", "user-service-2"])
def test_every_replica_answers_as_the_gateway_does(mesh, api, search, name):
    with channel(mesh, name, search) as user_service:
        jobs = find(user_service, title="developer", page_size=5).jobs
    assert [job.job_id for job in jobs] == [job["job_id"] for job in api.find("developer", page_size=5)]


def test_error_carries_code_message_and_details(mesh, search):
    with channel(mesh, "user-service-1", search) as user_service, pytest.raises(grpc.RpcError) as failed:
        find(user_service)
    assert failed.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert failed.value.details() == "title is required"
    details = dict(failed.value.trailing_metadata())["grpc-status-details-bin"]
    assert b"type.googleapis.com/google.rpc.ErrorInfo" in details and b"INVALID_FIELD" in details


def test_service_checks_the_token_itself(mesh, api, account):
    """Whoever gets past the gateway gets no further."""
    messages = Messages.of("subscriptions/v1/subscriptions.proto")
    call = ("jobmesh.subscriptions.v1.SubscriptionService/GetSubscriptions", "jobmesh.subscriptions.v1.GetSubscriptionsRequest", "jobmesh.subscriptions.v1.GetSubscriptionsResponse")
    with channel(mesh, "user-service-1", messages) as user_service, pytest.raises(grpc.RpcError) as failed:
        user_service.call(*call, user_id=account.user_id)
    assert failed.value.code() == grpc.StatusCode.UNAUTHENTICATED
    other = api.sign_up()
    with channel(mesh, "user-service-1", messages, authorization=f"Bearer {other.access_token}") as user_service:
        with pytest.raises(grpc.RpcError) as failed:
            user_service.call(*call, user_id=account.user_id)
        assert failed.value.code() == grpc.StatusCode.PERMISSION_DENIED


def test_what_is_for_the_mesh_only_needs_its_token(mesh):
    messages = Messages.of("postings/v1/change_feed.proto")
    call = ("jobmesh.postings.v1.ChangeFeed/ReadChanges", "jobmesh.postings.v1.ReadChangesRequest", "jobmesh.postings.v1.ReadChangesResponse")
    with channel(mesh, "scraper-service-1", messages) as stranger, pytest.raises(grpc.RpcError) as failed:
        stranger.call(*call, max_changes=3)
    assert failed.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
    with channel(mesh, "scraper-service-1", messages, **{"x-jobmesh-mesh-token": mesh.mesh_token()}) as member:
        assert len(member.call(*call, max_changes=3).changes) == 3


@pytest.mark.parametrize("name", SERVERS)
def test_health(mesh, name):
    messages = Messages(compile_protos(PROTOS / "health.proto", root=PROTOS))
    with channel(mesh, name, messages) as server:
        answer = server.call("grpc.health.v1.Health/Check", "grpc.health.v1.HealthCheckRequest", "grpc.health.v1.HealthCheckResponse")
    assert answer.status == 1  # SERVING


def reflect(server: Channel, messages: Messages, **request: str):
    stub = server.channel.stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=messages["grpc.reflection.v1alpha.ServerReflectionResponse"].FromString,
    )
    return next(stub(iter([messages["grpc.reflection.v1alpha.ServerReflectionRequest"](**request)]), timeout=10))


@pytest.mark.parametrize("name", sorted(OWN_SERVICES))
def test_reflection_lists_and_describes_the_services(mesh, name):
    messages = Messages(compile_protos(PROTOS / "reflection.proto", root=PROTOS))
    with channel(mesh, name, messages) as server:
        listed = {service.name for service in reflect(server, messages, list_services="*").list_services_response.service}
        assert OWN_SERVICES[name] | {"grpc.health.v1.Health"} <= listed
        for service in sorted(OWN_SERVICES[name]):
            answer = reflect(server, messages, file_containing_symbol=service)
            files = [descriptor_pb2.FileDescriptorProto.FromString(file) for file in answer.file_descriptor_response.file_descriptor_proto]
            assert service in {f"{file.package}.{entry.name}" for file in files for entry in file.service}
