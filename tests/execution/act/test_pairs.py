"""Protections that are written down are sent once each, and what became of them is written and said."""

from __future__ import annotations

import msgspec
import pytest
from support.broker import Desk, taken
from support.trading import DAY, NOW, D, S, broker_leg, broker_order, entry, ledger, leg, protection

from execution.act.pairs import send_protections
from execution.act.said import Said, warned
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import BrokerOrder
from execution.ledger.day import Entry, Event, Exit, Ledger, Protection
from execution.orders import OrderStatus, protect_id

FIRST, SECOND = protect_id(DAY, "AAPL", 1), protect_id(DAY, "AAPL", 2)
INTENDED = protection(S.INTENDED)
IN_DOUBT = protection(S.UNKNOWN)
PAIR = broker_order(
    FIRST,
    S.WORKING,
    side="sell",
    kind="target",
    order_id="id-target",
    limit_price=D("108.10"),
    legs=(broker_leg("stop", asleep=True),),
)
LEGS = (leg("target"), leg("stop", asleep=True))


def book(*protections: Protection, **changes: object) -> Ledger:
    return ledger(entry(status=S.CANCELLED, filled=4, protections=protections, **changes))


def answered(before: Protection, status: OrderStatus, note: str | None = None, **changes: object) -> Protection:
    history = (*before.history, Event(NOW, status, note, NOW, NOW))
    return msgspec.structs.replace(before, status=status, history=history, **changes)


WORKING = answered(INTENDED, S.WORKING, order_id="id-target", legs=LEGS)


def said(status: str, name: str = FIRST, levels: str = "stop=97.90 target=108.10") -> Said:
    return warned(f"PROTECT AAPL: qty=4 {levels} status={status} client_order_id={name}")


def sent(before: Ledger, desk: Desk, *names: str) -> tuple[Ledger, tuple[Said, ...]]:
    return send_protections(before, desk, names or (FIRST,), NOW, lambda: NOW)


def test_a_pair_is_sent_with_its_levels_and_taken_over() -> None:
    desk = Desk(sends={FIRST: PAIR})
    assert sent(book(INTENDED), desk) == (book(WORKING), (said("working"),))
    assert desk.diary == [f"pair {FIRST} AAPL 4 97.90 108.10"]


@pytest.mark.parametrize("levels", [{"stop_price": None, "target_price": None}, {"stop_price": None}])
def test_a_protection_without_both_levels_is_a_sale_at_the_market(levels: dict[str, None]) -> None:
    sale, desk = msgspec.structs.replace(INTENDED, **levels), Desk()
    after, _ = sent(book(sale), desk)
    assert desk.diary == [f"sell {FIRST} AAPL 4"]
    assert after.entries[0].protections[0].status is S.WORKING


def test_what_a_sale_sold_at_once_is_an_exit() -> None:
    sale = msgspec.structs.replace(INTENDED, stop_price=None, target_price=None)
    filled = broker_order(
        FIRST, S.FILLED, side="sell", kind="market", order_id="id-sale", filled=4, filled_avg_price=D("97.00")
    )
    after, lines = sent(book(sale), Desk(sends={FIRST: filled}))
    exited = Exit("AAPL", "stop", D(4), D("97.00"), NOW, after.entries[0].client_order_id, D("-17.20"), "id-sale")
    assert (after.exits, after.entries[0].held_qty) == ((exited,), 0)
    assert lines == (said("filled", levels="stop=None target=None"),)


@pytest.mark.parametrize("for_its_prices", [True, False])
def test_a_first_refusal_is_clear_and_its_kind_is_kept(for_its_prices: bool) -> None:
    desk = Desk(sends={FIRST: BrokerRefused("422 stop price", for_its_prices=for_its_prices)})
    refused = answered(INTENDED, S.REJECTED, "422 stop price", price_refused=for_its_prices)
    assert sent(book(INTENDED), desk) == (book(refused), (said("rejected"),))
    assert desk.diary == [f"pair {FIRST} AAPL 4 97.90 108.10"]


def test_a_request_that_did_not_leave_is_still_intended() -> None:
    desk = Desk(sends={FIRST: BrokerUnreachable("cycle budget used up")})
    assert sent(book(INTENDED), desk) == (book(INTENDED), (said("intended"),))


@pytest.mark.parametrize(
    ("before", "answer", "look", "after"),
    [
        (INTENDED, BrokerUnclear("504"), PAIR, WORKING),
        (INTENDED, BrokerUnclear("504"), None, answered(INTENDED, S.UNKNOWN, "504")),
        (
            INTENDED,
            BrokerUnclear("504"),
            BrokerUnreachable("500"),
            answered(INTENDED, S.UNKNOWN, "504; look failed: 500"),
        ),
        (IN_DOUBT, BrokerUnclear("504"), None, IN_DOUBT),
        (
            IN_DOUBT,
            BrokerRefused("422 id used"),
            PAIR,
            answered(IN_DOUBT, S.WORKING, order_id="id-target", legs=LEGS),
        ),
        (IN_DOUBT, BrokerRefused("403 no"), None, answered(IN_DOUBT, S.REJECTED, "403 no")),
        (
            IN_DOUBT,
            BrokerRefused("422 no", for_its_prices=True),
            None,
            answered(IN_DOUBT, S.REJECTED, "422 no", price_refused=True),
        ),
        (IN_DOUBT, BrokerRefused("403 no"), BrokerUnreachable("500"), IN_DOUBT),
    ],
)
def test_what_is_unclear_and_what_may_have_arrived_before_is_looked_up(
    before: Protection, answer: Exception, look: BrokerOrder | Exception | None, after: Protection
) -> None:
    """An id that is refused as used already, in whatever words, may be that of our own first sending: R21."""
    desk = Desk(sends={FIRST: answer}, known={FIRST: look})
    assert sent(book(before), desk) == (book(after), (said(after.status.value),))
    assert desk.diary == [f"pair {FIRST} AAPL 4 97.90 108.10", f"find {FIRST}"]


def test_one_failure_keeps_no_other_from_being_sent_and_each_is_said_in_turn() -> None:
    second = msgspec.structs.replace(INTENDED, client_order_id=SECOND)
    before = ledger(
        entry("MSFT", S.FILLED, filled=4),
        entry(status=S.CANCELLED, filled=4, protections=(INTENDED,)),
        entry(status=S.CANCELLED, filled=4, attempt=2, protections=(second,)),
    )
    desk = Desk(sends={FIRST: BrokerUnreachable("500"), SECOND: taken(SECOND, "AAPL", D(4), "target")})
    after, lines = sent(before, desk, FIRST, SECOND)
    assert [one.protections[0].status for one in after.entries[1:]] == [S.INTENDED, S.WORKING]
    assert lines == (said("intended"), said("working", SECOND))
    assert len(desk.diary) == 2


def test_two_protections_of_one_entry_are_told_apart() -> None:
    second = msgspec.structs.replace(INTENDED, client_order_id=SECOND, qty=D(1))
    refused = protection(S.REJECTED)
    after, lines = sent(book(refused, second), Desk(), SECOND)
    one: Entry = after.entries[0]
    assert [each.status for each in one.protections] == [S.REJECTED, S.WORKING]
    assert lines == (warned(said("working", SECOND).text.replace("qty=4", "qty=1")),)


def test_nothing_is_sent_when_nothing_is_named() -> None:
    desk = Desk()
    assert send_protections(book(INTENDED), desk, (), NOW, lambda: NOW) == (book(INTENDED), ())
    assert desk.diary == []
