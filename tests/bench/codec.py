"""Transcoding: the gateway's JSON to wire bytes and back against libprotobuf's, and the cost of hostile bodies."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

BUILD = pathlib.Path(os.environ["JOBMESH_BUILD_DIR"])
PROGRAM = BUILD / "bin" / "bench-codec"
PEER = "libprotobuf"
# Name, and how much faster than the peer it has to be.
FLOORS = {"wire_to_json": 8.0, "json_to_wire": 10.0}
HOSTILE_MS_PER_KB = 1.0


def measure(pattern: str, seconds: float) -> list[dict]:
    """CPU time of every benchmark that the pattern names."""
    command = [PROGRAM, f"--benchmark_filter={pattern}", f"--benchmark_min_time={seconds}", "--benchmark_format=json"]
    runs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    if not runs or any("error_occurred" in run for run in runs):
        sys.exit(f"{pattern} failed: {runs}")
    return runs


def microseconds(run: dict) -> float:
    return run["cpu_time"] / {"ns": 1e3, "us": 1.0, "ms": 1e-3}[run["time_unit"]]


def compare(name: str, rounds: int, seconds: float) -> dict:
    """Alternating runs of both, so that what else the machine does hits both alike."""
    times: dict[str, list[float]] = {"ours": [], PEER: []}
    for _ in range(rounds):
        for side, values in times.items():
            run = measure(f"^{name}/{side}$", seconds)[0]
            values.append(microseconds(run))
    median = {side: statistics.median(values) for side, values in times.items()}
    each = [peer / ours for ours, peer in zip(times["ours"], times[PEER], strict=True)]
    return {
        "microseconds": {side: {"median": median[side], "least": min(values), "most": max(values)} for side, values in times.items()},
        "ratio": median[PEER] / median["ours"], "ratio_least": min(each), "ratio_most": max(each), "runs": rounds,
        "floor": FLOORS[name], "json_bytes": int(run["json_bytes"]), "wire_bytes": int(run["wire_bytes"]),
        "megabytes_per_second": run["json_bytes"] / median["ours"],
    }  # fmt: skip


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=float, default=0.3, help="of each run")
    options = arguments.parse_args()
    if subprocess.run(["ninja", "-C", BUILD, "bench-codec"], stdout=sys.stderr, check=False).returncode != 0:
        sys.exit("bench-codec cannot be built: it needs libbenchmark-dev and a build folder configured since it is there")
    result: dict = {"compared": {}, "hostile_ms_per_kb": {}}
    print(f"{'':14}{'ours':>24}{PEER:>26}{'ratio':>26}")
    for name in FLOORS:
        row = compare(name, options.rounds, options.seconds)
        result["compared"][name] = row
        cells = [f"{side['median']:.1f} µs ({side['least']:.1f}-{side['most']:.1f})" for side in row["microseconds"].values()]
        ratio = f"{row['ratio']:.1f}x ({row['ratio_least']:.1f}-{row['ratio_most']:.1f})"
        print(f"{name:14}{cells[0]:>24}{cells[1]:>26}{ratio:>26}   floor {row['floor']:g}x, {row['megabytes_per_second']:.0f} MB/s of JSON")
    print(f"{row['json_bytes']} bytes of JSON, {row['wire_bytes']} on the wire; medians of {options.rounds} alternating runs, CPU time, range in brackets\n")
    for run in measure("^hostile/", 0.05):
        per_kb = microseconds(run) / 1000 / (run["body_bytes"] / 1024)
        result["hostile_ms_per_kb"][run["name"].partition("/")[2]] = per_kb
        print(f"{run['name']:28}{per_kb:10.5f} ms a KB")
    (BUILD / "bench").mkdir(exist_ok=True)
    (BUILD / "bench" / "codec.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    ok = all(row["ratio"] >= row["floor"] for row in result["compared"].values())
    ok = ok and max(result["hostile_ms_per_kb"].values()) <= HOSTILE_MS_PER_KB
    print("every floor is met" if ok else "below a floor")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
