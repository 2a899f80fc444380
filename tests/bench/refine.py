"""Measures refinement: postings a second on one core against a simple scraper's algorithm, and into PostgreSQL against COPY.

Usage: refine.py [--engine COMMAND] [--runs N] [--no-database] [FILE.jsonl]

FILE holds postings as JSON lines (default: postings/descriptions.jsonl of JOBMESH_DATA_DIR; without either the program says
so and ends with status 0). Everything alternates, run by run; medians and ranges are printed, and written to
bench/refine.json of the build directory. The two processes of a comparison never run at once, so each has a core.

The peer is the algorithm of a plain Python scraper, on the same file and with the same names: the text without tags and
punctuation, `count(" " + alias + " ")` for every alias of every skill, the first number with a currency sign after taking
all blanks out, the first integer as years of experience. It reads every n-th posting only, as it would take minutes.

The database part needs PostgreSQL: JOBMESH_TEST_DATABASE_URL, the URL of a superuser, in whose cluster a database is made
and dropped. Its floor is COPY of the finished rows into a table with the same indexes, and nothing else.
"""

import argparse
import html.parser
import json
import os
import pathlib
import re
import resource
import shlex
import statistics
import string
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Services refuse settings they do not know, and those of the front door are none of theirs.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("JOBMESH_")}
BUILD = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build"))


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []

    def handle_data(self, data):
        self.parts.append(data)


def skill_groups() -> list[list[str]]:
    groups = []
    for line in (ROOT / "scraper-service/refine/skills.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            columns = line.split("\t")
            aliases = columns[3].split("|") if len(columns) > 3 else []
            groups.append([" " + alias.strip().lstrip("=?").lower() + " " for alias in [columns[0], *aliases] if alias.strip()])
    return groups


def python_refine(lines: list[str], groups: list[list[str]]) -> int:
    """The peer; returns how many skills it saw, so that nothing of the work is idle."""
    blanks = str.maketrans(string.punctuation, " " * len(string.punctuation))
    seen = 0
    for line in lines:
        row = json.loads(line)
        parser = Text()
        parser.feed(row["description"])
        text = " ".join(parser.parts)
        words = " " + text.translate(blanks).lower() + " "
        demand = {}
        for aliases in groups:
            count = sum(words.count(alias) for alias in aliases)
            if count:
                demand[aliases[0]] = count
        salary = re.search(r"(\d+)(?:\$|€|euro|eur|mdl|usd)|(?:\$|€)(\d+)", text.replace(" ", "").lower())
        years = re.search(r"\d+", text)
        seen += len(demand) + bool(salary) + bool(years)
    return seen


def peak_of(pid: int) -> float:
    """Peak memory in MB; 0 when the process is gone. Its own, not what it inherited from this one before exec."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0


def run(command: list[str], source: pathlib.Path, environment: dict = CLEAN) -> dict:
    """Runs a command over a file: wall and processor seconds, and the peak of its memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    peak = 0.0
    with source.open("rb") as lines:
        child = subprocess.Popen(command, stdin=lines, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        while True:
            try:
                child.wait(timeout=0.02)
                break
            except subprocess.TimeoutExpired:
                # Before exec the child still is a copy of this process.
                if time.monotonic() - start > 0.2:
                    peak = max(peak, peak_of(child.pid))
    wall = time.monotonic() - start
    if child.returncode != 0:
        raise SystemExit(f"{shlex.join(command)} ended with status {child.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu, "peak_mb": peak}


def median(values: list[float]) -> dict:
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "runs": len(values)}


def shown(value: dict, digits: int = 0) -> str:
    return f"{value['median']:,.{digits}f} ({value['min']:,.{digits}f}-{value['max']:,.{digits}f})"


def throughput(engine: list[str], source: pathlib.Path, runs: int) -> dict:
    lines = source.read_text(encoding="utf-8").rstrip("\n").split("\n")
    sample = lines[:: max(1, len(lines) // 250)]
    groups = skill_groups()
    size = source.stat().st_size
    ours, peer, wall, ratios, peak = [], [], [], [], 0.0
    for _ in range(runs):
        result = run(engine, source)
        peak = max(peak, result["peak_mb"])
        ours.append(len(lines) / result["cpu"])
        wall.append(len(lines) / result["wall"])
        start = time.process_time()
        python_refine(sample, groups)
        peer.append(len(sample) / (time.process_time() - start))
        ratios.append(ours[-1] / peer[-1])
    rate = median(ours)
    return {
        "postings": len(lines),
        "bytes": size,
        "skills": len(groups),
        "postings_per_cpu_second": rate,
        "postings_per_second": median(wall),
        "mb_per_cpu_second": rate["median"] * size / len(lines) / 1e6,
        "peak_mb": peak,
        "python_postings_per_cpu_second": median(peer),
        "python_sample": len(sample),
        "ratio_to_python": median(ratios),
    }


def database_url(url: str, name: str) -> str:
    # postgresql://user@host:port/database?parameters
    return re.sub(r"^(\w+://[^/]*/)[^?]*", lambda m: m.group(1) + name, url)


def database(program: str, source: pathlib.Path, admin_url: str, runs: int, most: int) -> dict:
    import psycopg2

    lines = source.read_text(encoding="utf-8").rstrip("\n").split("\n")[:most]
    new, again, copy, ratios, written = [], [], [], [], 0
    admin = psycopg2.connect(admin_url)
    admin.autocommit = True
    name = f"bench_refine_{os.getpid()}"
    url = database_url(admin_url, name)
    environment = dict(CLEAN, JOBMESH_DATABASE_URL=url)
    with tempfile.TemporaryDirectory() as folder:
        rows = pathlib.Path(folder, "rows.jsonl")
        # Rows of several sources share native ids; each row is to be a posting of its own.
        postings = [{key: value for key, value in json.loads(line).items() if key != "native_id"} for line in lines]
        rows.write_text("".join(json.dumps(row) + "\n" for row in postings), encoding="utf-8")
        finished = pathlib.Path(folder, "posting.copy")
        for _ in range(runs):
            with admin.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
            try:
                subprocess.run([program, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                imported = [program, "import", str(rows), "--source", "bench"]
                first = run(imported, rows, environment)
                connection = psycopg2.connect(url)
                connection.autocommit = True
                with connection, connection.cursor() as cursor:
                    cursor.execute("SELECT count(*), max(xmin::text::bigint) FROM posting")
                    stored, newest = cursor.fetchone()
                    second = run(imported, rows, environment)
                    cursor.execute("SELECT count(*) FROM posting WHERE xmin::text::bigint > %s", (newest,))
                    written += cursor.fetchone()[0]
                    with finished.open("wb") as out:
                        cursor.copy_expert("COPY posting TO STDOUT", out)
                    cursor.execute("CREATE TABLE copied (LIKE posting INCLUDING DEFAULTS INCLUDING INDEXES)")
                    start = time.monotonic()
                    with finished.open("rb") as copied:
                        cursor.copy_expert("COPY copied FROM STDIN", copied)
                    took = time.monotonic() - start
                connection.close()
            finally:
                with admin.cursor() as cursor:
                    cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            new.append(stored / first["wall"])
            again.append(first["wall"] / second["wall"])
            copy.append(stored / took)
            ratios.append(new[-1] / copy[-1])
    admin.close()
    return {
        "postings": len(lines),
        "stored": stored,
        "new_postings_per_second": median(new),
        "copy_postings_per_second": median(copy),
        "ratio_to_copy": median(ratios),
        "unchanged_times_faster": median(again),
        "unchanged_writes": written,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", metavar="FILE.jsonl")
    parser.add_argument("--engine", default=f"{BUILD}/bin/scraper-service refine")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--postings", type=int, default=10_000, help="of the file, for the database part")
    parser.add_argument("--no-database", action="store_true")
    args = parser.parse_args()
    folder = os.environ.get("JOBMESH_DATA_DIR")
    source = pathlib.Path(args.file) if args.file else pathlib.Path(folder, "postings/descriptions.jsonl") if folder else None
    if source is None or not source.is_file():
        print("skipped: no postings; name a file of JSON lines or set JOBMESH_DATA_DIR")
        return 0
    engine = shlex.split(args.engine)
    result = {"refine": throughput(engine, source, args.runs)}
    speed = result["refine"]
    rows = [
        ("postings a second of one core", speed["postings_per_cpu_second"]["median"] >= 10_000, ">= 10,000",
         f"{shown(speed['postings_per_cpu_second'])}, {speed['mb_per_cpu_second']:.1f} MB/s; by the clock {shown(speed['postings_per_second'])}"),
        ("peak memory, MB", speed["peak_mb"] <= 200, "<= 200", f"{speed['peak_mb']:.0f}"),
        ("against the algorithm in Python", speed["ratio_to_python"]["median"] >= 50, ">= 50",
         f"{shown(speed['ratio_to_python'])}; Python {shown(speed['python_postings_per_cpu_second'])} with {speed['skills']} skills"),
    ]  # fmt: skip
    admin_url = os.environ.get("JOBMESH_TEST_DATABASE_URL")
    if args.no_database or not admin_url:
        print("skipped: the database part (JOBMESH_TEST_DATABASE_URL is not set, or --no-database)")
    else:
        result["database"] = database(engine[0], source, admin_url, args.runs, args.postings)
        store = result["database"]
        rows += [
            ("all new into PostgreSQL, against COPY", store["ratio_to_copy"]["median"] >= 0.7, ">= 0.7",
             f"{shown(store['ratio_to_copy'], 2)}; {shown(store['new_postings_per_second'])} a second, COPY {shown(store['copy_postings_per_second'])}"),
            ("unchanged run: rows written", store["unchanged_writes"] == 0, "<= 0", str(store["unchanged_writes"])),
            ("unchanged run: times faster", store["unchanged_times_faster"]["median"] >= 10, ">= 10", shown(store["unchanged_times_faster"], 1)),
        ]  # fmt: skip
    for name, good, floor, text in rows:
        print(f"{name:<38}  {floor:>9}  {'ok  ' if good else 'LOW '}  {text}")
    result["floors"] = [{"name": name, "floor": floor, "reached": good, "text": text} for name, good, floor, text in rows]
    (BUILD / "bench").mkdir(parents=True, exist_ok=True)
    (BUILD / "bench/refine.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row[1] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
