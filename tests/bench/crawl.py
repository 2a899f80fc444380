"""Measures crawling: pages a second of a local board, against Scrapy with the same extraction, in the same sitting.

Usage: crawl.py [--pages N] [--runs N]

The sample board serves N pages with JSON-LD behind a sitemap. Ours is `scraper-service crawl`, which writes JSON lines as the
spider does (tests/bench/crawl/spider.py). Politeness is off for both: 16 requests at a time, no robots.txt, no delays. Pages are
sent unpacked, or packing would be what is measured. Runs alternate; medians and ranges are
printed, and written to bench/crawl.json of the build directory. Of ours the time of the whole process counts, of Scrapy the
time of the crawl alone. Without Scrapy (Debian's python3-scrapy) the comparison is skipped.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support import figures  # noqa: E402

BUILD = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build"))
# Services refuse settings they do not know, and those of the front door are none of theirs.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("JOBMESH_")}
BOARDS = 4  # the pages of one of which are crawled
CONNECTIONS = 16


def board(folder: pathlib.Path, pages: int) -> tuple[subprocess.Popen, str]:
    port_file = folder / "port"
    command = [BUILD / "bin/sample-board", "--port", "0", "--postings", str(BOARDS * pages), "--compress", "0",
               "--port-file", port_file]  # fmt: skip
    process = subprocess.Popen(command, env=CLEAN, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not port_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the sample board did not start")
        time.sleep(0.02)
    return process, f"http://127.0.0.1:{port_file.read_text(encoding='ascii').strip()}"


def ours(folder: pathlib.Path, url: str) -> tuple[float, int]:
    """Seconds and postings."""
    sources = folder / "sources.json"
    row = {"name": "board", "adapter": "jsonld", "url": f"{url}/jsonld/sitemap.xml", "max_pages": 10_000}
    sources.write_text(json.dumps({"sources": [row]}), encoding="utf-8")
    environment = CLEAN | {"JOBMESH_SOURCES_FILE": str(sources), "JOBMESH_FETCH_ALLOW": url.removeprefix("http://")}
    start = time.monotonic()
    with (folder / "ours.jsonl").open("wb") as out:
        command = [BUILD / "bin/scraper-service", "crawl", "board", "--impolite", str(CONNECTIONS)]
        subprocess.run(command, env=environment, stdout=out, stderr=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - start
    with (folder / "ours.jsonl").open("rb") as out:
        return seconds, sum(1 for _ in out)


def scrapy(folder: pathlib.Path, url: str) -> tuple[float, int]:
    out, report = folder / "scrapy.jsonl", folder / "scrapy.json"
    out.unlink(missing_ok=True)
    command = ["/usr/bin/python3", "-m", "scrapy", "runspider", ROOT / "tests/bench/crawl/spider.py", "-o", out,
               "-a", f"sitemap={url}/jsonld/sitemap.xml", "-a", f"report={report}", "-s", f"CONCURRENT_REQUESTS={CONNECTIONS}",
               "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={CONNECTIONS}"]  # fmt: skip
    subprocess.run(command, env=CLEAN, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    with out.open("rb") as lines:
        return json.loads(report.read_text(encoding="utf-8"))["seconds"], sum(1 for _ in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    has_scrapy = subprocess.run(["/usr/bin/python3", "-c", "import scrapy"], capture_output=True, check=False).returncode == 0
    rate, peer = figures.Series(), figures.Series()
    found = {"ours": set(), "scrapy": set()}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        process, url = board(folder, args.pages)
        try:
            for _ in range(args.runs):
                seconds, postings = ours(folder, url)
                rate.add(args.pages / seconds)
                found["ours"].add(postings)
                if has_scrapy:
                    seconds, postings = scrapy(folder, url)
                    peer.add(args.pages / seconds)
                    found["scrapy"].add(postings)
        finally:
            process.terminate()
            process.wait()
    counts = {who: sorted(counts) for who, counts in found.items()}
    rows = [figures.plain("pages/s", rate, None, unit="/s", note=f"postings found, of {args.pages} pages: {counts}")]
    if has_scrapy:
        rows.append(figures.plain("pages/s of Scrapy", peer, None, unit="/s"))
        rows.append(figures.ratio("pages/s against Scrapy", rate, peer, 5))
    else:
        print("skipped: the comparison (python3-scrapy is not installed)")
    complete = figures.Figure("pages that gave their posting", min(found["ours"]) / args.pages, 1)
    rows.append(complete)
    print(figures.table(rows))
    figures.write(BUILD / "bench/crawl.json", rows, pages=args.pages, postings=counts, machine=figures.machine())
    return 1 if any(row.verdict == "below" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
