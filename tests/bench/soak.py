"""Runs the task queue for a while under kills, freezes and faults of the database, and proves what came of it.

Usage: soak.py [--seconds 300] [--workers 3] [--rate 60] [--seed 1]

A producer enqueues tasks whose effects are counted, at a steady rate. Meanwhile workers are killed with SIGKILL, frozen
for longer than their lease, drained, their sessions terminated, and PostgreSQL is crashed. At the end the faults stop, the
queue is left to empty itself, and the counts are compared. Exit status 1 when the proof fails.
"""

import argparse
import pathlib
import random
import sys
import threading
import time

import psycopg2

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.eventually import eventually  # noqa: E402
from support.task_cluster import Cluster, Worker, wait_finished  # noqa: E402

SLOTS = 4
LEASE_SECONDS = 20
SWEEP_SECONDS = 5


class Producer(threading.Thread):
    """Enqueues in small transactions; what the database acknowledged is what counts."""

    def __init__(self, cluster: Cluster, rate: float) -> None:
        super().__init__(daemon=True)
        self._cluster, self._rate = cluster, rate
        self.ending = threading.Event()
        self.acknowledged: list[str] = []
        self.refused = 0

    def run(self) -> None:
        while not self.ending.wait(10 / self._rate):
            try:
                self.acknowledged += self._cluster.enqueue(10, "effect", ms=random.randrange(60))
            except psycopg2.Error:
                self.refused += 1  # in doubt: may be stored all the same


class Chaos:
    def __init__(self, cluster: Cluster, workers: int) -> None:
        self._cluster = cluster
        self.workers = [Worker(cluster, f"default={SLOTS}") for _ in range(workers)]
        self.counts: dict[str, int] = {}
        self._frozen: list[tuple[float, Worker]] = []
        self.most = workers  # processes that there were at once

    def _replace(self, index: int) -> None:
        self.workers[index] = self.workers[index].again()

    def kill(self) -> None:
        index = random.randrange(len(self.workers))
        self.workers[index].kill()
        self._replace(index)

    def _drain(self, worker: Worker) -> None:
        """Once it has come up: before that it dies of the signal, and has nothing to give back."""
        has_come = "SELECT count(*) FROM task_worker WHERE worker_id = %s"
        eventually(lambda: self._cluster.value(has_come, worker.worker_id) == 1, 60, "the worker has come up")
        worker.drain(10)

    def drain(self) -> None:
        index = random.randrange(len(self.workers))
        self._drain(self.workers[index])
        self._replace(index)

    def freeze(self) -> None:
        index = random.randrange(len(self.workers))
        self.workers[index].freeze()
        self._frozen.append((time.monotonic() + LEASE_SECONDS + SWEEP_SECONDS + 5, self.workers[index]))
        self._replace(index)

    def terminate(self) -> None:
        self._cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'task-%' AND random() < 0.5")

    def crash_database(self) -> None:
        self._cluster.crash_and_restart()

    def strike(self) -> None:
        faults = [self.kill] * 5 + [self.freeze] * 2 + [self.drain] * 2 + [self.terminate] * 4 + [self.crash_database]
        fault = random.choice(faults)
        fault()
        self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1
        self.most = max(self.most, len(self.workers) + len(self._frozen))
        self.thaw(time.monotonic())

    def runs_explained(self) -> int:
        """How many runs more than tasks the faults may cost: the slots of the one process that was struck, or of all."""
        one = sum(self.counts.get(fault, 0) for fault in ("kill", "freeze", "drain"))
        all_of_them = self.counts.get("terminate", 0) + self.counts.get("crash_database", 0)
        return SLOTS * (one + all_of_them * self.most)

    def thaw(self, now: float) -> None:
        for due, worker in [entry for entry in self._frozen if entry[0] <= now]:
            worker.wake()
            self._frozen.remove((due, worker))
            self.workers.append(worker)  # it works on beside the one in its place
            if len(self.workers) > 6:
                self._drain(self.workers.pop(0))

    def end(self) -> None:
        self.thaw(float("inf"))

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("seconds", 300), ("workers", 3), ("rate", 60), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    cluster = Cluster()
    chaos = Chaos(cluster, arguments.workers)
    producer = Producer(cluster, arguments.rate)
    try:
        producer.start()
        end = time.monotonic() + arguments.seconds
        while time.monotonic() < end:
            time.sleep(random.uniform(2, 5))
            chaos.strike()
        producer.ending.set()
        producer.join(30)
        chaos.end()
        begin = time.monotonic()
        wait_finished(cluster, 300)
        emptied = time.monotonic() - begin
        return report(cluster, chaos, producer, emptied)
    finally:
        chaos.close()
        cluster.close()


def report(cluster: Cluster, chaos: Chaos, producer: Producer, emptied: float) -> int:
    enqueued = cluster.value("SELECT count(*) FROM task")
    states = cluster.states()
    lost = cluster.value(
        "SELECT count(*) FROM unnest(%s::uuid[]) AS a(id) WHERE NOT EXISTS (SELECT FROM task t WHERE t.task_id = a.id)", producer.acknowledged
    )
    once = cluster.value("SELECT count(*) FROM checker.effect e JOIN task t ON t.task_id = e.task_id::uuid WHERE e.n = 1 AND t.state = 'completed'")
    twice = cluster.value("SELECT count(*) FROM checker.effect WHERE n > 1")
    runs = cluster.value("SELECT count(DISTINCT (task_id, lease_token)) FROM checker.event WHERE event = 'begin'")
    bound = chaos.runs_explained()
    left = {
        table: cluster.value(f"SELECT count(*) FROM {table}")
        for table in ("task_ready", "task_delayed", "task_blocked", "task_lease", "task_slot", "task_key")
    }
    # The third death makes a dead letter, by design; it has no effect.
    discarded = states.get("discarded", 0)
    print(f"faults: {chaos.counts}")
    print(f"enqueued {enqueued:,} (acknowledged {len(producer.acknowledged):,}, in doubt {producer.refused} calls)")
    print(f"completed {states.get('completed', 0):,}, dead letters {discarded}, states {states}")
    print(f"lost {lost}; effects exactly once {once:,}, more than once {twice}")
    print(f"runs {runs:,}: {runs - enqueued:,} more than tasks, bound {bound:,} (faults x slots of the processes they strike)")
    print(f"left in the narrow tables: {left}")
    print(f"emptied {emptied:.1f} s after the last fault")
    proof = {
        "nothing is lost": lost == 0,
        "every task has ended": sum(states.get(state, 0) for state in ("completed", "discarded")) == enqueued,
        "every completed task had its effect exactly once": once == states.get("completed", 0) and twice == 0,
        "no more runs than faults explain": runs - enqueued <= bound,
        "nothing is left over": not any(left.values()),
        "emptied within lease + sweep + 10 s": emptied <= LEASE_SECONDS + SWEEP_SECONDS + 10,
    }
    for statement, holds in proof.items():
        print(f"{'holds' if holds else 'FAILS'}  {statement}")
    return 0 if all(proof.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
