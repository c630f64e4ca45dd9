"""What became of our orders: doubts settled by looks and never by time alone, fills, exits, adoptions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    NOW,
    YESTERDAY,
    D,
    S,
    broker_leg,
    broker_order,
    entry,
    ident,
    later,
    ledger,
    leg,
    position,
    protection,
)

from execution.act.follow import Followed, follow, news_between
from execution.act.said import Said, noted, warned
from execution.act.submit import Recorder
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import BracketRequest, BrokerOrder, Position
from execution.ledger.day import Entry, Event, Exit, Ledger, Protection, moved
from execution.ledger.lists import joined
from execution.ledger.notes import FOUND, LOOK, LOST
from execution.ledger.reconcile import found_positions
from execution.orders import OrderStatus, flatten_id, protect_id
from gates.base.logs import Level
from gates.base.record import dataclass, field, replace
from gates.mode import Mode

SETTLE_SECONDS = 120
NO_ORDERS: tuple[BrokerOrder, ...] = ()


@dataclass
class Archive:
    """A broker to look things up at; unreachable when told so."""

    orders: dict[str, BrokerOrder] = field(default_factory=dict)
    unreachable: bool = False
    looked_up: list[str] = field(default_factory=list)

    def find(self, client_order_id: str) -> BrokerOrder | None:
        self.looked_up.append(client_order_id)
        if self.unreachable:
            raise BrokerUnreachable("timed out")
        return self.orders.get(client_order_id)

    def submit(self, request: BracketRequest) -> BrokerOrder:
        raise AssertionError(f"nothing is sent here: {request}")


def followed(
    book: Ledger,
    orders: tuple[BrokerOrder, ...] = NO_ORDERS,
    archive: Archive | None = None,
    now: datetime = NOW,
    positions: tuple[Position, ...] | None = (),
) -> Followed:
    found = found_positions(book, positions) if positions is not None else None
    return follow(book, joined(orders), archive or Archive(), now, SETTLE_SECONDS, found)


def only(book: Ledger) -> Entry:
    (one,) = book.everything()
    return one


def grown(one: Entry, *events: Event) -> Entry:
    return msgspec.structs.replace(one, status=events[-1].status, history=(*one.history, *events))


UNRECOGNISED = warned(
    "UNRECOGNISED AAPL: the broker's status 'odd' is not known to us; it counts as working "
    "client_order_id=avx-20261120-AAPL-entry-1"
)

# Known orders


def test_what_is_listed_is_taken_over_and_not_looked_up() -> None:
    archive = Archive()
    after = followed(ledger(entry()), (broker_order(status=S.FILLED, filled=4),), archive)
    assert only(after.ledger).status is S.FILLED
    assert after.news == (
        noted("FILLED AAPL: filled=4 of 4 client_order_id=avx-20261120-AAPL-entry-1 (was submitted)"),
    )
    assert archive.looked_up == []


def test_what_is_not_listed_is_looked_up_by_its_id() -> None:
    carried = entry(day=YESTERDAY, status=S.WORKING)
    old_id = carried.client_order_id
    archive = Archive({old_id: broker_order(old_id, S.EXPIRED)})
    after = followed(ledger(carried=(carried,)), archive=archive)
    assert only(after.ledger).status is S.EXPIRED
    assert archive.looked_up == [old_id]


@pytest.mark.parametrize("status", [S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED])
def test_an_order_that_stays_lost_is_in_doubt_until_a_look_or_a_person_says_more(status: OrderStatus) -> None:
    one = entry(status=status, filled=1 if status is S.PARTIALLY_FILLED else 0)
    once = followed(ledger(one), positions=())
    assert once == Followed(ledger(grown(one, Event(NOW, status, LOOK))), ())
    twice = followed(once.ledger, now=later(119), positions=())
    assert only(twice.ledger).status is status
    after = followed(twice.ledger, now=later(120), positions=())
    assert only(after.ledger) == grown(only(twice.ledger), Event(later(120), S.UNKNOWN, LOST))
    words = f"filled={one.filled_qty} of 4 client_order_id={ident()} (was {status.value})"
    assert after.news == (warned(f"UNKNOWN AAPL: {words}"),)
    for days in range(1, 30):
        assert followed(after.ledger, now=NOW + timedelta(days=days)) == Followed(after.ledger, ())


def lost(one: Entry) -> Ledger:
    book = ledger(one)
    for seconds in (0, 120):
        book = followed(book, now=later(seconds), positions=()).ledger
    assert only(book).status is S.UNKNOWN
    return book


@pytest.mark.parametrize("word", [S.SUBMITTED, S.WORKING, S.CANCELLED, S.FILLED])
def test_a_lost_order_that_shows_up_again_is_followed_again(word: OrderStatus) -> None:
    order = broker_order(status=word, filled=4 if word is S.FILLED else 0)
    assert only(followed(lost(entry(status=S.WORKING)), (order,)).ledger).status is word


def test_an_order_that_a_lagging_list_left_out_is_lost_anew_from_the_next_look_on() -> None:
    order = broker_order(status=S.WORKING)
    book = followed(ledger(entry(status=S.WORKING))).ledger
    found = followed(book, (order,), now=later(60)).ledger
    assert only(found).history[-2:] == (Event(NOW, S.WORKING, LOOK), Event(later(60), S.WORKING, FOUND))
    assert followed(found, (order,), now=later(120)) == Followed(found, ())
    again = only(followed(found, now=later(10**6)).ledger)
    assert (again.status, again.history[-1].note) == (S.WORKING, LOOK)


@pytest.mark.parametrize("status", [S.FILLED, S.CANCELLED])
def test_an_order_that_is_over_with_shares_held_is_not_doubted(status: OrderStatus) -> None:
    book = ledger(entry(status=status, filled=1))
    assert followed(book, positions=(position(qty=1),)) == Followed(book, ())


@pytest.mark.parametrize("status", S)
def test_an_unreachable_broker_changes_nothing(status: OrderStatus) -> None:
    book = ledger(entry(status=status), entry("MSFT", S.UNKNOWN))
    assert followed(book, archive=Archive(unreachable=True), now=later(10**6)) == Followed(book, ())


@pytest.mark.parametrize(
    "one",
    [entry(status=S.WORKING), entry(status=S.FILLED, filled=4, exited=4, protections=(protection(S.UNKNOWN),))],
    ids=["the entry", "its pair"],
)
def test_an_entry_of_which_an_order_could_not_be_told_is_named(one: Entry) -> None:
    lists = joined((broker_order(status=S.FILLED, filled=4),) if one.protections else ())
    follow(ledger(one), lists, Archive(unreachable=True), NOW, SETTLE_SECONDS)
    assert lists.untold == {ident()}
    told = joined((broker_order(status=S.WORKING),))
    follow(ledger(entry(status=S.WORKING)), told, Archive(unreachable=True), NOW, SETTLE_SECONDS)
    assert told.untold == set()


def test_a_leg_that_stands_under_its_entry_no_longer_is_followed_by_its_own_id() -> None:
    """The ledger knows it from an earlier look; the list has it by itself."""
    sold = replace(broker_leg("stop", S.FILLED, 4), client_order_id="9b1c")
    held = msgspec.structs.replace(HELD, protections=(protection(legs=(leg("target", order_id="pair-target"),)),))
    target = broker_leg("target", S.CANCELLED, order_id="pair-target", client_order_id="9b1d")
    moved_on = broker_leg("target", order_id="other", client_order_id=protect_id(DAY, "AAPL", 1))
    after = followed(ledger(held), (broker_order(status=S.FILLED, filled=4), sold, target, moved_on), positions=())
    assert [(one.kind, one.qty, one.order_id) for one in after.ledger.exits] == [("stop", 4, "id-stop")]
    (pair,) = only(after.ledger).protections
    assert {one.order_id: one.status for one in pair.legs} == {"pair-target": S.CANCELLED, "other": S.WORKING}


def test_one_failed_look_does_not_keep_the_next_order_from_being_followed() -> None:
    book = ledger(entry("AAPL"), entry("MSFT"))
    listed = (broker_order(ident("MSFT"), S.WORKING, symbol="MSFT"),)
    after = followed(book, listed, Archive(unreachable=True)).ledger
    assert [one.status for one in after.entries] == [S.SUBMITTED, S.WORKING]


@pytest.mark.parametrize(
    "over",
    [entry(status=S.FILLED, filled=4, exited=4), entry(status=S.REJECTED), entry(status=S.CANCELLED)],
)
def test_what_is_over_is_not_asked_about(over: Entry) -> None:
    archive = Archive()
    assert followed(ledger(over), archive=archive) == Followed(ledger(over), ())
    assert archive.looked_up == []


@pytest.mark.parametrize("status", [S.NOT_SENT, S.CANCELLED, S.EXPIRED])
def test_a_fill_that_a_list_shows_after_all_is_taken_over(status: OrderStatus) -> None:
    """The proof of absence was wrong, or the fill was on its way when the cancel was confirmed."""
    after = followed(ledger(entry(status=status)), (broker_order(status=S.FILLED, filled=4),)).ledger
    assert (only(after).status, only(after).held_qty) == (S.FILLED, 4)


def test_what_was_never_sent_is_not_looked_up_again() -> None:
    archive = Archive()
    assert followed(ledger(entry(status=S.NOT_SENT)), archive=archive) == Followed(ledger(entry(status=S.NOT_SENT)), ())
    assert archive.looked_up == []


# Exits


HELD = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))


def test_what_a_leg_sold_is_an_exit_of_today_whatever_day_its_entry_was() -> None:
    old = msgspec.structs.replace(HELD, client_order_id=ident(day=YESTERDAY))
    legs = (broker_leg("stop", S.FILLED, 4), broker_leg("target", S.CANCELLED))
    stopped = broker_order(old.client_order_id, S.FILLED, filled=4, legs=legs)
    after = followed(ledger(carried=(old,)), archive=Archive({old.client_order_id: stopped}))
    sold = Exit("AAPL", "stop", D(4), D("97.90"), NOW, old.client_order_id, D("-13.60"), "id-stop")
    assert after.ledger.exits == (sold,)
    assert only(after.ledger).held_qty == 0
    assert after.news == (
        noted("EXIT AAPL: kind=stop qty=4 price=97.90 realized=-13.60 entry=avx-20261119-AAPL-entry-1"),
    )
    assert followed(after.ledger, archive=Archive({old.client_order_id: stopped})) == Followed(after.ledger, ())


def test_a_protection_is_followed_too() -> None:
    pair = protection(S.UNKNOWN)
    naked = entry(status=S.CANCELLED, filled=4, protections=(pair,))
    target = broker_leg(
        "target",
        S.FILLED,
        4,
        client_order_id=pair.client_order_id,
        legs=(broker_leg("stop", S.CANCELLED),),
    )
    after = followed(ledger(naked), (broker_order(status=S.CANCELLED, filled=4), target), positions=())
    (found,) = only(after.ledger).protections
    assert (found.status, found.unfinished) == (S.FILLED, False)
    assert [(one.kind, one.qty, one.realized) for one in after.ledger.exits] == [("target", 4, D("27.20"))]


def naked_with(pair: Protection) -> Entry:
    return entry(status=S.CANCELLED, filled=4, protections=(pair,))


def pair_of(book: Ledger) -> Protection:
    (pair,) = only(book).protections
    return pair


def in_steps(pair: Protection, *events: Event) -> Protection:
    return msgspec.structs.replace(pair, status=events[-1].status, history=(*pair.history, *events))


@pytest.mark.parametrize("status", [S.INTENDED, S.UNKNOWN, S.WORKING, S.PARTIALLY_FILLED])
def test_a_protection_that_cannot_be_asked_about_stays_as_it_is(status: OrderStatus) -> None:
    book = ledger(naked_with(protection(status)))
    assert followed(book, archive=Archive(unreachable=True), positions=(position(),)) == Followed(book, ())


@pytest.mark.parametrize("status", [S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED])
def test_a_protection_that_stays_lost_is_in_doubt_with_its_legs(status: OrderStatus) -> None:
    """It would count as a working stop for ever."""
    ended = leg("stop", S.CANCELLED, order_id="moved")
    pair = protection(status, legs=(leg("target"), leg("stop"), ended))
    archive = Archive()
    once = followed(ledger(naked_with(pair)), archive=archive, positions=(position(),)).ledger
    assert pair_of(once) == in_steps(pair, Event(NOW, status, LOOK))
    assert archive.looked_up == [ident(), protect_id(DAY, "AAPL", 1)]
    after = followed(once, now=later(120), positions=(position(),)).ledger
    doubtful = in_steps(pair_of(once), Event(later(120), S.UNKNOWN, LOST))
    legs = (leg("target", S.UNKNOWN), leg("stop", S.UNKNOWN), ended)
    assert pair_of(after) == msgspec.structs.replace(doubtful, legs=legs)


def test_a_pair_that_a_lagging_list_left_out_is_found_again() -> None:
    pair = protection()
    target = broker_leg("target", client_order_id=pair.client_order_id, legs=(broker_leg("stop"),))
    book = followed(ledger(naked_with(pair)), positions=(position(),)).ledger
    found = followed(book, (target,), now=later(60), positions=(position(),)).ledger
    told = (Event(NOW, S.WORKING, LOOK), Event(later(60), S.WORKING, FOUND))
    assert found == ledger(naked_with(in_steps(pair, *told)))


def test_a_pair_that_ended_and_whose_other_half_is_not_told_is_looked_for_and_not_doubted() -> None:
    book = ledger(naked_with(protection(S.CANCELLED, legs=(leg("target", S.CANCELLED), leg("stop")))))
    archive = Archive()
    assert followed(book, archive=archive, positions=(position(),)) == Followed(book, ())
    assert archive.looked_up == [ident(), protect_id(DAY, "AAPL", 1)]


def test_a_lost_pair_is_proven_absent_and_shows_up_again() -> None:
    book = ledger(naked_with(protection()))
    for seconds in (0, 120, 180, 240):
        book = followed(book, now=later(seconds), positions=(position(),)).ledger
    pair = pair_of(book)
    assert [event.status for event in pair.history[-4:]] == [S.WORKING, S.UNKNOWN, S.UNKNOWN, S.NOT_SENT]
    assert (pair.status, {one.status for one in pair.legs}, pair.unfinished) == (S.NOT_SENT, {S.NOT_SENT}, False)
    target = broker_leg("target", client_order_id=pair.client_order_id, legs=(broker_leg("stop"),))
    back = pair_of(followed(book, (target,), positions=(position(),)).ledger)
    assert (back.status, {one.status for one in back.legs}) == (S.WORKING, {S.WORKING})


SENT_AGAIN = "sent again"


@pytest.mark.parametrize(
    ("events", "seconds", "status", "note"),
    [
        ((), 10**6, S.UNKNOWN, f"intended found at start; {LOOK}"),
        (("timeout",), 10**6, S.UNKNOWN, LOOK),
        (("timeout", LOOK), 119, S.UNKNOWN, LOOK),
        (("timeout", LOOK), 120, S.NOT_SENT, f"proven absent: {LOOK}, 2 times"),
        (("timeout", LOOK, SENT_AGAIN), 10**6, S.UNKNOWN, LOOK),
        (("timeout", LOOK, SENT_AGAIN, LOOK), 139, S.UNKNOWN, LOOK),
        (("timeout", LOOK, SENT_AGAIN, LOOK), 140, S.NOT_SENT, f"proven absent: {LOOK}, 2 times"),
        (("timeout", LOOK, None, LOOK), 139, S.UNKNOWN, LOOK),
    ],
)
def test_a_protection_in_doubt_is_proven_absent_as_an_entry_is(
    events: tuple[str | None, ...], seconds: int, status: OrderStatus, note: str
) -> None:
    """Each event ten seconds after the one before it; shares at the broker are those that it would protect."""
    told = [Event(later(10 * number), S.UNKNOWN, note) for number, note in enumerate(events)]
    pair = in_steps(protection(S.INTENDED), *told) if told else protection(S.INTENDED)
    after = followed(ledger(naked_with(pair)), now=later(seconds), positions=(position(qty=9),)).ledger
    assert pair_of(after) == in_steps(pair, Event(later(seconds), status, note))


def test_a_protection_that_is_over_and_listed_is_taken_over() -> None:
    pair = protection(S.NOT_SENT, legs=())
    target = broker_leg("target", S.FILLED, 4, client_order_id=pair.client_order_id)
    after = followed(ledger(naked_with(pair)), (target,), positions=()).ledger
    assert (pair_of(after).status, only(after).held_qty) == (S.FILLED, 0)


def test_a_pair_that_was_edited_on_the_brokers_page_sells_each_share_once() -> None:
    pair = protection()
    stop = broker_leg("stop")
    before = broker_leg("target", S.PARTIALLY_FILLED, 2, client_order_id=pair.client_order_id, legs=(stop,))
    book = followed(ledger(naked_with(pair)), (before,), positions=(position(qty=2),)).ledger
    old = replace(before, status=S.CANCELLED, replaced_by="moved")
    new = broker_leg("target", S.PARTIALLY_FILLED, 1, order_id="moved", qty=D(2), legs=(stop,), replaces="id-target")
    after = followed(book, (old, new), positions=(position(qty=1),)).ledger
    assert [(one.order_id, one.qty) for one in after.exits] == [("id-target", 2), ("moved", 1)]
    assert (only(after).held_qty, pair_of(after).status, pair_of(after).order_id) == (1, S.PARTIALLY_FILLED, "moved")
    assert followed(after, (old, new), positions=(position(qty=1),)) == Followed(after, ())


def test_a_protection_that_is_over_is_not_asked_about() -> None:
    archive = Archive()
    held = msgspec.structs.replace(HELD, protections=(protection(S.REJECTED),))
    followed(ledger(held), archive=archive, positions=(position(),))
    assert archive.looked_up == [ident()]


def by_hand(qty: int = 4) -> BrokerOrder:
    return broker_order(
        "by-hand", S.FILLED, filled=qty, side="sell", order_id="id-by-hand", filled_avg_price=D("99.30")
    )


def test_what_the_operator_sold_by_hand_is_a_foreign_exit() -> None:
    family = broker_order(status=S.FILLED, filled=4, legs=(broker_leg("stop"), broker_leg("target")))
    after = followed(ledger(HELD), (family, by_hand()), positions=())
    assert after.ledger.exits == (Exit("AAPL", "foreign", D(4), D("99.30"), NOW, ident(), D("-8.00"), "id-by-hand"),)
    assert only(after.ledger).held_qty == 0


def test_without_positions_no_sale_of_others_is_booked() -> None:
    family = broker_order(status=S.FILLED, filled=4, legs=(broker_leg("stop"), broker_leg("target")))
    assert followed(ledger(HELD), (family, by_hand()), positions=None) == Followed(ledger(HELD), ())


# Edited on the broker's page

EDITED = broker_order(status=S.CANCELLED, filled=1, replaced_by="two")
SUCCESSOR = broker_order(
    "foreign-2", S.PARTIALLY_FILLED, order_id="two", filled=2, qty=D(5), replaces="id-AAPL-1", limit_price=D("101.00")
)


def test_an_entry_that_was_edited_on_the_brokers_page_stays_ours() -> None:
    after = followed(ledger(entry(status=S.WORKING)), (EDITED, SUCCESSOR), positions=(position(qty=3),))
    one = only(after.ledger)
    assert (one.order_id, one.status, one.qty, one.filled_qty) == ("two", S.PARTIALLY_FILLED, 6, 3)
    assert (one.limit_price, one.notional) == (D("101.00"), D("606.00"))
    assert one.history[-1] == Event(NOW, S.PARTIALLY_FILLED, "edited at the broker: 5 shares at 101.00")
    assert followed(after.ledger, (EDITED, SUCCESSOR), positions=(position(qty=3),)) == Followed(after.ledger, ())


THIRD = broker_order("foreign-3", order_id="three", filled=0, qty=D(3), replaces="two")


@pytest.mark.parametrize(
    ("order_id", "listed"),
    [
        ("id-AAPL-1", (EDITED,)),
        ("two", (replace(EDITED, replaced_by=None),)),
        ("two", (broker_order(),)),
        ("three", (EDITED, SUCCESSOR)),
        ("three", (EDITED, replace(SUCCESSOR, replaced_by="three"))),
    ],
    ids=["successor not listed", "older", "much older", "older than the second edit", "successor of both not listed"],
)
def test_a_list_that_is_older_than_an_edit_changes_nothing(order_id: str, listed: tuple[BrokerOrder, ...]) -> None:
    book = ledger(entry(status=S.PARTIALLY_FILLED, filled=1, order_id=order_id))
    assert followed(book, listed, positions=(position(qty=1),)) == Followed(book, ())


@pytest.mark.parametrize("order_id", [None, "id-AAPL-1", "two", "three"])
def test_the_last_of_two_edits_is_followed_from_wherever_the_ledger_is(order_id: str | None) -> None:
    book = ledger(entry(status=S.WORKING, order_id=order_id))
    ended = replace(SUCCESSOR, status=S.CANCELLED, replaced_by="three")
    after = followed(book, (EDITED, ended, THIRD), positions=(position(qty=3),)).ledger
    assert (only(after).order_id, only(after).qty, only(after).filled_qty) == ("three", 6, 3)


# What the ledger forgot


def test_an_entry_of_this_session_that_the_ledger_forgot_is_adopted() -> None:
    known = broker_order(ident("MSFT"), S.SUBMITTED, symbol="MSFT")
    forgotten = broker_order(status=S.FILLED, filled=4)
    after = followed(ledger(entry("MSFT")), (known, forgotten), positions=(position(),))
    assert [one.client_order_id for one in after.ledger.entries] == [ident("MSFT"), ident("AAPL")]
    assert after.ledger.entries[1].status is S.FILLED
    assert after.news == (noted("ADOPTED AAPL: avx-20261120-AAPL-entry-1 filled at the broker"),)


def test_an_adopted_entrys_exits_are_written_as_well() -> None:
    stopped = broker_order(status=S.FILLED, filled=4, legs=(broker_leg("stop", S.FILLED, 4),))
    after = followed(ledger(), (stopped,))
    assert after.ledger.exits == (Exit("AAPL", "stop", D(4), D("97.90"), NOW, ident(), D("-13.60"), "id-stop"),)
    assert after.news == (
        noted("ADOPTED AAPL: avx-20261120-AAPL-entry-1 filled at the broker"),
        noted("EXIT AAPL: kind=stop qty=4 price=97.90 realized=-13.60 entry=avx-20261120-AAPL-entry-1"),
    )


def test_foreign_orders_in_the_list_hide_none_of_ours() -> None:
    after = followed(ledger(entry("MSFT")), (broker_order("by-hand"), broker_order(ident("MSFT")), broker_order()))
    assert [one.symbol for one in after.ledger.entries] == ["MSFT", "AAPL"]


@pytest.mark.parametrize(
    "order",
    [
        broker_order("by-hand"),
        broker_order("avx-by-hand"),
        broker_order("avx-20261120-AAPL-protect-1"),
        broker_order(ident(day=YESTERDAY)),
    ],
)
def test_nothing_else_is_adopted(order: BrokerOrder) -> None:
    assert followed(ledger(), (order,)) == Followed(ledger(), ())


def test_a_forgotten_entry_that_was_edited_is_adopted_as_it_is_now() -> None:
    after = followed(ledger(), (EDITED, SUCCESSOR), positions=(position(qty=3),))
    (one,) = after.ledger.entries
    assert (one.client_order_id, one.order_id, one.qty, one.filled_qty) == (ident(), "two", 6, 3)
    assert followed(after.ledger, (EDITED, SUCCESSOR), positions=(position(qty=3),)) == Followed(after.ledger, ())


def forgotten_pair(attempt: int = 1, filled: int = 0, day: date = DAY, symbol: str = "AAPL") -> BrokerOrder:
    status = S.FILLED if filled else S.WORKING
    stop = broker_leg("stop", S.CANCELLED if filled else S.WORKING, order_id=f"stop-{attempt}")
    name = protect_id(day, symbol, attempt)
    return broker_leg("target", status, filled, client_order_id=name, order_id=f"target-{attempt}", legs=(stop,))


def test_a_protection_that_the_ledger_forgot_is_adopted_with_what_it_sold() -> None:
    held = entry(status=S.CANCELLED, filled=4)
    after = followed(ledger(held), (forgotten_pair(2), forgotten_pair(1, filled=1)), positions=(position(qty=3),))
    first, second = only(after.ledger).protections
    assert [first.client_order_id, second.client_order_id] == [protect_id(DAY, "AAPL", n) for n in (1, 2)]
    assert (first.stop_price, first.target_price, first.status) == (D("97.90"), D("108.10"), S.FILLED)
    assert first.history == (ADOPTED, Event(NOW, S.FILLED))
    assert second.status is S.WORKING
    assert [(one.kind, one.qty, one.order_id) for one in after.ledger.exits] == [("target", 1, "target-1")]
    orders = (forgotten_pair(2), forgotten_pair(1, filled=1))
    assert followed(after.ledger, orders, positions=(position(qty=3),)) == Followed(after.ledger, ())


def test_a_forgotten_protection_is_of_the_last_entry_of_its_day_and_symbol() -> None:
    entries = (
        entry(status=S.EXPIRED),
        entry(status=S.FILLED, attempt=2, filled=4, legs=(leg("stop"),)),
        entry("MSFT", S.FILLED, filled=4),
    )
    carried = (entry(status=S.FILLED, day=YESTERDAY, filled=4), entry("F", client_order_id="by-hand"))
    after = followed(ledger(*entries, carried=carried), (forgotten_pair(),), positions=None).ledger
    assert [len(one.protections) for one in after.everything()] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    "order", [forgotten_pair(day=YESTERDAY), forgotten_pair(symbol="MSFT")], ids=["another day", "another symbol"]
)
def test_a_protection_of_no_entry_is_left_alone(order: BrokerOrder) -> None:
    held = ledger(entry(status=S.FILLED, filled=4))
    assert followed(held, (order,), positions=(position(),)) == Followed(held, ())


# Orders in doubt

PROVEN = "proven absent: looked, not found by id nor among the session's orders, 2 times"
FIRST_LOOK = "intended found at start; looked, not found by id nor among the session's orders"
DOUBT_BEGAN = later(0)
ADOPTED = Event(DOUBT_BEGAN, S.UNKNOWN, "adopted from the broker's record")


def in_doubt(*notes: str | None, sent: datetime = DOUBT_BEGAN) -> Entry:
    """Sent and unclear at `sent`, looked at every ten seconds since."""
    events = [Event(sent, S.UNKNOWN, "timeout; not found at the first look")]
    events += [Event(sent + timedelta(seconds=10 * n), S.UNKNOWN, note) for n, note in enumerate(notes, 1)]
    return grown(entry(status=S.INTENDED), *events)


def test_an_intent_found_at_the_start_is_in_doubt_from_the_first_look() -> None:
    after = followed(ledger(entry(status=S.INTENDED)), now=later(10**6)).ledger
    assert only(after) == grown(entry(status=S.INTENDED), Event(later(10**6), S.UNKNOWN, FIRST_LOOK))


@pytest.mark.parametrize(
    ("one", "seconds", "note"),
    [
        (in_doubt(), 119, LOOK),
        (in_doubt(), 10**6, LOOK),
        (in_doubt(LOOK), 119, LOOK),
        (in_doubt(LOOK, LOOK, LOOK), 119, LOOK),
        (in_doubt(LOOK), 120, PROVEN),
        (in_doubt(LOOK), 121, PROVEN),
        (in_doubt(LOOK, LOOK), 120, PROVEN.replace("2 times", "3 times")),
        (in_doubt("another word"), 10**6, LOOK),
        (in_doubt(None), 10**6, LOOK),
        (in_doubt(LOOK), -(10**6), LOOK),
        (entry(status=S.UNKNOWN, history=(ADOPTED, Event(DOUBT_BEGAN, S.UNKNOWN, LOOK))), 120, PROVEN),
        (grown(entry(status=S.INTENDED), Event(DOUBT_BEGAN, S.UNKNOWN, FIRST_LOOK)), 119, LOOK),
        (grown(entry(status=S.INTENDED), Event(DOUBT_BEGAN, S.UNKNOWN, FIRST_LOOK)), 120, PROVEN),
    ],
)
def test_absence_takes_two_looks_the_second_late_enough(one: Entry, seconds: int, note: str) -> None:
    after = only(followed(ledger(one), now=later(seconds)).ledger)
    status = S.NOT_SENT if note.startswith("proven") else S.UNKNOWN
    assert after == grown(one, Event(later(seconds), status, note))


def test_looks_of_an_earlier_sending_prove_nothing() -> None:
    once = moved(in_doubt(LOOK, LOOK), S.NOT_SENT, later(130), PROVEN)
    again = moved(moved(once, S.INTENDED, later(180), "sent again"), S.UNKNOWN, later(181), "timeout")
    first = only(followed(ledger(again), now=later(10**6)).ledger)
    assert first.status is S.UNKNOWN
    assert only(followed(ledger(first), now=later(10**6)).ledger).status is S.NOT_SENT


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (broker_order(status=S.WORKING), S.WORKING),
        (broker_order(status=S.REJECTED, reason="by the broker"), S.REJECTED),
        (broker_order(status=S.FILLED, filled=4), S.FILLED),
    ],
)
@pytest.mark.parametrize("one", [entry(status=S.INTENDED), in_doubt(), in_doubt(LOOK, LOOK)])
def test_what_a_look_finds_settles_the_doubt(one: Entry, found: BrokerOrder, status: OrderStatus) -> None:
    by_id = followed(ledger(one), archive=Archive({found.client_order_id: found}), now=later(10**6))
    by_list = followed(ledger(one), (found,), now=later(10**6))
    assert only(by_id.ledger).status is only(by_list.ledger).status is status


@pytest.mark.parametrize(
    ("carried", "positions"),
    [
        ((), (position(qty=4),)),
        ((), (position(qty=-1),)),
        ((entry(status=S.FILLED, day=YESTERDAY, filled=4, legs=(leg("stop"),)),), (position(qty=8),)),
    ],
    ids=["a position", "a short one", "more than the carried entry holds"],
)
def test_shares_that_nothing_explains_speak_against_absence(
    carried: tuple[Entry, ...], positions: tuple[Position, ...]
) -> None:
    book = ledger(in_doubt(LOOK), carried=carried)
    assert followed(book, positions=positions, now=later(10**6)).ledger.entries[0].status is S.UNKNOWN


@pytest.mark.parametrize(
    ("carried", "positions"),
    [
        ((), ()),
        ((), (position(qty=0),)),
        ((), (position("MSFT"),)),
        ((entry(status=S.FILLED, day=YESTERDAY, filled=4, legs=(leg("stop"),)),), (position(qty=4),)),
    ],
)
def test_shares_that_are_explained_do_not(carried: tuple[Entry, ...], positions: tuple[Position, ...]) -> None:
    book = ledger(in_doubt(LOOK), carried=carried)
    assert followed(book, positions=positions, now=later(10**6)).ledger.entries[0].status is S.NOT_SENT


def test_a_rehearsed_intent_was_recorded() -> None:
    book = ledger(entry(status=S.INTENDED), mode=Mode.DRY_RUN)
    after = follow(book, joined(), Recorder(lambda: NOW, book.find), NOW, SETTLE_SECONDS)
    assert (only(after.ledger).status, only(after.ledger).order_id) == (S.SUBMITTED, "dry-run")
    assert follow(after.ledger, joined(), Recorder(lambda: NOW, after.ledger.find), NOW, SETTLE_SECONDS).news == ()


# Whatever the sequence of looks

STEPS = st.lists(
    st.tuples(st.integers(-60, 200), st.sampled_from(["look", "look", "look", "no answer", "send again"])),
    max_size=25,
)


@given(st.sampled_from([entry(status=S.INTENDED), in_doubt()]), STEPS)
def test_no_sequence_of_looks_shortens_the_proof_or_makes_a_rejection(one: Entry, steps: list[tuple[int, str]]) -> None:
    now, began, looks = DOUBT_BEGAN, DOUBT_BEGAN if one.status is S.UNKNOWN else None, 0
    for seconds, what in steps:
        now += timedelta(seconds=seconds)
        if one.status is S.NOT_SENT:
            if what == "send again":
                one = moved(moved(one, S.INTENDED, now, "sent again"), S.UNKNOWN, now, "timeout; look failed")
                began, looks = now, 0
            continue
        one = only(followed(ledger(one), archive=Archive(unreachable=what == "no answer"), now=now).ledger)
        if what != "no answer":
            looks += 1
            began = began or now
        assert one.status in (S.INTENDED, S.UNKNOWN, S.NOT_SENT)
        if one.status is S.NOT_SENT:
            event("proven absent")
            assert looks >= 2
            assert began is not None
            assert (now - began).total_seconds() >= SETTLE_SECONDS


@given(STEPS, st.integers(0, 24), st.booleans())
def test_an_order_that_shows_up_late_is_adopted_whenever_it_does(
    steps: list[tuple[int, str]], arrives: int, listed: bool
) -> None:
    one, now = in_doubt(), DOUBT_BEGAN
    order = broker_order(status=S.WORKING)
    for number, (seconds, _) in enumerate(steps):
        now += timedelta(seconds=seconds)
        there = number >= arrives
        archive = Archive({order.client_order_id: order} if there and one.status is not S.NOT_SENT else {})
        before = one.status
        one = only(followed(ledger(one), (order,) if there and listed else (), archive, now).ledger)
        if there and (listed or before is not S.NOT_SENT):
            assert one.status is S.WORKING


# News


def test_news_is_one_line_per_change() -> None:
    before = ledger(
        entry("AAPL"), entry("MSFT", S.PARTIALLY_FILLED, filled=1), entry("NVDA"), carried=(entry("IBM", S.UNKNOWN),)
    )
    sold = Exit("IBM", "target", D(4), D("108.10"), NOW, ident("IBM"), D("27.20"))
    after = ledger(
        entry("AAPL", S.CANCELLED),
        entry("MSFT", S.PARTIALLY_FILLED, filled=3),
        entry("NVDA", history=(*entry("NVDA").history, Event(NOW, S.SUBMITTED, LOOK))),
        entry("TSLA", S.WORKING),
        carried=(entry("IBM", S.FILLED, filled=4),),
        exits=(sold,),
    )
    assert news_between(before, after) == (
        noted("FILLED IBM: filled=4 of 4 client_order_id=avx-20261120-IBM-entry-1 (was unknown)"),
        noted("CANCELLED AAPL: filled=0 of 4 client_order_id=avx-20261120-AAPL-entry-1 (was submitted)"),
        noted("PARTIALLY_FILLED MSFT: filled=3 of 4 client_order_id=avx-20261120-MSFT-entry-1 (was partially_filled)"),
        noted("ADOPTED TSLA: avx-20261120-TSLA-entry-1 working at the broker"),
        noted("EXIT IBM: kind=target qty=4 price=108.10 realized=27.20 entry=avx-20261120-IBM-entry-1"),
    )


@pytest.mark.parametrize("status", [one for one in OrderStatus if one is not S.SUBMITTED])
def test_what_a_person_should_look_at_is_said_louder_than_the_rest(status: OrderStatus) -> None:
    (line,) = news_between(ledger(entry()), ledger(entry(status=status)))
    assert line.level is (Level.WARNING if status in (S.REJECTED, S.UNKNOWN) else Level.INFO)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            entry(status=S.FILLED, filled=4),
            entry(status=S.FILLED, filled=4, filled_avg_price=D("101.25")),
            noted("PRICE AAPL: filled at 101.25, was told as 101.30 client_order_id=avx-20261120-AAPL-entry-1"),
        ),
        (entry(status=S.FILLED, filled=4, filled_avg_price=None), entry(status=S.FILLED, filled=4), None),
        (
            entry(status=S.WORKING),
            entry(status=S.WORKING, unrecognised="odd"),
            UNRECOGNISED,
        ),
        (entry(unrecognised="odd"), entry(unrecognised="odd"), None),
        (entry(unrecognised="odd"), entry(), None),
    ],
)
def test_a_corrected_price_and_an_odd_word_are_said_once(old: Entry, new: Entry, line: Said | None) -> None:
    assert news_between(ledger(old), ledger(new)) == (() if line is None else (line,))
    assert news_between(ledger(new), ledger(new)) == ()


def test_an_odd_word_about_an_adopted_order_is_said_too() -> None:
    assert news_between(ledger(), ledger(entry(status=S.WORKING, unrecognised="odd"))) == (
        noted("ADOPTED AAPL: avx-20261120-AAPL-entry-1 working at the broker"),
        UNRECOGNISED,
    )


@pytest.mark.parametrize(
    ("sale", "line"),
    [
        (
            Exit("AAPL", "stop", D(4), None, NOW, ident(), None),
            "EXIT AAPL: kind=stop qty=4 price=not told realized=not told entry=avx-20261120-AAPL-entry-1",
        ),
        (
            Exit("AAPL", "stop", D(4), D("97.90"), NOW, ident(), None, beyond=True),
            "EXIT AAPL: kind=stop qty=4 price=97.90 realized=not told entry=avx-20261120-AAPL-entry-1 "
            "beyond what the entry held",
        ),
    ],
)
def test_what_is_not_known_of_a_sale_is_said_to_be_not_told(sale: Exit, line: str) -> None:
    assert news_between(ledger(), ledger(exits=(sale,))) == (noted(line),)


def test_exits_that_were_known_are_no_news() -> None:
    known = Exit("AAPL", "stop", D(4), D("97.90"), NOW, ident(), D("-13.60"))
    assert news_between(ledger(exits=(known,)), ledger(exits=(known,))) == ()


@pytest.mark.parametrize("day", [DAY, YESTERDAY])
def test_a_flatten_that_was_not_written_down_is_written_by_the_next_look(day: date) -> None:
    """Of whatever session it is: a carried entry's shares may have been sold before the roll-over."""
    held = entry(status=S.FILLED, day=day, filled=4, legs=(leg("stop", S.CANCELLED), leg("target", S.CANCELLED)))
    sale = replace(
        broker_order(flatten_id(day, "AAPL", 1), S.FILLED, filled=4, side="sell", kind="market"), submitted_at=NOW
    )
    book = ledger(held) if day == DAY else ledger(carried=(held,))
    after = followed(book, (bracket_of(held), sale), positions=())
    sold = Exit("AAPL", "flatten", D(4), D("101.30"), NOW, held.client_order_id, D(0), "id-AAPL-flatten-1")
    assert after.ledger.exits == (sold,)
    assert only(after.ledger).held_qty == 0


def bracket_of(one: Entry) -> BrokerOrder:
    legs = (broker_leg("stop", S.CANCELLED), broker_leg("target", S.CANCELLED))
    return broker_order(one.client_order_id, S.FILLED, filled=4, legs=legs)


# Numbers that cannot be reckoned with

HUGE = D("9e999999")
NOT_RECKONED = "the broker's numbers cannot be reckoned with, none of them is taken over"
MSFT = entry("MSFT")
PAIR = protect_id(DAY, "AAPL", 1)


def sold_at_a_huge_price(kind: str = "stop", **changes: object) -> BrokerOrder:
    """A sale of four shares of AAPL's with which no result can be reckoned."""
    return replace(broker_leg(kind, S.FILLED, filled=4), filled_avg_price=HUGE, **changes)  # type: ignore[arg-type]


def with_msft(book: Ledger, *orders: BrokerOrder) -> tuple[Ledger, tuple[str, ...], set[str]]:
    """The ledger after following AAPL's odd orders beside one of MSFT's that was filled."""
    lists = joined((*orders, broker_order(ident("MSFT"), S.FILLED, filled=4, symbol="MSFT", order_id="id-MSFT-1")))
    after = follow(book, lists, Archive(), NOW, SETTLE_SECONDS)
    assert after.ledger.by_id()[ident("MSFT")].status is S.FILLED, "another symbol goes on"
    return after.ledger, after.news, lists.untold


def test_an_entry_that_cannot_be_reckoned_with_holds_its_symbol_and_no_other() -> None:
    bought = entry(status=S.FILLED, filled=4, legs=(leg("stop"),))
    order = broker_order(status=S.FILLED, filled=4, order_id=bought.order_id, legs=(sold_at_a_huge_price(),))
    after, news, untold = with_msft(ledger(bought, MSFT), order)
    assert after.by_id()[ident()] == bought and untold == {ident()}
    assert warned(f"IN DOUBT AAPL: {ident()}: {NOT_RECKONED}") in news


def test_a_protection_that_cannot_be_reckoned_with_holds_its_symbol_and_no_other() -> None:
    bought = entry(status=S.FILLED, filled=4, protections=(protection(),))
    pair = broker_leg("target", client_order_id=PAIR, legs=(sold_at_a_huge_price(),))
    after, news, untold = with_msft(ledger(bought, MSFT), pair)
    assert after.by_id()[ident()] == bought and untold == {ident()}
    assert warned(f"IN DOUBT AAPL: {PAIR}: {NOT_RECKONED}") in news


@pytest.mark.parametrize(
    "orders",
    [
        (broker_order(qty=HUGE, limit_price=HUGE),),
        (broker_leg("target", client_order_id=PAIR, legs=(sold_at_a_huge_price(),)),),
        (sold_at_a_huge_price("market", client_order_id=flatten_id(DAY, "AAPL", 1), order_id="id-close"),),
    ],
    ids=["forgotten entry", "forgotten protection", "close"],
)
def test_what_else_cannot_be_reckoned_with_is_not_taken_over(orders: tuple[BrokerOrder, ...]) -> None:
    bought = entry(status=S.FILLED, filled=4)
    after, _, _ = with_msft(ledger(MSFT) if orders[0].client_order_id == ident() else ledger(bought, MSFT), *orders)
    assert after.by_id().get(ident()) in (bought, None) and after.exits == ()
