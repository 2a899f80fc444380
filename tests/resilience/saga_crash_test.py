"""POST /add-new-skill with the serving process dying at each of its steps: both databases end with all of it, or with
nothing, and the two replicas that live see to it."""

import pathlib

import grpc
import pytest

from support.api import unique
from support.eventually import eventually
from support.replica import Replica
from support.rpc import Channel, Messages

FORWARD = ["saga.created", "saga.skill_created", "saga.reserved", "saga.subscribed", "saga.skill_confirmed", "saga.done"]
BACKWARD = ["saga.failed", "saga.skill_deleted", "saga.undone"]
CRASHED = 137
# A run that nobody works on is taken over when its lease of 15 s is over.
SETTLED_SECONDS = 40
UNLUCKY = "unlucky"


class Attempt:
    """A skill that a user asked for at a replica that died over it."""

    def __init__(self, mesh, account, messages: Messages, point: str, folder: pathlib.Path) -> None:
        self._mesh, self.account = mesh, account
        self.skill = unique(f"{UNLUCKY if point in BACKWARD else 'zymurgy'} ")
        replica = Replica(mesh, "user-service-1", folder, point, JOBMESH_CRASH_AT=point, JOBMESH_RPC_PORT="0")
        try:
            with Channel(f"127.0.0.1:{replica.announced()['rpc_port']}", messages, {"authorization": f"Bearer {account.access_token}"}) as channel:
                with pytest.raises(grpc.RpcError) as failed:
                    channel.call(
                        "jobmesh.subscriptions.v1.SubscriptionService/AddNewSkill", "jobmesh.subscriptions.v1.AddNewSkillRequest",
                        "jobmesh.subscriptions.v1.AddNewSkillResponse", user_id=account.user_id, skill_name=self.skill,
                    )  # fmt: skip
            assert failed.value.code() == grpc.StatusCode.UNAVAILABLE, failed.value  # the connection broke
            self.exit_status = replica.process.wait(10)
        finally:
            replica.stop()

    def state(self) -> str:
        return self._value("jobmesh_user", "SELECT state FROM skill_saga WHERE user_id = %s", self.account.user_id)

    def subscriptions(self) -> int:
        return self._value("jobmesh_user", "SELECT count(*) FROM subscription WHERE user_id = %s", self.account.user_id)

    def skills(self, confirmed: bool) -> int:
        return self._value("jobmesh_jobs", "SELECT count(*) FROM skill WHERE lower(name) = %s AND confirmed = %s", self.skill, confirmed)

    def _value(self, database: str, query: str, *parameters: object):
        connection = self._mesh.database(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchone()[0]
        finally:
            connection.close()


@pytest.fixture(scope="module")
def attempts(mesh, api, tmp_path_factory):
    """All crashes first, so that the leases of all run out at the same time."""
    folder = tmp_path_factory.mktemp("crashes")
    messages = Messages.of("subscriptions/v1/subscriptions.proto")
    database = mesh.database("jobmesh_user")
    with database.cursor() as cursor:  # what makes a saga turn back: its second step cannot be done
        cursor.execute("ALTER TABLE subscription ADD CONSTRAINT no_luck CHECK (tag NOT LIKE %s) NOT VALID", (f"{UNLUCKY}%",))
    try:
        accounts = {point: api.sign_up() for point in FORWARD + BACKWARD}
        yield {point: Attempt(mesh, account, messages, point, folder) for point, account in accounts.items()}
    finally:
        with database.cursor() as cursor:
            cursor.execute("ALTER TABLE subscription DROP CONSTRAINT no_luck")
        database.close()


@pytest.mark.parametrize("point", FORWARD + BACKWARD)
def test_process_dies_at_the_point(attempts, point):
    assert attempts[point].exit_status == CRASHED


@pytest.mark.parametrize("point", FORWARD)
def test_crash_on_the_way_forward_ends_with_all(api, attempts, point):
    attempt = attempts[point]
    eventually(lambda: attempt.state() == "DONE", SETTLED_SECONDS, f"the run that died at {point} is done")
    assert attempt.subscriptions() == 1
    assert attempt.skills(confirmed=True) == 1
    assert api.subscriptions(attempt.account).json() == {"skills": [attempt.skill]}
    # Asked again, it answers as if nothing had happened.
    answer = api.add_skill(attempt.account, attempt.skill)
    assert answer.status_code == 201 and answer.json()["subscription_id"] > 0


@pytest.mark.parametrize("point", BACKWARD)
def test_crash_on_the_way_back_ends_with_nothing(api, attempts, point):
    attempt = attempts[point]
    eventually(lambda: attempt.state() == "UNDONE", SETTLED_SECONDS, f"the run that died at {point} is undone")
    assert attempt.subscriptions() == 0
    assert attempt.skills(confirmed=True) == attempt.skills(confirmed=False) == 0
    assert api.subscriptions(attempt.account).status_code == 404


def test_catalogue_out_of_reach_leaves_nothing_behind(mesh, api):
    """Both replicas of the scraper-service are dead: 500, and what was begun is undone when they are back."""
    account, skill = api.sign_up(), unique("zymurgy ")
    for name in ("scraper-service-1", "scraper-service-2"):
        mesh.kill(name)
    answer = api.add_skill(account, skill)
    assert answer.status_code == 500, answer.text
    assert answer.json()["error"] == "Saga transaction failed"
    assert api.subscriptions(account).status_code == 404
    mesh.up()

    def added() -> bool:
        return api.add_skill(account, skill).status_code == 201

    eventually(added, 15, "the skill can be added now")
    assert api.subscriptions(account).json() == {"skills": [skill]}
