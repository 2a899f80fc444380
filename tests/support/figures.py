"""Figures of benchmarks: values of alternating runs, their medians and ratios, the table and the JSON file."""

import json
import os
import pathlib
import platform
import statistics
import time
from dataclasses import dataclass, field


@dataclass
class Series:
    """What the runs of one thing gave."""

    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        self.values.append(value)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def json(self) -> dict:
        return {"median": self.median, "least": min(self.values), "most": max(self.values), "runs": len(self.values), "values": self.values}


@dataclass
class Figure:
    name: str
    value: float | None  # None: could not be measured, and `note` says why
    floor: float | None  # None: for orientation
    at_most: bool = False  # the floor is a ceiling
    unit: str = ""
    least: float | None = None
    most: float | None = None
    runs: int = 0
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "skipped"
        if self.floor is None:
            return ""
        return "pass" if (self.value <= self.floor if self.at_most else self.value >= self.floor) else "below"


def ratio(name: str, ours: Series, peer: Series, floor: float | None, at_most: bool = False, note: str = "") -> Figure:
    """Of the medians; the range is that of the rounds, each against the peer's run beside it."""
    each = [a / b for a, b in zip(ours.values, peer.values, strict=True)]
    return Figure(name, ours.median / peer.median, floor, at_most, "x", min(each), max(each), len(each), note)


def plain(name: str, series: Series, floor: float | None, at_most: bool = False, unit: str = "", note: str = "") -> Figure:
    return Figure(name, series.median, floor, at_most, unit, min(series.values), max(series.values), len(series.values), note)


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if abs(value) >= 1000 or value == int(value) else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}{unit and (unit if unit == 'x' else ' ' + unit)}"


def table(figures: list[Figure]) -> str:
    rows = [("figure", "measured", "range", "runs", "floor", "")]
    for figure in figures:
        spread = f"{_text(figure.least, '')} - {_text(figure.most, '')}" if figure.least is not None else ""
        floor = "" if figure.floor is None else f"{'<=' if figure.at_most else '>='} {_text(figure.floor, figure.unit)}"
        rows.append((figure.name, _text(figure.value, figure.unit), spread, str(figure.runs or ""), floor, figure.verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines + [f"  {figure.name}: {figure.note}" for figure in figures if figure.note])


def machine() -> dict:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = {line.split(":", 1)[1].strip() for line in file if line.startswith("model name")}
    return {"cpu": ", ".join(sorted(models)), "cores": os.cpu_count(), "kernel": platform.release(), "load_at_start": os.getloadavg()[0]}


def write(path: pathlib.Path, figures: list[Figure], **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [vars(figure) | {"verdict": figure.verdict} for figure in figures]
    content = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "figures": rows, **more}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
