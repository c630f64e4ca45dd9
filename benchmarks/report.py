"""The table on the terminal, in JSON, in Markdown and, between its markers, in docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.figures import Curve, Figure, Taken
from gates.base.record import asdict

RESULTS = ROOT / "benchmarks" / "results"
JSON_FILE = RESULTS / "results.json"
MARKDOWN_FILE = RESULTS / "results.md"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
HEADER = ("figure", "ours", "peer", "ratio", "spread", "must be", "met")
DIGITS = {"ms": 1, "us": 1, "MB": 1, "s": 2}
"""Decimals of each unit; a count has none."""


def number(value: float, unit: str) -> str:
    if unit not in DIGITS:
        return f"{value:.0f} {unit}".rstrip() if value == int(value) else f"{value:.2f} {unit}".rstrip()
    digits = DIGITS[unit] if value < 100 else 0
    return f"{value:,.{digits}f} {unit}"


def small(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def cells(figure: Figure) -> tuple[str, ...]:
    spread = _of(figure.ours, figure.unit)
    if figure.ratio_spread is not None:
        spread = f"{small(figure.ratio_spread[0])} to {small(figure.ratio_spread[1])}"
    peer = f"{number(figure.peer.median, figure.unit)}, {figure.peer_name}" if figure.peer is not None else "-"
    return (
        figure.what,
        number(figure.ours.median, figure.unit),
        peer,
        small(figure.ratio) if figure.ratio is not None else "-",
        spread,
        f"≤ {figure.most:g}" if figure.most is not None else "reported",
        {True: "yes", False: "NO", None: "-"}[figure.met],
    )


def _of(taken: Taken, unit: str) -> str:
    return f"{number(taken.lowest, unit)} to {number(taken.highest, unit)}"


def print_table(figures: Iterable[Figure]) -> None:
    rows = [HEADER, *(cells(figure) for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def markdown(document: dict[str, Any]) -> str:
    """The table and, below it, what it was measured on, what is missing and what needs a word."""
    figures = [figure_of(one) for one in document["figures"]]
    lines = ["| " + " | ".join(HEADER) + " |", "|" + " --- |" * len(HEADER)]
    lines += ["| " + " | ".join(cells(figure)) + " |" for figure in figures]
    lines += ["", f"Measured {document['at'][:10]} on {document['machine']}; medians."]
    notes = [f"- {figure.what}: {figure.note}" for figure in figures if figure.note]
    notes += [f"- {curve['title']}: {curve['words']} ([chart]({curve['chart']}))" for curve in document["curves"]]
    notes += [f"- Not measured: {text}" for text in document["missing"]]
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def figure_of(plain: dict[str, Any]) -> Figure:
    def taken(values: Sequence[float] | None) -> Taken | None:
        return Taken.of(values) if values else None

    ours = Taken.of(plain["ours"])
    return Figure(**{**{k: plain[k] for k in _PLAIN}, "ours": ours, "peer": taken(plain["peer"])})


_PLAIN = ("name", "what", "unit", "peer_name", "most", "note")


def plain_figure(figure: Figure) -> dict[str, Any]:
    return {
        **{name: getattr(figure, name) for name in _PLAIN},
        "ours": figure.ours.values,
        "peer": figure.peer.values if figure.peer is not None else None,
        "ours_median": figure.ours.median,
        "peer_median": figure.peer.median if figure.peer is not None else None,
        "ratio": figure.ratio,
        "ratio_spread": figure.ratio_spread,
        "met": figure.met,
    }


def plain_curve(curve: Curve) -> dict[str, Any]:
    return {
        **{name: value for name, value in asdict(curve).items() if name != "points"},
        "points": [{"x": x, "values": taken.values, "median": taken.median} for x, taken in curve.points],
        "slope": curve.slope,
        "words": slope_words(curve),
        "chart": f"{curve.name}.png",
    }


def slope_words(curve: Curve) -> str:
    first, last = curve.points[0], curve.points[-1]
    return (
        f"{first[1].median:.1f} {curve.y_name} at {first[0]:,.0f}, {last[1].median:.1f} at {last[0]:,.0f} "
        f"{curve.x_name}, {1000 * curve.slope:.3g} {curve.y_name} per thousand"
    )


def write(figures: Sequence[Figure], curves: Sequence[Curve], missing: Sequence[str], runs: int) -> dict[str, Any]:
    """Results of this run, over those of earlier runs for the figures that were not run now."""
    RESULTS.mkdir(exist_ok=True)
    before = json.loads(JSON_FILE.read_text()) if JSON_FILE.exists() else {"figures": [], "curves": []}
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "runs": runs,
        "figures": _over(before["figures"], [plain_figure(one) for one in figures]),
        "curves": _over(before["curves"], [plain_curve(one) for one in curves]),
        "missing": list(missing),
    }
    JSON_FILE.write_text(json.dumps(document, indent=1) + "\n")
    MARKDOWN_FILE.write_text("# What `make bench` found\n\n" + markdown(document))
    return document


def _over(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fresh = {one["name"]: one for one in now}
    kept = [fresh.pop(one["name"], one) for one in before]
    return [*kept, *fresh.values()]


def machine() -> str:
    cpus = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    model = " ".join(cpus[1].split()) if cpus else platform.machine()
    return f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def put_into_page(document: dict[str, Any]) -> None:
    """The table between the two markers, links made from its folder."""
    text = PAGE.read_text()
    head, found, rest = text.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"{PAGE.name} has no {BEGIN} … {END}")
    table = markdown(document).replace("](", "](../benchmarks/results/")
    PAGE.write_text(f"{head}{BEGIN}\n{table}{END}{tail}")
