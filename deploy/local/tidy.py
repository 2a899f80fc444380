"""Runs clang-tidy over the C++ files whose paths, relative to the folder this runs in, stand on standard input.

Usage: tidy.py BUILD_DIR <files

Files of one folder that are compiled alike are checked together, eight at a time, as one translation unit: nearly all
of clang-tidy's time goes into the headers they share, so eight files take little longer than one. Files that cannot
stand together (two of them use one name for different things) are checked in halves. Prints what is wrong; exit
status 1 if anything is.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOGETHER = 8
# Of the check's complaints, the one about how files are put together here.
OURS = "-bugprone-suspicious-include"
# Where files of ours stand; what is generated stands in the build directory.
ROOMS = "runtime|gateway|discovery|user-service|scraper-service|insights-service|tests"


def sources(unit: pathlib.Path) -> list[str]:
    """What a unit compiles: itself, or, where CMake has put several sources together, those."""
    if unit.parent.name != "Unity":
        return [str(unit)]
    return re.findall(r'^#include "(.*)"$', unit.read_text(), re.MULTILINE)


def batches(root: pathlib.Path, build: pathlib.Path, wanted: list[str]) -> list[tuple[str, list[str]]]:
    """Pairs of a compile command without its output and its source, and the files to check with it."""
    commands = {
        source: unit["command"]
        for unit in json.loads((build / "compile_commands.json").read_text())
        for source in sources(pathlib.Path(unit["file"]))
    }
    alike = collections.defaultdict(list)
    for name in sorted(wanted):
        path = str(root / name)
        if path in commands:  # what is not compiled here cannot be checked
            flags = commands[path].split(" -o ", 1)[0]
            alike[os.path.dirname(path), flags, path.endswith("_test.cc")].append(path)
    return [(key[1], files[at : at + TOGETHER]) for key, files in alike.items() for at in range(0, len(files), TOGETHER)]


def check(root: pathlib.Path, build: pathlib.Path, flags: str, files: list[str]) -> str:
    """What clang-tidy says of these files; empty when all is well."""
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder, "together.cc")
        unit.write_text("".join(f'#include "{file}"\n' for file in files))
        command = {"directory": str(build), "file": str(unit), "command": f"{flags} -o together.o -c {unit}"}
        pathlib.Path(folder, "compile_commands.json").write_text(json.dumps([command]))
        done = subprocess.run(
            ["clang-tidy", "--quiet", "-p", folder, f"--config-file={root}/.clang-tidy", f"--checks={OURS}",
             f"--header-filter={re.escape(str(root))}/({ROOMS})/.*", str(unit)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
    if done.returncode == 0:
        return ""
    if "[clang-diagnostic-error]" in done.stdout and len(files) > 1:
        half = len(files) // 2
        return check(root, build, flags, files[:half]) + check(root, build, flags, files[half:])
    return done.stdout or f"clang-tidy ended with status {done.returncode} on {' '.join(files)}\n"


def main() -> int:
    root, build = pathlib.Path.cwd(), pathlib.Path(sys.argv[1]).resolve()
    work = batches(root, build, sys.stdin.read().split())
    done, bad = 0, False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (_, files), said in zip(work, pool.map(lambda batch: check(root, build, *batch), work)):
            done += len(files)
            print(f"{done} of {sum(len(files) for _, files in work)} files", file=sys.stderr, flush=True)
            if said:
                print(said, flush=True)
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
