"""Rows of many sessions, or an error with the name of the ledger that keeps rows from the export."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from support.place import DAY, Place
from support.trading import entry

from execution.ledger.day import Ledger, Previous, blank, with_entries
from execution.ledger.file import digest, to_bytes
from execution.report.export import rows_between
from gates.base.statefile import StateUnreadable, make_directory
from gates.mode import Mode

FRIDAY = date(2082, 11, 6)


@pytest.fixture
def friday(place: Place) -> Ledger:
    """A ledger of the session before, in the archive, which the current one follows."""
    before = with_entries(blank(FRIDAY, Mode.LIVE, place.account), [entry("MSFT", day=FRIDAY)])
    file = place.state.ledger(Mode.LIVE)
    for folder in (file.archive_dir.parent, file.archive_dir):
        make_directory(folder)
    file.archive_path(FRIDAY).write_bytes(to_bytes(before))
    current = with_entries(blank(DAY, Mode.LIVE, place.account), [entry(day=DAY)])
    file.save(msgspec.structs.replace(current, previous=Previous(FRIDAY, digest(before))))
    return before


def symbols(place: Place, first: date = FRIDAY, last: date = DAY, mode: Mode = Mode.LIVE) -> list[str]:
    return [row["symbol"] for row in rows_between(place.service(), mode, first, last)]


def test_rows_of_the_sessions_asked_for(place: Place, friday: Ledger) -> None:
    assert symbols(place) == ["MSFT", "AAPL"]
    assert symbols(place, first=DAY) == ["AAPL"]
    assert symbols(place, last=FRIDAY) == ["MSFT"]
    assert symbols(place, mode=Mode.DRY_RUN) == []


def test_a_ledger_that_cannot_be_read_is_named_where_its_rows_are_asked_for(place: Place, friday: Ledger) -> None:
    path = place.state.ledger(Mode.LIVE).archive_path(FRIDAY)
    path.write_text("{")
    with pytest.raises(StateUnreadable, match=rf"{path}: .*; nothing exported, rows would be missing"):
        symbols(place)
    assert symbols(place, first=DAY) == ["AAPL"]


def test_a_ledger_that_is_gone_is_known_by_the_chain(place: Place, friday: Ledger) -> None:
    place.state.ledger(Mode.LIVE).archive_path(FRIDAY).unlink()
    with pytest.raises(StateUnreadable, match=f"follows {FRIDAY}, whose archive is gone; nothing exported"):
        symbols(place)
    assert symbols(place, first=DAY) == ["AAPL"]
