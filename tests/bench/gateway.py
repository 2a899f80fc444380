"""Measures the gateway against other gateways in front of the same backend, and against the floors it must keep.

Usage: gateway.py [--quick] [--rounds N] [--seconds S] [--only PART,…] [--nice N] [--no-build]

Parts: throughput, kept, latency, connections, websockets. The real gateway with the real registry and a backend that
answers from memory; wrk, keep-alive, loopback. The peers are installed and started here; what cannot be had is skipped with
a message. Runs alternate, so that what else the machine does meets all of them alike; values are medians, ranges are printed.
Writes build/bench/gateway.json. Exit status 1 when a figure is below its floor.
"""

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Callable

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent / "gateway")]

import programs  # noqa: E402
from programs import KEPT_PATH, PATH, Mesh, Missing, Program  # noqa: E402
from support.figures import Figure, Series, machine, plain, ratio, table, write  # noqa: E402

OURS = "jobmesh"
TARGETS = ["gateway", "discovery", "bench-board", "bench-load", "bench-httplib"]
PARTS = ("throughput", "kept", "latency", "connections", "websockets")
SOCKETS = 10_000


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def load_tool(*arguments: object) -> dict:
    command = [str(programs.BUILD / "bin" / "bench-load"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=programs.prepare)
    return json.loads(done.stdout)


class Bench:
    def __init__(self, rounds: int, seconds: int, sockets: int) -> None:
        self.rounds, self.seconds, self.sockets = rounds, seconds, sockets
        self.figures: list[Figure] = []
        self.series: dict[str, Series] = {}
        self.skipped: dict[str, str] = {}

    def skip(self, name: str, why: object) -> None:
        self.skipped[name] = str(why)
        say(f"skipped: {name}: {why}")

    def note(self, key: str, value: float) -> None:
        self.series.setdefault(key, Series()).add(value)

    def wrk(self, program: Program, path: str, connections: int = 64) -> float:
        """Requests a second; the CPU time a request goes into the series `<name> us CPU a request`."""
        before = program.cpu_seconds()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{self.seconds}s", "--timeout", "10s", program.url(path)]
        text = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=programs.prepare).stdout
        cpu = program.cpu_seconds() - before
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text) or re.search(r"Socket errors: (.*)", text)
        if failed or requests == 0:
            raise RuntimeError(f"{program.name} {path}: {failed.group(0) if failed else 'no answers'}")
        self.note(f"{program.name} us CPU a request {path}", cpu / requests * 1e6)
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))

    def throughput(self, mesh: Mesh, stack: contextlib.ExitStack) -> None:
        gateways = {OURS: mesh.gateway}
        starters: dict[str, Callable[[str], Program]] = {
            "express": programs.start_express, "grpc-gateway": programs.start_go, "cpp-httplib": programs.start_httplib,
        }  # fmt: skip
        for name, start in starters.items():
            try:
                say(f"starting {name}")
                peer = start(mesh.backend)
                stack.callback(peer.stop)
                size = len(programs.wait_for(peer, PATH))
                say(f"{name}: {size} bytes; {OURS}: {len(mesh.page)}")
                gateways[name] = peer
            except Missing as missing:
                self.skip(name, missing)
        for number in range(-1, self.rounds):  # the first warms up
            for name, program in gateways.items():
                value = self.wrk(program, PATH)
                if number >= 0:
                    self.note(f"{name} requests/s", value)
                else:
                    self.series.clear()
            say(f"round {number + 1}: " + ", ".join(f"{name} {self.series[f'{name} requests/s'].values[-1]:,.0f}/s" for name in gateways if number >= 0))
        ours = self.series[f"{OURS} requests/s"]
        self.figures.append(plain("requests/s at 64 connections", ours, None, unit="/s"))
        for name, floor in (("express", 6.0), ("grpc-gateway", 4.0), ("cpp-httplib", None)):
            self._against(f"requests/s, against {name}", name, "{} requests/s", floor)
        self.figures.append(plain("CPU a request", self.series[f"gateway us CPU a request {PATH}"], None, unit="us"))
        if "express" in gateways:
            cpu = [self.series[f"{name} us CPU a request {PATH}"] for name in ("gateway", "express")]
            self.figures.append(ratio("CPU a request, against express", *cpu, 0.11, at_most=True))
        else:
            self.figures.append(Figure("CPU a request, against express", None, 0.11, True, note=self.skipped["express"]))

    def _against(self, figure: str, name: str, key: str, floor: float | None) -> None:
        if key.format(name) in self.series:
            self.figures.append(ratio(figure, self.series[key.format(OURS)], self.series[key.format(name)], floor))
        else:
            self.figures.append(Figure(figure, None, floor, note=self.skipped[name]))

    def kept(self, mesh: Mesh, stack: contextlib.ExitStack) -> None:
        """A GET answered from the response cache, and the HTTP front alone, against nginx with the same bytes in a file."""
        try:
            nginx = programs.start_nginx(mesh.page)
        except Missing as missing:
            self.skip("nginx", missing)
            self.figures.append(Figure("kept GET, against nginx", None, 0.5, note=str(missing)))
            return
        stack.callback(nginx.stop)
        programs.wait_for(nginx, "/bench/postings")
        programs.fetch(mesh.gateway.url(KEPT_PATH))
        for number in range(self.rounds):
            self.note("nginx requests/s", self.wrk(nginx, "/bench/postings"))
            self.note(f"{OURS} kept requests/s", self.wrk(mesh.gateway, KEPT_PATH))
            self.note(f"{OURS} /status requests/s", self.wrk(mesh.gateway, "/status"))
            say(f"round {number + 1}: " + ", ".join(f"{key} {self.series[key].values[-1]:,.0f}" for key in ("nginx requests/s", f"{OURS} kept requests/s")))
        nginx_rate = self.series["nginx requests/s"]
        self.figures.append(plain("nginx requests/s", nginx_rate, None, unit="/s"))
        self.figures.append(ratio("kept GET, against nginx", self.series[f"{OURS} kept requests/s"], nginx_rate, 0.5))
        self.figures.append(ratio("GET /status (no call), against nginx", self.series[f"{OURS} /status requests/s"], nginx_rate, None))

    def latency(self, mesh: Mesh, _: contextlib.ExitStack) -> None:
        for number in range(self.rounds):
            direct = load_tool("direct", mesh.backend, self.seconds)
            through = load_tool("http", mesh.gateway.port, PATH, 1, self.seconds)
            self.note("direct p50 ms", direct["p50_us"] / 1000)
            self.note("gateway p50 ms", through["p50_us"] / 1000)
            self.note("gateway p99 ms", through["p99_us"] / 1000)
            self.note("added p50 ms", (through["p50_us"] - direct["p50_us"]) / 1000)
            say(f"round {number + 1}: direct p50 {direct['p50_us']} us, gateway {through['p50_us']} us")
        self.figures.append(plain("direct gRPC call at 1 connection, p50", self.series["direct p50 ms"], None, unit="ms"))
        self.figures.append(plain("GET at 1 connection, p50", self.series["gateway p50 ms"], None, unit="ms"))
        self.figures.append(plain("GET at 1 connection, p99", self.series["gateway p99 ms"], None, unit="ms"))
        self.figures.append(plain("added latency, p50", self.series["added p50 ms"], 0.12, at_most=True, unit="ms"))

    def connections(self, mesh: Mesh, _: contextlib.ExitStack) -> None:
        for count in (2_000, 5_000):
            for _round in range(max(1, self.rounds // 2)):
                seen = load_tool("http", mesh.gateway.port, PATH, count, max(10, self.seconds))
                say(f"{count} connections: {seen}")
                for key in ("per_second", "errors", "starved"):
                    self.note(f"{count} connections {key}", seen[key])
            self.figures.append(plain(f"{count:,} connections, requests/s", self.series[f"{count} connections per_second"], None, unit="/s"))
            for key in ("errors", "starved"):
                series = self.series[f"{count} connections {key}"]
                self.figures.append(Figure(f"{count:,} connections, {key}", sum(series.values), 0, True, runs=len(series.values)))

    def websockets(self, mesh: Mesh, _: contextlib.ExitStack) -> None:
        """Through the real gateway: each WebSocket is a stream to the backend too."""
        before = mesh.gateway.resident_bytes()
        command = [str(programs.BUILD / "bin" / "bench-load"), "websocket", str(mesh.gateway.port), "/bench/listen", str(self.sockets), mesh.backend, mesh.token]
        load = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=programs.prepare)
        try:
            opened = json.loads(load.stdout.readline())["open"]
            time.sleep(2)  # until nothing is left of opening them
            each = (mesh.gateway.resident_bytes() - before) / 1024 / max(opened, 1)
            load.stdin.write("\n")
            load.stdin.flush()
            told = json.loads(load.stdout.readline())
        finally:
            load.kill()
            load.wait()
        say(f"WebSockets: {opened} open, {told}")
        self.figures.append(Figure(f"{self.sockets:,} WebSockets, not opened", self.sockets - opened, 0, True, runs=1))
        self.figures.append(Figure(f"{self.sockets:,} idle WebSockets, memory each", each, 25, True, "KiB", runs=1))
        self.figures.append(Figure("one message to all of them, not delivered", opened - told["requests"], 0, True, runs=1))
        self.figures.append(Figure("one message to all of them, last one", told["all_seconds"], 1.0, True, "s", runs=1))


def build() -> None:
    if not (programs.BUILD / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev"], cwd=programs.ROOT, stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["cmake", "--build", str(programs.BUILD), "--target", *TARGETS], stdout=sys.stderr, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="2 rounds of 1 s and 1,000 WebSockets: does it work at all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run")
    parser.add_argument("--only", default=",".join(PARTS), help="comma list of parts")
    parser.add_argument("--nice", type=int, default=0, help="priority of everything that is measured, load and peers included")
    parser.add_argument("--no-build", action="store_true", help="measure the programs that are there")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 2, 1
    parts = arguments.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(unknown)}")
    about = machine()
    programs.niceness = arguments.nice
    if not arguments.no_build:
        build()
    bench = Bench(arguments.rounds, arguments.seconds, 1_000 if arguments.quick else SOCKETS)
    with contextlib.ExitStack() as stack:
        mesh = Mesh()
        stack.callback(mesh.stop)
        for part in parts:
            say(f"-- {part}")
            getattr(bench, part)(mesh, stack)
    print(table(bench.figures))
    write(
        programs.BUILD / "bench" / "gateway.json", bench.figures,
        machine=about, nice=arguments.nice, rounds=arguments.rounds, seconds=arguments.seconds, body_bytes=len(mesh.page), skipped=bench.skipped,
        conditions="load, gateways and backend share the cores; runs alternate; load_at_start above 0 means that other work was running too",
        series={key: series.json() for key, series in bench.series.items()},
    )  # fmt: skip
    return 1 if any(figure.verdict == "below" for figure in bench.figures) else 0


if __name__ == "__main__":
    sys.exit(main())
