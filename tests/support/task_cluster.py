"""PostgreSQL and processes of the task queue alone, to be killed, frozen and cut off at will."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import psycopg2

from support.eventually import eventually
from support.mesh import BUILD, ROOT

PG = pathlib.Path("/usr/lib/postgresql/15/bin")
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env"] if os.geteuid() == 0 else []
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
PROGRAM = BUILD / "test" / "task-program"

CHECKER = """
CREATE SCHEMA checker;
CREATE TABLE checker.event (task_id text, lease_token bigint, attempt int, worker_id text, event text, time timestamptz DEFAULT clock_timestamp());
CREATE TABLE checker.effect (task_id text PRIMARY KEY, n int NOT NULL, lease_token bigint);
"""


def statements() -> dict[str, str]:
    """The named statements of the queue."""
    found = {}
    for file in sorted((ROOT / "scraper-service" / "sql").glob("task*.sql")):
        parts = re.split(r"^-- name: (\w+)\s*$", file.read_text(), flags=re.MULTILINE)
        found |= {name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2])}
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A PostgreSQL server of its own with the schema of the queue and of the checker."""

    def __init__(self, *settings: str, clock: str = "") -> None:
        """`clock`: how far its clock is off, as libfaketime writes it: "+3600s"."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jobmesh-tasks-"))
        self.data = self.folder / "pg"
        self.port = free_port()
        self.settings = settings
        self._clock = ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME={clock}", "FAKETIME_DONT_FAKE_MONOTONIC=1"] if clock else []
        if AS_POSTGRES:
            shutil.chown(self.folder, "postgres", "postgres")
        self._postgres("initdb", "--no-sync", "-D", str(self.data), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        subprocess.run([str(PROGRAM), "migrate", self.url], check=True, timeout=120, stdout=subprocess.DEVNULL)
        self.sql(CHECKER)

    def _postgres(self, program: str, *arguments: str) -> None:
        command = [*AS_POSTGRES, *self._clock, str(PG / program), *arguments]
        subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        # What crashes here is the server, not the machine: what it wrote is there, synced or not.
        options = ["-c fsync=off", f"-p {self.port}", "-c listen_addresses=127.0.0.1", "-c unix_socket_directories=", "-c max_connections=200"]
        options += [f"-c {setting}" for setting in self.settings]
        self._postgres("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", " ".join(options), "start")

    def crash_and_restart(self) -> None:
        self._postgres("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        self.start()

    def close(self) -> None:
        self._postgres("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self):
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection

    def sql(self, text: str, *values: object) -> list[tuple]:
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(text, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def value(self, text: str, *values: object):
        return self.sql(text, *values)[0][0]

    def enqueue(self, count: int, operation: str, **more: object) -> list[str]:
        """`count` tasks, committed; with `ms` for their handlers and other members of the spec."""
        payload = {"ms": more.pop("ms", 0)}
        spec = {"family": "", "operation": operation, "queue": "default", "phase": "", "priority": 0, "delay_ms": 0, "max_attempts": 5, "retry_base_ms": 1000, "on_crash": "requeue"}
        specs = [spec | {"place": place, "payload": payload} | more for place in range(count)]
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"PREPARE enqueue AS {statements()['enqueue_tasks']}")
                cursor.execute("EXECUTE enqueue (%s)", (json.dumps(specs),))
                return [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()

    def states(self) -> dict[str, int]:
        return dict(self.sql("SELECT state, count(*) FROM task GROUP BY state"))

    def all_finished(self) -> bool:
        tables = ("task_ready", "task_lease", "task_delayed", "task_blocked")
        # One statement: tasks go from table to table.
        return self.value("SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in tables)) == 0


class Worker:
    """A process that runs tasks."""

    number = 0

    def __init__(self, cluster: Cluster, slots: str = "default=4", *more: str) -> None:
        self._start = (cluster, slots, *more)
        Worker.number += 1
        self.worker_id = f"worker-{Worker.number}"
        self.log = cluster.folder / f"{self.worker_id}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), "work", cluster.url, self.worker_id, slots, *more], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def again(self) -> "Worker":
        """A new process in its place."""
        return Worker(*self._start)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def drain(self, seconds: float = 6) -> float:
        """Ends it by SIGTERM; the seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(seconds) == 0, self.log.read_text()[-2000:]
        return time.monotonic() - begin

    def close(self) -> None:
        if self.alive:
            self.wake()
            self.kill()


class Proxy:
    """A relay to the server that can swallow everything without closing a connection."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.swallows = False
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._target))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._relay, args=(one, other), daemon=True).start()

    def _relay(self, one: socket.socket, other: socket.socket) -> None:
        swallowed = False
        try:
            while data := one.recv(65536):
                swallowed = swallowed or self.swallows  # such a connection never speaks again
                if not swallowed:
                    other.sendall(data)
        except OSError:
            pass
        if not swallowed:
            other.close()

    def close(self) -> None:
        self._listener.close()


def wait_finished(cluster: Cluster, seconds: float) -> None:
    eventually(cluster.all_finished, seconds, "every task finishes")
