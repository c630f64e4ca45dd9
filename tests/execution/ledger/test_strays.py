"""Entries of ours that the ledger does not know: whatever their session, they block and they count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import DAY, YESTERDAY, D, S, broker_leg, broker_order, entry, ident, ledger

from execution.broker.port import BrokerOrder
from execution.ledger.day import Ledger
from execution.ledger.strays import Stray, doubles, strays_among

OURS, OLD = ident(), ident(day=YESTERDAY)


@pytest.mark.parametrize(
    ("book", "order", "expected"),
    [
        (ledger(), broker_order(), {"AAPL": f"{OURS} working at the broker"}),
        (ledger(entry("MSFT")), broker_order(status=S.FILLED), {"AAPL": f"{OURS} filled at the broker"}),
        (ledger(entry(attempt=2)), broker_order(), {"AAPL": f"{OURS} working at the broker"}),
        (ledger(entry()), broker_order(), {}),
        (ledger(carried=(entry(),)), broker_order(), {"AAPL": f"{OURS} submitted"}),
        (ledger(carried=(entry(status=S.FILLED, filled=4),)), broker_order(), {}),
        (ledger(), broker_order(status=S.CANCELLED), {"AAPL": f"{OURS} cancelled at the broker"}),
        (ledger(), broker_order(OLD), {"AAPL": f"{OLD} working at the broker"}),
        (ledger(), broker_order(OLD, S.PARTIALLY_FILLED, filled=1), {"AAPL": f"{OLD} partially_filled at the broker"}),
        (ledger(), broker_order(OLD, S.FILLED, filled=4), {"AAPL": f"{OLD} filled at the broker"}),
        (ledger(), broker_order(OLD, S.CANCELLED, filled=1), {"AAPL": f"{OLD} cancelled at the broker"}),
        (ledger(), broker_order(OLD, S.FILLED, filled=4, legs=(broker_leg("stop", S.FILLED, filled=4),)), {}),
        (ledger(), broker_order(OLD, S.CANCELLED), {}),
        (ledger(), broker_order(OLD, symbol="META"), dict.fromkeys(("AAPL", "META"), f"{OLD} working at the broker")),
        (ledger(carried=(entry(day=YESTERDAY, status=S.FILLED, filled=4),)), broker_order(OLD), {}),
        (ledger(), broker_order("avx-20261120-AAPL-stop-1"), {}),
        (ledger(), broker_order("by-hand"), {}),
    ],
)
def test_what_makes_an_entry_a_second_one(book: Ledger, order: BrokerOrder, expected: dict[str, str]) -> None:
    assert doubles(DAY, book, (order,)) == expected


SOLD = broker_leg("stop", S.FILLED, filled=3, client_order_id="by-hand")


@pytest.mark.parametrize(
    ("orders", "held", "works"),
    [
        ((broker_order(OLD, S.FILLED, filled=4),), 4, False),
        ((broker_order(OLD, S.FILLED, filled=4), SOLD), 1, False),
        ((broker_order(OLD, S.FILLED, filled=4), SOLD, SOLD), 1, False),
        ((broker_order(OLD, S.FILLED, filled=4), SOLD, broker_leg("stop", filled=1)), 1, False),
        ((broker_order(OLD, S.WORKING), broker_order(OLD, S.FILLED, filled=4)), 4, True),
        ((broker_order(OLD, S.FILLED, filled=4), broker_order(OLD, S.PARTIALLY_FILLED, filled=2)), 4, True),
    ],
)
def test_what_a_stray_holds_and_whether_it_works(orders: tuple[BrokerOrder, ...], held: int, works: bool) -> None:
    (stray,) = strays_among(ledger(), orders)
    assert (stray.held, stray.works) == (held, works)


def test_what_a_stray_may_still_cost() -> None:
    (stray,) = strays_among(ledger(), (broker_order(OLD, S.PARTIALLY_FILLED, filled=1),))
    assert (stray.price, stray.rest, stray.held) == (D("101.35"), 3, 1)
    both = (broker_order(OLD, S.WORKING, qty=D(5), limit_price=D(99)), broker_order(OLD, S.CANCELLED, filled=1))
    (twice,) = strays_among(ledger(), both)
    assert (twice.price, twice.rest, twice.held, twice.order.status) == (D("101.35"), 4, 1, S.WORKING)
    overfilled = strays_among(ledger(), (broker_order(OLD, S.PARTIALLY_FILLED, filled=9),))[0]
    assert (overfilled.rest, overfilled.held) == (0, 9)
    (priceless,) = strays_among(ledger(), (broker_order(OLD, S.WORKING, limit_price=None),))
    assert priceless.price == 0


VERSIONS = st.builds(
    lambda status, filled, old: broker_order(OLD if old else OURS, status, filled=filled),
    st.sampled_from(S),
    st.integers(0, 4),
    st.booleans(),
)


@given(st.lists(VERSIONS, max_size=5))
def test_the_order_of_the_tellings_does_not_matter(orders: list[BrokerOrder]) -> None:
    def facts(found: tuple[Stray, ...]) -> set[tuple[object, ...]]:
        return {(one.order.client_order_id, one.works, one.held, one.rest) for one in found}

    assert facts(strays_among(ledger(), orders)) == facts(strays_among(ledger(), orders[::-1]))
    assert len(strays_among(ledger(), orders)) == len({one.client_order_id for one in orders})
