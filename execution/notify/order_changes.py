"""Finds what became of orders since the last telling, from the ledgers themselves. Pure.

An entry's history only grows, so what was told of it is a number, and news is the rest. Several of one
kind in one telling are one message with a table, because a phone that rings five times is put away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum

import msgspec

from execution.channel.messages import Message, MessageLevel, lined_up
from execution.ledger.day import Entry, Event, Exit, Ledger
from execution.notify.alerts import Alerts, is_of_mode, order_key
from execution.orders import OrderStatus
from gates.base.money import CENT, show, show_told
from gates.base.record import dataclass
from gates.mode import Mode

S = OrderStatus
AT_BROKER = frozenset({S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED, S.FILLED})
FILLS = frozenset({S.PARTIALLY_FILLED, S.FILLED})
ENDED = frozenset({S.CANCELLED, S.EXPIRED, S.REJECTED})


class OrderNews(Enum):
    """What may become of an order or a position, by the name that a message of it bears."""

    UNRESOLVED = "order.unresolved"
    SETTLED = "order.settled"
    REJECTED = "order.rejected"
    SUBMITTED = "order.submitted"
    FILLED = "order.filled"
    NOT_SENT = "order.not_sent"
    ENDED = "order.ended"
    ENDED_IN_PART = "order.ended_in_part"
    PROTECTED = "position.protected"
    STOPPED = "exit.stop"
    TARGET_HIT = "exit.target"
    CLOSED = "exit.other"
    BEYOND = "exit.beyond"


SUBMITTED_COLUMNS = ("symbol", "shares", "limit", "stop", "target")
FILLED_COLUMNS = ("symbol", "shares", "price", "value")
EXIT_COLUMNS = ("symbol", "shares", "price", "result")


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of news is told, of one and of many; without columns its table has no header."""

    news: OrderNews
    level: MessageLevel
    one: str
    many: str
    text: str = ""
    columns: tuple[str, ...] = ()


WORDINGS = (
    Wording(OrderNews.UNRESOLVED, MessageLevel.ERROR, "Order in doubt", "Orders in doubt", "It may be at the broker or "
            "not. Nothing new is opened until it is settled; the next cycles look again."),
    Wording(OrderNews.SETTLED, MessageLevel.WARNING, "Order settled", "Orders settled", "No longer in doubt."),
    Wording(OrderNews.REJECTED, MessageLevel.WARNING, "Order rejected", "Orders rejected"),
    Wording(OrderNews.SUBMITTED, MessageLevel.INFO, "Order submitted", "Orders submitted", columns=SUBMITTED_COLUMNS),
    Wording(OrderNews.FILLED, MessageLevel.INFO, "Order filled", "Orders filled", columns=FILLED_COLUMNS),
    Wording(OrderNews.NOT_SENT, MessageLevel.INFO, "Order not sent", "Orders not sent"),
    Wording(OrderNews.ENDED, MessageLevel.INFO, "Order ended unfilled", "Orders ended unfilled"),
    Wording(OrderNews.ENDED_IN_PART, MessageLevel.INFO, "Order ended, filled in part", "Orders ended, filled in part"),
    Wording(OrderNews.PROTECTED, MessageLevel.WARNING, "Stop placed for shares without one", "Stops placed for shares "
            "without one", "The entry's own stop did not guard all shares; the janitor placed a stop and a target."),
    Wording(OrderNews.STOPPED, MessageLevel.WARNING, "Stopped out", "Stopped out", columns=EXIT_COLUMNS),
    Wording(OrderNews.TARGET_HIT, MessageLevel.INFO, "Target hit", "Targets hit", columns=EXIT_COLUMNS),
    Wording(OrderNews.CLOSED, MessageLevel.WARNING, "Position closed", "Positions closed", columns=EXIT_COLUMNS),
    Wording(OrderNews.BEYOND, MessageLevel.ERROR, "Sold beyond what was held", "Sold beyond what was held",
            "More shares were sold than the entry held. Look at the position on the broker's own page; buy back there "
            "what is short.", EXIT_COLUMNS),
)  # fmt: skip
EXITS = {"stop": OrderNews.STOPPED, "target": OrderNews.TARGET_HIT}

Cells = tuple[str, tuple[str, ...]]
"""Symbol, and the cells of its line."""


def tell_orders(told: Alerts, ledgers: Sequence[Ledger], mode: str, now: datetime) -> tuple[Alerts, list[Message]]:
    """Messages for what is new in these ledgers, older sessions first, and what is told then."""
    said: list[Message] = []
    orders, exits, days = dict(told.orders), dict(told.exits), dict(told.days)
    for ledger in sorted(ledgers, key=lambda one: one.date_ny):
        found: dict[OrderNews, list[Cells]] = defaultdict(list)
        name = ledger.mode.value
        first_ever = name not in days
        for entry in ledger.everything():
            past = len(entry.history) if first_ever and entry in ledger.carried else 0
            from_event, protections = orders.get(order_key(ledger.mode, entry.client_order_id), (past, 0))
            for kind, cells in _of_entry(entry, from_event, protections):
                found[kind].append((entry.symbol, cells))
            orders[order_key(ledger.mode, entry.client_order_id)] = (len(entry.history), len(entry.protections))
        key = order_key(ledger.mode, str(ledger.date_ny))
        for one in ledger.exits[exits.get(key, 0) :]:
            found[_exit_kind(one)].append((one.symbol, _exit_cells(one)))
        if ledger.exits:
            exits[key] = len(ledger.exits)
        days[name] = max(ledger.date_ny, days.get(name, ledger.date_ny))
        said.extend(_messages(found, ledger, mode, now))
    known = {order_key(one.mode, entry.client_order_id) for one in ledgers for entry in one.everything()}
    kept_exits = {order_key(one.mode, str(one.date_ny)) for one in ledgers}
    if len(days) and ledgers:
        modes = {one.mode for one in ledgers}
        orders = {key: much for key, much in orders.items() if key in known or not _is_of(key, modes)}
        exits = {key: much for key, much in exits.items() if key in kept_exits or not _is_of(key, modes)}
    return msgspec.structs.replace(told, orders=orders, exits=exits, days=days), said


def _is_of(key: str, modes: Iterable[Mode]) -> bool:
    return any(is_of_mode(key, mode) for mode in modes)


def _of_entry(entry: Entry, from_event: int, protections: int) -> Iterator[tuple[OrderNews, tuple[str, ...]]]:
    """Kind and cells of each event not told yet."""
    before = [event.status for event in entry.history[:from_event]]
    new = entry.history[from_event:]
    fills = [place for place, event in enumerate(new) if event.status in FILLS]
    for place, event in enumerate(new):
        kind = _kind(event, before, last=place == len(new) - 1)
        told_by_a_later_fill = kind is OrderNews.FILLED and place != fills[-1]
        if event.status in ENDED and place == len(new) - 1 and entry.filled_qty > 0:
            if not FILLS & set(before):
                yield OrderNews.FILLED, _cells(OrderNews.FILLED, entry, event)
            kind = OrderNews.ENDED_IN_PART if kind is OrderNews.ENDED else kind
        if kind is not None and not told_by_a_later_fill:
            yield kind, _cells(kind, entry, event)
        before.append(event.status)
    for one in entry.protections[protections:]:
        stop = show(one.stop_price) if one.stop_price is not None else "at market"
        yield OrderNews.PROTECTED, (f"{one.qty:f}", stop)


def _kind(event: Event, before: Sequence[OrderStatus], *, last: bool) -> OrderNews | None:
    status, previous = event.status, before[-1] if before else None
    if status is S.UNKNOWN or (status is S.INTENDED and last):
        return None if previous is S.UNKNOWN else OrderNews.UNRESOLVED
    if status is S.INTENDED:
        return None
    if previous is S.UNKNOWN:
        return OrderNews.SETTLED
    if status in (S.SUBMITTED, S.WORKING):
        return None if AT_BROKER & set(before) else OrderNews.SUBMITTED
    return {
        **dict.fromkeys(FILLS, OrderNews.FILLED),
        S.REJECTED: OrderNews.REJECTED,
        S.NOT_SENT: OrderNews.NOT_SENT,
    }.get(status, OrderNews.ENDED)


def _cells(kind: OrderNews, entry: Entry, event: Event) -> tuple[str, ...]:
    if kind is OrderNews.SUBMITTED:
        return (f"{entry.qty:f}", show(entry.limit_price), show(entry.stop_price), show(entry.target_price))
    if kind is OrderNews.FILLED:
        price = entry.filled_avg_price
        value = None if price is None else entry.filled_qty * price
        return (_of(entry.filled_qty, entry.qty), show_told(price), show_told(value, CENT))
    status = event.status.value.replace("_", " ")
    shares = _of(entry.filled_qty, entry.qty) if kind is OrderNews.ENDED_IN_PART else f"{entry.qty:f}"
    return (shares, f"{status}{': ' + event.note if event.note else ''}")


def _exit_kind(one: Exit) -> OrderNews:
    return OrderNews.BEYOND if one.beyond else EXITS.get(one.kind, OrderNews.CLOSED)


def _exit_cells(one: Exit) -> tuple[str, ...]:
    if one.realized is None:
        return (f"{one.qty:f}", show_told(one.price), show_told(None))
    result = one.realized.quantize(CENT)
    return (f"{one.qty:f}", show_told(one.price), f"{'+' if result >= 0 else '-'}{show(abs(result))}")


def _messages(found: dict[OrderNews, list[Cells]], ledger: Ledger, mode: str, now: datetime) -> Iterator[Message]:
    live_while_dry = ledger.mode is Mode.LIVE and mode == Mode.DRY_RUN.value
    shown_mode = "DRY_RUN now, LIVE order" if live_while_dry else ledger.mode.value
    for wording in WORDINGS:
        lines = found.get(wording.news)
        if not lines:
            continue
        symbols = ", ".join(dict.fromkeys(symbol for symbol, _ in lines))
        table = [wording.columns] if wording.columns else []
        table += [(symbol, *cells) for symbol, cells in lines]
        right = frozenset(range(1, len(wording.columns))) if wording.columns else frozenset({1})
        yield Message(
            kind=wording.news.value,
            level=wording.level,
            mode=shown_mode,
            title=f"{wording.one if len(lines) == 1 else wording.many}: {symbols}",
            at=now,
            text=wording.text,
            lines=lined_up(table, right),
            foot=f"session {ledger.date_ny}",
        )


def _of(part: Decimal, whole: Decimal) -> str:
    return f"{part:f}" if part == whole else f"{part:f} of {whole:f}"
