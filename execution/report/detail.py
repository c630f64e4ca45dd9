"""Writes the operator's long report: every order with its life, every refusal with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from execution.ledger.day import Entry, Event, Exit, Leg, Protection
from execution.report.closed_gates import ClosedGate, ModeSpan, RefusedSymbols
from execution.report.results import realized_in, remark
from execution.report.session import SessionLedger, SessionReport
from execution.report.tables import Table, clock, plural, price, result, signed, spans, without_empty, words_of
from gates.base.money import show
from gates.base.sessions import NEW_YORK, new_york_day

ALL_SPANS = 1000


def in_full(report: SessionReport) -> tuple[Table, ...]:
    """The tables of a report, in the order of a day: what was open, what was sent, what came of it."""
    found = [_modes(report.decided.modes), _closed(report.decided.closed)]
    for ledger in (report.live, report.dry_run):
        found += [_order(entry, "", report.session.day) for entry in ledger.orders]
        found += [_order(entry, ", carried from before", report.session.day) for entry in ledger.carried]
    found += [_exits(ledger, report.session.day) for ledger in (report.live, report.dry_run)]
    found.append(_refusals(report.decided.refusals, report.decided.waiting))
    return tuple(one for one in found if one.rows)


def _modes(found: Iterable[ModeSpan]) -> Table:
    rows = [(one.mode, clock(one.span.starts), clock(one.span.ends), one.reason) for one in found]
    return Table("modes", ("mode", "from", "to", "reason"), tuple(rows))


def _closed(found: Iterable[ClosedGate]) -> Table:
    rows = [(one.gate, str(one.minutes), spans(one, ALL_SPANS), one.reason) for one in found]
    return Table("entries closed by", ("gate", "minutes", "when", "last reason"), tuple(rows), "minutes")


def _order(entry: Entry, carried: str, day: date) -> Table:
    title = (
        f"{entry.symbol}: {entry.side} {plural(entry.qty, 'share')} at {show(entry.limit_price)}, stop "
        f"{show(entry.stop_price)}, target {show(entry.target_price)}, notional {show(entry.notional)}{carried}\n"
        f"{entry.client_order_id}, order {entry.order_id or 'none'}"
    )
    rows = [_event(event, "entry", day) for event in entry.history]
    if entry.filled_qty:
        told = entry.filled_avg_price is not None
        average = f"at {price(entry.filled_avg_price)} on average" if told else "price not told"
        rows.append(("", "entry", f"{entry.filled_qty} of {entry.qty} filled", average))
    rows += [_leg(leg) for leg in entry.legs]
    for one in entry.protections:
        rows += _protection(one, day)
    if entry.naked_since is not None:
        rows.append((_time(entry.naked_since, day), "entry", "naked", "shares without a working stop since then"))
    return Table(title, ("time", "what", "became", "note"), tuple(rows))


def _event(event: Event, what: str, day: date) -> tuple[str, str, str, str]:
    return (_time(event.at, day), what, event.status.value.replace("_", " "), event.note or "")


def _leg(leg: Leg) -> tuple[str, str, str, str]:
    sold = ""
    if leg.filled_qty:
        average = f" at {price(leg.filled_avg_price)}" if leg.filled_avg_price is not None else ", price not told"
        sold = f", {leg.filled_qty} sold{average}"
    status = leg.status.value.replace("_", " ")
    return ("", leg.kind, status, f"{leg.qty} at {show(leg.price)}{sold}, order {leg.order_id}")


def _protection(one: Protection, day: date) -> list[tuple[str, str, str, str]]:
    rows = [_event(event, "protection", day) for event in one.history]
    return [*rows, *(_leg(leg) for leg in one.legs)]


def _exits(ledger: SessionLedger, day: date) -> Table:
    rows = [_exit(one, day) for one in ledger.exits]
    if rows:
        total = realized_in(ledger.exits)
        rows.append(("", "", "sum", "", "", "not known" if total is None else signed(total), "", ""))
    header = ("time", "symbol", "by", "shares", "price", "realised", "entry", "note")
    return without_empty(Table("exits", header, tuple(rows), "shares price realised"))


def _exit(one: Exit, day: date) -> tuple[str, ...]:
    numbers = (str(one.qty), price(one.price), result(one.realized))
    return (_time(one.at, day), one.symbol, one.kind, *numbers, one.entry, remark(one))


def _refusals(found: Iterable[RefusedSymbols], waiting: Iterable[str]) -> Table:
    rows = [(symbol, words_of(one.code), reason, one.code) for one in found for symbol, reason in one.reasons]
    rows += [(symbol, words_of("trigger"), "", "trigger") for symbol in waiting]
    return Table("refused", ("symbol", "why", "last reason", "code"), tuple(sorted(rows)))


def _time(moment: datetime, day: date) -> str:
    """The time of day; with its date when that is another one."""
    local = moment.astimezone(NEW_YORK)
    return f"{local:%H:%M:%S}" if new_york_day(moment) == day else f"{local:%Y-%m-%d %H:%M:%S}"
