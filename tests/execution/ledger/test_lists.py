"""Lists of one moment joined: each order once, as far along as any list has it, edits and all."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    NOW,
    YESTERDAY,
    D,
    S,
    broker_leg,
    broker_order,
    ident,
    later,
)

from execution.broker.port import BrokerOrder
from execution.ledger.lists import Lists, joined
from execution.orders import OrderName, protect_id
from gates.base.record import replace

PAIR_ID = protect_id(DAY, "AAPL", 1)
NEW_STOP = broker_leg("stop", order_id="id-new-stop", replaces="id-stop", stop_price=D("99.00"))
OLD_STOP = broker_leg("stop", S.CANCELLED, replaced_by="id-new-stop")


def versions_of(lists: Lists) -> dict[str, BrokerOrder]:
    return {order.order_id: order for order in lists.everything()}


# Which version counts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (broker_order(status=S.PARTIALLY_FILLED, filled=1), broker_order(updated_at=later(60))),
        (broker_order(status=S.FILLED, filled=4), broker_order(status=S.PARTIALLY_FILLED, filled=3)),
        (broker_order(status=S.CANCELLED), broker_order(updated_at=later(60))),
        (broker_order(status=S.REJECTED), broker_order(status=S.SUBMITTED, updated_at=later(60))),
        (broker_order(status=S.WORKING, updated_at=later(1)), broker_order(status=S.SUBMITTED)),
        (broker_order(status=S.PARTIALLY_FILLED, filled=1), broker_order(status=S.CANCELLED)),
    ],
)
def test_a_version_that_is_further_along_counts_whichever_list_has_it(one: BrokerOrder, other: BrokerOrder) -> None:
    for lists in (joined((one,), (other,)), joined((other,), (one,)), joined((one, other))):
        assert versions_of(lists) == {one.order_id: one}
        assert lists.find(ident()) == lists.furthest(other) == lists.current(other) == one


def test_of_two_versions_that_are_equally_far_along_the_first_counts() -> None:
    first, second = broker_order(limit_price=D("101.35")), broker_order(limit_price=D("101.30"))
    assert joined((first,), (second,)).find(ident()) == first


def test_no_lists_hold_nothing() -> None:
    assert list(joined().everything()) == []
    assert joined().find(ident()) is None
    assert list(joined().ours("entry")) == []


def test_an_order_in_no_list_is_as_it_is() -> None:
    order = broker_order(legs=(broker_leg("stop"),))
    lists = joined()
    assert (lists.furthest(order), lists.current(order)) == (replace(order, legs=()), replace(order, legs=()))
    assert lists.origin(order) == OrderName(DAY, "AAPL", "entry", 1)


# Legs


def test_every_leg_that_any_list_gives_is_of_its_order() -> None:
    stop, target = broker_leg("stop"), broker_leg("target")
    sold = broker_leg("stop", S.FILLED, 4)
    lists = joined((broker_order(legs=(stop,)),), (broker_order(legs=(target,)), sold))
    assert lists.find(ident()) == broker_order(legs=(sold, target))
    assert lists.parents == {"id-stop": "id-AAPL-1", "id-target": "id-AAPL-1"}
    assert set(versions_of(lists)) == {"id-AAPL-1", "id-stop", "id-target"}


def test_a_list_that_leaves_legs_out_takes_none_away() -> None:
    whole = broker_order(status=S.WORKING, legs=(broker_leg("stop"),))
    lists = joined((whole,), (broker_order(status=S.FILLED, filled=4),))
    assert lists.find(ident()) == broker_order(status=S.FILLED, filled=4, legs=(broker_leg("stop"),))


def test_a_leg_that_was_edited_has_its_successor_beside_it() -> None:
    lists = joined((broker_order(legs=(OLD_STOP,)),), (NEW_STOP,))
    assert lists.find(ident()) == broker_order(legs=(OLD_STOP, NEW_STOP))


def test_a_successor_that_is_nested_too_is_told_once() -> None:
    lists = joined((broker_order(legs=(OLD_STOP, NEW_STOP)),))
    assert lists.find(ident()) == broker_order(legs=(OLD_STOP, NEW_STOP))


# Names


def test_of_two_orders_with_one_name_the_younger_is_followed() -> None:
    old = broker_order(order_id="old", status=S.FILLED, filled=4)
    young = broker_order(order_id="young", submitted_at=later(1))
    for lists in (joined((old, young)), joined((young, old))):
        assert lists.find(ident()) == young
        assert versions_of(lists) == {"old": old, "young": young}


def test_of_two_orders_of_one_moment_with_one_name_the_first_is_followed() -> None:
    assert joined((broker_order(order_id="one"), broker_order(order_id="two"))).find(ident()) == broker_order(
        order_id="one"
    )


def test_orders_of_ours_are_told_by_what_they_are() -> None:
    entries = (broker_order(), broker_order(ident("MSFT", day=YESTERDAY), symbol="MSFT", legs=(broker_leg("stop"),)))
    pair = broker_leg("target", client_order_id=PAIR_ID)
    lists = joined((*entries, pair, broker_order("by-hand", order_id="x")))
    assert list(lists.ours("entry")) == [
        (OrderName(DAY, "AAPL", "entry", 1), entries[0]),
        (OrderName(YESTERDAY, "MSFT", "entry", 1), entries[1]),
    ]
    assert list(lists.ours("protect")) == [(OrderName(DAY, "AAPL", "protect", 1), pair)]
    assert list(lists.ours("flatten")) == []


# Orders edited on the broker's page

ENTRY = broker_order(status=S.CANCELLED, filled=1, replaced_by="two", legs=(broker_leg("stop"),))
TWO = broker_order("foreign-2", S.CANCELLED, order_id="two", filled=1, qty=D(5), replaces="id-AAPL-1",
                   replaced_by="three", filled_avg_price=D("101.10"), legs=(broker_leg("stop"),))  # fmt: skip
THREE = broker_order("foreign-3", S.PARTIALLY_FILLED, order_id="three", filled=2, qty=D(6), replaces="two",
                     limit_price=D("101.00"), filled_avg_price=D("100.90"), submitted_at=later(5),
                     legs=(broker_leg("target"),))  # fmt: skip
AS_ONE = replace(
    THREE,
    client_order_id=ident(),
    qty=D(8),
    filled_qty=D(4),
    filled_avg_price=D("101.05"),
    submitted_at=ENTRY.submitted_at,
    legs=(broker_leg("stop"), broker_leg("target")),
    reason="edited at the broker: 6 shares at 101.00",
)


@pytest.mark.parametrize("order", list(permutations((ENTRY, TWO, THREE))), ids=str)
def test_an_order_and_what_replaced_it_are_one(order: tuple[BrokerOrder, ...]) -> None:
    lists = joined(order)
    found = lists.find(ident())
    assert found is not None
    assert lists.current(found) == AS_ONE


@pytest.mark.parametrize("side", ["replaced_by", "replaces"])
def test_either_of_the_two_may_say_it(side: str) -> None:
    first, second = replace(ENTRY, legs=()), replace(TWO, replaced_by=None, legs=())
    silent = replace(first, replaced_by=None) if side == "replaces" else replace(second, replaces=None)
    lists = joined((silent, second) if side == "replaces" else (first, silent))
    now = lists.current(lists.by_id["id-AAPL-1"])
    assert (now.order_id, now.qty, now.filled_qty, now.replaces) == ("two", 6, 2, "id-AAPL-1")
    assert lists.origin(lists.by_id["two"]) == OrderName(DAY, "AAPL", "entry", 1)


def test_what_an_order_goes_on_from() -> None:
    lists = joined((ENTRY, TWO, THREE))
    ids = ("id-AAPL-1", "two", "three", "four")
    goes_on = {order.order_id: [id_ for id_ in ids if lists.goes_on_from(order, id_)] for order in (ENTRY, TWO, THREE)}
    assert goes_on == {"id-AAPL-1": ["id-AAPL-1"], "two": ["id-AAPL-1", "two"], "three": ["id-AAPL-1", "two", "three"]}


def test_a_successor_that_no_list_has_leaves_the_order_as_it_ended() -> None:
    lists = joined((ENTRY,))
    assert lists.current(ENTRY) == ENTRY
    assert lists.sells(ENTRY) == ENTRY


def test_orders_that_replace_each_other_in_a_ring_end() -> None:
    one = broker_order("x", order_id="one", replaces="two", replaced_by="two")
    two = broker_order("y", order_id="two", replaces="one", replaced_by="one")
    lists = joined((one, two))
    assert (lists.current(one).order_id, lists.current(two).order_id) == ("two", "one")
    assert lists.origin(one) is None
    leg = broker_leg("stop", replaces="id-stop", replaced_by="id-stop")
    assert joined((broker_order(legs=(leg,)),)).find(ident()) == broker_order(legs=(leg,))


@pytest.mark.parametrize(
    ("order", "name"),
    [
        (ENTRY, OrderName(DAY, "AAPL", "entry", 1)),
        (TWO, OrderName(DAY, "AAPL", "entry", 1)),
        (THREE, OrderName(DAY, "AAPL", "entry", 1)),
        (broker_leg("target", client_order_id=PAIR_ID), OrderName(DAY, "AAPL", "protect", 1)),
        (broker_leg("stop"), None),
        (broker_order("by-hand", replaces="nowhere"), None),
    ],
)
def test_whose_an_order_is(order: BrokerOrder, name: OrderName | None) -> None:
    assert joined((ENTRY, TWO, THREE)).origin(order) == name


def test_a_pair_that_was_edited_tells_every_fill_by_its_own_id() -> None:
    """Two shares were sold before the target was moved, and one after: the sum is in no single order."""
    stop = broker_leg("stop")
    old = broker_leg("target", S.CANCELLED, 2, client_order_id=PAIR_ID, replaced_by="moved", legs=(stop,))
    moved = broker_leg("target", S.PARTIALLY_FILLED, 1, order_id="moved", qty=D(2), replaces="id-target",
                       limit_price=D("107.00"), legs=(stop,))  # fmt: skip
    lists = joined((old, moved))
    assert lists.sells(old) == replace(moved, client_order_id=PAIR_ID, legs=(replace(old, legs=()), stop))
    assert lists.sells(moved) == moved


def test_what_took_the_place_of_a_leg_that_no_list_has_any_more_stands_under_its_entry() -> None:
    """The page of the broker put a stop in the place of the bracket's, and the bracket tells neither."""
    target, moved = broker_leg("target"), broker_leg("stop", order_id="moved", replaces="id-stop")
    again = broker_leg("stop", order_id="again", replaces="moved")
    filled = broker_order(status=S.FILLED, filled=4, legs=(target,))
    assert joined([filled, moved]).current(filled, ["id-stop", "id-target"]).legs == (target, moved)
    assert joined([filled, again, moved]).current(filled, ["id-stop"]).legs == (target, moved, again)
    assert joined([filled, moved]).current(filled).legs == (target,)
    ring = broker_leg("stop", order_id="again", replaces="moved", replaced_by="id-stop")
    assert joined([filled, moved, ring]).current(filled, ["id-stop"]).legs == (target, moved, ring)


def test_known_legs_are_told_though_they_stand_alone() -> None:
    stop, target, alone = broker_leg("stop"), broker_leg("target"), broker_leg("stop", order_id="alone")
    order = broker_order(legs=(stop,))
    pair = broker_leg("target", order_id="pair", client_order_id=PAIR_ID, legs=(target,))
    lists = joined((order, pair, alone))
    known = ("id-AAPL-1", "id-stop", "alone", "in no list")
    assert lists.current(order, known) == replace(order, legs=(stop, alone))
    assert lists.sells(pair, ("pair", "id-target", "alone")) == replace(pair, legs=(target, alone))


# Whatever is told in whatever order

TELLINGS = st.lists(
    st.builds(
        lambda number, status, filled, seconds, leg: broker_order(
            ident(attempt=number), status, filled=filled, order_id=f"id-{number}", updated_at=later(seconds),
            legs=(broker_leg("stop", order_id=f"leg-{number}", filled=leg, updated_at=later(seconds)),),
        ),
        st.integers(1, 3), st.sampled_from([S.WORKING, S.CANCELLED]), st.integers(0, 4), st.integers(0, 3),
        st.integers(0, 4),
    ),
    max_size=8, unique_by=lambda one: (one.order_id, one.updated_at),
)  # fmt: skip


@given(TELLINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_tellings_does_not_matter(tellings: list[BrokerOrder], random: object) -> None:
    shuffled = sorted(tellings, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert versions_of(joined(tellings)) == versions_of(joined(shuffled[:3], shuffled[3:]))


@given(TELLINGS)
def test_no_fill_and_no_end_that_any_list_tells_is_lost(tellings: list[BrokerOrder]) -> None:
    lists = joined(tellings)
    for told in (one for top in tellings for one in (top, *top.legs)):
        now = lists.by_id[told.order_id]
        assert now.filled_qty >= told.filled_qty
        if now.filled_qty == told.filled_qty and told.status is S.CANCELLED:
            assert now.status is S.CANCELLED
    for name, order in lists.ours("entry"):
        assert order == lists.find(str(name))
        assert order.updated_at >= NOW


def test_orders_that_bear_one_id_are_not_taken_for_one_another() -> None:
    """A rehearsal's orders all do."""
    first = broker_order(ident("AAPL"), order_id="dry-run")
    second = broker_order(ident("MSFT"), symbol="MSFT", order_id="dry-run", qty=D(9))
    lists = joined((first,), (second,))
    assert (lists.furthest(first), lists.furthest(second)) == (first, second)
