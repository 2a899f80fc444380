"""Good clients beside many that send garbage, creep, cut, flood and never read. Nothing crashes, nothing leaks, no
connection stays behind, and the good ones do not notice. HOSTILE_SECONDS says for how long; a build with sanitizers is
taken from JOBMESH_BUILD_DIR (`./jobmesh bench hostile`)."""

import asyncio
import collections
import os
import pathlib
import re
import statistics
import threading
import urllib.parse

import pytest

from support import hostile
from support.eventually import eventually
from support.mesh import Mesh

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "60"))
ATTACKERS = 40
CITIZENS = 4
# Growth of a process after the first third of the run that is no leak: caches and the allocator settle.
GROWTH_SHARE, GROWTH_MB = 0.15, 16
# What the sanitizers and aborting libraries print.
FAULT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|terminate called|Check failed|ASSERTION FAILED")


def resident_mb(pid: int) -> float:
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


class Memory(threading.Thread):
    """Samples the memory of processes until told to stop."""

    def __init__(self, pids: dict[str, int]) -> None:
        super().__init__(daemon=True)
        self._pids = pids
        self._stopping = threading.Event()
        self.samples: dict[str, list[float]] = {name: [] for name in pids}

    def run(self) -> None:
        while not self._stopping.wait(max(0.25, SECONDS / 400)):
            for name, pid in self._pids.items():
                self.samples[name].append(resident_mb(pid))

    def stop(self) -> None:
        self._stopping.set()
        self.join()


@pytest.fixture
def besieged():
    """A mesh of its own: this test ends it, to see what leak checkers say at the end of a process."""
    mesh = Mesh()
    mesh.environment.setdefault("ASAN_OPTIONS", "detect_leaks=1:quarantine_size_mb=16:malloc_context_size=8")
    mesh.environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    try:
        mesh.up()
        yield mesh
    finally:
        mesh.close()


def test_hostile_clients_do_not_hurt_the_others(besieged) -> None:
    status = besieged.status()
    pids = {entry["name"]: entry["pid"] for entry in status["processes"]}
    gateway = next(pid for name, pid in pids.items() if name.startswith("gateway"))
    url = urllib.parse.urlparse(status["gateway_url"])
    # Once around before the start, so that channels and pools are open and counted.
    asyncio.run(hostile.besiege(url.hostname, url.port, attackers=0, citizens=CITIZENS, seconds=2))
    files_before = open_files(gateway)

    memory = Memory(pids)
    memory.start()
    attackers, citizens = asyncio.run(
        hostile.besiege(url.hostname, url.port, attackers=ATTACKERS, citizens=CITIZENS, seconds=SECONDS)
    )
    memory.stop()

    attacks = sum((client.attacks for client in attackers), collections.Counter())
    answers = sum((client.answers for client in citizens), collections.Counter())
    failures = [failure for client in citizens for failure in client.failures]
    print(f"{SECONDS:.0f} s, attacks: {dict(attacks)}; good answers: {dict(answers)}, failed: {len(failures)}")
    print(f"slowest good answer: {max(client.slowest_seconds for client in citizens):.2f} s")
    assert min(attacks.values()) > 0
    assert answers.total() > 5 * SECONDS
    assert not failures, failures[:10]

    # No crash: the same processes as before, and all ready.
    after = besieged.status()
    assert {entry["name"]: entry["pid"] for entry in after["processes"]} == pids
    assert after["state"] == "ready"
    eventually(lambda: open_files(gateway) <= files_before + 2, 30)

    for name, samples in memory.samples.items():
        third = len(samples) // 3
        settled = statistics.median(samples[third : third + max(1, third // 2)])
        end = statistics.median(samples[-max(1, third // 4) :])
        print(f"{name}: {settled:.1f} MB after a third, {end:.1f} MB at the end")
        assert end <= settled * (1 + GROWTH_SHARE) + GROWTH_MB, name

    besieged.run("down")
    for log in sorted((besieged.state / "logs").glob("*.log")):
        faults = [line for line in log.read_text(errors="replace").splitlines() if FAULT.search(line)]
        assert not faults, f"{log.name}: {faults[:5]}"
