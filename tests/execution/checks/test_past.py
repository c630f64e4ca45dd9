"""What cycles, drills and tellers leave behind: read as it is, and not known when it cannot be."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins
from support.facts import TABLE, new_york
from support.trading import entry, ledger

from execution.channel.messages import Message, MessageLevel
from execution.checks import past
from execution.checks.facts import AlertsTold, Drill, Rehearsal
from execution.checks.finding import Unknown
from execution.ledger.day import Ledger
from execution.state.directory import StateDir
from execution.state.ledgers import Ledgers, OpenLedger
from gates.base.statefile import StateMissing, StateUnreadable, render
from gates.mode import Mode

MORNING, NOON, EVENING = (new_york(f"2026-11-20 {at}") for at in ("08:00", "12:00", "17:00"))
SATURDAY = new_york("2026-11-21 12:00")


@pytest.mark.parametrize(
    ("now", "days", "closed"),
    [
        (MORNING, ["2026-11-19", "2026-11-18"], "2026-11-19"),
        (NOON, ["2026-11-20", "2026-11-19"], "2026-11-19"),
        (EVENING, ["2026-11-20", "2026-11-19"], "2026-11-20"),
        (SATURDAY, ["2026-11-20", "2026-11-19"], "2026-11-20"),
        (new_york("2026-11-27 08:00"), ["2026-11-25", "2026-11-24"], "2026-11-25"),
        (new_york("2026-11-02 08:00"), [], "None"),
    ],
)
def test_the_last_sessions(now: datetime, days: list[str], closed: str) -> None:
    assert [str(session) for session in past.last_sessions(TABLE, now)] == days
    assert str(past.last_closed(TABLE, now)) == closed


# --- rehearsals -----------------------------------------------------------------------------------


def decided(mode: str, *gates: tuple[str, str, str]) -> str:
    return json.dumps({"mode": mode, "mode_gates": [[name, status, name, reason] for name, status, reason in gates]})


DRY = decided("DRY_RUN", ("kill_env", "PASS", "off"), ("dry_run", "FAIL", "DRY_RUN enabled"), ("x", "FAIL", "later"))
LINE = "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([DRY], Rehearsal(date(2026, 11, 20), LINE)),
        ([DRY, decided("LIVE", ("dry_run", "PASS", "off"))], Rehearsal(date(2026, 11, 20), LINE)),
        ([DRY, '{"mode": "DRY_RUN", "mode_g'], Rehearsal(date(2026, 11, 20), LINE)),
        ([decided("LIVE")], Unknown("no DRY_RUN decision in 2026-11-20.jsonl", past.REHEARSE)),
        (["[]", "null", "{}"], Unknown("no DRY_RUN decision in 2026-11-20.jsonl", past.REHEARSE)),
    ],
)
def test_a_rehearsal_is_the_newest_dry_run_decision(
    tmp_path: Path, lines: list[str], found: Rehearsal | Unknown
) -> None:
    (tmp_path / "2026-11-20.jsonl").write_text("\n".join(lines) + "\n")
    assert past.rehearsal(tmp_path, TABLE, NOON) == found


def test_another_sessions_rehearsal_is_none(tmp_path: Path) -> None:
    (tmp_path / "2026-11-19.jsonl").write_text(DRY + "\n")
    none = Unknown("no decision of session 2026-11-20 on record", past.REHEARSE)
    assert past.rehearsal(tmp_path, TABLE, NOON) == none
    assert past.rehearsal(tmp_path, TABLE, MORNING) == Rehearsal(date(2026, 11, 19), LINE)


# --- records --------------------------------------------------------------------------------------

DRILLED: dict[str, Any] = {
    "schema": 1, "at": "2026-11-18T14:00:00+00:00", "session": "2026-11-18", "passed": True,
    "steps": [{"title": "arm", "command": "execution arm", "passed": True}],
}  # fmt: skip


def test_a_drill(tmp_path: Path) -> None:
    path = tmp_path / "drill.json"
    with pytest.raises(StateMissing):
        past.read_drill(path)
    path.write_bytes(render(DRILLED))
    assert past.read_drill(path) == Drill(datetime(2026, 11, 18, 14, tzinfo=UTC), True, 1)


@pytest.mark.parametrize("change", [{"schema": 2}, {"passed": "yes"}, {"passed": 1}, {"at": "now"}, {"by": "me"}])
def test_a_drill_that_is_not_exactly_ours_is_unreadable(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "drill.json"
    path.write_bytes(render({**DRILLED, **change}))
    with pytest.raises(StateUnreadable):
        past.read_drill(path)


AT = "2026-11-20T15:00:00Z"
WAITING = Message("heartbeat", MessageLevel.INFO, "DRY_RUN", "Heartbeat", datetime(2026, 11, 20, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"schema": 1}, AlertsTold(None, None, 0)),
        (
            {"schema": 1, "heartbeat_at": AT, "once": {"summary 2026-11-18": AT, "summary 2026-11-19": AT, "x": AT},
             "outbox": [to_builtins(WAITING)], "edges": {}},
            AlertsTold(datetime(2026, 11, 20, 15, tzinfo=UTC), date(2026, 11, 19), 1),
        ),
    ],
)  # fmt: skip
def test_what_was_told(tmp_path: Path, document: dict[str, Any], found: AlertsTold) -> None:
    (tmp_path / "alerts.json").write_bytes(render(document))
    assert past.told(tmp_path / "alerts.json") == found


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"schema": 2}',
        '{"schema": 1, "heartbeat_at": "now"}',
        '{"schema": 1, "outbox": [{"kind": "heartbeat"}]}',
        '{"schema": 1, "once": {"summary x": "2026-11-20T15:00:00Z"}}',
    ],
)
def test_what_cannot_be_read_was_told_to_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "alerts.json").write_text(content)
    assert isinstance(past.told(tmp_path / "alerts.json"), Unknown)


# --- ledgers --------------------------------------------------------------------------------------


def ledgers(live: Ledger) -> Ledgers:
    return Ledgers(OpenLedger(live), OpenLedger(None, "missing"))


def test_the_finished_ledger_is_the_current_one_in_the_evening_and_an_archive_later(tmp_path: Path) -> None:
    state = StateDir(tmp_path)
    state.root.joinpath("ledger/LIVE").mkdir(parents=True)
    file = state.ledger(Mode.LIVE)
    friday = ledger(entry())
    file.save(friday)
    assert past.finished_ledger(file, ledgers(friday), TABLE, EVENING) == friday
    monday = file.roll_over(friday, date(2026, 11, 23))
    assert past.finished_ledger(file, ledgers(monday), TABLE, new_york("2026-11-23 10:00")) == friday
    assert past.finished_ledger(file, ledgers(monday), TABLE, NOON) == Unknown(
        "no live ledger of session 2026-11-19 (missing)"
    )
