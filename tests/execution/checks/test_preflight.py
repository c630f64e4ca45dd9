"""preflight.json: written durably, read strictly, and passing only when nothing failed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import pytest

from execution.checks import preflight as checks_preflight
from execution.checks.preflight import Preflight
from gates.base.statefile import StateMissing, StateUnreadable

AT = datetime(2026, 11, 20, 13, 55, 2, tzinfo=UTC)
PASSED = Preflight(1, AT, date(2026, 11, 20), "PA3", "PASS", False, ())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "preflight.json"


@pytest.mark.parametrize(
    ("result", "strict", "passed"),
    [
        ("PASS", False, True), ("PASS", True, True), ("WARN", False, True), ("WARN", True, False),
        ("FAIL", False, False), ("FAIL", True, False),
    ],
)  # fmt: skip
def test_strict_makes_a_warning_fail(result: Literal["PASS", "WARN", "FAIL"], strict: bool, passed: bool) -> None:
    assert Preflight(1, AT, date(2026, 11, 20), None, result, strict, ("disk",)).passed is passed


def test_what_is_written_is_read_again(path: Path) -> None:
    failed = Preflight(1, AT, date(2026, 11, 20), None, "FAIL", True, ("disk", "ledger"))
    checks_preflight.write(path, failed)
    assert checks_preflight.read(path) == failed
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_record_is_missing(path: Path) -> None:
    with pytest.raises(StateMissing):
        checks_preflight.read(path)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2}, {"at": "2026-11-20T13:55:02"}, {"at": 1}, {"session": "today"}, {"result": "OK"},
        {"strict": "yes"}, {"strict": 1}, {"failing": "disk"}, {"account": 5}, {"by": "me"},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_that_is_not_exactly_ours_is_unreadable(path: Path, change: dict[str, Any]) -> None:
    checks_preflight.write(path, PASSED)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(StateUnreadable):
        checks_preflight.read(path)


@pytest.mark.parametrize("lost", ["schema", "at", "session", "account", "result", "strict", "failing"])
def test_a_record_without_a_field_is_unreadable(path: Path, lost: str) -> None:
    checks_preflight.write(path, PASSED)
    document = json.loads(path.read_text())
    del document[lost]
    path.write_text(json.dumps(document))
    with pytest.raises(StateUnreadable):
        checks_preflight.read(path)
