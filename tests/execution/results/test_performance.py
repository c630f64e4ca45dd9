"""Many trades together: none, one and two of them, open ones at their marks, and what a hole leaves not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from support.archives import Archives, made, weekdays

from execution.orders import OrderStatus
from execution.results.close import Close, Mark
from execution.results.figures import GROUPS, NOT_KNOWN, WEEKDAYS, Marks, figures, grouped, result_of
from execution.results.fold import trades
from execution.results.performance import FEWEST_SESSIONS, Base, Performance, measure, unmarked
from execution.results.trade import EntryPlan, Sold, Trade, TradeState
from gates.base.record import replace
from gates.mode import Mode

D = Decimal
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
SESSIONS = (FRIDAY, MONDAY, TUESDAY)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


def trade(
    number: int,
    dollars: str | None,
    session: date = FRIDAY,
    end: date = MONDAY,
    kind: str = "stop",
    symbol: str = "AAPL",
) -> Trade:
    """Ten shares at 100 with a risk of 2 each; sold so that they brought this, or at a price not told."""
    brought = None if dollars is None else D(dollars)
    price = None if brought is None else D(100) + brought / 10
    sale = Sold(kind, D(10), price, None, noon(end) + timedelta(minutes=number), end, brought)
    return Trade(
        ident=f"avx-{session:%Y%m%d}-{symbol}-entry-{number}", mode=Mode.LIVE, account="PA3TEST", session=session,
        symbol=symbol, side="buy", plan=EntryPlan(D(100), D(98), D(104)), qty=D(10), status=OrderStatus.FILLED,
        bought=D(10), paid=D(100), opened_at=noon(session), sales=(sale,), held=D(0), state=TradeState.ENDED,
    )  # fmt: skip


def held(number: int = 9, session: date = MONDAY, symbol: str = "MSFT") -> Trade:
    return replace(trade(number, "0", session, symbol=symbol), sales=(), held=D(10), state=TradeState.OPEN)


def close(day: date, equity: str | None = "25000", **prices: str) -> Close:
    positions = tuple(Mark(symbol, D(10), D(10), D(100), D(price) * 10) for symbol, price in prices.items())
    amount = D(equity) if equity is not None else None
    return Close(1, day, noon(day), "PA3TEST", amount, None, positions, None, None, None, None)


def of(*found: Trade, closes: tuple[Close, ...] = (), sessions: tuple[date, ...] = SESSIONS) -> Performance:
    return measure(found, sessions, closes)


# --- none, one, two -------------------------------------------------------------------------------


def test_of_nothing_nothing_is_known() -> None:
    found = of(sessions=())
    whole = found.whole
    assert (whole.trades, whole.win_rate, whole.win_interval, whole.mean_r, whole.expectancy) == (
        0,
        None,
        None,
        None,
        None,
    )
    assert (whole.profit_factor, whole.losing_run, whole.total, whole.total_r) == (None, 0, 0, 0)
    assert (found.sharpe, found.sortino, found.drawdown, found.drawdown_of_base, found.base) == (None,) * 5
    assert (found.exposure.sessions, found.exposure.most, found.exposure.average) == (0, None, None)


def test_of_one_trade_there_is_a_rate_and_no_interval_of_a_mean() -> None:
    found = of(trade(1, "40"))
    whole = found.whole
    assert (whole.trades, whole.won, whole.win_rate, whole.total, whole.mean_r) == (1, 1, 1, 40, 2)
    assert whole.win_interval is not None and round(whole.win_interval.low, 3) == D("0.207")
    assert (whole.expectancy, whole.expectancy_interval, whole.r_interval, whole.profit_factor) == (
        40,
        None,
        None,
        None,
    )
    assert found.drawdown is not None and found.drawdown.depth == 0 and found.sharpe is None


def test_of_two_trades() -> None:
    found = of(trade(1, "40"), trade(2, "-20", MONDAY, TUESDAY))
    whole = found.whole
    assert (whole.win_rate, whole.total, whole.total_r, whole.expectancy) == (D("0.5"), 20, 1, 10)
    assert (whole.profit_factor, whole.losing_run) == (2, 1)
    assert whole.expectancy_interval is not None
    assert (whole.expectancy_interval.low, whole.expectancy_interval.high) == (-20, 40)
    assert found.series.realized == (0, 40, -20)
    assert found.drawdown is not None
    assert (found.drawdown.depth, SESSIONS[found.drawdown.peak], SESSIONS[found.drawdown.trough]) == (
        20,
        MONDAY,
        TUESDAY,
    )


def test_a_trade_that_brought_nothing_was_not_won_and_ends_no_losing_run_but_its_own() -> None:
    whole = of(trade(1, "-20"), trade(2, "-20"), trade(3, "0"), trade(4, "-20")).whole
    assert (whole.won, whole.known, whole.losing_run) == (0, 4, 2)


# --- what is open ---------------------------------------------------------------------------------


def test_an_open_trade_counts_with_the_mark_of_the_last_close() -> None:
    found = of(trade(1, "-20"), held(), closes=(close(FRIDAY, MSFT="90"), close(MONDAY, MSFT="106")))
    assert (found.whole.total, found.ended.total, found.open.total, found.open.mean_r) == (40, -20, 60, 3)
    assert (found.whole.win_rate, found.ended.win_rate) == (D("0.5"), 0), "stops end sooner than targets"
    assert found.marks is not None and found.marks.session == MONDAY
    assert found.series.realized == (0, -20, 0), "what is not sold is not realised"


def test_an_open_trade_without_a_mark_is_counted_and_is_in_no_other_number() -> None:
    later = held(session=TUESDAY)
    for closes in ((), (close(MONDAY, MSFT="106"),), (close(TUESDAY, KO="50"),)):
        found = measure((trade(1, "-20"), later), SESSIONS, closes)
        assert (found.whole.trades, found.whole.unknown, found.whole.total, found.whole.known_dollars) == (
            2,
            1,
            None,
            -20,
        )
        assert unmarked(found, (later,)) == ("MSFT",)
    found = measure((later,), SESSIONS, (close(TUESDAY, MSFT="100"),))
    assert (unmarked(found, (later,)), found.whole.total) == ((), 0)


def test_a_part_that_was_sold_counts_with_the_rest() -> None:
    part = replace(held(), sales=(replace(trade(1, "10").sales[0], qty=D(5)),), held=D(5))
    assert of(part, closes=(close(TUESDAY, MSFT="104"),)).whole.total == 10 + 20


# --- what is not known ----------------------------------------------------------------------------


def test_one_sale_without_a_result_leaves_sums_and_risk_not_known() -> None:
    for unknown in (trade(2, None), replace(trade(2, "-900"), state=TradeState.LOST, problem="lost")):
        found = of(trade(1, "40"), unknown, closes=(close(FRIDAY),))
        assert (found.whole.trades, found.whole.unknown, found.whole.win_rate, found.whole.total) == (2, 1, 1, None)
        assert (found.series.is_whole, found.drawdown, found.drawdown_of_base, found.sharpe) == (
            False,
            None,
            None,
            None,
        )
    assert of(unknown).exposure.most is None


def test_a_trade_without_a_risk_is_in_no_r() -> None:
    bare = replace(trade(2, "30"), plan=EntryPlan(D(100), None, None))
    whole = of(trade(1, "40"), bare).whole
    assert (whole.total, whole.mean_r, len(whole.r), whole.total_r) == (70, 2, 1, None)


def test_an_order_that_bought_nothing_is_counted_apart() -> None:
    nothing = replace(held(), state=TradeState.UNBOUGHT, bought=D(0), held=D(0))
    found = of(nothing, replace(nothing, state=TradeState.WORKING))
    assert (found.whole.trades, found.unbought) == (0, 1)
    assert result_of(nothing, None) is None


def test_fees_of_those_that_tell_them() -> None:
    told = replace(
        trade(1, "40"), entry_fees={"USD": D("0.10")}, sales=(replace(trade(1, "40").sales[0], fees={"BNB": D(1)}),)
    )
    found = of(told, trade(2, "-20"))
    assert (found.fees, found.without_fees) == ({"USD": D("0.10"), "BNB": D(1)}, 1)
    assert found.whole.total == 20, "before fees"
    assert of(told, told).fees == {"USD": D("0.20"), "BNB": D(2)}


# --- sessions -------------------------------------------------------------------------------------


def test_a_sale_on_a_day_without_a_ledger_has_its_session_too() -> None:
    found = of(trade(1, "40", end=TUESDAY), sessions=(FRIDAY,))
    assert (found.series.sessions, found.series.realized) == ((FRIDAY, TUESDAY), (0, 40))


@pytest.mark.parametrize(("count", "is_told"), [(FEWEST_SESSIONS - 1, False), (FEWEST_SESSIONS, True)])
def test_sharpe_and_sortino_from_twenty_sessions_on(count: int, is_told: bool) -> None:
    days = tuple(weekdays(date(2026, 10, 1), count))
    found = of(trade(1, "40", days[0], days[1]), trade(2, "-20", days[0], days[2]), sessions=days)
    assert ((found.sharpe is not None), (found.sortino is not None)) == (is_told, is_told)


def test_the_base_of_a_fall_is_the_close_before_it_all_else_the_first_that_is_known() -> None:
    loss = trade(1, "-50", MONDAY, TUESDAY)
    before = close(FRIDAY, "10000"), close(MONDAY, "99")
    found = of(loss, closes=before, sessions=(MONDAY, TUESDAY))
    assert (found.base, found.drawdown_of_base) == (Base(D(10000), FRIDAY), D("0.005"))
    late = close(MONDAY, None), close(MONDAY, "0"), close(TUESDAY, "5000")
    assert of(loss, closes=late, sessions=(MONDAY, TUESDAY)).base == Base(D(5000), TUESDAY)


def test_a_deposit_is_no_profit() -> None:
    rich = close(FRIDAY, "10000"), close(TUESDAY, "1000000")
    assert of(trade(1, "40"), closes=rich).whole.total == 40


def test_exposure_counts_sessions_with_shares_and_what_they_had_cost() -> None:
    found = of(
        trade(1, "40", FRIDAY, MONDAY), trade(2, "40", MONDAY, MONDAY), sessions=(*SESSIONS, date(2026, 11, 25))
    ).exposure
    assert (found.sessions, found.held, found.most, found.average) == (4, 2, 2000, 750)
    still = of(held(session=TUESDAY)).exposure
    assert (still.held, still.most) == (1, 1000)
    elsewhere = replace(held(), session=date(2026, 11, 19))
    assert of(elsewhere).exposure.held == 0, "its session is none of those that were read"


# --- groups ---------------------------------------------------------------------------------------


def test_by_weekday_in_the_weeks_order_and_by_exit() -> None:
    found = [trade(1, "40", MONDAY), trade(2, "-20", FRIDAY), trade(3, "40", FRIDAY, kind="target"), held()]
    marks = Marks(TUESDAY, {"MSFT": D(101)})
    days = [(one.name, one.trades, one.total) for one in grouped("weekday", found, marks)]
    assert days == [("Monday", 2, 50), ("Friday", 2, 20)]
    assert [one.name for one in grouped("exit", found, marks)] == ["open", "stop", "target"]
    assert [one.name for one in grouped("symbol", found, marks)] == ["AAPL", "MSFT"]
    both = replace(trade(1, "40"), sales=(*trade(1, "20").sales, *trade(2, "20", kind="foreign").sales))
    assert GROUPS["exit"](both) == "stop + foreign"
    assert WEEKDAYS[MONDAY.weekday()] == "Monday"


def test_what_no_ledger_tells_is_a_group_of_its_own() -> None:
    named = replace(trade(1, "40"), plan=replace(trade(1, "40").plan, setup="pullback", anchor="gap"))
    nothing = replace(held(), state=TradeState.UNBOUGHT)
    for by, name in (("setup", "pullback"), ("anchor", "gap")):
        assert [one.name for one in grouped(by, [named, trade(2, "1"), nothing], None)] == sorted([NOT_KNOWN, name])


@pytest.mark.parametrize("by", GROUPS)
def test_groups_add_up_to_the_whole(by: str) -> None:
    found = trades(made(Archives(weekdays(date(2026, 1, 5), 60), 4)), lambda moment: moment.date())
    whole, groups = figures("all", found, None), grouped(by, found, None)
    assert sum(one.trades for one in groups) == whole.trades
    assert sum(one.known_dollars for one in groups) == whole.known_dollars
    assert sorted(value for one in groups for value in one.dollars) == sorted(whole.dollars)
