"""What the benchmark writes, without measuring anything: its verdicts, its table, its place in the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figures import MODULES, Curve, Figure, Taken
from benchmarks.peers import PINS

CHECKOUT = Path(__file__).resolve().parent.parent
OURS, PEER = Taken.of([100, 110, 90]), Taken.of([200, 200, 300])


def test_every_figure_is_a_module() -> None:
    found = {path.stem.removeprefix("figure_") for path in (CHECKOUT / "benchmarks").glob("figure_*.py")}
    assert found == set(MODULES)


def test_every_peer_is_pinned() -> None:
    pins = [line for path in PINS.glob("*.txt") for line in path.read_text().splitlines()]
    assert pins
    assert all("==" in line for line in pins)


@pytest.mark.parametrize(("most", "met"), [(0.5, True), (0.49, False), (None, None)])
def test_a_bound_on_the_ratio_of_medians(most: float | None, met: bool | None) -> None:
    figure = Figure("name", "what", "ms", OURS, "peer", PEER, most)
    assert figure.ratio == 0.5
    assert figure.ratio_spread == (0.3, 0.55)
    assert figure.met is met


@pytest.mark.parametrize(("most", "met"), [(110, True), (109, False)])
def test_without_a_peer_the_worst_of_ours_is_bound(most: float, met: bool) -> None:
    assert Figure("name", "what", "", OURS, most=most).met is met


def test_a_slope_is_per_one_more() -> None:
    curve = Curve("name", "title", "rows", "ms", ((0, Taken.of([5])), (10, Taken.of([7])), (20, Taken.of([9]))))
    assert curve.slope == pytest.approx(0.2)


def test_results_survive_the_file_and_partial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "JSON_FILE", tmp_path / "results.json")
    monkeypatch.setattr(report, "MARKDOWN_FILE", tmp_path / "results.md")
    first, second = Figure("a", "first", "ms", OURS, "peer", PEER, 0.5), Figure("b", "second", "MB", PEER)
    report.write([first, second], [], [], 3)
    document = report.write([Figure("a", "again", "ms", OURS)], [], ["a peer: no reason"], 3)
    assert [one["what"] for one in document["figures"]] == ["again", "second"]
    text = report.markdown(json.loads((tmp_path / "results.json").read_text()))
    assert "| again | 100 ms | - |" in text
    assert "Not measured: a peer: no reason" in text


def test_the_page_has_a_place_for_the_table() -> None:
    text = report.PAGE.read_text()
    assert text.count(report.BEGIN) == text.count(report.END) == 1
    assert text.index(report.BEGIN) < text.index(report.END)
