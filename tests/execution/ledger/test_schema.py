"""Ledgers of schema 1, as version 0.2 really wrote them in a week on the simulator, are read for ever.

`schema_1/` is that week's state directory: fills, a lost reply, a partial fill with a protection, stops, orders in
doubt and carried ones; four watchlists, both modes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from execution.ledger.chain import chain
from execution.ledger.day import SCHEMA, BrokenHistory, Ledger
from execution.ledger.file import LedgerFile, to_document
from execution.ledger.schema import as_newest
from gates.base.statefile import SEAL, StateUnreadable, render, sealed
from gates.mode import Mode
from scanner.watchlist import load_watchlist

WEEK = Path(__file__).resolve().parent / "schema_1"
NEW = {"origin", "asked_at", "answered_at", "fee"}


@pytest.fixture
def file(tmp_path: Path) -> LedgerFile:
    shutil.copytree(WEEK, tmp_path / "state")
    return LedgerFile(tmp_path / "state", Mode.LIVE)


def names(document: Any) -> set[str]:
    """Every field's name, however deep."""
    if isinstance(document, dict):
        return {*document, *(name for value in document.values() for name in names(value))}
    return {name for value in document for name in names(value)} if isinstance(document, list) else set()


def without_news(document: dict[str, Any]) -> Any:
    """A document of schema 2 as schema 1 would have it, where nothing of it is new."""

    def old(value: Any) -> Any:
        if isinstance(value, dict):
            assert all(value.get(name) is None for name in NEW)
            return {name: old(one) for name, one in value.items() if name not in NEW}
        return [old(one) for one in value] if isinstance(value, list) else value

    return old({**document, "schema": 1})


def files(file: LedgerFile) -> list[Path]:
    return [*map(file.archive_path, file.archived_days()), file.path]


@pytest.mark.parametrize("mode", Mode)
def test_every_ledger_of_the_week_is_read_with_all_that_is_in_it(mode: Mode) -> None:
    file = LedgerFile(WEEK, mode)
    assert len(files(file)) == 5
    for path in files(file):
        written = json.loads(path.read_bytes())
        assert written["schema"] == 1 and not names(written) & NEW
        ledger, seal = file.load_with_seal(path)
        assert (ledger.schema, seal) == (SCHEMA, written[SEAL])
        again = without_news(to_document(ledger))
        assert sealed({name: value for name, value in again.items() if name != SEAL}) == written


def test_the_week_has_what_could_be_lost_on_the_way() -> None:
    file = LedgerFile(WEEK, Mode.LIVE)
    week = [file.load_from(path) for path in files(file)]
    assert {sold.kind for ledger in week for sold in ledger.exits} >= {"stop"}
    assert any(one.protections for ledger in week for one in ledger.everything())
    assert any(ledger.carried for ledger in week)
    found = {event.status.value for ledger in week for one in ledger.everything() for event in one.history}
    assert found == {"intended", "submitted", "unknown", "working", "partially_filled", "filled", "cancelled"}


def test_the_chain_over_schema_1_and_2_holds_and_no_archive_is_touched(file: LedgerFile) -> None:
    before = {path: path.read_bytes() for path in files(file)[:-1]}
    assert [link.problem for link in chain(file)] == [None] * 5
    last = file.load()
    current = file.path.read_bytes()
    file.roll_over(last, date(2082, 11, 13))
    assert file.archive_path(last.date_ny).read_bytes() == current, "archived as it was written"
    assert json.loads(file.path.read_bytes())["schema"] == SCHEMA
    assert [link.problem for link in chain(file)] == [None] * 6
    assert {path: path.read_bytes() for path in before} == before


def test_what_is_written_is_of_the_newest_schema_alone(file: LedgerFile) -> None:
    ledger = file.load()
    file.save(ledger)
    assert json.loads(file.path.read_bytes())["schema"] == SCHEMA
    assert file.load() == ledger
    with pytest.raises(BrokenHistory, match="has schema 1, want 2"):
        file.save(replace(ledger, schema=1))


def first_event(document: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = document["carried"][0]["history"][0]
    return event


FOREIGN: dict[str, Callable[[dict[str, Any]], object]] = {
    "origin": lambda d: d["carried"][0].update(origin=None),
    "asked_at": lambda d: first_event(d).update(asked_at="2082-11-09T15:32:00.000Z"),
    "answered_at": lambda d: first_event(d).update(answered_at="2082-11-09T15:32:00.000Z"),
    "fee": lambda d: first_event(d).update(fee={"amount": "0", "currency": "USD"}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_field_of_schema_2_is_unknown_in_schema_1(file: LedgerFile, name: str) -> None:
    document = json.loads(file.path.read_bytes())
    FOREIGN[name](document)
    file.path.write_bytes(render(sealed(document)))
    with pytest.raises(StateUnreadable) as broken:
        file.load()
    assert broken.value.what == f"schema 1 has no field `{name}`"


@pytest.mark.parametrize("schema", [0, 3, 99, "1", True, None])
def test_a_schema_that_is_not_known_is_refused_with_both_numbers(file: LedgerFile, schema: object) -> None:
    document = json.loads(file.path.read_bytes())
    file.path.write_bytes(render(sealed({**document, "schema": schema})))
    with pytest.raises(StateUnreadable) as broken:
        file.load()
    assert broken.value.what == f"has schema {schema!r}, want 2"
    assert json.loads(file.path.read_bytes())["schema"] == schema


def test_a_schema_1_ledger_with_a_broken_digest_is_not_believed(file: LedgerFile) -> None:
    file.path.write_bytes(file.path.read_bytes().replace(b'"qty": "19"', b'"qty": "20"', 1))
    with pytest.raises(StateUnreadable, match="digest does not match"):
        file.load()


def test_a_file_deeper_than_a_stack_is_looked_through() -> None:
    deep: dict[str, Any] = {"schema": 1}
    for _ in range(100_000):
        deep = {"schema": 1, "carried": [deep]}
    with pytest.raises(ValueError, match="schema 1 has no field `fee`"):
        as_newest({"schema": 1, "carried": [deep, {"fee": None}]})
    assert as_newest({"schema": 2, "fee": 1}) == {"schema": 2, "fee": 1}


def test_the_weeks_watchlists_are_read() -> None:
    lists = [load_watchlist(path) for path in sorted((WEEK / "watchlists").iterdir())]
    assert [len(one.rows) for one in lists] == [3, 1, 2, 2]
    assert {(row.setup, row.avg_volume) for one in lists for row in one.rows} == {(None, None)}


def test_a_blank_ledger_is_of_the_newest_schema() -> None:
    assert Ledger(SCHEMA, date(2026, 11, 20), Mode.LIVE, None).schema == SCHEMA == 2
