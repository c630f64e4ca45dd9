"""Makes text of trades: a table for the eye, one document for machines, flat rows for a spreadsheet. Pure.

A trade that was sold in parts has a line for each of them below its own. A column of which no trade tells anything is
left out of the table and named below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from execution.report.rows import moment_text, number_text
from execution.report.tables import Table, plural, price, signed
from execution.results.book import Book
from execution.results.holding import HeldTime
from execution.results.trade import Fees, Sold, Trade, TradeState
from gates.base.money import show

HeldTimeOf = Callable[[Trade], HeldTime | None]
BLANK = " "
NOT_KNOWN = "not known"
FINEST = Decimal("0.0001")
PART = (
    "session", "symbol", "shares", "paid", "sold", "by", "result", "R", "sessions", "hours", "id",
    "limit", "slip", "stop", "stop slip", "target", "quote slip", "fees", "setup", "anchor", "note",
)  # fmt: skip
NUMBERS = (
    "shares", "paid", "sold", "result", "R", "sessions", "hours", "limit", "slip", "stop", "stop slip", "target",
    "quote slip",
)  # fmt: skip
MAY_LACK = ("quote slip", "fees", "setup", "anchor")
"""What no ledger of schema 1 holds."""


def shown(book: Book) -> tuple[Trade, ...]:
    """The trades of a book; an order that bought nothing is none."""
    return tuple(one for one in book.trades if one.state not in (TradeState.UNBOUGHT, TradeState.WORKING))


def table(trades: Iterable[Trade], held: HeldTimeOf) -> Table:
    rows = [row for trade in trades for row in _rows(trade, held(trade))]
    lacking = [name for name in MAY_LACK if all(row[name] in (NOT_KNOWN, BLANK) for row in rows)]
    header = tuple(name for name in PART if name not in lacking and any(row[name].strip() for row in rows))
    cells = tuple(tuple(row[name] for name in header) for row in rows)
    return Table("trades", header, cells, tuple(name for name in NUMBERS if name in header))


def lacking(trades: Iterable[Trade]) -> tuple[str, ...]:
    """What is known of none of these trades."""
    found = list(trades)
    asked: dict[str, Callable[[Trade], object]] = {
        "quote": lambda one: one.plan.quote,
        "fees": lambda one: one.fees,
        "setup": lambda one: one.plan.setup,
        "anchor": lambda one: one.plan.anchor,
    }
    return tuple(name for name, ask in asked.items() if found and all(ask(one) is None for one in found))


def unbought(book: Book) -> str:
    """`3 orders bought nothing: 2 cancelled, 1 rejected`; empty where each bought something."""
    none = [one for one in book.trades if one.state is TradeState.UNBOUGHT]
    ends: dict[str, int] = {}
    for one in none:
        words = one.status.value.replace("_", " ") if one.status is not None else NOT_KNOWN
        ends[words] = ends.get(words, 0) + 1
    how = ", ".join(f"{number} {words}" for words, number in sorted(ends.items()))
    return f"{plural(len(none), 'order')} bought nothing: {how}" if none else ""


def _rows(trade: Trade, held: HeldTime | None) -> Iterator[dict[str, str]]:
    sold = sum((one.qty for one in trade.sales), Decimal(0))
    yield {
        "session": str(trade.session),
        "symbol": trade.symbol,
        "shares": _shares(trade),
        "paid": _price(trade.paid),
        "sold": _average(trade.sales) if sold else BLANK,
        "by": how(trade),
        "result": money(trade.realized) if trade.sales or trade.problem else BLANK,
        "R": ratio(trade.r) if trade.state is not TradeState.OPEN else BLANK,
        "sessions": NOT_KNOWN if held is None else str(held.sessions),
        "hours": NOT_KNOWN if held is None else f"{held.hours:f}",
        "id": trade.ident,
        "limit": _price(trade.plan.limit),
        "slip": slip(trade.slippage),
        "stop": _price(trade.plan.stop),
        "stop slip": slip(trade.slippage_of_stop) if "stop" in trade.kinds else BLANK,
        "target": _price(trade.plan.target),
        "quote slip": slip(trade.slippage_of_quote),
        "fees": fees_words(trade.fees),
        "setup": trade.plan.setup or NOT_KNOWN,
        "anchor": trade.plan.anchor or NOT_KNOWN,
        "note": "; ".join((*((trade.problem,) if trade.problem else ()), *trade.remarks, *_words(trade))) or BLANK,
    }
    for one in trade.sales if len(trade.sales) > 1 else ():
        cells = {"shares": f"{one.qty:f}", "sold": _price(one.price), "by": _by(one), "result": money(one.realized)}
        yield {**dict.fromkeys(PART, BLANK), **cells, "session": f"  {one.session}"}


def _shares(trade: Trade) -> str:
    part = trade.state is TradeState.OPEN and trade.held != trade.bought
    return f"{trade.bought:f}, {trade.held:f} held" if part else f"{trade.bought:f}"


def _words(trade: Trade) -> list[str]:
    """What the operator said of its sales."""
    return [one.note for one in trade.sales if one.note]


def _by(one: Sold) -> str:
    return f"{one.kind}, not held" if one.beyond else one.kind


def how(trade: Trade) -> str:
    """What ended it: `stop`, `stop + foreign`; for one that goes on what it is now."""
    kinds = " + ".join(trade.kinds)
    if trade.state is TradeState.ENDED:
        return kinds
    return f"{trade.state.value}, {kinds}" if kinds else trade.state.value


def _average(sales: Iterable[Sold]) -> str:
    found = list(sales)
    if any(one.price is None for one in found):
        return NOT_KNOWN
    amounts = (one.price * one.qty for one in found if one.price is not None)
    return price(sum(amounts, Decimal(0)) / sum(one.qty for one in found))


def _price(amount: Decimal | None) -> str:
    return NOT_KNOWN if amount is None else price(amount)


def money(amount: Decimal | None) -> str:
    return NOT_KNOWN if amount is None else signed(amount)


def ratio(amount: Decimal | None) -> str:
    """+1.25, -1.00, 0.00"""
    return NOT_KNOWN if amount is None else signed(amount)


def slip(amount: Decimal | None) -> str:
    """What was paid more, or got less, than planned, per share; what was better is below zero."""
    if amount is None:
        return NOT_KNOWN
    rounded = amount.quantize(FINEST)
    return f"{'+' if rounded > 0 else '-' if rounded < 0 else ''}{show(abs(rounded))}"


def rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(FINEST)


def fees_words(fees: Fees | None) -> str:
    if fees is None:
        return NOT_KNOWN
    return ", ".join(f"{show(amount)} {currency}" for currency, amount in sorted(fees.items())) or "0.00"


# --- for machines ---------------------------------------------------------------------------------

COLUMNS = (
    "row", "id", "mode", "account", "session", "symbol", "side", "state", "status", "how", "qty", "bought", "held",
    "price", "planned", "stop", "target", "quote", "slippage", "slippage_of_quote", "slippage_of_stop", "risk",
    "realized", "r", "fees", "at", "closed_at", "sessions", "hours", "setup", "anchor", "mean_volume", "beyond",
    "problem", "note",
)  # fmt: skip
WORDS = frozenset({"id", "account", "symbol", "how", "fees", "setup", "anchor", "problem", "note"})


def documents(trades: Iterable[Trade], held: HeldTimeOf) -> list[dict[str, object]]:
    return [_document(one, held(one)) for one in trades]


def _document(trade: Trade, held: HeldTime | None) -> dict[str, object]:
    return {
        "id": trade.ident, "mode": trade.mode.value, "account": trade.account, "session": trade.session,
        "symbol": trade.symbol, "side": trade.side, "state": trade.state.value,
        "status": trade.status.value if trade.status is not None else None, "how": how(trade),
        "qty": trade.qty, "bought": trade.bought, "held": trade.held, "price": trade.paid,
        "planned": trade.plan.limit, "stop": trade.plan.stop, "target": trade.plan.target, "quote": trade.plan.quote,
        "slippage": trade.slippage, "slippage_of_quote": trade.slippage_of_quote,
        "slippage_of_stop": rounded(trade.slippage_of_stop), "risk": trade.risked, "realized": trade.realized,
        "r": rounded(trade.r), "fees": trade.fees, "at": trade.opened_at, "closed_at": trade.closed_at,
        "sessions": held.sessions if held is not None else None, "hours": held.hours if held is not None else None,
        "setup": trade.plan.setup, "anchor": trade.plan.anchor, "mean_volume": trade.plan.mean_volume,
        "problem": trade.problem, "notes": list(trade.remarks), "exits": [_exit(one) for one in trade.sales],
    }  # fmt: skip


def _exit(one: Sold) -> dict[str, object]:
    return {
        "kind": one.kind, "qty": one.qty, "price": one.price, "planned": one.planned, "slippage": one.slippage,
        "at": one.at, "session": one.session, "realized": one.realized, "fees": one.fees, "beyond": one.beyond,
        "order_id": one.order_id, "note": one.note,
    }  # fmt: skip


def flat(trades: Iterable[Trade], held: HeldTimeOf) -> Iterator[dict[str, str]]:
    """A row per trade, and below it one per exit; what is not known is empty."""
    for trade in trades:
        whole = _document(trade, held(trade))
        whole["note"] = "; ".join(trade.remarks)
        yield _flat("trade", whole)
        for one in trade.sales:
            part = {"id": trade.ident, "mode": trade.mode.value, "symbol": trade.symbol, "side": "sell"}
            yield _flat("exit", {**part, **_exit(one), "how": one.kind})


def _flat(row: str, cells: dict[str, object]) -> dict[str, str]:
    return {column: row if column == "row" else _text(cells.get(column)) for column in COLUMNS}


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, dict):
        return fees_words(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, Decimal):
        return number_text(value)
    return "yes" if value is True else str(value)
