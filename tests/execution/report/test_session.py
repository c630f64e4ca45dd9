"""The story of a session: an exit counts on its own day, once; what was not read is unknown and never zero."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec
import pytest
from support.facts import GOOD_CAPS, SESSION, TABLE, new_york
from support.trading import DAY, NOW, SENT_AT, YESTERDAY, S, at, entry, ident, ledger, position

from execution.ledger.day import Entry, Event, Exit, Ledger
from execution.ledger.fills import fills_of
from execution.ledger.shelf import Kept
from execution.report.closed_gates import ModeSpan, SessionDecisions, Span
from execution.report.curve import Point, make_curve, worth_drawing
from execution.report.results import beyond, realized_in, remark, without_result
from execution.report.session import (
    BrokerHoldings,
    SessionReport,
    exits_by_session,
    held_by,
    mode_of_session,
    session_ledger,
)
from gates.base.sessions import counted_in
from gates.mode import Mode

D = Decimal
SESSION_OF = counted_in(TABLE)
NOTHING = BrokerHoldings()
NOT_READ = BrokerHoldings(problem="positions not read (no answer)")


def sale(realized: str | None, when: datetime = NOW, symbol: str = "AAPL", kind: str = "target") -> Exit:
    result = None if realized is None else D(realized)
    return Exit(symbol, kind, D(4), None if result is None else D("108.10"), when, ident(symbol), result)


def kept(held: Ledger, digest: str = "d") -> Kept:
    return Kept(held.date_ny, f"ledger/LIVE/{held.date_ny}.json", held, digest)


def a_report(
    live: Kept, holdings: BrokerHoldings = NOTHING, exits: tuple[Exit, ...] = (), dry: Kept | None = None
) -> SessionReport:
    nothing = Kept(None, "dry_run_orders_today.json", ledger=ledger(mode=Mode.DRY_RUN), digest="e")
    live_ledger = session_ledger(Mode.LIVE, live, DAY, exits, SESSION_OF, holdings)
    other = session_ledger(Mode.DRY_RUN, dry or nothing, DAY, (), SESSION_OF, holdings)
    decided = SessionDecisions("2026-11-20.jsonl is missing")
    mode = mode_of_session(decided, live_ledger, other)
    held = held_by(live_ledger, holdings)
    return SessionReport(
        SESSION, new_york("2026-11-20 16:10"), "simulated", mode, live_ledger, other, decided, GOOD_CAPS, False,
        held, holdings.problem, holdings.equity, (),
    )  # fmt: skip


# --- exits ----------------------------------------------------------------------------------------


def test_an_exit_counts_in_the_session_it_happened_in_whichever_ledger_saw_it_first() -> None:
    of_the_close, of_today = sale("-12.40", new_york("2026-11-19 15:59")), sale("27.00")
    yesterdays = ledger(date_ny=YESTERDAY, exits=(sale("5.00", new_york("2026-11-19 11:00")),))
    todays = ledger(exits=(of_the_close, of_today))
    sold = exits_by_session([yesterdays, todays], SESSION_OF)
    assert {day: [one.realized for one in exits] for day, exits in sold.items()} == {
        YESTERDAY: [D("5.00"), D("-12.40")],
        DAY: [D("27.00")],
    }
    live_ledger = session_ledger(Mode.LIVE, kept(todays), DAY, sold[DAY], SESSION_OF, BrokerHoldings())
    assert live_ledger.realized == D("27.00")
    assert live_ledger.late == (of_the_close,)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-20 09:30", "2026-11-20"),
        ("2026-11-20 16:30", "2026-11-20"),  # sold after the close
        ("2026-11-21 11:00", "2026-11-20"),  # seen on a Saturday
        ("2026-11-26 11:00", "2026-11-25"),  # Thanksgiving
        ("2026-11-23 08:00", "2026-11-23"),  # the sweep before the open
    ],
)
def test_a_moment_without_a_session_counts_in_the_one_before(moment: str, day: str) -> None:
    assert SESSION_OF(new_york(moment)) == date.fromisoformat(day)


def test_every_exit_is_counted_exactly_once_in_the_curve() -> None:
    first = ledger(date_ny=YESTERDAY, exits=(sale("5.00", new_york("2026-11-19 11:00")),))
    second = ledger(exits=(sale("-12.40", new_york("2026-11-19 15:59")), sale("27.00")))
    curve = make_curve([kept(first), kept(second)], DAY, "PA3TEST", SESSION_OF)
    assert curve.points == (Point(YESTERDAY, D("-7.40"), D("-7.40")), Point(DAY, D("27.00"), D("19.60")))
    assert curve.total == D("19.60")
    assert worth_drawing(curve)


def test_a_session_that_no_ledger_has_still_shows_what_was_sold_in_it() -> None:
    """The host was down all day; the first cycle of the next session saw the stop's fill."""
    absent = Kept(None, "ledger/LIVE/2026-11-20.json", problem="no cycle ran", absent=True)
    told = a_report(absent, exits=(sale("-12.40"),))
    assert told.live.realized == D("-12.40")
    assert a_report(absent).live.realized is None


def test_a_sum_over_an_exit_without_a_result_is_not_known() -> None:
    exits = (sale("27.00"), sale(None, symbol="MSFT"))
    live_ledger = session_ledger(Mode.LIVE, kept(ledger(exits=exits)), DAY, exits, SESSION_OF, NOTHING)
    assert (live_ledger.realized, live_ledger.exits_unknown) == (None, False)
    assert (realized_in(()), realized_in(exits[:1]), realized_in(exits)) == (D(0), D("27.00"), None)
    assert (without_result(exits), without_result(exits[:1])) == (1, 0)


def test_a_session_without_a_cycle_whose_exit_has_no_result() -> None:
    absent = Kept(None, "ledger/LIVE/2026-11-20.json", problem="no cycle ran", absent=True)
    assert (a_report(absent, exits=(sale(None),)).live.realized, a_report(absent).live.exits_unknown) == (None, True)


def test_the_curve_has_no_sum_from_a_session_without_a_result_on() -> None:
    days = [date(2026, 11, 18), YESTERDAY, DAY]
    amounts: list[str | None] = ["5.00", None, "27.00"]
    ledgers = [
        ledger(date_ny=day, exits=(sale(amount, new_york(f"{day} 11:00")),))
        for day, amount in zip(days, amounts, strict=True)
    ]
    curve = make_curve([kept(one) for one in ledgers], DAY, "PA3TEST", SESSION_OF)
    assert curve.points == (
        Point(days[0], D("5.00"), D("5.00")),
        Point(days[1], None, None),
        Point(days[2], D("27.00"), None),
    )
    assert (curve.total, curve.not_known, worth_drawing(curve)) == (None, (YESTERDAY,), True)


def test_what_is_said_of_a_sale_beside_its_numbers() -> None:
    plain, over = sale("27.00"), msgspec.structs.replace(sale(None), beyond=True)
    noted = msgspec.structs.replace(over, note="sold on the broker's page")
    other = msgspec.structs.replace(over, symbol="MSFT")
    said = [remark(one) for one in (plain, over, noted)]
    assert said == ["", "beyond what was held", "beyond what was held; sold on the broker's page"]
    assert (beyond((plain,)), beyond((over, other, noted))) == ("", "AAPL 8, MSFT 4")


# --- fills and caps -------------------------------------------------------------------------------


def test_a_fill_belongs_to_the_day_it_was_seen_on() -> None:
    filled = entry("AAPL", S.FILLED, filled=4)
    rests = entry("KO", S.WORKING)
    before = entry("MSFT", S.FILLED, filled=4, day=YESTERDAY, history=(
        Event(new_york("2026-11-19 15:00"), S.INTENDED), Event(new_york("2026-11-19 15:01"), S.FILLED),
    ))  # fmt: skip
    today = entry("IBM", S.FILLED, filled=4, day=YESTERDAY, history=(
        Event(new_york("2026-11-19 15:00"), S.INTENDED), Event(NOW, S.FILLED),
    ))  # fmt: skip
    live_ledger = a_report(kept(ledger(filled, rests, carried=(before, today)))).live
    assert {one.symbol for one in live_ledger.fills} == {"AAPL", "IBM"}


@pytest.mark.parametrize(
    ("carried", "seen"),
    [
        ((), [NOW]),  # the fill and the cancel of the rest seen at once
        ((Event(new_york("2026-11-19 15:01"), S.PARTIALLY_FILLED),), [new_york("2026-11-19 15:01")]),
    ],
)
def test_shares_of_a_cancelled_order_are_a_fill(carried: tuple[Event, ...], seen: list[datetime]) -> None:
    history = (Event(SENT_AT, S.SUBMITTED), *carried, Event(NOW, S.CANCELLED))
    part = entry("AAPL", S.CANCELLED, filled=3, history=history)
    nothing = entry("KO", S.CANCELLED, history=history[:1] + history[-1:])
    assert [list(fills_of(one)) for one in (part, nothing)] == [seen, []]
    live_ledger = a_report(kept(ledger(part, nothing))).live
    assert [one.symbol for one in live_ledger.fills] == [symbol for symbol in ("AAPL",) if seen == [NOW]]


def test_caps_used_count_held_symbols_even_without_the_broker() -> None:
    used = a_report(kept(ledger(entry("AAPL", S.FILLED, filled=4), entry("KO", S.WORKING))), NOT_READ).live.used
    assert used is not None
    assert (used.orders, used.positions, used.gross, used.largest, used.whole) == (2, 2, D("810.80"), "AAPL", False)


# --- what is held ---------------------------------------------------------------------------------


def test_unrealised_is_our_shares_at_the_brokers_price() -> None:
    bought = entry("AAPL", S.FILLED, filled=4)
    told = a_report(kept(ledger(bought)), BrokerHoldings((position("AAPL", 4, "103.30"),), equity=D(10_000)))
    assert told.unrealized == D("8.00")
    assert told.held[0].difference is None


@pytest.mark.parametrize("holdings", [NOT_READ, BrokerHoldings((position("AAPL", 8, "103.30"),))])
def test_shares_bought_at_a_price_not_told_have_no_cost_and_no_profit(holdings: BrokerHoldings) -> None:
    told = entry("AAPL", S.FILLED, filled=4)
    untold = entry("AAPL", S.FILLED, attempt=2, filled=4, filled_avg_price=None)
    held = a_report(kept(ledger(told, untold)), holdings).held
    assert [(one.qty, one.bought_at, one.unrealized) for one in held] == [(D(8), None, None)]
    assert a_report(kept(ledger(told, untold)), holdings).unrealized is None


def test_carried_positions_are_held_too_and_sold_shares_are_not() -> None:
    carried = entry("MSFT", S.FILLED, filled=4, exited=3, day=YESTERDAY)
    gone = entry("KO", S.FILLED, filled=4, exited=4)
    told = a_report(kept(ledger(gone, carried=(carried,))), BrokerHoldings((position("MSFT", 1, "100.30"),)))
    assert [(one.symbol, one.qty, one.unrealized) for one in told.held] == [("MSFT", D(1), D("-1.00"))]


@pytest.mark.parametrize(
    ("holdings", "held"),
    [
        (NOT_READ, 1),
        (BrokerHoldings(problem="positions are the broker's of now; a later session has begun"), 1),
        (BrokerHoldings(()), 1),  # the broker holds none of it: nothing gives a price
    ],
)
def test_unrealised_is_unknown_when_positions_are(holdings: BrokerHoldings, held: int) -> None:
    told = a_report(kept(ledger(entry("AAPL", S.FILLED, filled=4))), holdings)
    assert told.unrealized is None
    assert len(told.held) == held


def test_positions_not_read_are_unknown_even_where_the_ledger_holds_nothing() -> None:
    assert a_report(kept(ledger()), NOT_READ).unrealized is None
    assert a_report(kept(ledger())).unrealized == 0


def test_a_difference_is_named() -> None:
    told = a_report(kept(ledger(entry("AAPL", S.FILLED, filled=4))), BrokerHoldings((position("AAPL", 3),)))
    assert told.held[0].difference == "the broker holds 3"


# --- what cannot be relied on ---------------------------------------------------------------------


def test_an_unreadable_ledger_makes_profit_unknown_and_not_zero() -> None:
    told = a_report(Kept(None, "live_orders_today.json", problem="digest"))
    assert told.live.realized is None
    assert told.unrealized is None
    assert told.live.used is None


def test_a_curve_with_a_ledger_left_out_has_no_sum() -> None:
    broken = Kept(date(2026, 11, 18), "ledger/LIVE/2026-11-18.json", problem="digest")
    other = ledger(date_ny=YESTERDAY, account="PA9OTHER")
    curve = make_curve([broken, kept(other), kept(ledger(exits=(sale("27.00"),)))], DAY, "PA3TEST", SESSION_OF)
    assert curve.total is None
    assert curve.left_out == (
        "ledger/LIVE/2026-11-18.json: digest",
        "ledger/LIVE/2026-11-19.json: of account PA9OTHER",
    )
    assert [point.day for point in curve.points] == [DAY]


def test_a_curve_ends_at_the_session_that_is_told() -> None:
    later = ledger(date_ny=date(2026, 11, 23), exits=(sale("9.00", new_york("2026-11-23 11:00")),))
    curve = make_curve([kept(ledger(exits=(sale("27.00"),))), kept(later)], DAY, None, SESSION_OF)
    assert [point.total for point in curve.points] == [D("27.00")]
    assert not worth_drawing(curve)


def test_entries_taken_over_from_the_broker_are_known_as_such() -> None:
    history = (Event(SENT_AT, S.UNKNOWN, "adopted from the broker's record"), Event(NOW, S.WORKING))
    told = a_report(kept(ledger(entry("AAPL", S.WORKING, history=history), entry("KO"))))
    assert [one.symbol for one in told.live.adopted] == ["AAPL"]


# --- the mode -------------------------------------------------------------------------------------


def decided(*modes: str) -> SessionDecisions:
    whole = Span(at("09:30"), at("16:00"))
    return SessionDecisions(modes=tuple(ModeSpan(mode, "", whole) for mode in modes))


@pytest.mark.parametrize(
    ("modes", "live_orders", "dry_orders", "mode"),
    [
        (("DRY_RUN",), (), (), Mode.DRY_RUN),
        (("DRY_RUN", "LIVE"), (), (), Mode.LIVE),
        (("DRY_RUN",), (entry(),), (), Mode.LIVE),  # an order that went out outranks what was decided later
        ((), (), (entry(),), Mode.DRY_RUN),
        ((), (), (), None),
    ],
)
def test_live_if_any_cycle_was(
    modes: tuple[str, ...], live_orders: tuple[Entry, ...], dry_orders: tuple[Entry, ...], mode: Mode | None
) -> None:
    live = session_ledger(Mode.LIVE, kept(ledger(*live_orders)), DAY, (), SESSION_OF, BrokerHoldings())
    rehearsed = kept(ledger(*dry_orders, mode=Mode.DRY_RUN))
    dry = session_ledger(Mode.DRY_RUN, rehearsed, DAY, (), SESSION_OF, BrokerHoldings())
    assert mode_of_session(decided(*modes), live, dry) is mode
