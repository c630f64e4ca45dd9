"""Finds what became of orders since the last telling, out of the ledgers themselves. Pure.

An entry's history only grows, so what was told of it is a number, and news is the rest. Several of one
kind in one telling are one message with a table, because a phone that rings five times is put away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from execution.channel.messages import Level, Message, lined_up
from execution.ledger.day import Entry, Event, Exit, Ledger
from execution.notify.alerts import Alerts
from execution.orders import OrderStatus
from gates.base.money import CENT, show, show_told
from gates.mode import Mode

S = OrderStatus
AT_BROKER = frozenset({S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED, S.FILLED})
FILLS = frozenset({S.PARTIALLY_FILLED, S.FILLED})
ENDED = frozenset({S.CANCELLED, S.EXPIRED, S.REJECTED})


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    level: Level
    one: str
    many: str
    text: str = ""


KINDS = (
    Kind("order.unresolved", Level.ERROR, "Order in doubt", "Orders in doubt", "It may be at the broker or not. "
         "Nothing new is opened until it is settled; the next cycles look again."),
    Kind("order.settled", Level.WARNING, "Order settled", "Orders settled", "No longer in doubt."),
    Kind("order.rejected", Level.WARNING, "Order rejected", "Orders rejected"),
    Kind("order.submitted", Level.INFO, "Order submitted", "Orders submitted"),
    Kind("order.filled", Level.INFO, "Order filled", "Orders filled"),
    Kind("order.not_sent", Level.INFO, "Order not sent", "Orders not sent"),
    Kind("order.ended", Level.INFO, "Order ended unfilled", "Orders ended unfilled"),
    Kind("order.ended_in_part", Level.INFO, "Order ended, filled in part", "Orders ended, filled in part"),
    Kind("position.protected", Level.WARNING, "Stop placed for shares without one", "Stops placed for shares "
         "without one", "The entry's own stop did not guard all shares; the janitor placed a stop and a target."),
    Kind("exit.stop", Level.WARNING, "Stopped out", "Stopped out"),
    Kind("exit.target", Level.INFO, "Target hit", "Targets hit"),
    Kind("exit.other", Level.WARNING, "Position closed", "Positions closed"),
    Kind("exit.beyond", Level.ERROR, "Sold beyond what was held", "Sold beyond what was held", "More shares were "
         "sold than the entry held. Look at the position on the broker's own page; buy back there what is short."),
)  # fmt: skip
EXIT_KINDS = {"stop": "exit.stop", "target": "exit.target"}
TITLES = {
    "order.submitted": ("symbol", "shares", "limit", "stop", "target"),
    "order.filled": ("symbol", "shares", "price", "value"),
    "exit": ("symbol", "shares", "price", "result"),
}

Line = tuple[str, tuple[str, ...]]
"""Symbol, and the cells of its line."""


def tell_orders(told: Alerts, ledgers: Sequence[Ledger], mode: str, now: datetime) -> tuple[Alerts, list[Message]]:
    """Messages for what is new in these ledgers, older sessions first, and what is told then."""
    said: list[Message] = []
    orders, exits, days = dict(told.orders), dict(told.exits), dict(told.days)
    for ledger in sorted(ledgers, key=lambda one: one.date_ny):
        found: dict[str, list[Line]] = defaultdict(list)
        name = ledger.mode.value
        first_ever = name not in days
        for entry in ledger.everything():
            past = len(entry.history) if first_ever and entry in ledger.carried else 0
            from_event, protections = orders.get(f"{name} {entry.client_order_id}", (past, 0))
            for kind, cells in _of_entry(entry, from_event, protections):
                found[kind].append((entry.symbol, cells))
            orders[f"{name} {entry.client_order_id}"] = (len(entry.history), len(entry.protections))
        key = f"{name} {ledger.date_ny}"
        for one in ledger.exits[exits.get(key, 0) :]:
            found[_exit_kind(one)].append((one.symbol, _exit_cells(one)))
        if ledger.exits:
            exits[key] = len(ledger.exits)
        days[name] = max(ledger.date_ny, days.get(name, ledger.date_ny))
        said.extend(_messages(found, ledger, mode, now))
    known = {f"{one.mode.value} {entry.client_order_id}" for one in ledgers for entry in one.everything()}
    kept_exits = {f"{one.mode.value} {one.date_ny}" for one in ledgers}
    if len(days) and ledgers:
        modes = {one.mode.value for one in ledgers}
        orders = {key: much for key, much in orders.items() if key in known or key.partition(" ")[0] not in modes}
        exits = {key: much for key, much in exits.items() if key in kept_exits or key.partition(" ")[0] not in modes}
    return msgspec.structs.replace(told, orders=orders, exits=exits, days=days), said


def _of_entry(entry: Entry, from_event: int, protections: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Kind and cells of each event not told yet."""
    before = [event.status for event in entry.history[:from_event]]
    new = entry.history[from_event:]
    fills = [place for place, event in enumerate(new) if event.status in FILLS]
    for place, event in enumerate(new):
        kind = _kind(event, before, last=place == len(new) - 1)
        told_by_a_later_fill = kind == "order.filled" and place != fills[-1]
        if event.status in ENDED and place == len(new) - 1 and entry.filled_qty > 0:
            if not FILLS & set(before):
                yield "order.filled", _cells("order.filled", entry, event)
            kind = "order.ended_in_part" if kind == "order.ended" else kind
        if kind is not None and not told_by_a_later_fill:
            yield kind, _cells(kind, entry, event)
        before.append(event.status)
    for one in entry.protections[protections:]:
        stop = show(one.stop_price) if one.stop_price is not None else "at market"
        yield "position.protected", (f"{one.qty:f}", stop)


def _kind(event: Event, before: Sequence[OrderStatus], *, last: bool) -> str | None:
    status, previous = event.status, before[-1] if before else None
    if status is S.UNKNOWN or (status is S.INTENDED and last):
        return None if previous is S.UNKNOWN else "order.unresolved"
    if status is S.INTENDED:
        return None
    if previous is S.UNKNOWN:
        return "order.settled"
    if status in (S.SUBMITTED, S.WORKING):
        return None if AT_BROKER & set(before) else "order.submitted"
    return {
        **dict.fromkeys(FILLS, "order.filled"),
        S.REJECTED: "order.rejected",
        S.NOT_SENT: "order.not_sent",
    }.get(status, "order.ended")


def _cells(kind: str, entry: Entry, event: Event) -> tuple[str, ...]:
    if kind == "order.submitted":
        return (f"{entry.qty:f}", show(entry.limit_price), show(entry.stop_price), show(entry.target_price))
    if kind == "order.filled":
        price = entry.filled_avg_price
        value = None if price is None else entry.filled_qty * price
        return (_of(entry.filled_qty, entry.qty), show_told(price), show_told(value, CENT))
    status = event.status.value.replace("_", " ")
    shares = _of(entry.filled_qty, entry.qty) if kind == "order.ended_in_part" else f"{entry.qty:f}"
    return (shares, f"{status}{': ' + event.note if event.note else ''}")


def _exit_kind(one: Exit) -> str:
    return "exit.beyond" if one.beyond else EXIT_KINDS.get(one.kind, "exit.other")


def _exit_cells(one: Exit) -> tuple[str, ...]:
    if one.realized is None:
        return (f"{one.qty:f}", show_told(one.price), show_told(None))
    result = one.realized.quantize(CENT)
    return (f"{one.qty:f}", show_told(one.price), f"{'+' if result >= 0 else '-'}{show(abs(result))}")


def _messages(found: dict[str, list[Line]], ledger: Ledger, mode: str, now: datetime) -> Iterator[Message]:
    live_while_dry = ledger.mode is Mode.LIVE and mode == Mode.DRY_RUN.value
    shown_mode = "DRY_RUN now, LIVE order" if live_while_dry else ledger.mode.value
    for kind in KINDS:
        lines = found.get(kind.name)
        if not lines:
            continue
        symbols = ", ".join(dict.fromkeys(symbol for symbol, _ in lines))
        header = TITLES.get("exit" if kind.name.startswith("exit.") else kind.name)
        table = [header] if header else []
        table += [(symbol, *cells) for symbol, cells in lines]
        right = frozenset(range(1, len(header))) if header else frozenset({1})
        yield Message(
            kind=kind.name,
            level=kind.level,
            mode=shown_mode,
            title=f"{kind.one if len(lines) == 1 else kind.many}: {symbols}",
            at=now,
            text=kind.text,
            lines=lined_up(table, right),
            foot=f"session {ledger.date_ny}",
        )


def _of(part: Decimal, whole: Decimal) -> str:
    return f"{part:f}" if part == whole else f"{part:f} of {whole:f}"
