"""Who may create import jobs (document 002 §2.7); test_7_NN is line NN of the contract's list."""

import time

import grpc
import pytest

from support.api import expect
from support.eventually import eventually
from support.forge import Forger, stranger_key
from support.imports import Imports
from support.replica import Replica
from support.rpc import Channel, Messages


@pytest.fixture(scope="module")
def forger(mesh) -> Forger:
    return Forger(mesh)


@pytest.fixture(scope="module")
def imports(mesh, api) -> Imports:
    return Imports(mesh, api)


def right(**changes: object) -> dict:
    """Claims of the token that gives the right; a change to None leaves one out."""
    now = int(time.time())
    made = {"aud": ["datastore"], "sub": "77", "accreditation/role": "role/dataadministrator", "user/uuid": "77", "exp": now + 600} | changes
    return {key: value for key, value in made.items() if value is not None}


def person(**changes: object) -> dict:
    made = {"user/uuid": "77", "user/firstName": "Ada", "user/lastName": "Berg"} | changes
    return {key: value for key, value in made.items() if value is not None}


def post(api, authorization: str | None, user_info: str | None):
    cookies = {key: value for key, value in (("authorization", authorization), ("user-info", user_info)) if value is not None}
    return api.post("/jobs", {"jobs": []}, cookies=cookies)


def refused(answer, message: str = "") -> None:
    assert answer.status_code == 401, f"{answer.status_code} {answer.text}"
    assert answer.json()["message"].startswith(message), answer.text


def test_tokens_of_the_front_door(imports):
    expect(imports.post([]), 200, [])


def test_7_41_no_authorization(api, forger):
    refused(post(api, None, forger.token(person())), "Unauthorized. No authorization token was provided")


def test_7_42_no_user_info(api, forger):
    refused(post(api, forger.token(right()), None), "Unauthorized. No user info token was provided")


def test_what_the_forger_signs_is_good(api, forger):
    """So that the refusals are for what is wrong with the tokens."""
    expect(post(api, forger.token(right()), forger.token(person())), 200, [])
    expect(post(api, forger.token(right(aud="datastore")), forger.token(person(exp=int(time.time()) + 60))), 200, [])


@pytest.mark.parametrize("alg", ["HS256", "none", "RS512"])
def test_7_43_to_44_other_algorithms(api, forger, alg):
    """RS512 is allowed, but not with the signature of RS256."""
    refused(post(api, forger.token(right(), alg=alg), forger.token(person())))
    refused(post(api, forger.token(right()), forger.token(person(), alg=alg)))


def test_7_45_unknown_key(api, forger):
    key = stranger_key()
    refused(post(api, forger.token(right(), kid="nobody"), forger.token(person())))
    refused(post(api, forger.token(right(), key=key), forger.token(person())))
    refused(post(api, forger.token(right()), forger.token(person(), key=key)))


WRONG_RIGHTS = [
    {"aud": ["jobmesh"]}, {"aud": None}, {"aud": "datastore-qa"}, {"exp": int(time.time()) - 10}, {"nbf": 4_000_000_000}, {"exp": None},
    {"sub": None}, {"accreditation/role": None}, {"user/uuid": None},
]  # fmt: skip


@pytest.mark.parametrize("changes", WRONG_RIGHTS, ids=str)
def test_7_46_to_50_claims_that_do_not_hold(api, forger, changes):
    refused(post(api, forger.token(right(**changes)), forger.token(person())), "Unauthorized")


@pytest.mark.parametrize("changes", [{"user/uuid": None}, {"user/firstName": None}, {"user/lastName": None}, {"exp": 1}], ids=str)
def test_user_info_that_does_not_hold(api, forger, changes):
    refused(post(api, forger.token(right()), forger.token(person(**changes))), "Unauthorized")


def test_7_51_two_people(api, forger):
    refused(post(api, forger.token(right()), forger.token(person(**{"user/uuid": "78"}))), "Token mismatch")


def test_7_52_a_researcher(api, forger, mesh):
    token = forger.token(right(**{"accreditation/role": "role/researcher"}))
    refused(post(api, token, forger.token(person())), "Can't start job with role: role/researcher")
    tokens = mesh.tokens("RESEARCHER")
    refused(post(api, tokens["authorization"], tokens["user_info"]), "Can't start job with role: role/researcher")


def test_7_52_keys_that_cannot_be_had_are_no_fault_of_the_client(mesh, api, forger, tmp_path):
    """Asked directly, as the gateway would: a replica whose key set is at an address where nobody answers."""
    replica = Replica(
        mesh, "scraper-service-1", tmp_path, "keyless",
        JWKS_URL="http://127.0.0.1:9/keys", JOBMESH_RPC_PORT="0", JOBMESH_RANDOM_USER_PORT="0", JOBMESH_ROLES="api",
    )  # fmt: skip
    messages = Messages.of("imports/v1/import_jobs.proto")
    tokens = {"authorization": f"Bearer {forger.token(right())}", "cookie": f"user-info={forger.token(person())}"}
    package = "jobmesh.imports.v1"
    try:
        with Channel(f"127.0.0.1:{replica.announced()['rpc_port']}", messages, tokens) as service, pytest.raises(grpc.RpcError) as refusal:
            service.call(f"{package}.ImportJobService/CreateJobs", f"{package}.CreateJobsRequest", f"{package}.CreateJobsResponse")
        assert refusal.value.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL), refusal.value  # 503 or 500
    finally:
        replica.stop()
    eventually(lambda: all(api.get("/jobs/nope").status_code == 404 for _ in range(12)), 30, "the gateway has left it out")


def test_changes_want_a_data_administrator(api, account):
    for method, path, body in (
        ("PUT", "/jobs/nope", {"status": "failed"}),
        ("DELETE", "/importable-datasets/NOBODY", None),
        ("POST", "/maintenance-status", {"msg": "x", "paused": False}),
    ):
        refused(api.request(method, path, json=body))
        answer = api.request(method, path, json=body, headers=account.bearer)
        assert answer.status_code == 403 and answer.json()["message"], answer.text
