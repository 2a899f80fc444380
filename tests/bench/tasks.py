"""Measures the task queue beside graphile-worker and pg-boss on one PostgreSQL of its own.

Usage: tasks.py [--rounds 5] [--single 4000] [--batched 20000] [--latency 300]

Runs alternate; medians and ranges are printed, and all values go to build/bench/tasks.json. The peers come from npm; what
cannot be had is left out with a message. Exit status 1 when a floor is missed.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.mesh import BUILD  # noqa: E402
from support.task_cluster import PROGRAM, Cluster  # noqa: E402

PEERS = ["graphile-worker@0.17.3", "pg-boss@10.4.2"]
NAMES = {"graphile": "graphile-worker", "pg-boss": "pg-boss"}
CONCURRENCY = 24
PROCESSES = 2  # of node, as the machine has cores


def install_peers(folder: pathlib.Path) -> bool:
    if not shutil.which("npm"):
        print("npm is missing: the peers are left out")
        return False
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "pg-boss").is_dir():
        result = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *PEERS], cwd=folder, check=False, timeout=600)
        if result.returncode != 0:
            print("npm could not install the peers: they are left out")
            return False
    shutil.copy(pathlib.Path(__file__).with_name("task_peers.mjs"), folder)
    return True


class Peer:
    def __init__(self, name: str, cluster: Cluster, folder: pathlib.Path) -> None:
        self.name, self._cluster, self._folder = name, cluster, folder
        cluster.sql(f'CREATE DATABASE "{name}"')
        self._url = cluster.url.rsplit("/", 1)[0] + f"/{name}"

    def _start(self, mode: str, count: int, concurrency: int = CONCURRENCY) -> subprocess.Popen:
        command = ["node", "task_peers.mjs", self.name, mode, self._url, str(count), str(concurrency)]
        return subprocess.Popen(command, cwd=self._folder, stdout=subprocess.PIPE, text=True)

    def _run(self, mode: str, count: int, processes: int = 1, concurrency: int = CONCURRENCY) -> list[dict]:
        running = [self._start(mode, count, concurrency) for _ in range(processes)]
        answers = []
        for process in running:
            output, _ = process.communicate(timeout=600)
            assert process.returncode == 0, f"{self.name} {mode} failed"
            answers.append(json.loads(output.splitlines()[-1]))
        return answers

    def throughput(self, mode: str, count: int) -> float:
        self._run("setup", count)
        answers = self._run(mode, count, PROCESSES)
        assert sum(answer["ran"] for answer in answers) == count, f"{self.name}: {answers}"
        busy = [answer for answer in answers if answer["ran"]]
        return count / ((max(a["end"] for a in busy) - min(a["begin"] for a in busy)) / 1000)

    def enqueue(self, count: int) -> float:
        rate = count / self._run("setup", count)[0]["seconds"]
        self._run("batched", count, 1)
        return rate

    def latency(self, count: int) -> dict:
        self._run("setup", 0)
        return self._run("latency", count, concurrency=1)[0]


class Ours:
    name = "jobmesh"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def _run(self, *arguments: object) -> dict:
        result = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, check=True, timeout=600)
        return json.loads(result.stdout.splitlines()[-1])

    def throughput(self, mode: str, count: int) -> float:
        self._run("enqueue", self._cluster.url, count, 1000)
        # Single: as a worker is by default, no task beyond free slots; what ends meanwhile is written together.
        shape = (CONCURRENCY, 1000, 1000) if mode == "batched" else (CONCURRENCY, 0, 500)
        return count / self._run("run", self._cluster.url, count, *shape)["seconds"]

    def enqueue(self, count: int) -> float:
        rate = count / self._run("enqueue", self._cluster.url, count, 1000)["seconds"]
        self._run("run", self._cluster.url, count, CONCURRENCY, 1000, 1000)
        return rate

    def latency(self, count: int) -> dict:
        return self._run("latency", self._cluster.url, count)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):10,.0f}  ({min(values):,.0f} - {max(values):,.0f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("rounds", 5), ("single", 4000), ("batched", 20000), ("latency", 300)):
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    folder = BUILD / "bench" / "task-peers"
    peers = install_peers(folder)
    cluster = Cluster("max_wal_size=4GB", "shared_buffers=256MB")
    rates: dict[str, dict[str, list[float]]] = {}
    latencies: dict[str, list[dict]] = {}
    try:
        queues = [Ours(cluster)] + ([Peer(name, cluster, folder) for name in NAMES] if peers else [])
        for _ in range(arguments.rounds):
            for queue in queues:
                for mode in ("single", "batched"):
                    rate = queue.throughput(mode, getattr(arguments, mode))
                    rates.setdefault(mode, {}).setdefault(queue.name, []).append(rate)
                rates.setdefault("enqueue", {}).setdefault(queue.name, []).append(queue.enqueue(arguments.batched))
                latencies.setdefault(queue.name, []).append(queue.latency(arguments.latency if queue.name != "pg-boss" else 20))
    finally:
        cluster.close()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}, cores: {os.cpu_count()}\n")
    for mode, by_queue in rates.items():
        print(f"{mode}, tasks/s: median (range) of {arguments.rounds}")
        for name, values in by_queue.items():
            print(f"  {NAMES.get(name, name):16} {spread(values)}")
    print("enqueue -> start on an idle queue, ms")
    for name, values in latencies.items():
        p50, p99 = (statistics.median(value[key] for value in values) for key in ("p50_ms", "p99_ms"))
        print(f"  {NAMES.get(name, name):16} p50 {p50:8.2f}  p99 {p99:8.2f}")
    (BUILD / "bench").mkdir(exist_ok=True)
    (BUILD / "bench" / "tasks.json").write_text(json.dumps({"rates": rates, "latency": latencies}, indent=1))

    def median(mode: str, name: str) -> float:
        return statistics.median(rates[mode][name])

    own = latencies["jobmesh"]
    floors = [
        ("p50 <= 5 ms", statistics.median(value["p50_ms"] for value in own) <= 5),
        ("p99 <= 25 ms", statistics.median(value["p99_ms"] for value in own) <= 25),
    ]
    if peers:
        floors += [
            ("single >= 1.5 x graphile-worker's single", median("single", "jobmesh") >= 1.5 * median("single", "graphile")),
            ("batched >= graphile-worker's batched", median("batched", "jobmesh") >= median("batched", "graphile")),
        ]
    print()
    for floor, kept in floors:
        print(f"{'kept  ' if kept else 'MISSED'}  {floor}")
    return 0 if all(kept for _, kept in floors) else 1


if __name__ == "__main__":
    sys.exit(main())
