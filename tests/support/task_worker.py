"""A worker of the task queue in another language: grpcio and the .proto file, nothing of ours."""

import threading
import uuid
from collections.abc import Callable

import grpc

from support.rpc import Channel, Messages, mesh_metadata

SERVICE = "jobmesh.tasks.v1.TaskService"
HEARTBEAT_SECONDS = 2.0
WAIT_SECONDS = 1


class Tasks:
    """The queue as a client of it sees it."""

    def __init__(self, target: str, token: str) -> None:
        self.messages = Messages.of("tasks/v1/tasks.proto")
        self._channel = Channel(target, self.messages, mesh_metadata(token))

    def close(self) -> None:
        self._channel.channel.close()

    def message(self, name: str, **fields: object):
        return self.messages[f"jobmesh.tasks.v1.{name}"](**fields)

    def call(self, method: str, **fields: object):
        return self._channel.call(f"{SERVICE}/{method}", f"jobmesh.tasks.v1.{method}Request", f"jobmesh.tasks.v1.{method}Response", **fields)

    def spec(self, operation: str, payload: dict | None = None, **fields: object):
        spec = self.message("TaskSpec", operation=operation, **fields)
        spec.payload.update(payload or {})
        return spec

    def enqueue(self, *specs, **fields: object) -> list[str]:
        return [task.task_id for task in self.call("Enqueue", tasks=specs, **fields).tasks]

    def get(self, task_id: str):
        return self.call("GetTask", task_id=task_id).task

    def watch(self, task_id: str):
        """The answers of WatchTask, until the task has finished."""
        stub = self._channel.channel.unary_stream(
            f"/{SERVICE}/WatchTask",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.messages["jobmesh.tasks.v1.WatchTaskResponse"].FromString,
        )
        return stub(self.message("WatchTaskRequest", task_id=task_id), timeout=60, metadata=self._channel.metadata)


class Stopped(Exception):
    """The run was asked to stop."""


class Run:
    """What a handler has in hand."""

    def __init__(self, tasks: Tasks, task) -> None:
        self.task = task
        self.stop = threading.Event()
        self._tasks = tasks
        self.lease = tasks.message("Lease", task_id=task.task_id, lease_token=task.lease_token)

    def report(self, **fields: object) -> None:
        """Phase, progress, log lines; raises Stopped when the run is to stop."""
        if self._tasks.call("ReportProgress", lease=self.lease, **fields).cancel_requested:
            raise Stopped


class TaskWorker:
    """Takes one task after the other until stopped. The handler returns a dict, raises Stopped, or fails."""

    def __init__(self, tasks: Tasks, queue: str, handler: Callable[[Run], dict]) -> None:
        self.worker_id = f"python-{uuid.uuid4()}"
        self._tasks, self._queue, self._handler = tasks, queue, handler
        self._ending = threading.Event()
        self._run: Run | None = None
        self._threads = [threading.Thread(target=self._work), threading.Thread(target=self._keep_lease)]

    def __enter__(self) -> "TaskWorker":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)

    def _work(self) -> None:
        wait = {"seconds": WAIT_SECONDS}
        while not self._ending.is_set():
            for task in self._tasks.call("ClaimTasks", worker_id=self.worker_id, queue=self._queue, wait=wait).tasks:
                self._run = Run(self._tasks, task)
                self._finish(self._run)
                self._run = None

    def _finish(self, run: Run) -> None:
        try:
            completed = self._tasks.message("CompletedRun", lease=run.lease)
            completed.result.struct_value.update(self._handler(run))
            self._tasks.call("CompleteTasks", runs=[completed])
        except Stopped:
            self._tasks.call("ReleaseTasks", leases=[run.lease])
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.ABORTED:  # otherwise the run was given to somebody else
                raise
        except Exception as error:  # the handler's own
            self._tasks.call("FailTask", lease=run.lease, error=str(error))

    def _keep_lease(self) -> None:
        while True:
            held = self._tasks.call("Heartbeat", worker_id=self.worker_id, queues=[self._queue]).runs
            run = self._run
            if run is not None and any(entry.lease == run.lease and entry.cancel_requested for entry in held):
                run.stop.set()
            if self._ending.wait(HEARTBEAT_SECONDS):
                return
