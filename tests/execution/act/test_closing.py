"""What cancel-all and flatten have to do, from the broker's lists, and whose it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    NOW,
    D,
    S,
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
)

from execution.act.closing import ClosingSale, Scope, Seen, Task, not_shown, our_shares, task_of, working
from execution.broker.port import BrokerOrder
from execution.ledger.day import Exit, Word
from execution.ledger.lists import joined
from execution.orders import OrderStatus, flatten_id
from gates.base.record import replace

LEGS = (broker_leg("target"), broker_leg("stop"))
FILLED = broker_order(status=S.FILLED, filled=4, legs=LEGS)
RESTING = broker_order(ident("MSFT"), symbol="MSFT", legs=(replace(broker_leg("stop"), order_id="asleep"),))
THEIRS = broker_order("by-hand", symbol="NVDA", order_id="theirs")
CLOSE = broker_order(flatten_id(DAY, "AAPL", 1), side="sell", order_id="close")
ONE = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))
HELD = ledger(ONE)


def task(
    *orders: BrokerOrder, closes: bool = True, ours_only: bool = False, symbol: str | None = None, **changes: Any
) -> Task:
    asked: dict[str, Any] = {"positions": (), "lists": joined(orders), "live": None, "now": NOW}
    return task_of(**asked | changes, scope=Scope(closes, ours_only, symbol))


def ids(task: Task) -> list[str]:
    return [order.order_id for order in task.cancels]


def test_every_order_that_works_once_and_legs_asleep_go_with_their_parent() -> None:
    assert [order.order_id for order in working(joined((RESTING, THEIRS, LEGS[0]), (FILLED, RESTING)))] == [
        RESTING.order_id, "theirs", "id-target", "id-stop",
    ]  # fmt: skip


@pytest.mark.parametrize("status", [S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED])
def test_what_is_over_needs_no_cancel(status: OrderStatus) -> None:
    assert task(broker_order(status=status)) == Task((), (), ())


def test_everything_goes_unless_only_ours_should() -> None:
    everything = task(FILLED, RESTING, THEIRS, *LEGS)
    assert set(ids(everything)) == {RESTING.order_id, "theirs", "id-target", "id-stop"}
    ours = task(FILLED, RESTING, THEIRS, *LEGS, ours_only=True)
    assert set(ids(ours)) == {RESTING.order_id, "id-target", "id-stop"}
    assert ours.left_alone == (("NVDA", "buy order of 4 shares is not ours"),)


def test_of_one_symbol_everything_goes_and_of_the_others_nothing() -> None:
    """Its orders, its shares, and what cannot be told of it; the rest is not even left alone with words."""
    there = (position(), position("MSFT"))
    one = task(FILLED, RESTING, THEIRS, *LEGS, live=HELD, positions=there, symbol="AAPL")
    assert set(ids(one)) == {"id-target", "id-stop"}
    assert ([sale.symbol for sale in one.sales], one.left_alone, one.untold) == (["AAPL"], (), ())
    other = task(FILLED, RESTING, THEIRS, *LEGS, live=HELD, positions=(), symbol="MSFT")
    assert (ids(other), other.sales, other.untold) == ([RESTING.order_id], (), ())
    lacking = task(live=HELD, positions=(), symbol="AAPL")
    assert [symbol for symbol, _ in lacking.untold] == ["AAPL"]


def test_what_a_scope_covers() -> None:
    everything, one = Scope(True, False), Scope(True, False, "AAPL")
    assert [everything.covers(symbol) for symbol in ("AAPL", None)] == [True, True]
    assert [one.covers(symbol) for symbol in ("AAPL", "MSFT", None)] == [True, False, False]
    assert [one.may_cover(symbol) for symbol in ("AAPL", "MSFT", None)] == [True, False, True]


def test_a_leg_the_ledger_alone_knows_is_ours() -> None:
    there = (position(),)
    assert ids(task(*LEGS, live=HELD, ours_only=True, positions=there)) == ["id-target", "id-stop"]
    assert ids(task(*LEGS, ours_only=True, positions=there)) == []


def test_a_stop_that_was_edited_on_the_brokers_page_is_ours_and_goes() -> None:
    """`flatten --ours-only` could not get out: the new stop held all shares (R22)."""
    edited = broker_leg("stop", order_id="id-edited", replaces="id-stop")
    found = task(broker_leg("stop", S.CANCELLED, replaced_by="id-edited"), edited, live=HELD, ours_only=True)
    assert (ids(found), found.left_alone) == (["id-edited"], ())


def test_a_close_on_its_way_is_cancelled_by_cancel_all_and_not_by_flatten() -> None:
    assert ids(task(CLOSE)) == []
    assert ids(task(CLOSE, closes=False)) == ["close"]
    assert ids(task(CLOSE, ours_only=True)) == []


def test_cancel_all_sells_nothing_and_asks_for_no_shares() -> None:
    assert task(positions=(position(),), closes=False) == Task((), (), ())
    assert task(live=HELD, closes=False).done


@pytest.mark.parametrize(
    ("qty", "free", "ours_only", "sale", "left"),
    [
        ("4", "4", False, ClosingSale("AAPL", D(4), D(4), D(4)), None),
        ("7", "7", False, ClosingSale("AAPL", D(7), D(7), D(4)), None),
        ("7", "7", True, ClosingSale("AAPL", D(4), D(4), D(4)), "3 shares are not ours"),
        ("7", "2", True, ClosingSale("AAPL", D(2), D(4), D(4)), "3 shares are not ours"),
        ("4.5", "4.5", True, ClosingSale("AAPL", D(4), D(4), D(4)), "0.5 shares are not ours"),
        ("2", "2", True, ClosingSale("AAPL", D(2), D(2), D(2)), None),
        ("4", "0", False, ClosingSale("AAPL", D(0), D(4), D(4)), None),
        ("4", "-1", False, ClosingSale("AAPL", D(0), D(4), D(4)), None),
        ("0.5", "0.5", False, ClosingSale("AAPL", D("0.5"), D("0.5"), D("0.5")), None),
        ("-3", "-3", False, None, "short 3 shares; buy them back on the broker's own page"),
        ("-3", "-3", True, None, "short 3 shares; buy them back on the broker's own page"),
        ("0", "0", False, None, None),
        ("0", "0", True, None, None),
    ],
)
def test_what_is_sold(qty: str, free: str, ours_only: bool, sale: ClosingSale | None, left: str | None) -> None:
    found = task(positions=(held(qty, free),), live=HELD, ours_only=ours_only)
    assert found.sales == ((sale,) if sale else ())
    assert found.left_alone == ((("AAPL", left),) if left else ())


def test_a_position_that_we_did_not_buy_is_theirs() -> None:
    found = task(positions=(position(), position("NVDA")), live=HELD, ours_only=True)
    assert [sale.symbol for sale in found.sales] == ["AAPL"]
    assert found.left_alone == (("NVDA", "4 shares are not ours"),)


# Sales that the position does not show yet


def sold(qty: int, seconds: float = -60, *, name: str = "by-hand", **changes: Any) -> BrokerOrder:
    good = broker_order(name, S.FILLED, filled=qty, qty=D(qty), side="sell", order_id=f"id-{name}", kind="market")
    return replace(good, **{"updated_at": later(seconds)} | changes)


FLAT = msgspec.structs.replace(ONE, exited_qty=D(4))
BOOKED = Exit("AAPL", "flatten", D(4), D(99), NOW, ident(), D("-9.20"), "id-avx-20261120-AAPL-flatten-1")
CLOSED = sold(4, name=flatten_id(DAY, "AAPL", 1))
AFTER_CLOSE = ledger(FLAT, exits=(BOOKED,))


@pytest.mark.parametrize(
    ("book", "qty", "orders", "sale"),
    [
        (AFTER_CLOSE, 4, (CLOSED,), ClosingSale("AAPL", D(0), D(4), D(0), gone=D(4))),
        (AFTER_CLOSE, 9, (CLOSED,), ClosingSale("AAPL", D(5), D(9), D(0), gone=D(4))),
        (AFTER_CLOSE, 3, (CLOSED,), ClosingSale("AAPL", D(0), D(3), D(0), gone=D(3))),
        (AFTER_CLOSE, 4, (replace(CLOSED, updated_at=later(-899)),), ClosingSale("AAPL", D(0), D(4), D(0), gone=D(4))),
        (AFTER_CLOSE, 4, (replace(CLOSED, updated_at=later(-900)),), ClosingSale("AAPL", D(4), D(4), D(0))),
        (AFTER_CLOSE, 4, (replace(CLOSED, symbol="MSFT"),), ClosingSale("AAPL", D(4), D(4), D(0))),
        (AFTER_CLOSE, 4, (replace(CLOSED, side="buy"),), ClosingSale("AAPL", D(4), D(4), D(0))),
        (AFTER_CLOSE, 4, (), ClosingSale("AAPL", D(4), D(4), D(0))),
        (
            msgspec.structs.replace(AFTER_CLOSE, words=(Word("AAPL", D(3), NOW, "bought by hand"),)),
            4,
            (CLOSED,),
            ClosingSale("AAPL", D(3), D(4), D(0), gone=D(1)),
        ),
        (HELD, 4, (CLOSED,), ClosingSale("AAPL", D(4), D(4), D(4))),
        (HELD, 6, (CLOSED,), ClosingSale("AAPL", D(4), D(6), D(4), gone=D(2))),
        (HELD, 4, (sold(4),), ClosingSale("AAPL", D(0), D(4), D(4), gone=D(4))),
        (HELD, 4, (sold(1),), ClosingSale("AAPL", D(3), D(4), D(4), gone=D(1))),
        (HELD, 4, (sold(9),), ClosingSale("AAPL", D(0), D(4), D(4), gone=D(4))),
        (HELD, 9, (sold(4),), ClosingSale("AAPL", D(5), D(9), D(4), gone=D(4))),
        (HELD, 4, (sold(4, -900),), ClosingSale("AAPL", D(4), D(4), D(4))),
        (HELD, 1, (sold(1),), ClosingSale("AAPL", D(0), D(1), D(1), gone=D(1))),
        (HELD, 3, (sold(1),), ClosingSale("AAPL", D(2), D(3), D(3), gone=D(1))),
        (
            msgspec.structs.replace(HELD, words=(Word("AAPL", D(5), later(-59), "mine"),)),
            9,
            (sold(4),),
            ClosingSale("AAPL", D(9), D(9), D(4)),
        ),
        (
            msgspec.structs.replace(HELD, words=(Word("AAPL", D(4), later(-60), "mine"),)),
            9,
            (sold(4),),
            ClosingSale("AAPL", D(8), D(9), D(4), gone=D(1)),
        ),
        (
            msgspec.structs.replace(HELD, words=(Word("AAPL", D(5), later(-61), "mine"),)),
            9,
            (sold(4),),
            ClosingSale("AAPL", D(5), D(9), D(4), gone=D(4)),
        ),
        (
            msgspec.structs.replace(HELD, words=(Word("MSFT", D(5), NOW, "mine"),)),
            9,
            (sold(4),),
            ClosingSale("AAPL", D(5), D(9), D(4), gone=D(4)),
        ),
        (None, 4, (FILLED, CLOSED), ClosingSale("AAPL", D(0), D(4), D(0), gone=D(4))),
        (None, 4, (FILLED, sold(4)), ClosingSale("AAPL", D(0), D(4), D(4), gone=D(4))),
    ],
)
def test_shares_that_a_sale_may_have_sold_already_are_not_sold_again(
    book: Any, qty: int, orders: tuple[BrokerOrder, ...], sale: ClosingSale
) -> None:
    """`flatten` said twice while the positions lag sold twice (R2); so would it after a sale by hand."""
    found = task(*orders, positions=(held(qty),), live=book)
    assert found.sales == (sale,)
    assert not found.done


@pytest.mark.parametrize(
    ("book", "qty", "orders", "sale"),
    [
        (HELD, 8, (CLOSED,), ClosingSale("AAPL", D(4), D(4), D(4))),
        (HELD, 8, (sold(4),), ClosingSale("AAPL", D(4), D(4), D(4))),
        (HELD, 6, (sold(4),), ClosingSale("AAPL", D(2), D(4), D(4), gone=D(2))),
        (HELD, 4, (sold(4),), ClosingSale("AAPL", D(0), D(4), D(4), gone=D(4))),
        (HELD, 4, (sold(4), CLOSED), ClosingSale("AAPL", D(0), D(4), D(4), gone=D(4))),
    ],
)
def test_of_ours_only_those_wait_that_may_be_gone(
    book: Any, qty: int, orders: tuple[BrokerOrder, ...], sale: ClosingSale
) -> None:
    found = task(*orders, positions=(held(qty),), live=book, ours_only=True)
    assert found.sales == (sale,)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_whatever_lags_no_more_is_sold_than_is_there(true_qty: int, by_hand: int, shown: int, ours_only: bool) -> None:
    """The position shows some of what was sold by hand of the last minutes, or none of it."""
    there = true_qty + min(shown, by_hand)
    found = task(sold(by_hand), positions=(held(there),), live=HELD, ours_only=ours_only)
    ours_left = max(0, min(4, true_qty))
    for one in found.sales:
        assert one.qty <= true_qty
        assert one.qty + one.gone == one.held
        assert not ours_only or one.qty >= ours_left - by_hand


# Shares that are not there, and what could not be read

LACKS = (
    "{0} shares of ours are not in the positions and no sale explains them; say it again, or "
    "`execution ledger explain AAPL --shares {0} --evidence TEXT`"
)


@pytest.mark.parametrize("ours_only", [True, False])
@pytest.mark.parametrize(("qty", "lacking"), [(None, 4), (0, 4), (1, 3), (3, 1), (4, 0), (-2, 4)])
def test_an_empty_list_is_not_believed_against_the_ledger(qty: int | None, lacking: int, ours_only: bool) -> None:
    """`flatten` said DONE on an empty list while 9 shares were held without a stop: R11."""
    found = task(positions=() if qty is None else (held(qty),), live=HELD, ours_only=ours_only)
    assert found.untold == ((("AAPL", LACKS.format(lacking)),) if lacking else ())
    assert not found.done


def test_shares_that_lack_are_named_symbol_by_symbol() -> None:
    book = ledger(entry("MSFT", S.FILLED, filled=4), ONE, entry("NVDA", S.FILLED, filled=4, exited=4))
    found = task(live=book)
    assert [symbol for symbol, _ in found.untold] == ["AAPL", "MSFT"]
    assert task(live=ledger(FLAT)).done


def test_what_could_not_be_read_is_not_said_to_lack() -> None:
    book = ledger(entry("MSFT", S.FILLED, filled=4), ONE)
    assert task(live=book, unread=frozenset({"AAPL"})).untold == (("MSFT", LACKS.format(4).replace("AAPL", "MSFT")),)
    assert task(live=HELD, unread=frozenset({"AAPL"})).untold == ()
    assert task(live=HELD, unread=frozenset({None})).untold == (("AAPL", LACKS.format(4)),)


SPLIT = (
    "{0} shares beyond those we bought are held and nothing explains them (a split?); close them on the broker's own "
    "page, or `execution ledger explain AAPL --shares {0} --evidence TEXT`"
)


def bought(qty: int, **changes: Any) -> BrokerOrder:
    return replace(broker_order("by-hand", S.FILLED, filled=qty, qty=D(qty), order_id="theirs"), **changes)


@pytest.mark.parametrize(
    ("book", "qty", "orders", "beyond"),
    [
        (HELD, "8", (), 4),
        (HELD, "5", (), 1),
        (HELD, "4.9", (), 0),
        (HELD, "4", (), 0),
        (HELD, "3", (), 0),
        (HELD, "8", (bought(4),), 0),
        (HELD, "8", (bought(3),), 1),
        (HELD, "8", (bought(4, symbol="MSFT"),), 4),
        (HELD, "8", (bought(4, order_id="id-stop"),), 4),
        (HELD, "8", (bought(4), sold(1, -900)), 1),
        (HELD, "8", (sold(1, -900),), 4),
        (HELD, "8", (FILLED,), 4),
        (HELD, "8", (sold(4),), 0),
        (msgspec.structs.replace(HELD, words=(Word("AAPL", D(3), NOW, "mine"),)), "8", (), 1),
        (ledger(FLAT), "4", (), 4),
        (AFTER_CLOSE, "4", (CLOSED,), 0),
        (ledger(entry(status=S.CANCELLED, filled=1, exited=1)), "2", (), 2),
        (ledger(entry(status=S.CANCELLED)), "4", (), 0),
        (ledger(entry("MSFT", S.FILLED, filled=4, exited=4)), "4", (), 0),
        (None, "4", (), 0),
    ],
)
def test_shares_beyond_those_we_bought_that_nothing_explains_may_be_ours(
    book: Any, qty: str, orders: tuple[BrokerOrder, ...], beyond: int
) -> None:
    """After a split half of what is ours looks like another trader's."""
    found = task(*orders, positions=(held(qty),), live=book, ours_only=True)
    said = [words for _, words in found.untold if "beyond" in words]
    assert said == ([SPLIT.format(f"{beyond}")] if beyond else [])
    assert [words for _, words in task(*orders, positions=(held(qty),), live=book).untold if "beyond" in words] == []


@pytest.mark.parametrize(
    ("one", "done"),
    [
        (Task((), (), ()), True),
        (Task((), (), (("AAPL", "not ours"),)), True),
        (Task((RESTING,), (), ()), False),
        (Task((), (ClosingSale("AAPL", D(0), D(4), D(4)),), ()), False),
        (Task((), (), (), (("AAPL", "not told"),)), False),
    ],
)
def test_done_is_when_nothing_is_to_be_cancelled_sold_or_told(one: Task, done: bool) -> None:
    assert one.done is done


# Whose shares


def test_without_a_ledger_the_brokers_record_says_whose_shares_are_whose() -> None:
    closed = broker_order(flatten_id(DAY, "AAPL", 1), S.FILLED, filled=1, side="sell", order_id="close")
    stopped = replace(FILLED, legs=(LEGS[0], broker_leg("stop", S.FILLED, filled=2)))
    by_hand = broker_order("by-hand", S.FILLED, filled=4, order_id="theirs")
    assert our_shares(None, joined([stopped, closed, by_hand])) == {"AAPL": D(1)}
    assert our_shares(HELD, joined([stopped])) == {"AAPL": D(4)}


def test_more_sold_than_bought_by_the_brokers_record_is_none_of_ours() -> None:
    over = broker_order(
        flatten_id(DAY, "AAPL", 1), S.FILLED, filled=9, side="sell", order_id="close", updated_at=later(-3600)
    )
    found = task(FILLED, over, positions=(held(4),), ours_only=True)
    assert (found.sales, found.left_alone) == ((), (("AAPL", "4 shares are not ours"),))
    assert task(FILLED, over, positions=(held(4),)).sales == (ClosingSale("AAPL", D(4), D(4), D(0)),)


def test_a_bracket_that_is_over_leaves_nothing_to_cancel() -> None:
    over = (broker_leg("target", S.FILLED, filled=4), broker_leg("stop", S.CANCELLED))
    assert working(joined([replace(FILLED, legs=over)])) == ()


def test_a_protection_of_ours_goes_before_its_shares_are_sold() -> None:
    pair = broker_order(
        "avx-20261120-AAPL-protect-1", side="sell", order_id="id-pair", legs=(replace(LEGS[1], asleep=True),)
    )
    book = ledger(msgspec.structs.replace(ONE, legs=(), protections=(protection(order_id="id-pair"),)))
    found = task(pair, positions=(held(4, free=0),), live=book, ours_only=True)
    assert (ids(found), found.sales) == (["id-pair"], (ClosingSale("AAPL", D(0), D(4), D(4)),))


@pytest.mark.parametrize("status", list(OrderStatus))
def test_an_order_of_the_ledger_that_no_answer_shows_is_named_until_it_is_over(status: OrderStatus) -> None:
    known = ledger(entry(status=status, filled=4 if status is S.FILLED else 0))
    named = not_shown(known, joined(), frozenset())
    assert bool(named) is (status in {S.INTENDED, S.UNKNOWN, S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED})
    assert not_shown(None, joined(), frozenset()) == ()
    for symbol, why in named:
        assert symbol == "AAPL" and why == (
            f"{ident()} is {status.value} by the ledger, and the broker does not show it; say it again, or, if it "
            "stays so, `execution ledger settle` says what became of it"
        )


def test_a_protection_that_no_answer_shows_is_named_too() -> None:
    one = protection(S.UNKNOWN)
    known = ledger(msgspec.structs.replace(ONE, protections=(one,)))
    why = f"{one.client_order_id} is unknown by the ledger, and the broker does not show it; say it again"
    assert not_shown(known, joined((FILLED,)), frozenset()) == (("AAPL", why),)


def test_an_order_that_is_shown_or_was_told_unreadably_is_not_named() -> None:
    known = ledger(entry(status=S.WORKING))
    assert not_shown(known, joined((broker_order(status=S.WORKING),)), frozenset()) == ()
    assert not_shown(known, joined(), {ident()}) == ()


def sale(symbol: str, qty: int) -> ClosingSale:
    return ClosingSale(symbol, D(qty), D(qty), D(0))


KO_CLOSE = broker_order(flatten_id(DAY, "KO", 1), symbol="KO", side="sell", order_id="ko-close", qty=5)
KO_SOLD = broker_order("theirs-too", symbol="KO", side="sell", order_id="ko-sold", qty=3, filled=3, status=S.FILLED)


def test_shares_seen_by_this_command_and_listed_no_longer_need_a_sale() -> None:
    assert Seen().vanished([sale("KO", 5)], joined(())) == ()
    seen = Seen().after([sale("KO", 5)], joined(()))
    ((symbol, why),) = seen.vanished([], joined(()))
    assert (symbol, why) == (
        "KO",
        "5 shares were listed a moment ago, and no sale explains that they are not now; say it again",
    )
    assert seen.vanished([sale("KO", 5)], joined(())) == ()
    assert seen.vanished([sale("KO", 2)], joined((KO_SOLD,))) == ()


def test_a_close_that_works_or_has_sold_explains_what_is_listed_no_longer() -> None:
    for status, filled in ((S.WORKING, 0), (S.FILLED, 5)):
        seen = Seen().after([sale("KO", 5)], joined((broker_order(order_id="other"),)))
        assert seen.vanished([], joined((replace(KO_CLOSE, status=status, filled_qty=D(filled)),))) == ()


def test_what_was_sold_before_the_first_look_explains_nothing() -> None:
    seen = Seen().after([sale("KO", 5)], joined((KO_SOLD,)))
    assert [symbol for symbol, _ in seen.vanished([], joined((KO_SOLD,)))] == ["KO"]
