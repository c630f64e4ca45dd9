"""How things stand now, as data: when a cycle ran last, which orders there are, and what keeps entries closed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from support.place import DAY, NOW, Place
from support.sessions import MONDAY
from support.trading import entry

from execution.ledger.day import blank, with_entries
from execution.report.standing import entries_of, gates_document, last_cycle, status_document
from execution.state import heartbeat
from execution.state.heartbeat import SCHEMA, Heartbeat
from execution.view.look import look_without_writing
from gates.catalog import ENTRY_GATES, MODE_GATES
from gates.mode import Mode

BEGAN = NOW - timedelta(seconds=70)
DONE = Heartbeat(SCHEMA, 7, BEGAN, NOW - timedelta(seconds=60), 0, session=MONDAY)


def test_the_last_cycle_is_told_with_its_age_and_its_end(place: Place) -> None:
    service = place.service()
    assert last_cycle(service, NOW) == "none yet"
    heartbeat.finish(place.state.heartbeat, DONE)
    assert last_cycle(service, NOW) == f"{MONDAY} 10:29:00 EST (60s ago), exit 0"
    assert last_cycle(service, NOW - timedelta(hours=1)).endswith("(0s ago), exit 0")


def test_a_cycle_that_has_not_ended_and_a_heartbeat_that_cannot_be_read_are_told_as_such(place: Place) -> None:
    heartbeat.begin(place.state.heartbeat, BEGAN)
    assert last_cycle(place.service(), NOW).startswith(f"began {MONDAY} 10:28:50 EST as process ")
    place.state.heartbeat.write_text("{")
    assert last_cycle(place.service(), NOW).startswith("unknown (")


def test_what_was_rehearsed_is_never_taken_for_what_was_sent(place: Place) -> None:
    place.keep(entry(day=DAY))
    rehearsed = with_entries(blank(DAY, Mode.DRY_RUN, place.account), [entry("MSFT", day=DAY)])
    place.state.ledger(Mode.DRY_RUN).save(rehearsed)
    seen, _ = look_without_writing(place.service())
    assert [(mode, one.symbol) for mode, one in entries_of(seen)] == [(Mode.LIVE, "AAPL"), (Mode.DRY_RUN, "MSFT")]
    document = status_document(place.service(), seen)
    orders = document["orders"]
    assert isinstance(orders, list)
    assert [(one["mode"], one["symbol"], one["notional"]) for one in orders] == [
        ("LIVE", "AAPL", entry().notional),
        ("DRY_RUN", "MSFT", entry("MSFT").notional),
    ]


@pytest.mark.parametrize("paused", [False, True])
def test_the_first_thing_to_know_is_named_where_there_is_one(place: Place, paused: bool) -> None:
    if paused:
        place.state.paused.touch()
    service = place.service()
    document = status_document(service, look_without_writing(service)[0])
    first = document["first"]
    assert isinstance(first, dict) and (first["condition"] == "paused") is paused
    assert document["open"] is True and document["caps"] == {
        "orders_per_day": 5,
        "positions": 5,
        "gross_notional": Decimal("5000.0"),
        "per_symbol": Decimal("1000.0"),
    }


def test_every_gate_is_in_the_document(place: Place) -> None:
    service = place.service()
    document = gates_document(service, look_without_writing(service)[0])
    for family, gates in (("mode_gates", MODE_GATES), ("entry_gates", ENTRY_GATES)):
        answers = document[family]
        assert isinstance(answers, list)
        assert [one["gate"] for one in answers] == [gate.name for gate in gates]
