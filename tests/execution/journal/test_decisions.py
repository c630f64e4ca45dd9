"""The decision record: one line per decision that is news, closed after a torn one, kept for 30 days."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.facts import GOOD_CAPS, new_york

from execution.journal.decisions import KEPT_DAYS, decision, forget_old, nothing_asked, remember
from execution.planning.plan import Plan
from gates.base.statefile import StateUnwritable
from gates.verdict import Answer, allow, refuse

DAY = date(2026, 11, 20)
NOW = new_york("2026-11-20 10:31:02")
CAPS = {"orders_per_day": 5, "positions": 5, "gross_notional": "5000.0", "per_symbol": "1000.0"}


def decided(**changes: Any) -> dict[str, object]:
    answers = (Answer("kill_file", allow("kill.file", "no kill file")),)
    entries = (Answer("close", refuse("close.near", "600s to the close")),)
    return {**decision("DRY_RUN", GOOD_CAPS, answers, entries, Plan((), ()), ()), **changes}


def lines(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / f"{DAY}.jsonl").read_text().splitlines()]


def test_a_decision_holds_every_answer_with_its_reason() -> None:
    assert decided() == {
        "mode": "DRY_RUN",
        "caps": CAPS,
        "mode_gates": [["kill_file", "PASS", "kill.file", "no kill file"]],
        "entry_gates": [["close", "FAIL", "close.near", "600s to the close"]],
        "approved": [],
        "refused": {},
        "reasons": {},
        "sent": {},
    }


def test_a_cycle_that_could_ask_nothing_decided_that_too() -> None:
    unavailable = refuse("clock.unavailable", "broker clock unavailable (no answer)")
    closed = nothing_asked(GOOD_CAPS, unavailable)
    assert closed["mode"] is None
    assert closed["entry_gates"] == [["broker_clock", "FAIL", "clock.unavailable", unavailable.reason]]
    assert closed.keys() == decided().keys()


def test_the_first_decision_is_written_with_new_york_time(tmp_path: Path) -> None:
    assert remember(tmp_path, DAY, NOW, decided())
    (line,) = lines(tmp_path)
    assert line["at"] == "2026-11-20T10:31:02-05:00"
    assert {key: line[key] for key in decided()} == decided()


def test_the_same_decision_again_is_not_written_whatever_its_seconds_say(tmp_path: Path) -> None:
    remember(tmp_path, DAY, NOW, decided())
    assert not remember(tmp_path, DAY, NOW, decided())
    other_words = decided(entry_gates=[["close", "FAIL", "close.near", "540s to the close"]])
    assert not remember(tmp_path, DAY, NOW, other_words)
    assert not remember(tmp_path, DAY, NOW, decided(reasons={"AAPL": "ask 101.06 above the entry"}))
    assert len(lines(tmp_path)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "LIVE"},
        {"caps": {**CAPS, "positions": 4}},
        {"mode_gates": [["kill_file", "FAIL", "kill.file", "kill switch active (file)"]]},
        {"entry_gates": [["close", "FAIL", "close.over", "600s to the close"]]},
        {"entry_gates": []},
        {"approved": ["avx-20261120-AAPL-entry-1"]},
        {"refused": {"AAPL": "caps.orders_per_day"}},
    ],
)
def test_any_other_decision_is_news(tmp_path: Path, changes: dict[str, object]) -> None:
    remember(tmp_path, DAY, NOW, decided())
    assert remember(tmp_path, DAY, NOW, decided(**changes))
    assert remember(tmp_path, DAY, NOW, decided())  # and so is going back
    assert len(lines(tmp_path)) == 3


def test_what_was_sent_is_always_written(tmp_path: Path) -> None:
    for _ in range(2):
        assert remember(tmp_path, DAY, NOW, decided(sent={"avx-20261120-AAPL-entry-1": "working"}))
    assert len(lines(tmp_path)) == 2


@pytest.mark.parametrize("torn", ['{"at": "2026-11-20T1', "[]", "null", "7", '{"at": 1}', '"text"'])
def test_a_torn_last_line_is_closed_and_kept(tmp_path: Path, torn: str) -> None:
    path = tmp_path / f"{DAY}.jsonl"
    remember(tmp_path, DAY, NOW, decided())
    whole = path.read_text()
    path.write_text(whole + torn)
    assert remember(tmp_path, DAY, NOW, decided())
    before, after = path.read_text().split(torn + "\n")
    assert before == whole
    assert json.loads(after)["mode"] == "DRY_RUN"
    assert not remember(tmp_path, DAY, NOW, decided())


def test_bytes_that_are_no_text_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.jsonl").write_bytes(b"\xff\xfe\n")
    assert remember(tmp_path, DAY, NOW, decided())


def test_a_long_day_is_not_read_whole_and_still_compared(tmp_path: Path) -> None:
    path = tmp_path / f"{DAY}.jsonl"
    path.write_text('{"mark": "old"}\n' * 60_000)
    assert remember(tmp_path, DAY, NOW, decided())
    assert not remember(tmp_path, DAY, NOW, decided())


def test_a_directory_that_takes_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(StateUnwritable):
        remember(tmp_path / "gone", DAY, NOW, decided())


def test_thirty_days_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    ages = [0, 1, KEPT_DAYS - 1, KEPT_DAYS, KEPT_DAYS + 1, 400]
    for age in ages:
        (tmp_path / f"{DAY - timedelta(days=age)}.jsonl").touch()
    strangers = ["notes.jsonl", "2020-01-01.txt", "2020-13-01.jsonl"]
    for name in strangers:
        (tmp_path / name).touch()
    forget_old(tmp_path, DAY)
    kept = {f"{DAY - timedelta(days=age)}.jsonl" for age in ages if age <= KEPT_DAYS}
    assert {path.name for path in tmp_path.iterdir()} == kept | set(strangers)


def test_what_cannot_be_removed_is_left_and_does_not_end_the_cycle(tmp_path: Path) -> None:
    """It runs after orders were sent; house-keeping is no reason to call the cycle a bug."""
    (tmp_path / "2020-01-01.jsonl").mkdir()
    forget_old(tmp_path, DAY)


def test_no_directory_is_nothing_to_forget(tmp_path: Path) -> None:
    forget_old(tmp_path / "gone", DAY)
