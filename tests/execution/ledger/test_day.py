"""The ledger only grows: entries stay, histories are true prefixes, statuses move by the table."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    INTENDED,
    NOW,
    SENT_AT,
    YESTERDAY,
    D,
    S,
    entry,
    ident,
    ledger,
    leg,
    protection,
)

from execution.ledger.day import (
    BrokenHistory,
    Entry,
    Event,
    Exit,
    Ledger,
    Leg,
    Protection,
    Sale,
    Word,
    blank,
    moved,
    with_changed,
    with_entries,
    with_exits,
)
from execution.orders import MOVES, OrderStatus, may_move
from execution.records import Record
from gates.mode import Mode

EXIT = Exit("AAPL", "stop", D(4), D("97.88"), NOW, ident(), D("-13.68"))
MODES = pytest.mark.parametrize("mode", Mode)


def of(status: OrderStatus, filled: int = 0, exited: int = 0) -> Entry:
    return entry(status=status, filled=filled, exited=exited)


# Records


def test_what_is_not_told_of_shares_is_none_of_them() -> None:
    one = entry()
    told = (one.client_order_id, one.order_id, one.symbol, one.side, one.qty, one.limit_price, one.notional)
    new = Entry(*told, one.stop_price, one.target_price, one.timestamp, one.status)
    assert (new.filled_qty, new.exited_qty) == (0, 0)
    assert Leg("stop", "id-stop", S.WORKING, D(4), D(97)).filled_qty == 0


@pytest.mark.parametrize("nonsense", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    ("record", "field"),
    [
        (entry(), "qty"),
        (entry(), "limit_price"),
        (entry(), "notional"),
        (entry(), "filled_avg_price"),
        (entry(), "exited_qty"),
        (leg("stop"), "price"),
        (EXIT, "qty"),
        (EXIT, "price"),
        (EXIT, "realized"),
        (Sale("id-stop", "AAPL", D(4), NOW), "qty"),
        (Word("AAPL", D(4), NOW, "seen"), "shares"),
    ],
)
def test_a_number_that_is_none_is_refused(record: Record, field: str, nonsense: str) -> None:
    with pytest.raises(ValueError, match=f"^{field} is not a number$"):
        msgspec.structs.replace(record, **{field: Decimal(nonsense)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"qty": "NaN"}, "qty is not a number"),
        ({"filled_qty": "Infinity"}, "filled_qty is not a number"),
        ({"qty": "four"}, "Invalid decimal string"),
        ({"status": "done"}, "Invalid enum value 'done'"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"timestamp": "2026-11-20T10:31:00"}, "Expected `datetime` with a timezone component"),
        ({"naked_since": "2026-11-20T10:31:00"}, "Expected `datetime` with a timezone component"),
        ({"history": [{"at": "2026-11-20T10:31:00", "status": "intended"}]}, "with a timezone component"),
    ],
)
def test_what_stands_in_a_file_is_read_strictly(change: dict[str, Any], words: str) -> None:
    document = msgspec.to_builtins(entry()) | change
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(document, Entry, strict=True)


@pytest.mark.parametrize("field", Entry.__struct_fields__[:11])
def test_no_field_of_an_order_may_be_missing(field: str) -> None:
    document = msgspec.to_builtins(entry())
    del document[field]
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{field}`"):
        msgspec.convert(document, Entry, strict=True)


def test_an_entry_reads_back_as_it_was_written() -> None:
    legs = (leg("stop", filled=1), leg("target"))
    whole = entry(status=S.FILLED, filled=4, exited=1, legs=legs, protections=(protection(),))
    assert msgspec.convert(msgspec.to_builtins(whole), Entry, strict=True) == whole


@pytest.mark.parametrize(
    ("record", "newer"),
    [
        (entry(), {"cancel_asked_at": None, "cancels_asked": 0, "unrecognised": None}),
        (leg("stop"), {"works": True, "asleep": False}),
        (protection(), {"price_refused": False}),
        (EXIT, {"order_id": None, "beyond": False, "note": None}),
        (ledger(), {"sales": (), "words": ()}),
    ],
)
def test_a_record_of_an_earlier_version_is_read_without_what_it_could_not_say(
    record: Record, newer: dict[str, Any]
) -> None:
    document = msgspec.to_builtins(record)
    for field in newer:
        del document[field]
    read = msgspec.convert(document, type(record), strict=True)
    assert {field: getattr(read, field) for field in newer} == newer
    assert read == msgspec.structs.replace(record, **newer)


def test_what_a_sale_brought_may_be_not_known() -> None:
    unknown = msgspec.structs.replace(EXIT, price=None, realized=None)
    assert msgspec.convert(msgspec.to_builtins(unknown), Exit, strict=True) == unknown


def test_money_stands_in_the_file_as_text() -> None:
    document = msgspec.to_builtins(entry(status=S.FILLED, filled=4))
    assert (document["qty"], document["notional"], document["filled_avg_price"]) == ("4", "405.40", "101.30")
    assert document["history"][0] == {"at": SENT_AT.isoformat().replace("+00:00", "Z"), "status": "intended"}


# What an entry says of itself


@pytest.mark.parametrize(
    ("one", "unfinished", "held", "carries_over", "counted"),
    [
        (of(S.INTENDED), True, 0, True, "405.40"),
        (of(S.UNKNOWN), True, 0, True, "405.40"),
        (of(S.SUBMITTED), True, 0, True, "405.40"),
        (of(S.WORKING), True, 0, True, "405.40"),
        (of(S.PARTIALLY_FILLED, 1), True, 1, True, "405.40"),
        (of(S.PARTIALLY_FILLED, 1, 1), True, 0, True, "405.40"),
        (of(S.FILLED, 4), False, 4, True, "405.40"),
        (of(S.FILLED, 4, 3), False, 1, True, "405.40"),
        (of(S.FILLED, 4, 4), False, 0, False, "405.40"),
        (of(S.FILLED, 3), False, 3, True, "405.40"),
        (of(S.CANCELLED), False, 0, False, "0"),
        (of(S.CANCELLED, 1), False, 1, True, "101.35"),
        (of(S.CANCELLED, 1, 1), False, 0, False, "101.35"),
        (of(S.EXPIRED), False, 0, False, "0"),
        (of(S.EXPIRED, 3), False, 3, True, "304.05"),
        (of(S.REJECTED), False, 0, False, "0"),
        (of(S.REJECTED, 1), False, 1, True, "101.35"),
        (of(S.UNKNOWN, 1), True, 1, True, "405.40"),
        (of(S.NOT_SENT), False, 0, False, "0"),
    ],
)
def test_what_counts_what_is_held_and_what_travels_on(
    one: Entry, unfinished: bool, held: int, carries_over: bool, counted: str
) -> None:
    assert (one.unfinished, one.held_qty, one.carries_over) == (unfinished, held, carries_over)
    assert one.counted_notional == D(counted)


OVER = (leg("target", S.FILLED, 4), leg("stop", S.CANCELLED))


@pytest.mark.parametrize(
    ("pair", "unfinished"),
    [
        (protection(S.INTENDED), True),
        (protection(S.UNKNOWN), True),
        (protection(S.WORKING), True),
        (protection(S.WORKING, legs=(leg("target", S.CANCELLED), leg("stop"))), True),
        (protection(S.FILLED, legs=(leg("target", S.FILLED, 4), leg("stop"))), True),
        (protection(S.WORKING, legs=OVER), False),
        (protection(S.FILLED, legs=OVER), False),
        (protection(S.REJECTED), False),
        (protection(S.REJECTED, legs=(leg("target"),)), False),
        (protection(S.NOT_SENT), False),
    ],
)
def test_a_protection_is_looked_after_until_both_halves_are_over(pair: Protection, unfinished: bool) -> None:
    assert pair.unfinished is unfinished
    sold = entry(status=S.FILLED, filled=4, exited=4, protections=(protection(S.REJECTED), pair))
    assert sold.carries_over is unfinished


@pytest.mark.parametrize(
    ("changes", "at_market"),
    [({}, False), ({"stop_price": None}, True), ({"target_price": None}, True),
     ({"stop_price": None, "target_price": None}, True)],
)  # fmt: skip
def test_a_protection_without_both_prices_is_a_sale_at_the_market(changes: dict[str, None], at_market: bool) -> None:
    assert protection(**changes).at_market is at_market


def test_what_of_a_leg_is_not_sold_yet() -> None:
    assert [leg("stop", filled=filled).rest_qty for filled in (0, 1, 4)] == [4, 3, 0]


def test_the_counted_notional_is_computed_and_not_believed() -> None:
    assert entry(notional=D(1)).counted_notional == D("405.40")


# One step of a life


def test_a_step_is_written_into_the_history() -> None:
    before = of(S.INTENDED)
    after = moved(before, S.SUBMITTED, NOW, "taken", order_id="61e69015")
    assert after == msgspec.structs.replace(
        before, status=S.SUBMITTED, order_id="61e69015", history=(INTENDED, Event(NOW, S.SUBMITTED, "taken"))
    )
    assert before == of(S.INTENDED)


@pytest.mark.parametrize(
    ("old", "new"),
    [pair for pair in product(S, S) if not may_move(*pair)],
    ids=lambda status: status.value,
)
def test_a_move_that_is_not_in_the_table_is_a_bug_of_ours(old: OrderStatus, new: OrderStatus) -> None:
    with pytest.raises(BrokenHistory) as broken:
        moved(of(old), new, NOW)
    assert str(broken.value) == f"avx-20261120-AAPL-entry-1: {old.value} cannot become {new.value}"


# Changes of the whole


def test_entries_are_added_at_the_end() -> None:
    before = ledger(entry("AAPL"), carried=(entry("TSLA", day=YESTERDAY),))
    after = with_entries(before, [entry("MSFT"), entry("NVDA")])
    assert after == msgspec.structs.replace(before, entries=(entry("AAPL"), entry("MSFT"), entry("NVDA")))


@pytest.mark.parametrize(
    "before",
    [ledger(entry()), ledger(carried=(entry(),)), ledger()],
    ids=["among today's", "among the carried", "twice in one change"],
)
def test_an_id_stands_in_a_ledger_once(before: Ledger) -> None:
    with pytest.raises(BrokenHistory) as broken:
        with_entries(before, [entry(status=S.INTENDED), entry(status=S.FILLED)])
    assert str(broken.value) == "avx-20261120-AAPL-entry-1 is in the ledger already"


def test_newer_versions_take_their_places_wherever_they_stand() -> None:
    old, today, other = entry("TSLA", day=YESTERDAY), entry("AAPL"), entry("MSFT")
    newer = [moved(today, S.FILLED, NOW, filled_qty=D(4)), moved(old, S.CANCELLED, NOW)]
    after = with_changed(ledger(today, other, carried=(old,)), newer)
    assert after == ledger(newer[0], other, carried=(newer[1],))


def test_changing_nothing_changes_nothing() -> None:
    assert with_changed(ledger(entry()), []) == ledger(entry())


@pytest.mark.parametrize(
    "history",
    [
        (),
        (INTENDED,),
        (Event(NOW, S.INTENDED), Event(SENT_AT, S.SUBMITTED)),
        (Event(SENT_AT, S.INTENDED, "another note"), Event(SENT_AT, S.SUBMITTED)),
        (Event(SENT_AT, S.SUBMITTED), INTENDED),
        (INTENDED, Event(SENT_AT, S.FILLED), Event(NOW, S.FILLED)),
    ],
    ids=["emptied", "shortened", "redated", "annotated", "reordered", "rewritten"],
)
@pytest.mark.parametrize("place", ["entries", "carried"])
def test_a_history_only_grows(history: tuple[Event, ...], place: str) -> None:
    before = msgspec.structs.replace(ledger(), **{place: (entry(),)})
    with pytest.raises(BrokenHistory) as broken:
        with_changed(before, [entry(history=history)])
    assert str(broken.value) == "avx-20261120-AAPL-entry-1: its history would be rewritten"


def test_a_change_of_what_is_not_there_is_a_bug_of_ours() -> None:
    with pytest.raises(BrokenHistory) as broken:
        with_changed(ledger(entry()), [entry("MSFT"), entry(), entry("NVDA")])
    assert str(broken.value) == "not in the ledger: avx-20261120-MSFT-entry-1, avx-20261120-NVDA-entry-1"


def test_exits_are_added_at_the_end() -> None:
    other = msgspec.structs.replace(EXIT, symbol="MSFT")
    assert with_exits(with_exits(ledger(), [EXIT]), [other]) == ledger(exits=(EXIT, other))
    assert with_exits(ledger(exits=(EXIT,)), []) == ledger(exits=(EXIT,))


def test_everything_is_the_carried_and_then_todays() -> None:
    carried, doubt = entry("TSLA", S.UNKNOWN, day=YESTERDAY), entry("MSFT", S.INTENDED)
    whole = ledger(entry("AAPL"), doubt, entry("NVDA", S.NOT_SENT), carried=(carried,))
    assert [one.symbol for one in whole.everything()] == ["TSLA", "AAPL", "MSFT", "NVDA"]
    assert whole.unresolved() == (carried, doubt)


def test_finding_by_id() -> None:
    carried = entry("TSLA", day=YESTERDAY)
    whole = ledger(entry("AAPL"), carried=(carried,))
    assert whole.find(ident("AAPL")) == entry("AAPL")
    assert whole.find(ident("TSLA", day=YESTERDAY)) == carried
    assert whole.find(ident("TSLA")) is None
    assert ledger().find(ident()) is None
    assert whole.by_id() == {ident("TSLA", day=YESTERDAY): carried, ident("AAPL"): entry("AAPL")}


@MODES
def test_a_blank_one(mode: Mode) -> None:
    assert blank(DAY, mode, "PA3TEST") == Ledger(2, DAY, mode, "PA3TEST", None, (), (), (), (), ())


# Whatever the sequence


@given(st.lists(st.sampled_from(S), max_size=30))
def test_history_is_prefix_only_under_any_moves_and_others_raise(wanted: list[OrderStatus]) -> None:
    book, bystander = ledger(of(S.INTENDED), entry("MSFT")), entry("MSFT")
    for seconds, status in enumerate(wanted):
        before, moment = book.entries[0], SENT_AT + timedelta(seconds=seconds)
        if status in MOVES[before.status]:
            book = with_changed(book, [moved(before, status, moment)])
            assert book.entries[0].history == (*before.history, Event(moment, status))
        else:
            with pytest.raises(BrokenHistory):
                moved(before, status, moment)
        assert book.entries[1] == bystander


@given(st.lists(st.sampled_from(S), max_size=8), st.lists(st.sampled_from(S), max_size=8))
def test_a_version_is_taken_only_where_it_continues_the_known(old: list[OrderStatus], new: list[OrderStatus]) -> None:
    known, offered = (entry(history=tuple(Event(NOW, status) for status in part)) for part in (old, new))
    if new[: len(old)] == old:
        assert with_changed(ledger(known), [offered]) == ledger(offered)
    else:
        with pytest.raises(BrokenHistory):
            with_changed(ledger(known), [offered])
