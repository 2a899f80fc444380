"""Work given and done over gRPC, by a worker in another language."""

import uuid

import grpc
import pytest

from support.eventually import eventually
from support.rpc import Channel
from support.task_worker import SERVICE, Run, Stopped, Tasks, TaskWorker

AVAILABLE, RETRYABLE, RUNNING, COMPLETED, DISCARDED, CANCELLED = range(1, 7)
DONE_SECONDS = 30


@pytest.fixture
def tasks(mesh):
    client = Tasks(mesh.process("scraper-service-1")["rpc_address"], mesh.mesh_token())
    yield client
    client.close()


@pytest.fixture
def queue() -> str:
    """Of this test alone."""
    return f"python-{uuid.uuid4().hex[:8]}"


def finished(tasks: Tasks, task_id: str):
    return eventually(lambda: (task := tasks.get(task_id)).state >= COMPLETED and task, DONE_SECONDS, "the task finishes")


def test_tasks_are_done_and_their_results_kept(mesh, tasks, queue):
    def double(run: Run) -> dict:
        run.report(phase="doubling", progress=0.5, log=["one line", "another"])
        return {"double": 2 * run.task.payload["n"]}

    ids = tasks.enqueue(*(tasks.spec("double", {"n": n}, queue=queue) for n in range(20)))
    # Taken from one replica, looked at on the other.
    other = Tasks(mesh.process("scraper-service-2")["rpc_address"], mesh.mesh_token())
    with TaskWorker(other, queue, double):
        answers = list(tasks.watch(ids[-1]))
        for n, task_id in enumerate(ids):
            task = finished(tasks, task_id)
            assert (task.state, task.attempt, task.phase) == (COMPLETED, 1, "doubling")
            assert task.result.struct_value["double"] == 2 * n
    other.close()
    assert answers[-1].task.state == COMPLETED
    assert [line.message for answer in answers for line in answer.log] == ["one line", "another"]


def test_task_that_always_fails_becomes_a_dead_letter_and_can_be_redriven(tasks, queue):
    working = False

    def fail(run: Run) -> dict:
        if not working:
            raise ValueError("not today")
        return {}

    [task_id] = tasks.enqueue(tasks.spec("fail", queue=queue, max_attempts=2, retry_base={"nanos": 100_000_000}))
    with TaskWorker(tasks, queue, fail):
        task = finished(tasks, task_id)
        assert (task.state, task.attempt, task.error) == (DISCARDED, 2, "not today")
        assert [letter.task_id for letter in tasks.call("ListDeadLetters", queue=queue).tasks] == [task_id]
        working = True
        assert list(tasks.call("RedriveTasks", task_ids=[task_id, str(uuid.uuid4())]).redriven_ids) == [task_id]
        assert finished(tasks, task_id).state == COMPLETED
    assert not tasks.call("ListDeadLetters", queue=queue).tasks


def test_running_task_is_told_to_stop(tasks, queue):
    def hold(run: Run) -> dict:
        if run.stop.wait(DONE_SECONDS):
            raise Stopped
        return {}

    [task_id] = tasks.enqueue(tasks.spec("hold", queue=queue))
    with TaskWorker(tasks, queue, hold):
        eventually(lambda: tasks.get(task_id).state == RUNNING, DONE_SECONDS)
        assert tasks.call("CancelTask", task_id=task_id, reason="enough").task.cancel_requested
        task = finished(tasks, task_id)
    assert (task.state, task.error) == (CANCELLED, "enough")


def test_run_that_was_taken_away_changes_nothing(tasks, queue):
    [task_id] = tasks.enqueue(tasks.spec("hold", queue=queue))
    claim = {"worker_id": "python-lost", "queue": queue}
    [first] = tasks.call("ClaimTasks", **claim).tasks
    stale = tasks.message("Lease", task_id=task_id, lease_token=first.lease_token)
    tasks.call("ReleaseTasks", leases=[stale])
    [second] = tasks.call("ClaimTasks", **claim).tasks
    assert second.lease_token != first.lease_token and second.attempt == 1
    with pytest.raises(grpc.RpcError) as lost:
        tasks.call("ReportProgress", lease=stale, phase="stale")
    assert lost.value.code() == grpc.StatusCode.ABORTED
    assert not tasks.call("CompleteTasks", runs=[tasks.message("CompletedRun", lease=stale)]).completed_ids
    current = tasks.message("Lease", task_id=task_id, lease_token=second.lease_token)
    assert tasks.call("CompleteTasks", runs=[tasks.message("CompletedRun", lease=current)]).completed_ids == [task_id]
    assert tasks.get(task_id).phase == ""


def test_repeated_request_enqueues_once(tasks, queue):
    key = str(uuid.uuid4())
    specs = [tasks.spec("never", {"b": 1, "a": {"z": 1, "y": 2}}, queue=queue)]
    ids = tasks.enqueue(*specs, idempotency_key=key, caller="test")
    assert tasks.enqueue(*specs, idempotency_key=key, caller="test") == ids
    assert tasks.enqueue(*specs, idempotency_key=key, caller="another") != ids
    with pytest.raises(grpc.RpcError) as refused:
        tasks.enqueue(tasks.spec("other", queue=queue), idempotency_key=key, caller="test")
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert len(tasks.call("ListTasks", queue=queue).tasks) == 2


def test_scrape_runs_as_a_task(tasks):
    [task_id] = tasks.enqueue(tasks.spec("scrape", {"source": "sample-jsonld"}, queue="scrape"))
    task = finished(tasks, task_id)
    assert task.state == COMPLETED
    assert task.result.struct_value["outcome"] in ("ok", "partial", "empty")
    [unknown] = tasks.enqueue(tasks.spec("scrape", {"source": "nowhere"}, queue="scrape"))
    assert finished(tasks, unknown).state == DISCARDED


def test_queue_is_for_the_mesh_only(mesh):
    messages = Tasks(mesh.process("scraper-service-1")["rpc_address"], "").messages
    with Channel(mesh.process("scraper-service-1")["rpc_address"], messages) as stranger, pytest.raises(grpc.RpcError) as refused:
        stranger.call(f"{SERVICE}/ListQueues", "jobmesh.tasks.v1.ListQueuesRequest", "jobmesh.tasks.v1.ListQueuesResponse")
    assert refused.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
