"""How trades, performance and closes are put into words: nothing unknown is a number, and tables and JSON agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from support.facts import TABLE, new_york

from execution.orders import OrderStatus
from execution.report import equity, performance, trades
from execution.report.rows import csv_lines
from execution.report.tables import progress_cells
from execution.results.book import Book, Wanted
from execution.results.close import Close, Mark
from execution.results.figures import grouped
from execution.results.holding import HeldTime
from execution.results.performance import measure
from execution.results.progress import NOWHERE, Progress
from execution.results.trade import EntryPlan, Sold, Trade, TradeState
from gates.base.record import replace
from gates.mode import Mode

D = Decimal
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
STOPPED = Sold("stop", D(4), D("97.88"), D("97.90"), new_york("2026-11-23 11:00"), MONDAY, D("-13.68"))
TRADE = Trade(
    ident="avx-20261120-AAPL-entry-1", mode=Mode.LIVE, account="PA3TEST", session=FRIDAY, symbol="AAPL", side="buy",
    plan=EntryPlan(D("101.35"), D("97.90"), D("108.10")), qty=D(4), status=OrderStatus.FILLED,
    bought=D(4), paid=D("101.30"), opened_at=new_york("2026-11-20 15:00"), sales=(STOPPED,), held=D(0),
    state=TradeState.ENDED,
)  # fmt: skip
HALF = replace(STOPPED, qty=D(2), kind="foreign", price=D("103"), planned=None, realized=D("3.40"), note="on the page")
OPEN = replace(TRADE, symbol="MSFT", sales=(HALF,), held=D(2), state=TradeState.OPEN)
LOST = replace(TRADE, symbol="KO", state=TradeState.LOST, problem="sold 4 shares beyond those bought")
NOTHING = replace(
    TRADE, symbol="GS", bought=D(0), paid=None, sales=(), state=TradeState.UNBOUGHT, status=OrderStatus.CANCELLED
)


def held(trade: Trade) -> HeldTime | None:
    return HeldTime(2, D("2.50")) if trade.state is TradeState.ENDED else None


def book(*found: Trade) -> Book:
    return Book(Wanted(), "PA3TEST", found, (FRIDAY, MONDAY), ("2026-11-19.json: digest",))


def rows(*found: Trade) -> list[dict[str, str]]:
    shown = trades.table(found, held)
    return [dict(zip(shown.header, cells, strict=True)) for cells in shown.rows]


# --- trades ---------------------------------------------------------------------------------------


def test_a_trade_in_one_row() -> None:
    (row,) = rows(TRADE)
    assert row == {
        "session": "2026-11-20", "symbol": "AAPL", "shares": "4", "paid": "101.30", "sold": "97.88", "by": "stop",
        "result": "-13.68", "R": "-0.99", "sessions": "2", "hours": "2.50", "id": TRADE.ident, "limit": "101.35",
        "slip": "-0.05", "stop": "97.90", "stop slip": "+0.02", "target": "108.10",
    }  # fmt: skip
    assert trades.lacking([TRADE]) == ("quote", "fees", "setup", "anchor")


def test_what_a_later_ledger_tells_has_its_columns() -> None:
    told = replace(
        TRADE, plan=replace(TRADE.plan, quote=D("101.25"), setup="pullback", anchor="gap"),
        entry_fees={"USD": D("0.1")}, sales=(replace(STOPPED, fees={"USD": D("0.02"), "BNB": D("0.001")}),),
    )  # fmt: skip
    first, second = rows(told, TRADE)
    assert (first["quote slip"], first["fees"], first["setup"], first["anchor"]) == (
        "+0.05", "0.001 BNB, 0.12 USD", "pullback", "gap",
    )  # fmt: skip
    assert {second[name] for name in trades.MAY_LACK} == {"not known"}
    assert trades.lacking([told, TRADE]) == ()
    assert trades.fees_words({}) == "0.00"


def test_a_trade_sold_in_parts_has_a_line_for_each() -> None:
    whole, first, second = rows(replace(TRADE, sales=(HALF, replace(STOPPED, qty=D(2), realized=D("-6.84")))))
    assert (whole["by"], whole["sold"], whole["result"], whole["note"]) == (
        "foreign + stop", "100.44", "-3.44", "on the page",
    )  # fmt: skip
    assert [(one["shares"], one["sold"], one["by"], one["result"], one["id"]) for one in (first, second)] == [
        ("2", "103.00", "foreign", "+3.40", " "), ("2", "97.88", "stop", "-6.84", " "),
    ]  # fmt: skip


def test_what_is_open_or_not_known_shows_no_number_that_it_has_not() -> None:
    row, lost = rows(OPEN, LOST)
    assert (row["shares"], row["by"], row["result"], row["R"], row["hours"]) == (
        "4, 2 held", "open, foreign", "+3.40", " ", "not known",
    )  # fmt: skip
    assert (lost["by"], lost["result"], lost["R"]) == ("not known, stop", "not known", "not known")
    assert lost["note"] == "sold 4 shares beyond those bought"
    (bare,) = rows(replace(OPEN, sales=(), held=D(4), paid=None))
    assert (bare["paid"], bare["slip"], bare["by"], bare["shares"]) == ("not known", "not known", "open", "4")
    untold = replace(TRADE, sales=(replace(STOPPED, price=None, realized=None),))
    assert (rows(untold)[0]["sold"], rows(untold)[0]["result"], rows(untold)[0]["stop slip"]) == ("not known",) * 3
    twice = replace(LOST, sales=(STOPPED, replace(STOPPED, beyond=True)))
    assert rows(twice)[2]["by"] == "stop, not held"


def test_orders_that_bought_nothing_are_counted() -> None:
    refused = replace(NOTHING, status=OrderStatus.NOT_SENT)
    assert trades.unbought(book(TRADE, NOTHING, NOTHING, refused)) == "3 orders bought nothing: 2 cancelled, 1 not sent"
    assert trades.unbought(book(TRADE)) == ""
    assert trades.shown(book(TRADE, NOTHING, replace(NOTHING, state=TradeState.WORKING))) == (TRADE,)


def test_json_and_csv_have_the_same_values() -> None:
    (document,) = trades.documents([replace(TRADE, remarks=("=SUM(A1)",))], held)
    lines = list(csv_lines(trades.flat([replace(TRADE, remarks=("=SUM(A1)",))], held), trades.COLUMNS, trades.WORDS))
    whole, part = (dict(zip(trades.COLUMNS, line.split(","), strict=True)) for line in lines[1:])
    for name in ("id", "symbol", "bought", "price", "slippage", "realized", "r", "hours", "risk"):
        assert whole[name] == str(document[name]), name
    assert (whole["at"], whole["note"], whole["fees"], part["row"], part["planned"]) == (
        "2026-11-20T20:00:00.000Z", "'=SUM(A1)", "", "exit", "97.90",
    )  # fmt: skip
    assert (
        "yes"
        in list(csv_lines(trades.flat([replace(TRADE, sales=(replace(STOPPED, beyond=True),))], held), trades.COLUMNS))[
            2
        ]
    )


def test_fees_in_a_row_of_a_spreadsheet() -> None:
    told = replace(TRADE, entry_fees={"USD": D("0.1")}, sales=(replace(STOPPED, fees={}),))
    (whole, *_) = trades.flat([told], held)
    assert whole["fees"] == "0.10 USD"


# --- performance ----------------------------------------------------------------------------------


def facts(
    *found: Trade, closes: tuple[Close, ...] = (), sessions: tuple[date, ...] = (FRIDAY, MONDAY)
) -> dict[str, str]:
    told = replace(book(*found), sessions=sessions)
    sheet = performance.sheet(told, measure(found, sessions, closes), None, (), "now")
    return {one.name: one.text for one in (*sheet.result, *sheet.facts)}


def test_of_nothing_every_number_is_no_data() -> None:
    told = facts(sessions=())
    assert {
        told[name] for name in ("win rate", "result", "mean R", "expectancy", "profit factor", "drawdown", "fees")
    } == {"NO-DATA"}
    assert (told["open"], told["trades"], told["exposure"], told["longest losing run"]) == (
        "none",
        "none",
        "NO-DATA",
        "NO-DATA",
    )
    assert told["Sharpe"] == "NO-DATA (0 sessions, 20 are the fewest)"


def test_of_one_trade() -> None:
    told = facts(TRADE)
    assert told["expectancy"] == "-13.68; no interval of one trade"
    assert told["win rate"] == "0.0 %; 0 of 1; 95 % between 0.0 and 79.3 %"
    assert told["result"] == "-13.68; -0.99 R; before fees"
    assert told["drawdown"] == "-13.68 realised, from the beginning to 2026-11-23; in % not known (no close kept)"
    assert told["exposure"] == "shares held in 2 of 2 sessions, paid for at most 405.20, on average 405.20"
    assert told["fees"] == "not known"


def test_the_fall_from_a_high_in_percent_of_a_base_that_is_named() -> None:
    won = replace(TRADE, symbol="GS", sales=(replace(STOPPED, session=FRIDAY, realized=D("100")),))
    told = facts(won, TRADE, closes=(close(FRIDAY),))
    assert (
        told["drawdown"]
        == "-13.68 realised, from 2026-11-20 to 2026-11-23; 0.1 % of the equity 10,000.00 at the close of 2026-11-20"
    )
    assert facts(won)["drawdown"] == "none, of what was realised"


def test_what_is_open_stands_first_and_with_its_mark() -> None:
    assert next(iter(facts(OPEN))) == "open"
    assert (
        facts(OPEN, closes=(close(MONDAY, MSFT="104.30"),))["open"]
        == "1 trade; +9.40, +0.68 R at the close of 2026-11-23"
    )
    told = facts(OPEN, TRADE)
    assert (told["open"], told["result"]) == ("1 trade; no mark for MSFT", "not known; -13.68 in the 1 that are known")
    assert told["ended alone"] == "1: win rate 0.0 %, mean R -0.99, result -13.68; stops end sooner than targets"


def test_a_hole_is_said_wherever_it_counts() -> None:
    told = facts(LOST)
    assert told["trades"] == "1; 0 ended, 0 open; 1 without a known result, in no other number"
    assert (told["result"], told["drawdown"]) == ("not known", "not known (a result is not known)")
    assert told["Sharpe"] == "not known (1 sale or trades without a known result)"
    assert told["exposure"].endswith("what was paid is not known")


def test_what_lacks_a_risk_or_fees_is_counted_beside() -> None:
    bare = replace(
        TRADE,
        symbol="GS",
        plan=EntryPlan(D("101.35"), None, None),
        entry_fees={"USD": D("0.1")},
        sales=(replace(STOPPED, fees={}),),
    )
    told = facts(TRADE, bare)
    assert told["mean R"].startswith("-0.99, of 1 trade whose risk is known")
    assert told["fees"] == "0.10 USD, without 1 trade whose fees are not known; in no other number"
    assert facts(bare)["fees"] == "0.10 USD; in no other number"
    assert facts(TRADE, NOTHING)["no trades"] == "1 order bought nothing: 1 cancelled"


def test_many_sessions_have_a_sharpe() -> None:
    days = tuple(date(2026, 10, day) for day in range(1, 31))
    won = replace(TRADE, session=days[0], sales=(replace(STOPPED, session=days[3], realized=D(30)),))
    lost = replace(TRADE, session=days[0], sales=(replace(STOPPED, session=days[5]),))
    assert facts(won, lost, sessions=days)["Sharpe"].endswith(" a year, of what 30 sessions realised")
    assert facts(won, sessions=days)["Sortino"] == "NO-DATA a year, of what 30 sessions realised"


def test_groups_and_document_say_what_the_sheet_says() -> None:
    found = (TRADE, OPEN, LOST)
    told = measure(found, (FRIDAY, MONDAY), ())
    groups = grouped("symbol", found, None)
    table = performance.group_table("symbol", groups)
    document = performance.document(book(*found), told, "symbol", groups)
    assert [row[0] for row in table.rows] == ["AAPL", "KO", "MSFT"]
    assert [one["name"] for one in document["groups"]] == ["AAPL", "KO", "MSFT"]  # type: ignore[attr-defined]
    assert table.rows[0][4:8] == ("0.0 %", "0.0 to 79.3 %", "-0.99", "-0.99")
    assert table.rows[1][4:] == ("NO-DATA", "NO-DATA", "NO-DATA", "not known", "not known", "NO-DATA", "NO-DATA")
    assert (document["sharpe"], document["drawdown"], document["fees"]) == (None, None, None)
    whole = performance.document(book(TRADE), measure((TRADE,), (FRIDAY, MONDAY), (close(FRIDAY),)), None, ())
    assert whole["drawdown"] == {
        "dollars": D("13.68"), "from": None, "to": MONDAY, "share": D("0.0014"),
        "of": {"equity": D(10000), "session": FRIDAY},
    }  # fmt: skip
    assert performance.curve(told).points == () and len(performance.curve(measure((TRADE,), (FRIDAY,), ())).points) == 2


# --- closes ---------------------------------------------------------------------------------------


def close(day: date, value: str | None = "10000", realized: str = "0", unrealized: str = "0", **prices: str) -> Close:
    marks = tuple(Mark(symbol, D(4), D(4), None, D(price) * 4) for symbol, price in prices.items())
    amount = D(value) if value is not None else None
    at = datetime(day.year, day.month, day.day, 21, tzinfo=UTC)
    return Close(1, day, at, "PA3TEST", amount, amount, marks, D(realized), D(unrealized), None, None)


def test_what_neither_sales_nor_prices_explain_is_other() -> None:
    """A deposit of 500 on Monday is no result."""
    steps = equity.steps([close(FRIDAY), close(MONDAY, "10512", "5", "7")], TABLE, {})
    assert (steps[1].change, steps[1].other) == (512, 500)
    rows = [dict(zip(equity.table(steps).header, row, strict=True)) for row in equity.table(steps).rows]
    assert (rows[1]["change"], rows[1]["other"], rows[1]["realised"]) == ("+512.00", "+500.00", "+5.00")
    assert "SPY" not in rows[0] and "fees" not in rows[0]


def test_a_session_without_a_line_is_a_gap_and_what_follows_has_no_change() -> None:
    tuesday, wednesday = date(2026, 11, 24), date(2026, 11, 25)
    spy = {FRIDAY: D(650), MONDAY: D(660), wednesday: D(655)}
    steps = equity.steps([close(FRIDAY), close(tuesday, "10100"), close(wednesday, "10200", KO="50")], TABLE, spy)
    assert [one.session for one in steps] == [FRIDAY, MONDAY, tuesday, wednesday]
    assert (equity.missing(steps), steps[2].change, steps[3].change) == ((MONDAY,), None, 100)
    table = equity.table(steps)
    assert table.rows[1][1] == "not known" and "+1.54 %" in table.rows[1]
    assert equity.line([D(1), None, D(3), D(2)], 10) == "▁·█▄"
    assert equity.line([D(1), D(5)], 1) == "▁" and equity.line([None], 4) == "·"
    document = equity.document(steps)
    assert document[1]["close"] is None and document[3]["close"]["positions"][0]["symbol"] == "KO"  # type: ignore[index]
    assert equity.draw(steps).startswith(b"\x89PNG") and equity.draw(steps[:1]).startswith(b"\x89PNG")


def test_what_a_line_does_not_know_is_not_known() -> None:
    bare = replace_close(close(FRIDAY, None))
    (step,) = equity.steps([bare], TABLE, {})
    row = dict(zip(equity.table((step,)).header, equity.table((step,)).rows[0], strict=True))
    assert (row["equity"], row["realised"], row["held"]) == ("not known", "not known", "not known")
    later = equity.steps([bare, close(MONDAY)], TABLE, {})
    assert (later[1].change, later[1].other) == (None, None)
    assert equity.steps([], TABLE, {}) == ()


def replace_close(one: Close) -> Close:
    import msgspec

    return msgspec.structs.replace(one, realized=None, positions=(Mark("X", D(1), D(0)),))


def test_the_change_of_equity_and_of_spy_over_the_same_sessions() -> None:
    """SPY of the last session is told the morning after; both are compared as far as both are known."""
    tuesday = date(2026, 11, 24)
    closes = [close(FRIDAY), close(MONDAY, "10100"), close(tuesday, "10200")]
    steps = equity.steps(closes, TABLE, {FRIDAY: D(650), MONDAY: D(663)})
    assert equity.whole(steps) == equity.EquityChange(FRIDAY, tuesday, D("0.02"))
    beside = equity.whole(steps, beside_market=True)
    assert beside == equity.EquityChange(FRIDAY, MONDAY, D("0.01"), D("0.02"))
    assert equity.change_document(beside) == {
        "from": FRIDAY, "to": MONDAY, "equity": D("0.010000"), "spy": D("0.020000"),
    }  # fmt: skip
    document = equity.change_document(equity.whole(steps))
    assert document is not None and document["spy"] is None
    assert equity.whole(steps[:1]) is None and equity.whole([]) is None and equity.change_document(None) is None
    assert equity.whole(equity.steps([close(FRIDAY, None), close(MONDAY)], TABLE, {})) is None


@pytest.mark.parametrize(
    ("way", "words"), [("-0.004", "0 %"), ("0.004", "0 %"), ("0.006", "+1 %"), ("-1.25", "-125 %")]
)
def test_a_way_of_nothing_has_no_sign(way: str, words: str) -> None:
    assert progress_cells(Progress((), (), None, D(way)))[3] == words


def test_the_way_of_a_position_in_words() -> None:
    assert progress_cells(NOWHERE) == ("none", "none", "not known", "not known")
    assert progress_cells(Progress((D("97.9"),), (D("108.1"),), D("-0.5"), D("-0.404"))) == (
        "97.90",
        "108.10",
        "-0.50",
        "-40 %",
    )
