"""Makes a session's tables as text cells: orders, exits, positions, refusals, closed gates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from execution.ledger.day import Entry
from execution.report.closed_gates import ClosedGate, RefusedSymbols
from execution.report.results import remark
from execution.report.session import SessionLedger, SessionReport
from execution.results.progress import Progress
from gates.base.money import show, show_told
from gates.base.record import dataclass
from gates.base.sessions import NEW_YORK
from gates.mode import Mode

QUIET = frozenset({"once.per_session"})
"""Refusals that mean the order was sent already; a summary does not count them as a No."""

WORDS = {
    "allowlist": "not on the allowlist",
    "buying_power": "buying power",
    "caps.gross_notional": "cap on gross notional",
    "caps.orders_per_day": "cap on orders/day",
    "caps.per_symbol": "cap per symbol",
    "caps.positions": "cap on positions",
    "foreign": "held or ordered by another trader",
    "once.per_session": "entered already",
    "price.chase": "price ran away",
    "price.collar": "limit too far from the market",
    "price.levels": "levels make no bracket",
    "quote": "no usable quote",
    "quote.age": "quote too old",
    "reconciliation": "ledger and broker differ",
    "size": "no whole share fits",
    "size.risk": "risk above the budget",
    "trigger": "waited for its price",
}


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: str | tuple[str, ...] = ""


def words_of(code: str) -> str:
    return WORDS.get(code, code)


def of_the_day(report: SessionReport) -> tuple[Table, ...]:
    """The tables of a summary; an empty one is left out."""
    ledgers = [ledger for ledger in (report.live, report.dry_run) if ledger.eventful]
    found = [orders(ledger) for ledger in ledgers]
    found += [exits(ledger) for ledger in ledgers]
    found += [
        positions(report),
        refusals(report.decided.refusals, report.decided.waiting),
        closed(report.decided.closed),
    ]
    return tuple(one for one in found if one.rows)


def orders(ledger: SessionLedger) -> Table:
    rows = [_order(entry, "") for entry in ledger.orders]
    rows += [_order(entry, "yes") for entry in ledger.carried]
    title = "orders" if ledger.mode is Mode.LIVE else "orders, rehearsed"
    header = ("symbol", "status", "shares", "filled", "at", "limit", "stop", "target", "notional", "carried")
    return without_empty(Table(title, header, tuple(rows), "shares limit stop target notional filled at"))


def _order(entry: Entry, carried: str) -> tuple[str, ...]:
    average = price(entry.filled_avg_price) if entry.filled_avg_price is not None else ""
    filled = str(entry.filled_qty) if entry.filled_qty else ""
    prices = (show(entry.limit_price), show(entry.stop_price), show(entry.target_price), show(entry.notional))
    status = entry.status.value.replace("_", " ")
    return (entry.symbol, status, str(entry.qty), filled, average, *prices, carried)


def exits(ledger: SessionLedger) -> Table:
    rows = [
        (one.symbol, one.kind, str(one.qty), price(one.price), clock(one.at), result(one.realized), remark(one))
        for one in ledger.exits
    ]
    header = ("symbol", "by", "shares", "price", "time", "realised", "note")
    return without_empty(Table("exits", header, tuple(rows), "shares price realised"))


def positions(report: SessionReport) -> Table:
    rows = [
        (
            one.symbol,
            str(one.qty),
            price(one.bought_at),
            price(one.price) if one.price is not None else "not known",
            signed(one.unrealized) if one.unrealized is not None else "not known",
            *progress_cells(one.progress),
        )
        for one in report.held
    ]
    header = ("symbol", "shares", "bought", "now", "unrealised", *PROGRESS)
    return Table("positions of ours", header, tuple(rows), header[1:])


PROGRESS = ("stop", "target", "R", "way")
"""The way is in per cent: 100 at the target, -100 at the stop."""


def signed_percent(share: Decimal) -> str:
    """+40, -125, 0"""
    rounded = round(share * 100)
    return f"{rounded:+d}" if rounded else "0"


def progress_cells(one: Progress, unknown: str = "not known") -> tuple[str, str, str, str]:
    stops, targets = (", ".join(map(show, prices)) or "none" for prices in (one.stops, one.targets))
    way = f"{signed_percent(one.way)} %" if one.way is not None else unknown
    return stops, targets, signed(one.r) if one.r is not None else unknown, way


def refusals(found: Iterable[RefusedSymbols], waiting: Sequence[str]) -> Table:
    rows = [(words_of(one.code), str(len(one.reasons)), some(one.symbols)) for one in found if one.code not in QUIET]
    if waiting:
        rows.append((words_of("trigger"), str(len(waiting)), some(waiting)))
    return Table("refused", ("why", "symbols", "which"), tuple(rows), "symbols")


def closed(found: Iterable[ClosedGate]) -> Table:
    rows = [(one.gate, str(one.minutes), spans(one), one.reason) for one in found]
    return Table("entries closed by", ("gate", "minutes", "when", "last reason"), tuple(rows), "minutes")


def spans(one: ClosedGate, most: int = 3) -> str:
    shown = [f"{clock(span.starts)}-{clock(span.ends)}" for span in one.spans[:most]]
    further = len(one.spans) - most
    return ", ".join(shown) + (f" and {further} more" if further > 0 else "")


def clock(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%H:%M}"


def signed(amount: Decimal) -> str:
    """+14.54, -32.58, 0.00: cents, because that is what is paid."""
    text = f"{amount:+,.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def result(amount: Decimal | None) -> str:
    """Of one exit."""
    return show_told(None) if amount is None else signed(amount)


def price(amount: Decimal | None) -> str:
    """Cents, and more only where the broker's average has them; never more than four."""
    return show_told(amount, Decimal("0.0001"))


def plural(number: int | Decimal, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def some(symbols: Sequence[str], most: int = 12) -> str:
    further = len(symbols) - most
    return ", ".join(symbols[:most]) + (f" and {further} more" if further > 0 else "")


def without_empty(table: Table) -> Table:
    """Columns in which no row has anything are noise."""
    keep = [i for i in range(len(table.header)) if any(row[i] for row in table.rows)]
    rows = tuple(tuple(row[i] for i in keep) for row in table.rows)
    return Table(table.title, tuple(table.header[i] for i in keep), rows, table.right)
