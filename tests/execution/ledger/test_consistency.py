"""A ledger that contradicts itself is named: on reading, and before it is written."""

from __future__ import annotations

from datetime import timedelta

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
    broker_leg,
    broker_order,
    entry,
    ident,
    ledger,
)

from execution.broker.port import BrokerOrder
from execution.ledger.absorb import absorb
from execution.ledger.consistency import inconsistency
from execution.ledger.day import Entry, Event, Exit, Ledger, Previous, moved
from execution.orders import DONE, MOVES, WORKING, OrderStatus
from gates.mode import Mode

MONDAY = DAY + timedelta(days=3)
BEYOND = Exit("AAPL", "stop", D(4), D("97.90"), NOW, ident(), None, "id-stop", beyond=True)


def in_steps(*statuses: OrderStatus) -> Entry:
    return entry(status=statuses[-1], history=tuple(Event(SENT_AT, status) for status in statuses))


TWICE = "holds avx-20261120-AAPL-entry-1 twice"
BACKWARDS = "avx-20261120-AAPL-entry-1 went from submitted to intended"
NOT_ITS_HISTORY = "avx-20261120-AAPL-entry-1 is not what its history says"


@pytest.mark.parametrize(
    ("book", "problem"),
    [
        (ledger(), None),
        (ledger(entry("AAPL", S.WORKING), carried=(entry("TSLA", S.FILLED, day=YESTERDAY, filled=4),)), None),
        (ledger(entry(), entry(attempt=2)), None),
        (ledger(mode=Mode.DRY_RUN), "is a DRY_RUN ledger, want LIVE"),
        (ledger(previous=Previous(YESTERDAY, "x")), None),
        (ledger(previous=Previous(DAY, "x")), "follows a later one (2026-11-20)"),
        (ledger(previous=Previous(MONDAY, "x")), "follows a later one (2026-11-23)"),
        (ledger(entry(), entry(status=S.WORKING)), TWICE),
        (ledger(entry(), carried=(entry(),)), TWICE),
        (ledger(carried=(entry(), entry())), TWICE),
        (ledger(entry(history=())), NOT_ITS_HISTORY),
        (ledger(entry(history=(INTENDED,))), NOT_ITS_HISTORY),
        (ledger(entry(status=S.INTENDED, history=(Event(SENT_AT, S.SUBMITTED), INTENDED))), BACKWARDS),
        (ledger(carried=(entry(history=(INTENDED,)),)), NOT_ITS_HISTORY),
        (ledger(in_steps(S.INTENDED, S.UNKNOWN, S.UNKNOWN, S.NOT_SENT, S.INTENDED, S.SUBMITTED)), None),
        (ledger(in_steps(S.PARTIALLY_FILLED, S.PARTIALLY_FILLED, S.FILLED)), None),
        (ledger(in_steps(S.PARTIALLY_FILLED, S.REJECTED, S.REJECTED, S.FILLED)), None),
        (ledger(in_steps(S.SUBMITTED, S.UNKNOWN, S.WORKING, S.UNKNOWN)), None),
        (ledger(in_steps(S.FILLED, S.UNKNOWN)), f"{ident()} went from filled to unknown"),
        (ledger(in_steps(S.WORKING, S.NOT_SENT)), f"{ident()} went from working to not_sent"),
        (ledger(in_steps(S.INTENDED, S.FILLED, S.CANCELLED)), f"{ident()} went from filled to cancelled"),
        (ledger(carried=(in_steps(S.REJECTED, S.WORKING),)), f"{ident()} went from rejected to working"),
        (ledger(entry(qty=D(0), notional=D(0))), f"{ident()} has a quantity or price below 0"),
        (ledger(entry(qty=D(-4), notional=D("-405.40"))), f"{ident()} has a quantity or price below 0"),
        (ledger(entry(limit_price=D("-0.01"), notional=D("-0.04"))), f"{ident()} has a quantity or price below 0"),
        (ledger(entry(stop_price=D("-0.01"))), f"{ident()} has a quantity or price below 0"),
        (ledger(entry(target_price=D("-0.01"))), f"{ident()} has a quantity or price below 0"),
        (ledger(entry(stop_price=D(0), target_price=D(0))), None),
        (ledger(entry(limit_price=D(0), notional=D(0))), None),
        (ledger(entry(notional=D("405.41"))), f"{ident()} has notional 405.41, limit times quantity is 405.40"),
        (ledger(entry(notional=D("405.39"))), f"{ident()} has notional 405.39, limit times quantity is 405.40"),
        (ledger(entry(notional=D("405.4"))), None),
        (ledger(entry(status=S.FILLED, filled=4, exited=4)), None),
        (ledger(entry(status=S.FILLED, filled=4, exited=4), exits=(BEYOND,)), None),
        (ledger(entry(status=S.FILLED, filled=5)), f"{ident()} bought 5 of 4 shares and sold 0"),
        (ledger(entry(status=S.FILLED, filled=3, exited=4)), f"{ident()} bought 3 of 4 shares and sold 4"),
        (ledger(entry(status=S.FILLED, filled=3, exited=-1)), f"{ident()} bought 3 of 4 shares and sold -1"),
        (ledger(entry(client_order_id="by-hand-1")), "dated 2026-11-20 holds by-hand-1"),
        (ledger(entry(day=YESTERDAY)), "dated 2026-11-20 holds avx-20261119-AAPL-entry-1"),
        (ledger(entry(day=MONDAY)), "dated 2026-11-20 holds avx-20261123-AAPL-entry-1"),
        (ledger(entry("MSFT", client_order_id=ident("AAPL"))), "dated 2026-11-20 holds avx-20261120-AAPL-entry-1"),
    ],
)
def test_a_ledger_that_contradicts_itself_is_not_believed(book: Ledger, problem: str | None) -> None:
    assert inconsistency(book, Mode.LIVE) == problem


def test_a_live_ledger_is_no_dry_run_ledger() -> None:
    assert inconsistency(ledger(), Mode.DRY_RUN) == "is a LIVE ledger, want DRY_RUN"


@given(st.lists(st.sampled_from(S), max_size=30))
def test_no_moves_that_the_table_allows_contradict_each_other(wanted: list[OrderStatus]) -> None:
    one = entry(status=S.INTENDED)
    for status in wanted:
        if status in MOVES[one.status]:
            one = moved(one, status, NOW)
        assert inconsistency(ledger(one), Mode.LIVE) is None


WORDS = st.builds(
    lambda status, qty, filled, limit, legs: broker_order(
        status=status, qty=D(qty), filled=filled, limit_price=limit, order_id=f"id-{qty}", legs=legs
    ),
    st.sampled_from([*sorted(WORKING | DONE, key=str)]),
    st.integers(0, 9),
    st.integers(0, 9),
    st.none() | st.sampled_from([D("101.35"), D("99.00")]),
    st.tuples(*(st.builds(broker_leg, st.just(kind), st.just(S.FILLED), st.integers(0, 9))
                for kind in ("stop", "target"))),
)  # fmt: skip


@given(st.lists(WORDS, max_size=6))
def test_no_word_of_the_broker_makes_a_ledger_that_cannot_be_saved(words: list[BrokerOrder]) -> None:
    """Both legs filled, more filled than ordered, quantities that differ: what the broker says can be kept."""
    one = entry(status=S.INTENDED)
    for word in words:
        one, _ = absorb(one, word, NOW)
        assert inconsistency(ledger(one), Mode.LIVE) is None
