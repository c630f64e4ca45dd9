"""Cancels that are due, and what is said and written of each: done is what a look says."""

from __future__ import annotations

import msgspec
import pytest
from support.broker import Desk
from support.trading import NOW, D, S, broker_leg, broker_order, entry, ident, later, ledger

from execution.act.cancel import Cancelled, cancel_due
from execution.act.due import Standing
from execution.act.said import noted, warned
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import BrokerOrder
from execution.ledger.day import Entry, Event, Ledger
from execution.ledger.lists import joined
from execution.orders import OrderStatus
from gates.base.logs import Level
from gates.base.record import replace

STANDING = Standing(NOW, ttl_seconds=600, session_over=False, killed=False, kill_cancels=True, kill_protects=True)
KILLED = replace(STANDING, killed=True)
OURS = entry(status=S.WORKING)
RESTING = broker_order()
ENDED = broker_order(status=S.CANCELLED)
WORDS = f"AAPL: reason=kill switch active client_order_id={ident()}"
DONE_LINE = noted(f"CANCEL {WORDS}")
GONE = noted(f"CANCELLED AAPL: filled=0 of 4 client_order_id={ident()} (was working)")


def cancelled(book: Ledger | None, *orders: BrokerOrder, desk: Desk, standing: Standing = KILLED) -> Cancelled:
    return cancel_due(book, desk, joined(orders), standing)


def now(one: Entry, status: OrderStatus, note: str | None = None, **changes: object) -> Entry:
    return msgspec.structs.replace(one, status=status, history=(*one.history, Event(NOW, status, note)), **changes)


def asked(times: int = 1, first: object = NOW, one: Entry = OURS) -> Entry:
    return msgspec.structs.replace(one, cancel_asked_at=first, cancels_asked=times)


def test_nothing_due_asks_nothing() -> None:
    desk = Desk()
    assert cancelled(ledger(OURS), RESTING, desk=desk, standing=STANDING) == Cancelled(ledger(OURS), (), 0)
    assert desk.diary == []


def test_a_cancel_that_a_look_confirms_is_done_and_written() -> None:
    desk = Desk(known={ident(): ENDED})
    assert cancelled(ledger(OURS), RESTING, desk=desk) == Cancelled(
        ledger(now(OURS, S.CANCELLED)), (DONE_LINE, GONE), 0
    )
    assert desk.diary == ["cancel id-AAPL-1", f"find {ident()}"]


@pytest.mark.parametrize("symbol", ["FAILED", "ASKED"])
def test_how_loudly_it_is_said_does_not_hang_on_the_symbol(symbol: str) -> None:
    ended = broker_order(ident(symbol), S.CANCELLED, symbol=symbol)
    resting = broker_order(ident(symbol), symbol=symbol)
    after = cancelled(ledger(entry(symbol, S.WORKING)), resting, desk=Desk(known={ident(symbol): ended}))
    assert {one.level for one in after.said} == {Level.INFO}


def test_without_a_ledger_the_cancel_is_asked_for_all_the_same() -> None:
    assert cancelled(None, RESTING, desk=Desk(known={ident(): ENDED})) == Cancelled(None, (DONE_LINE,), 0)
    assert cancelled(None, RESTING, desk=Desk(known={ident(): RESTING})) == Cancelled(
        None, (warned(f"CANCEL ASKED {WORDS}"),), 1
    )


def test_an_order_that_the_ledger_does_not_hold_is_cancelled_and_not_written() -> None:
    other = ledger(entry("MSFT", S.WORKING))
    assert cancelled(other, RESTING, desk=Desk(known={ident(): ENDED})) == Cancelled(other, (DONE_LINE,), 0)


@pytest.mark.parametrize("look", [RESTING, None, broker_order(status=S.SUBMITTED)])
def test_one_that_works_on_is_asked_for_and_left(look: BrokerOrder | None) -> None:
    """204 without effect, or a list and a look that lag: P2."""
    after = cancelled(ledger(OURS), RESTING, desk=Desk(known={ident(): look}))
    assert after == Cancelled(ledger(asked()), (warned(f"CANCEL ASKED {WORDS}"),), 1)


@pytest.mark.parametrize(
    ("before", "taken", "patience", "after"),
    [
        (OURS, True, "", asked()),
        (OURS, False, ", the broker refuses to cancel it", asked()),
        (asked(1, later(-59)), True, ", still working 0 min after the first of 2 requests", asked(2, later(-59))),
        (asked(1, later(-60)), True, ", still working 1 min after the first of 2 requests", asked(2, later(-60))),
        (
            asked(7, later(-600)),
            False,
            ", still working 10 min after the first of 8 requests, the broker refuses to cancel it",
            asked(8, later(-600)),
        ),
        (asked(1, later(86_400)), True, ", still working 0 min after the first of 2 requests", asked(2)),
    ],
)
def test_it_is_said_how_long_and_how_often_it_was_asked_for(
    before: Entry, taken: bool, patience: str, after: Entry
) -> None:
    desk = Desk(cancels={"id-AAPL-1": taken}, known={ident(): RESTING})
    assert cancelled(ledger(before), RESTING, desk=desk) == Cancelled(
        ledger(after), (warned(f"CANCEL ASKED {WORDS}{patience}"),), 1
    )


@pytest.mark.parametrize(
    ("desk", "diary"),
    [
        (Desk(cancels={"id-AAPL-1": BrokerUnreachable("HTTP 500")}), 1),
        (Desk(known={ident(): BrokerUnreachable("HTTP 500")}), 2),
    ],
)
def test_a_cancel_that_fails_or_cannot_be_looked_at_is_left_and_keeps_no_other(desk: Desk, diary: int) -> None:
    other = broker_order(ident("MSFT"), symbol="MSFT")
    after = cancelled(ledger(OURS), RESTING, other, desk=desk)
    assert after == Cancelled(
        ledger(OURS),
        (
            warned(f"CANCEL FAILED AAPL: reason=HTTP 500 client_order_id={ident()}"),
            warned(f"CANCEL ASKED MSFT: reason=kill switch active client_order_id={ident('MSFT')}"),
        ),
        2,
    )
    assert len(desk.diary) == diary + 2


def test_a_fill_on_its_way_is_taken_over_with_what_its_legs_sold() -> None:
    legs = (broker_leg("target"), broker_leg("stop", S.FILLED, filled=4))
    filled = broker_order(status=S.FILLED, filled=4, legs=legs)
    after = cancelled(ledger(OURS), RESTING, desk=Desk(known={ident(): filled}))
    assert after.said == (
        DONE_LINE,
        noted(f"FILLED AAPL: filled=4 of 4 client_order_id={ident()} (was working)"),
        noted(f"EXIT AAPL: kind=stop qty=4 price=97.90 realized=-13.60 entry={ident()}"),
    )
    assert after.ledger is not None
    assert (after.ledger.entries[0].held_qty, len(after.ledger.exits)) == (0, 1)


def test_two_are_written_into_one_ledger() -> None:
    msft = entry("MSFT", S.WORKING)
    known = {ident(): ENDED, ident("MSFT"): broker_order(ident("MSFT"), S.CANCELLED, symbol="MSFT")}
    resting = broker_order(ident("MSFT"), symbol="MSFT")
    after = cancelled(ledger(OURS, msft), RESTING, resting, desk=Desk(known=known))
    assert after.ledger == ledger(now(OURS, S.CANCELLED), now(msft, S.CANCELLED))
    assert (len(after.said), after.left) == (4, 0)


# Edited on the broker's page

EDITED = broker_order("made-up", order_id="id-edited", qty=D(3), replaces="id-AAPL-1", limit_price=D("100.00"))
REPLACED = broker_order(status=S.CANCELLED, filled=1, replaced_by="id-edited")
EDITED_OURS = entry(
    status=S.PARTIALLY_FILLED, filled=1, order_id="id-edited", limit_price=D("100.00"), notional=D("400.00")
)


def test_an_edited_entry_is_cancelled_and_looked_up_in_the_version_that_works() -> None:
    desk = Desk(known={"made-up": replace(EDITED, status=S.CANCELLED, filled_qty=D(1), filled_avg_price=D("100.00"))})
    after = cancelled(ledger(EDITED_OURS), REPLACED, EDITED, desk=desk)
    assert desk.diary == ["cancel id-edited", "find made-up"]
    assert (after.said[0], after.left) == (DONE_LINE, 0)
    assert after.ledger is not None
    one = after.ledger.entries[0]
    assert (one.status, one.filled_qty, one.qty, one.order_id) == (S.CANCELLED, 2, 4, "id-edited")
    assert one.filled_avg_price == D("100.65")


def test_an_edited_entry_that_works_on_keeps_what_it_bought() -> None:
    after = cancelled(ledger(EDITED_OURS), REPLACED, EDITED, desk=Desk(known={"made-up": EDITED}))
    assert after == Cancelled(ledger(asked(one=EDITED_OURS)), (warned(f"CANCEL ASKED {WORDS}"),), 1)


def test_an_entry_replaced_in_this_moment_is_neither_done_nor_over() -> None:
    """Its successor is in no list yet; until it is, the notional is held."""
    replaced = replace(ENDED, replaced_by="id-edited")
    after = cancelled(ledger(OURS), RESTING, desk=Desk(cancels={"id-AAPL-1": False}, known={ident(): replaced}))
    assert after == Cancelled(ledger(asked()), (warned(f"CANCEL ASKED {WORDS}, the broker refuses to cancel it"),), 1)


def test_the_word_about_an_order_that_was_edited_since_is_not_written() -> None:
    """The list lags behind the edit that the ledger knows of."""
    after = cancelled(ledger(EDITED_OURS), RESTING, desk=Desk(known={ident(): RESTING}))
    assert after == Cancelled(ledger(asked(one=EDITED_OURS)), (warned(f"CANCEL ASKED {WORDS}"),), 1)


def test_an_entry_in_doubt_is_told_by_what_the_cancel_finds() -> None:
    after = cancelled(ledger(entry(status=S.UNKNOWN)), RESTING, desk=Desk(known={ident(): ENDED}))
    assert after.ledger == ledger(now(entry(status=S.UNKNOWN), S.CANCELLED, order_id="id-AAPL-1"))
    assert after.said == (DONE_LINE, noted(GONE.text.replace("was working", "was unknown")))
