"""Which entries are cancelled and which shares are protected, at each limit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
    NOW,
    SENT_AT,
    YESTERDAY,
    broker_leg,
    broker_order,
    entry,
    held,
    ident,
    later,
    ledger,
    leg,
    position,
    protection,
    told_legs,
)

from execution.act.due import (
    Naked,
    Shares,
    Standing,
    in_the_way,
    marked,
    naked_entries,
    naked_qty,
    shares_of,
    to_cancel,
    waited,
)
from execution.broker.port import BrokerOrder, Position
from execution.ledger.day import Entry, Ledger, Leg
from execution.ledger.lists import Lists, joined
from execution.ledger.reconcile import Surplus
from execution.orders import DONE, WORKING, OrderStatus
from gates.base.record import replace

D = Decimal
S = OrderStatus
STANDING = Standing(NOW, ttl_seconds=600, session_over=False, killed=False, kill_cancels=True, kill_protects=True)
KILLED = replace(STANDING, killed=True)


def reasons(order: BrokerOrder, standing: Standing) -> list[str]:
    return [reason for _, reason in to_cancel(joined([order]), standing)]


@pytest.mark.parametrize(
    ("age_seconds", "expected"),
    [(599, []), (600, ["not filled in time (600s, limit 600s)"]), (601, ["not filled in time (601s, limit 600s)"])],
)
def test_an_entry_is_cancelled_when_its_time_is_over(age_seconds: int, expected: list[str]) -> None:
    order = broker_order(submitted_at=NOW - timedelta(seconds=age_seconds))
    assert reasons(order, STANDING) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (STANDING, []),
        (KILLED, ["kill switch active"]),
        (replace(KILLED, kill_cancels=False), []),
        (replace(STANDING, session_over=True), ["session over"]),
        (replace(KILLED, kill_cancels=False, session_over=True), ["session over"]),
    ],
)
def test_a_young_entry_is_cancelled_by_a_kill_and_by_the_close(standing: Standing, expected: list[str]) -> None:
    assert reasons(broker_order(submitted_at=NOW), standing) == expected


@pytest.mark.parametrize("status", S)
def test_only_what_works_is_cancelled(status: OrderStatus) -> None:
    assert bool(to_cancel(joined([broker_order(status=status)]), KILLED)) is (status in WORKING)


def test_a_sale_under_the_name_of_an_entry_is_not_cancelled() -> None:
    assert to_cancel(joined([broker_order(side="sell")]), KILLED) == ()


def test_an_entry_edited_on_the_brokers_page_is_cancelled_in_the_version_that_works() -> None:
    before = broker_order(status=S.CANCELLED, replaced_by="id-edited")
    after = broker_order("made up by the broker", order_id="id-edited", replaces=before.order_id)
    assert to_cancel(joined([before, after]), KILLED) == ((after, "kill switch active"),)
    assert to_cancel(joined([after]), KILLED) == ()


@pytest.mark.parametrize("client_order_id", ["by-hand", "avx-20261120-AAPL-protect-1", ""])
def test_foreign_orders_and_protections_are_never_cancelled(client_order_id: str) -> None:
    order = replace(broker_order(), client_order_id=client_order_id, submitted_at=NOW - timedelta(days=9))
    assert to_cancel(joined([order]), replace(KILLED, session_over=True)) == ()


def test_an_entry_of_yesterday_is_cancelled_like_any_other() -> None:
    assert to_cancel(joined([broker_order(ident(day=YESTERDAY))]), KILLED)


@pytest.mark.parametrize(
    ("one", "naked"),
    [
        (entry(status=S.FILLED, filled=4), 4),
        (entry(status=S.FILLED, filled=4, exited=1), 3),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target"))), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", asleep=True), leg("target"))), 0),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", works=False), leg("target"))), 4),
        (entry(status=S.FILLED, filled=4, legs=(leg("stop", S.CANCELLED), leg("target"))), 4),
        (entry(status=S.FILLED, filled=4, exited=4, legs=(leg("stop", S.FILLED, 4), leg("target", S.CANCELLED))), 0),
        (entry(status=S.CANCELLED, filled=2, legs=(leg("stop"), leg("target"))), 0),
        (entry(status=S.CANCELLED, filled=2, legs=(leg("stop", asleep=True), leg("target", asleep=True))), 2),
        (entry(status=S.CANCELLED), 0),
        (entry(status=S.PARTIALLY_FILLED, filled=2), 0),
        (entry(status=S.PARTIALLY_FILLED, filled=2, legs=(leg("stop", asleep=True),)), 0),
        (entry(status=S.PARTIALLY_FILLED, filled=2, legs=(leg("stop", S.CANCELLED),)), 2),
        (entry(status=S.UNKNOWN, filled=2, legs=(leg("stop", asleep=True),)), 2),
        (entry(status=S.REJECTED, filled=2), 2),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(),)), 0),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(S.INTENDED),)), 0),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(S.REJECTED),)), 4),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(S.UNKNOWN, qty=D(3)),)), 1),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(legs=(leg("stop", qty=D(3)),)),)), 1),
        (entry(status=S.CANCELLED, filled=4, protections=(protection(legs=(leg("stop", S.REJECTED),)),)), 4),
    ],
)
def test_shares_are_naked_when_nothing_would_sell_them_at_the_stop(one: Entry, naked: int) -> None:
    assert naked_qty(one, joined(told_legs(one))) == naked


def test_a_stop_that_no_list_shows_any_more_guards_nothing() -> None:
    guarded = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))
    assert naked_qty(guarded, joined(told_legs(guarded))) == 0
    assert naked_qty(guarded, joined([broker_leg("target")])) == 4


def test_nakedness_is_marked_when_first_seen_and_the_mark_goes_with_it() -> None:
    one = entry(status=S.FILLED, filled=4)
    assert marked(one, NOW, D(4)).naked_since == NOW
    assert marked(marked(one, NOW, D(4)), later(60), D(1)).naked_since == NOW
    assert marked(one, NOW, D(1)).naked_since == NOW
    assert marked(one, NOW, D(0)) is one
    seen = marked(one, NOW, D(4))
    assert marked(seen, later(60), D(4)) is seen
    assert marked(msgspec.structs.replace(one, naked_since=NOW), later(60), D(0)).naked_since is None


@pytest.mark.parametrize(("since", "expected"), [(-1, -1), (0, 0), (1, 0), (86_400, 0)])
def test_a_mark_that_is_still_to_come_is_a_mark_of_now(since: int, expected: int) -> None:
    """A clock that ran a session ahead wrote it; it would keep the shares naked until then (R12)."""
    one = entry(status=S.FILLED, filled=4, naked_since=later(since))
    assert marked(one, NOW, D(4)).naked_since == later(expected)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (entry(status=S.FILLED, filled=4), False),
        (entry(status=S.FILLED, filled=4, naked_since=NOW), False),
        (entry(status=S.FILLED, filled=4, naked_since=SENT_AT), True),
        (entry(status=S.CANCELLED, filled=2, naked_since=NOW), True),
        (entry(status=S.EXPIRED, filled=2), True),
        (entry(status=S.REJECTED, filled=2), True),
        (entry(status=S.PARTIALLY_FILLED, filled=2), True),
        (entry(status=S.UNKNOWN, filled=2), True),
    ],
)
def test_a_filled_entry_waits_one_cycle_and_an_ended_one_does_not(one: Entry, expected: bool) -> None:
    assert waited(one, NOW) is expected


# Ours against the position


@pytest.mark.parametrize(
    ("positions", "untold", "expected"),
    [
        ([held(4)], (), Shares("AAPL", D(4), D(4), D(4), Surplus.NONE)),
        ([held(4, free=1)], (), Shares("AAPL", D(4), D(4), D(1), Surplus.NONE)),
        ([held(4, free=9)], (), Shares("AAPL", D(4), D(4), D(4), Surplus.NONE)),
        ([held(4, free=-1)], (), Shares("AAPL", D(4), D(4), D(0), Surplus.NONE)),
        ([held(9)], (), Shares("AAPL", D(4), D(9), D(9), Surplus.BREAK)),
        ([held(3)], (), Shares("AAPL", D(4), D(3), D(3), Surplus.BREAK)),
        ([held(-4)], (), Shares("AAPL", D(4), D(-4), D(0), Surplus.BREAK)),
        ([position("MSFT")], (), Shares("AAPL", D(4), D(0), D(0), Surplus.BREAK)),
        ([held(4)], ("MSFT",), Shares("AAPL", D(4), D(4), D(4), Surplus.NONE)),
        ([held(4)], ("AAPL",), Shares("AAPL", D(4), None, D(0), Surplus.BREAK)),
        ([], ("AAPL",), Shares("AAPL", D(4), None, D(0), Surplus.BREAK)),
        ([position("MSFT"), held(4)], (), Shares("AAPL", D(4), D(4), D(4), Surplus.NONE)),
    ],
)
def test_shares_of_ours_against_the_position(
    positions: list[Position], untold: tuple[str, ...], expected: Shares
) -> None:
    book = ledger(entry(status=S.FILLED, filled=4))
    assert shares_of(book, positions, frozenset(untold)) == {"AAPL": expected}


def test_only_what_we_hold_is_compared() -> None:
    book = ledger(entry(status=S.WORKING), entry("MSFT", S.FILLED, filled=4, exited=4))
    assert shares_of(book, [held(4), position("NVDA")]) == {}


def test_what_an_entry_in_doubt_may_have_bought_is_compared_too() -> None:
    book = ledger(entry(status=S.UNKNOWN), entry("MSFT", S.INTENDED), entry("NVDA", S.UNKNOWN, filled=1))
    assert shares_of(book, [held(4), position("NVDA", 1)]) == {
        "AAPL": Shares("AAPL", D(0), D(4), D(4), Surplus.BREAK),
        "MSFT": Shares("MSFT", D(0), D(0), D(0), Surplus.NONE),
        "NVDA": Shares("NVDA", D(1), D(1), D(1), Surplus.NONE),
    }


def test_a_difference_reads_well() -> None:
    told, untold = Shares("AAPL", D(4), D(3), D(3), Surplus.BREAK), Shares("AAPL", D(4), None, D(0), Surplus.BREAK)
    assert (str(told), str(untold)) == ("expected 4, found 3", "expected 4, found not told")
    assert told.differs
    assert not replace(told, kind=Surplus.FOREIGN).differs
    assert not replace(told, kind=Surplus.NONE).differs


def test_what_others_just_sold_goes_with_its_symbol() -> None:
    book = ledger(entry(status=S.FILLED, filled=4))
    assert shares_of(book, [held(4)], just_sold={"AAPL": D(3)})["AAPL"].just_sold == 3
    assert shares_of(book, [held(4)], just_sold={"MSFT": D(3)})["AAPL"].just_sold == 0


# How many may be protected now

ENDED = entry(status=S.CANCELLED, filled=4)


def naked(book: Ledger, *positions: Position, orders: tuple[BrokerOrder, ...] = ()) -> list[tuple[str, D, int]]:
    """Id, naked shares and grant of each."""
    lists = joined(told_legs(*book.everything()), orders)
    found = naked_entries(book, shares_of(book, positions), lists)
    return [(one.entry.client_order_id, one.qty, one.grant) for one in found]


@pytest.mark.parametrize(
    ("qty", "free", "bare", "grant"),
    [(4, 4, 4, 4), (4, 3, 4, 3), (3, 4, 3, 3), (4, 0, 4, 0), (9, 9, 4, 4), (1, 0, 1, 0)],
)
def test_never_more_than_is_held_and_free(qty: int, free: int, bare: int, grant: int) -> None:
    assert naked(ledger(ENDED), held(qty, free)) == [(ident(), bare, grant)]


@pytest.mark.parametrize("qty", [0, -4])
def test_shares_that_are_not_there_need_no_stop(qty: int) -> None:
    """That they are missing is said as a difference."""
    assert naked(ledger(ENDED), held(qty, 4)) == []
    assert naked(ledger(ENDED)) == []


def test_one_share_is_naked_like_many() -> None:
    assert naked(ledger(entry(status=S.CANCELLED, filled=1)), held(1)) == [(ident(), 1, 1)]


def test_shares_whose_position_was_not_told_are_naked_and_not_granted() -> None:
    book = ledger(ENDED)
    found = naked_entries(book, shares_of(book, [], frozenset({"AAPL"})), joined())
    assert [(one.qty, one.grant) for one in found] == [(4, 0)]


def test_a_single_share_is_protected() -> None:
    assert naked(ledger(entry(status=S.CANCELLED, filled=1)), held(1)) == [(ident(), 1, 1)]
    assert naked(ledger(ENDED), held(4), orders=(replace(BY_HAND, qty=D(3)),)) == [(ident(), 1, 1)]


def test_a_part_of_a_share_is_not_protected() -> None:
    assert naked(ledger(ENDED), held("3.9")) == [(ident(), D("3.9"), 3)]


def test_two_entries_of_a_symbol_share_what_is_free() -> None:
    both = [msgspec.structs.replace(ENDED, client_order_id=ident(attempt=n)) for n in (1, 2)]
    assert naked(ledger(*both), held(6)) == [(ident(attempt=1), 4, 4), (ident(attempt=2), 4, 2)]


def test_naked_shares_are_told_with_their_entry_and_their_symbol() -> None:
    book, shares = ledger(ENDED), Shares("AAPL", D(4), D(4), D(4), Surplus.NONE)
    assert naked_entries(book, {"AAPL": shares}, Lists()) == (Naked(ENDED, D(4), shares, 4),)


# Stops that are not ours

BY_HAND = broker_leg("stop", order_id="by-hand")
PARENT = broker_order("by-hand", S.FILLED, filled=4, order_id="id-parent")


ASLEEP = replace(BY_HAND, asleep=True)


def under(parent: BrokerOrder, stop: BrokerOrder = ASLEEP) -> BrokerOrder:
    return replace(parent, legs=(stop,))


@pytest.mark.parametrize(
    ("order", "left"),
    [
        (BY_HAND, 0),
        (replace(BY_HAND, qty=D(3)), 1),
        (replace(BY_HAND, qty=D(9)), 0),
        (replace(BY_HAND, filled_qty=D(1)), 1),
        (replace(BY_HAND, status=S.PARTIALLY_FILLED, qty=D(5), filled_qty=D(1)), 0),
        (replace(BY_HAND, symbol="MSFT"), 4),
        (replace(BY_HAND, side="buy"), 4),
        (replace(BY_HAND, kind="limit"), 4),
        (replace(BY_HAND, status=S.CANCELLED), 4),
        (replace(BY_HAND, works=False), 4),
        (replace(BY_HAND, asleep=True), 4),
        (under(PARENT), 0),
        (under(replace(PARENT, status=S.WORKING)), 4),
        (under(replace(PARENT, status=S.CANCELLED)), 4),
        (under(replace(PARENT, side="sell", status=S.WORKING)), 0),
        (under(replace(PARENT, side="sell", status=S.CANCELLED)), 4),
        (under(replace(PARENT, side="sell", status=S.FILLED)), 4),
        (under(replace(PARENT, status=S.WORKING), BY_HAND), 0),
    ],
)
def test_a_stop_of_another_trader_guards_while_it_would_sell(order: BrokerOrder, left: int) -> None:
    """A stop that the operator moved on the broker's page guards our shares; one that sleeps under a purchase that
    has not been made guards none."""
    assert [qty for _, qty, _ in naked(ledger(ENDED), held(4), orders=(order,))] == ([left] if left else [])


@pytest.mark.parametrize(("found", "left"), [(4, 0), (5, 1), (7, 3), (8, 4), (20, 4), (3, 0)])
def test_a_stop_of_another_trader_guards_their_own_shares_first(found: int, left: int) -> None:
    assert [qty for _, qty, _ in naked(ledger(ENDED), held(found), orders=(BY_HAND,))] == ([left] if left else [])


def test_a_stop_of_another_trader_guards_where_the_position_could_not_be_read() -> None:
    book = ledger(ENDED)
    assert naked_entries(book, shares_of(book, [], frozenset({"AAPL"})), joined([BY_HAND])) == ()


def test_a_stop_of_another_trader_guards_each_share_once() -> None:
    both = [msgspec.structs.replace(ENDED, client_order_id=ident(attempt=n)) for n in (1, 2)]
    assert naked(ledger(*both), held(8, free=4), orders=(replace(BY_HAND, qty=D(5)),)) == [(ident(attempt=2), 3, 3)]


def test_a_stop_of_ours_is_not_counted_twice() -> None:
    guarded = msgspec.structs.replace(
        ENDED, client_order_id=ident(attempt=2), protections=(protection(legs=(leg("stop", order_id="by-hand"),)),)
    )
    assert naked(ledger(ENDED, guarded), held(8, free=4), orders=(BY_HAND,)) == [(ident(), 4, 4)]


# Sells of ours that guard nothing


def way(one: Entry, lists: Lists | None = None) -> list[str]:
    return [leg.order_id for leg in in_the_way(one, joined(told_legs(one)) if lists is None else lists)]


STOP, TARGET = leg("stop"), leg("target")
ENDED_STOP = leg("stop", S.REJECTED)


@pytest.mark.parametrize(
    ("legs", "status", "expected"),
    [
        ((STOP, TARGET), S.FILLED, []),
        ((leg("stop", asleep=True), TARGET), S.FILLED, []),
        ((ENDED_STOP, TARGET), S.FILLED, ["id-target"]),
        ((TARGET,), S.FILLED, ["id-target"]),
        ((ENDED_STOP, leg("target", S.CANCELLED)), S.FILLED, []),
        ((leg("stop", works=False), TARGET), S.FILLED, ["id-stop", "id-target"]),
        ((leg("stop", asleep=True), leg("target", asleep=True)), S.CANCELLED, ["id-stop", "id-target"]),
        ((STOP, TARGET), S.CANCELLED, []),
        ((), S.FILLED, []),
    ],
)
def test_a_target_whose_stop_ended_holds_shares_and_guards_none(
    legs: tuple[Leg, ...], status: OrderStatus, expected: list[str]
) -> None:
    """Of a bracket by its entry's status, of a pair by its target's: R13 and P1."""
    assert way(entry(status=status, filled=4, legs=legs)) == expected
    pair_status = S.WORKING if status is S.FILLED else status
    pair = protection(pair_status, legs=legs)
    assert way(entry(status=S.CANCELLED, filled=4, protections=(pair,))) == expected


def test_a_sell_that_no_list_shows_holds_nothing() -> None:
    alone = entry(status=S.FILLED, filled=4, legs=(ENDED_STOP, TARGET))
    assert way(alone, joined([broker_leg("stop", S.REJECTED)])) == []
    assert way(alone, joined([broker_leg("target")])) == ["id-target"]


def test_a_sale_at_the_market_is_in_the_way_of_none() -> None:
    sale = protection(stop_price=None, target_price=None, legs=(leg("stop", works=False),))
    assert way(entry(status=S.CANCELLED, filled=4, protections=(sale,))) == []


def test_what_holds_protections_back() -> None:
    assert STANDING.holds_back("AAPL") is None
    assert KILLED.holds_back("AAPL") is None
    assert replace(STANDING, kill_protects=False).holds_back("AAPL") is None
    assert replace(STANDING, flattened={"MSFT": "set"}).holds_back("AAPL") is None
    said = [
        replace(STANDING, **changes).holds_back("AAPL")
        for changes in (
            {"flattening": True},
            {"flattened": {"AAPL": "set"}},
            {"killed": True, "kill_protects": False},
            {"takes_no_orders": "trading_blocked"},
        )
    ]
    assert said == [
        "the latch `flatten` is set; say `execution flatten` again, or `execution latches clear flatten`",
        "the latch `flatten:AAPL` is set; say `execution flatten --symbol AAPL` again, or "
        "`execution latches clear flatten:AAPL`",
        "kill switch active and KILL_PROTECTS_POSITIONS is off",
        "the broker takes no orders (trading_blocked); `execution unkill` lifts our own suspend",
    ]


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    filled = draw(st.integers(0, 4))
    stop = leg("stop", draw(st.sampled_from(S)), asleep=draw(st.booleans()), works=draw(st.booleans()))
    return entry(
        status=draw(st.sampled_from(sorted(DONE | WORKING, key=lambda status: status.value))),
        attempt=draw(st.integers(1, 3)),
        filled=filled,
        exited=draw(st.integers(0, filled)),
        legs=draw(st.sampled_from([(), (stop,)])),
    )


@given(
    st.lists(entries(), max_size=3, unique_by=lambda one: one.client_order_id),
    st.integers(-4, 12),
    st.integers(-4, 12),
    st.sampled_from([(), (BY_HAND,), (replace(BY_HAND, qty=D(9)),)]),
)
def test_no_stop_is_ever_granted_for_shares_that_are_guarded_or_not_there(
    some: list[Entry], qty: int, free: int, orders: tuple[BrokerOrder, ...]
) -> None:
    found = naked(ledger(*some), held(qty, free), orders=orders)
    assert sum(grant for _, _, grant in found) <= max(0, min(qty, free))
    for (name, bare, grant), one in ((row, one) for row in found for one in some if one.client_order_id == row[0]):
        assert 0 <= grant <= bare <= naked_qty(one, joined(told_legs(one))) <= one.held_qty, name
