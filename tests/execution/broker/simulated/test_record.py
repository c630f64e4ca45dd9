"""The record on disk: exact, private, never made again behind anybody's back."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.simulated import TABLE, World, bracket, every_read, new_york

from execution.broker.errors import BrokerUnclear, BrokerUnreachable
from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.record import Outage, Partial, load, save
from gates.base.errors import UsageError
from gates.base.sessions import SessionTable
from gates.base.statefile import StateUnreadable, StateUnwritable


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def busy(world: World) -> World:
    """A record with everything in it: orders, legs, fills, a tape, a reference, a behaviour, epochs."""
    world.hold()
    world.submit(symbol="MSFT", client_order_id="avx-20261119-MSFT-entry-1", stop="40", limit="45.50", target="60")
    world.broker.add_behaviour(Partial("MSFT", 3))
    world.wall = new_york("2026-11-20 08:00")
    world.pass_minutes()
    return world


def test_a_record_is_read_as_it_was_written(busy: World) -> None:
    record = busy.record
    save(busy.path, record)
    assert busy.record == record


def test_money_is_text_and_the_file_is_private(busy: World) -> None:
    document = json.loads(busy.path.read_text())
    assert document["opening_cash"] == "100000.00"
    assert document["orders"][0]["price"] == "101.00"
    assert document["orders"][0]["fills"] == [{"at": "2026-11-19T15:31:00Z", "qty": "10", "price": "100.01"}]
    assert document["tape"] == {"AAPL": [["2026-11-19T15:30:00Z", "100.00"]]}
    assert document["behaviours"] == [{"kind": "partial", "symbol": "MSFT", "qty": "3"}]
    assert stat.S_IMODE(busy.path.stat().st_mode) == 0o600


def test_a_record_of_schema_1_is_read_and_written_anew_as_schema_2(busy: World) -> None:
    """1 had quantities as numbers."""
    now, document = load(busy.path), json.loads(busy.path.read_text())
    document["schema"] = 1
    for order in document["orders"]:
        order["qty"] = int(order["qty"])
        for fill in order["fills"]:
            fill["qty"] = int(fill["qty"])
    busy.path.write_text(json.dumps(document))
    assert load(busy.path) == now
    busy.broker.suspend(True)
    assert json.loads(busy.path.read_text())["schema"] == 2



def test_seed_and_cash_are_chosen_at_creation(tmp_path: Path) -> None:
    world = World(tmp_path, seed=11, cash=Decimal("2500.50"))
    assert world.record.seed == 11
    assert world.broker.account().equity == Decimal("2500.50")


def test_an_existing_record_is_never_created_again(busy: World) -> None:
    before = busy.path.read_bytes()
    assert SimulatedBroker.create(busy.path, busy.wall, TABLE, seed=99) is False
    assert busy.path.read_bytes() == before


def test_a_deleted_and_created_record_is_another_account(world: World) -> None:
    number = world.broker.account().number
    assert number.startswith("SIM")
    assert int(number.removeprefix("SIM"), 16) >= 0
    assert len(number) == 11
    world.path.unlink()
    assert SimulatedBroker.create(world.path, world.wall, TABLE)
    assert world.broker.account().number != number


def test_no_account_without_a_session_to_begin_in(tmp_path: Path) -> None:
    path = tmp_path / "simulated_broker.json"
    for table, wall in ((SessionTable(()), "2026-11-19 08:00"), (TABLE, "2027-06-01 08:00")):
        with pytest.raises(UsageError, match="no session at or after"):
            SimulatedBroker.create(path, new_york(wall), table)
    assert not path.exists()


def test_an_account_has_money(tmp_path: Path) -> None:
    for cash in ("0", "-1", "NaN"):
        with pytest.raises(ValueError, match="opening_cash"):
            SimulatedBroker.create(tmp_path / "record.json", new_york("2026-11-19 08:00"), TABLE, cash=Decimal(cash))


# What cannot be answered from.


def every_call(broker: SimulatedBroker) -> tuple[Callable[[], object], ...]:
    return (
        *every_read(broker, new_york("2026-11-19 09:30")),
        lambda: broker.submit(bracket()),
        lambda: broker.submit_exit("exit-1", "AAPL", 1, Decimal(90), Decimal(110)),
        lambda: broker.close("AAPL", 1, "close-1"),
        lambda: broker.cancel("sim-000001"),
        lambda: broker.place_foreign("other-1", "AAPL", 1),
        lambda: broker.advance(60),
        lambda: broker.set_clock(new_york("2026-11-20 10:30")),
        lambda: broker.set_price("AAPL", Decimal(100)),
        lambda: broker.add_behaviour(Outage()),
        lambda: broker.remove_behaviour(Outage()),
        broker.behaviours,
        broker.timeline,
    )


def test_a_missing_record_is_an_unreachable_broker_with_a_remedy(world: World) -> None:
    world.path.unlink()
    for call in every_call(world.broker):
        with pytest.raises(BrokerUnreachable, match=r"is missing; `execution init` makes the first one"):
            call()
    assert not world.path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 3}', b'{"schema": 1}', b"\xff"])
def test_a_corrupted_record_is_an_unreachable_broker_and_left_alone(world: World, content: bytes) -> None:
    world.path.write_bytes(content)
    for call in every_call(world.broker):
        with pytest.raises(BrokerUnreachable, match=r"simulated_broker\.json: .*put a good copy back, or move it away"):
            call()
    assert world.path.read_bytes() == content


def first_leg(document: dict[str, Any]) -> dict[str, Any]:
    return document["orders"][1]  # type: ignore[no-any-return]


SPOILED: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("unknown field", lambda d: d.update(colour="blue")),
    ("missing required field `account`", lambda d: d.pop("account")),
    ("missing required field `clock`", lambda d: d.pop("clock")),
    ("has no epochs", lambda d: d["clock"].update(epochs=[])),
    ("Invalid RFC3339", lambda d: d["clock"].update(now="yesterday")),
    ("with a timezone component", lambda d: d["clock"].update(now="2026-11-19T15:30:00")),
    ("opening_cash NaN is not a number above 0", lambda d: d.update(opening_cash="NaN")),
    ("opening_cash -5 is not a number above 0", lambda d: d.update(opening_cash="-5")),
    ("reference 0 of AAPL", lambda d: d["references"].update(AAPL="0")),
    ("tape of AAPL holds a price", lambda d: d["tape"].update(AAPL=[["2026-11-19T15:30:00Z", "Infinity"]])),
    (
        "tape of AAPL is not in the order of time",
        lambda d: d["tape"].update(AAPL=[["2026-11-19T15:30:00Z", "10"], ["2026-11-19T15:29:00Z", "11"]]),
    ),
    ("Invalid value 'sulk'", lambda d: d["behaviours"].append({"kind": "sulk", "symbol": "AAPL"})),
    ("order 1 is called sim-000009", lambda d: d["orders"][0].update(order_id="sim-000009")),
    (
        "holds client_order_id avx-20261119-AAPL-entry-1 twice",
        lambda d: d["orders"].append({**d["orders"][0], "order_id": "sim-000007"}),
    ),
    ("is a leg of sim-000003, which is not before it", lambda d: first_leg(d).update(parent="sim-000003")),
    ("filled 11 of 10 shares", lambda d: d["orders"][0]["fills"][0].update(qty=11)),
    ("is a target order at price None", lambda d: first_leg(d).update(price=None)),
    ("is a market order at price 110.00", lambda d: first_leg(d).update(kind="market")),
    ("qty 0 is not a number above 0", lambda d: first_leg(d).update(qty="0")),
    ("Expected `decimal`, got `bool`", lambda d: first_leg(d).update(qty=True)),
    ("sim-000002 has a quantity that is not of whole shares", lambda d: first_leg(d).update(qty="9.5")),
    ("sim-000001 has a quantity that is not of whole shares", lambda d: d["orders"][0]["fills"][0].update(qty="9.5")),
    ("Invalid enum value 'short'", lambda d: first_leg(d).update(side="short")),
    ("price -1 is not a number above 0", lambda d: first_leg(d).update(price="-1")),
    (
        "sold more AAPL than it bought",
        lambda d: (
            d["orders"][0].update(fills=[])
            or first_leg(d).update(fills=[{"at": "2026-11-19T15:40:00Z", "qty": 10, "price": "110.00"}])
        ),
    ),
]


@pytest.mark.parametrize(("words", "spoil"), SPOILED, ids=[words for words, _ in SPOILED])
def test_a_record_that_contradicts_itself_is_unreadable(
    busy: World, words: str, spoil: Callable[[dict[str, Any]], object]
) -> None:
    document = json.loads(busy.path.read_text())
    spoil(document)
    busy.path.write_text(json.dumps(document))
    with pytest.raises(StateUnreadable) as broken:
        load(busy.path)
    assert words in broken.value.what
    with pytest.raises(BrokerUnreachable):
        busy.broker.account()


def test_what_could_not_be_read_again_is_not_written(busy: World) -> None:
    before = busy.path.read_bytes()
    with pytest.raises(StateUnreadable, match="reference NaN of AAPL"):
        save(busy.path, replace(busy.record, references={"AAPL": Decimal("NaN")}))
    assert busy.path.read_bytes() == before


# A disk that takes no write.


@pytest.fixture
def full(world: World) -> World:
    """A directory in the way of the temporary file: every write fails, reads go on, root or not."""
    world.hold()
    (world.path.parent / f".{world.path.name}.{os.getpid()}.tmp").mkdir()
    return world


def test_an_order_that_cannot_be_remembered_is_unclear(full: World) -> None:
    for send in (
        lambda: full.submit(client_order_id="avx-20261119-AAPL-entry-2"),
        lambda: full.broker.submit(bracket("avx-20261119-MSFT-entry-1", "MSFT")),
    ):
        with pytest.raises(BrokerUnclear, match="no answer: cannot write"):
            send()
    assert len(full.record.orders) == 3


def test_a_cancel_that_cannot_be_remembered_is_unanswered(full: World) -> None:
    with pytest.raises(BrokerUnreachable, match="no answer: cannot write"):
        full.broker.cancel("sim-000002")


def test_practice_on_a_full_disk_names_the_disk(full: World) -> None:
    with pytest.raises(StateUnwritable):
        full.broker.advance(60)
    assert full.broker.account().equity < Decimal(100_000), "questions are still answered"


# Prices a symbol goes by are kept from its first sight on.


def test_reading_keeps_no_reference(world: World) -> None:
    assert world.broker.quotes(["AAPL"])["AAPL"].bid < Decimal(102)
    assert dict(world.record.references) == {}


def test_the_first_write_keeps_the_references_handed_in(world: World) -> None:
    world.broker.advance(60)
    before = world.broker.quotes(["AAPL"])
    world.references = {"AAPL": Decimal(300), "TSLA": Decimal(20)}
    assert world.broker.quotes(["AAPL"]) == before
    world.broker.advance(60)
    assert dict(world.record.references) == {"AAPL": Decimal(100), "MSFT": Decimal(50), "TSLA": Decimal(20)}


def test_an_ordered_symbol_keeps_the_price_it_was_ordered_at(world: World) -> None:
    world.references = {}
    before = world.broker.quotes(["NVDA"])
    world.broker.place_foreign("other-1", "NVDA", 1)
    world.references = {"NVDA": Decimal(5)}
    assert world.broker.quotes(["NVDA"]) == before


def test_the_record_tells_time_in_utc_wherever_the_wall_hangs(world: World) -> None:
    world.broker.set_clock(new_york("2026-11-20 11:00"))
    assert world.record.clock.now == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert all(epoch.wall.utcoffset() == world.record.clock.now.utcoffset() for epoch in world.record.clock.epochs)
