"""A PostgreSQL server of its own for these tests; each begins with an empty queue."""

import pytest

from support.task_cluster import Cluster, Worker


@pytest.fixture(scope="session")
def server():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(server):
    tables = "task, task_log, task_ready, task_delayed, task_blocked, task_slot, task_key, task_lease, task_worker, task_dead, task_schedule, task_tick, task_leader, task_maintenance, task_queue, checker.event, checker.effect"
    server.sql(f"TRUNCATE {tables}")
    server.sql("DELETE FROM task_limit WHERE limit_key NOT LIKE 'queue:%'")
    return server


@pytest.fixture
def workers(cluster):
    """Starts worker processes, and ends those that are left."""
    started: list[Worker] = []

    def start(slots: str = "default=4", *more: str) -> Worker:
        started.append(Worker(cluster, slots, *more))
        return started[-1]

    yield start
    for worker in started:
        worker.close()

