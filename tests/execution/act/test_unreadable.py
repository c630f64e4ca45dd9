"""What cannot be read is said, closes its symbol, and is cancelled where it is ours and due."""

from __future__ import annotations

import pytest
from support.broker import Desk
from support.trading import DAY, S, entry, held, ident, later, ledger

from execution.act import unreadable
from execution.act.due import Standing
from execution.act.said import noted, warned
from execution.act.unreadable import cancel_due
from execution.broker.errors import BrokerRefused, BrokerUnreachable
from execution.broker.port import Told, Unreadable
from execution.ledger.day import Ledger
from execution.ledger.unreadable import in_the_way, is_close, is_ours, line, locks, may_be_ours, of_any_symbol
from execution.orders import flatten_id, protect_id
from gates.base.record import replace

STRANGE = "filled_qty None"
OURS = Unreadable(STRANGE, "AAPL", "id-1", ident())
CLOSE = Unreadable(STRANGE, "AAPL", "id-2", flatten_id(DAY, "AAPL", 1))
THEIRS = Unreadable(STRANGE, "MSFT", "id-3", "by-hand")
NAMELESS = Unreadable(STRANGE, "MSFT", "id-4")
BLANK = Unreadable(STRANGE)
BOOK = ledger(entry(status=S.WORKING))
SENT = BOOK.entries[0].timestamp
STANDING = Standing(later(0), ttl_seconds=600, session_over=False, killed=False, kill_cancels=True, kill_protects=True)
KILLED = replace(STANDING, killed=True)
WORDS = f"AAPL: reason=kill switch active client_order_id={ident()}"


def test_a_line_names_what_is_told() -> None:
    assert line(OURS) == f"UNREADABLE AAPL: {STRANGE} order_id=id-1 client_order_id={ident()}"
    assert line(NAMELESS) == f"UNREADABLE MSFT: {STRANGE} order_id=id-4"
    assert line(BLANK) == f"UNREADABLE (no symbol): {STRANGE}"


def test_each_symbol_is_locked_for_the_first_reason_found() -> None:
    again = replace(OURS, what="qty 'x'")
    assert locks([OURS, again, BLANK, THEIRS]) == dict.fromkeys(
        ("AAPL", "MSFT"), f"not understood at the broker ({STRANGE})"
    )


@pytest.mark.parametrize(
    ("found", "book", "reason"),
    [
        ((), BOOK, None),
        ((THEIRS, OURS), BOOK, None),
        ((THEIRS, OURS), ledger(), f"not understood, and ours: {ident()} {STRANGE}"),
        ((OURS,), None, f"not understood, and ours: {ident()} {STRANGE}"),
        ((THEIRS, BLANK), BOOK, f"not understood, and no symbol told: {STRANGE}"),
    ],
)
def test_what_may_be_about_any_symbol_or_is_ours_alone_at_the_broker_closes_them_all(
    found: tuple[Unreadable, ...], book: Ledger | None, reason: str | None
) -> None:
    assert of_any_symbol(found, book) == reason


@pytest.mark.parametrize(
    ("odd", "ours", "close", "may_be"),
    [
        (OURS, True, False, True),
        (CLOSE, True, True, True),
        (THEIRS, False, False, False),
        (NAMELESS, False, False, True),
    ],
)
def test_whose_it_is_tells_the_client_id(odd: Unreadable, ours: bool, close: bool, may_be: bool) -> None:
    assert (is_ours(odd), is_close(odd), may_be_ours(odd)) == (ours, close, may_be)


# Entries that are due


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (KILLED, "kill switch active"),
        (replace(KILLED, session_over=True), "kill switch active"),
        (replace(STANDING, session_over=True), "session over"),
        (replace(STANDING, now=SENT, ttl_seconds=0), "not filled in time (0s, limit 0s)"),
        (replace(STANDING, ttl_seconds=120), "not filled in time (120s, limit 120s)"),
    ],
)
def test_an_entry_of_ours_that_is_due_is_cancelled(standing: Standing, reason: str) -> None:
    desk = Desk()
    assert cancel_due([OURS], BOOK, desk, standing) == (
        noted(f"CANCEL AAPL: reason={reason} client_order_id={ident()}"),
    )
    assert desk.diary == ["cancel id-1"]


@pytest.mark.parametrize(
    "standing", [STANDING, replace(KILLED, kill_cancels=False), replace(STANDING, ttl_seconds=121)]
)
def test_an_entry_that_is_not_due_stays(standing: Standing) -> None:
    desk = Desk()
    assert cancel_due([OURS], BOOK, desk, standing) == ()
    assert desk.diary == []


@pytest.mark.parametrize("book", [None, ledger()])
def test_an_entry_that_the_ledger_does_not_know_is_of_no_age(book: Ledger | None) -> None:
    assert cancel_due([OURS], book, Desk(), replace(STANDING, ttl_seconds=1)) == ()
    assert cancel_due([OURS], book, Desk(), KILLED) == (noted(f"CANCEL {WORDS}"),)


def test_only_entries_of_ours_with_an_id_are_cancelled() -> None:
    guard = Unreadable(STRANGE, "AAPL", "id-5", protect_id(DAY, "AAPL", 1))
    desk = Desk()
    assert cancel_due([guard, CLOSE, THEIRS, NAMELESS, BLANK, replace(OURS, order_id=None)], BOOK, desk, KILLED) == ()
    assert desk.diary == []


@pytest.mark.parametrize("problem", [BrokerUnreachable("no answer"), BrokerRefused("no such order")])
def test_a_cancel_that_fails_stops_no_other(problem: Exception) -> None:
    after = replace(OURS, symbol="MSFT", order_id="id-6", client_order_id=ident("MSFT"))
    rest = replace(OURS, order_id="id-7")
    desk = Desk(cancels={"id-1": problem, "id-6": False})
    assert cancel_due([OURS, after, rest], BOOK, desk, KILLED) == (
        warned(f"CANCEL FAILED AAPL: reason={problem} client_order_id={ident()}"),
        warned(f"CANCEL FAILED MSFT: reason=kill switch active client_order_id={ident('MSFT')}: the broker refuses it"),
        noted(f"CANCEL {WORDS}"),
    )


# Getting out


def test_open_orders_that_may_be_in_the_way_are_ours_or_all() -> None:
    orders = Told((), (OURS, THEIRS, NAMELESS))
    assert in_the_way(None, orders, (), ours_only=True) == (OURS,)
    assert in_the_way(Told(), orders, (), ours_only=False) == (OURS, THEIRS, NAMELESS)


def test_an_order_that_the_open_ones_lack_is_in_the_way_unless_it_is_over() -> None:
    """The list of open orders may be empty for a while."""
    over = replace(OURS, order_id="id-9", is_over=True)
    assert in_the_way(None, Told(), (OURS, over, THEIRS), ours_only=True) == (OURS,)
    assert in_the_way(None, Told((), (OURS,)), (OURS, over, THEIRS), ours_only=False) == (OURS, THEIRS)


@pytest.mark.parametrize("ours_only", [True, False])
def test_a_position_is_in_the_way_only_while_its_quantity_is_not_told(ours_only: bool) -> None:
    odd = Unreadable("avg_entry_price None", "AAPL"), Unreadable("qty 'x'", "MSFT"), BLANK
    assert in_the_way(Told((held(4),), odd), Told(), (), ours_only=ours_only) == odd[1:]


def test_each_cancel_is_asked_for_until_it_got_through() -> None:
    said: list[str] = []
    asked = {"id-2"}
    desk = Desk(cancels={"id-1": BrokerRefused("busy"), "id-3": False, "id-4": BrokerUnreachable("no answer")})
    unreadable.cancel([OURS, BLANK, CLOSE, NAMELESS, THEIRS, replace(OURS, order_id="id-8")], asked, desk, said.append)
    assert desk.diary == ["cancel id-1", "cancel id-4", "cancel id-3", "cancel id-8"]
    assert asked == {"id-2", "id-3", "id-8"}
    assert said == [
        f"CANCEL FAILED {line(OURS)}: reason=busy",
        f"CANCEL FAILED {line(NAMELESS)}: reason=no answer",
        f"CANCEL REFUSED {line(THEIRS)}",
        f"CANCEL {line(replace(OURS, order_id='id-8'))}",
    ]
