"""Readers of strangers' bytes take time in proportion to their input: four times the bytes, about four times the instructions."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

PROGRAM = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", "build")) / "test/hostile-input"
SMALL, LARGE = 2_000, 8_000
# Of linear work 4 at most, of quadratic work 16.
MOST = 5


def instructions(folder: pathlib.Path) -> tuple[list[str], list[int]]:
    """The names of the inputs, and the counts: two an input."""
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/out"]
    ran = subprocess.run([*command, PROGRAM, str(SMALL), str(LARGE)], capture_output=True, text=True, errors="replace", timeout=280)
    assert ran.returncode == 0, ran.stderr[-2000:]
    names = ran.stdout.splitlines()
    counts = []
    for number in range(1, 2 * len(names) + 1):
        text = (folder / f"out.{number}").read_text(encoding="utf-8", errors="replace")
        counts.append(int(re.search(r"^(?:totals|summary): (\d+)", text, re.M).group(1)))
    return names, counts


def test_hostile_input_takes_linear_time(tmp_path):
    if shutil.which("valgrind") is None or not PROGRAM.exists():
        pytest.skip("valgrind, or a program built without sanitizers where its headers are, is missing")
    names, counts = instructions(tmp_path)
    assert len(names) > 100 and min(counts) > 0
    steep = {}
    for name, small, large in zip(names, counts[::2], counts[1::2]):
        if large > MOST * small:
            steep[name] = f"{large / small:.1f} ({small} and {large} instructions)"
    assert not steep, steep
