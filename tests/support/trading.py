"""Entries, orders and whole planning worlds to be spoiled one field at a time.

The session is Friday 2026-11-20, the time 10:31 New York: six 10-minute bars have closed, the last two
began at 10:10 and 10:20. One row is AAPL, entry 100.85; bars and quote allow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from execution.broker.port import Account, Bar, BracketRequest, BrokerOrder, Position, Quote
from execution.ledger.day import SCHEMA, Entry, Event, Ledger, Leg, Protection, moved, with_changed, with_entries
from execution.ledger.reconcile import reconcile
from execution.ledger.strays import doubles
from execution.ledger.usage import session_usage
from execution.orders import OrderStatus, entry_id, protect_id
from execution.planning.plan import Plan, PlanFacts, by_symbol, intended_entry, make_plan
from gates.base.instrument import US_STOCK
from gates.base.record import dataclass, field, replace
from gates.facts import Limits
from gates.mode import Mode
from scanner.watchlist import Row
from support.facts import GOOD_CAPS, GOOD_LIMITS, SESSION, new_york

S = OrderStatus
D = Decimal
DAY = SESSION.day
YESTERDAY = date(2026, 11, 19)
NOW = new_york("2026-11-20 10:31")
SENT_AT = new_york("2026-11-20 10:29").astimezone(UTC)
INTENDED = Event(SENT_AT, S.INTENDED)


def at(text: str) -> datetime:
    """`10:31` or `10:31:05` of the session, in New York."""
    return new_york(f"{DAY} {text}")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def ident(symbol: str = "AAPL", attempt: int = 1, day: date = DAY) -> str:
    return entry_id(day, symbol, attempt)


# What the ledger holds


def entry(
    symbol: str = "AAPL",
    status: OrderStatus = S.SUBMITTED,
    *,
    attempt: int = 1,
    day: date = DAY,
    filled: int | str = 0,
    exited: int | str = 0,
    **changes: Any,
) -> Entry:
    """Four shares at 101.35, in that status; filled at 101.30 where anything is."""
    history = (INTENDED,) if status is S.INTENDED else (INTENDED, Event(SENT_AT, status))
    good = Entry(
        client_order_id=ident(symbol, attempt, day),
        order_id=None if status in (S.INTENDED, S.UNKNOWN, S.NOT_SENT) else f"id-{symbol}-{attempt}",
        symbol=symbol,
        side="buy",
        qty=D(4),
        limit_price=D("101.35"),
        notional=D("405.40"),
        stop_price=D("97.90"),
        target_price=D("108.10"),
        timestamp=SENT_AT,
        status=status,
        filled_qty=D(filled),
        filled_avg_price=D("101.30") if D(filled) else None,
        exited_qty=D(exited),
        history=history,
    )
    return msgspec.structs.replace(good, **changes)


def ledger(*entries: Entry, mode: Mode = Mode.LIVE, carried: tuple[Entry, ...] = (), **changes: Any) -> Ledger:
    return msgspec.structs.replace(Ledger(SCHEMA, DAY, mode, "PA3TEST", carried=carried, entries=entries), **changes)


def leg(kind: str, status: OrderStatus = S.WORKING, filled: int = 0, **changes: Any) -> Leg:
    price = D("97.90") if kind == "stop" else D("108.10")
    sold_at = price if filled else None
    return msgspec.structs.replace(Leg(kind, f"id-{kind}", status, D(4), price, D(filled), sold_at), **changes)


def protection(status: OrderStatus = S.WORKING, legs: tuple[Leg, ...] | None = None, **changes: Any) -> Protection:
    """A pair for four shares; its target goes by our id, its stop by the broker's."""
    pair = () if status in (S.INTENDED, S.UNKNOWN, S.REJECTED) else (leg("target"), leg("stop"))
    good = Protection(
        client_order_id=protect_id(DAY, "AAPL", 1),
        qty=D(4),
        stop_price=D("97.90"),
        target_price=D("108.10"),
        status=status,
        order_id="id-target" if pair else None,
        legs=pair if legs is None else legs,
        history=(INTENDED,) if status is S.INTENDED else (INTENDED, Event(SENT_AT, status)),
    )
    return msgspec.structs.replace(good, **changes)


# What the broker holds


def broker_order(
    client_order_id: str = ident(),
    status: OrderStatus = S.WORKING,
    *,
    symbol: str = "AAPL",
    filled: int | str = 0,
    **changes: Any,
) -> BrokerOrder:
    """The broker's version of the same four shares at 101.35."""
    good = BrokerOrder(
        order_id="id-" + "-".join(part for part in client_order_id.split("-")[2:] if part != "entry"),
        client_order_id=client_order_id,
        symbol=symbol,
        side="buy",
        kind="limit",
        qty=D(4),
        status=status,
        filled_qty=D(filled),
        filled_avg_price=D("101.30") if D(filled) else None,
        limit_price=D("101.35"),
        stop_price=None,
        submitted_at=SENT_AT,
        updated_at=NOW,
    )
    return replace(good, **changes)


def broker_leg(kind: str, status: OrderStatus = S.WORKING, filled: int = 0, **changes: Any) -> BrokerOrder:
    """A sleeping or working leg: its client id is the broker's own invention."""
    price = D("97.90") if kind == "stop" else D("108.10")
    good = BrokerOrder(
        order_id=f"id-{kind}",
        client_order_id=f"9b1c-{kind}",
        symbol="AAPL",
        side="sell",
        kind=kind,
        qty=D(4),
        status=status,
        filled_qty=D(filled),
        filled_avg_price=price if filled else None,
        limit_price=price if kind == "target" else None,
        stop_price=price if kind == "stop" else None,
        submitted_at=SENT_AT,
        updated_at=NOW,
    )
    return replace(good, **changes)


def told_legs(*entries: Entry) -> tuple[BrokerOrder, ...]:
    """Every leg that these entries and their protections know of, as the broker's lists have it."""
    legs = [leg for one in entries for family in (one, *one.protections) for leg in family.legs]
    return tuple(
        broker_leg(leg.kind, leg.status, order_id=leg.order_id, qty=leg.qty, works=leg.works, asleep=leg.asleep)
        for leg in legs
    )


def position(symbol: str = "AAPL", qty: int | str = 4, price: str = "101.30") -> Position:
    return Position(symbol, D(qty), D(qty), D(price), D(qty) * D(price))


def held(qty: int | str, free: int | str | None = None, symbol: str = "AAPL") -> Position:
    """A position of which others hold all but `free`."""
    return replace(position(symbol, qty), qty_available=D(qty if free is None else free))


def quote(bid: str = "101.00", ask: str = "101.05", moment: datetime = NOW) -> Quote:
    return Quote(D(bid), D(ask), moment)


def bars(*closes: str, first: str = "10:10") -> tuple[Bar, ...]:
    """10-minute bars from `first` on, one per close."""
    return tuple(Bar(at(first) + timedelta(minutes=10 * n), D(close)) for n, close in enumerate(closes))


# What planning knows


def row(symbol: str = "AAPL", entry: str = "100.85", stop: str = "97.90", target: str = "108.10") -> Row:
    return Row(symbol, D(entry), D(stop), D(target))


def limits(**changes: Any) -> Limits:
    caps = {name: changes.pop(name) for name in GOOD_CAPS.__match_args__ if name in changes}
    return replace(GOOD_LIMITS, **{"caps": replace(GOOD_CAPS, **caps)} | changes)


GOOD_BARS = bars("100.90", "101.02")
GOOD_ACCOUNT = Account("PA3TEST", equity=D(10_000), buying_power=D(20_000))


@dataclass(frozen=True)
class World:
    """A ledger and what the broker and the market say; `plan` puts it together as a cycle does.

    The same bars and quote serve every symbol unless told otherwise."""

    ledger: Ledger = field(default_factory=ledger)
    live: Ledger | None = None
    orders: tuple[BrokerOrder, ...] = ()
    open_orders: tuple[BrokerOrder, ...] = ()
    positions: tuple[Position, ...] = ()
    account: Account = GOOD_ACCOUNT
    rows: tuple[Row, ...] = field(default_factory=lambda: (row(),))
    quotes: Mapping[str, Quote] | None = None
    quotes_problem: str | None = None
    bars: Mapping[str, tuple[Bar, ...]] | None = None
    limits: Limits = GOOD_LIMITS

    def but(self, **changes: Any) -> World:
        return replace(self, **changes)

    @property
    def facts(self) -> PlanFacts:
        symbols = [row.symbol for row in self.rows]
        is_live = self.ledger.mode is Mode.LIVE
        return PlanFacts(
            now=NOW,
            session=SESSION,
            limits=self.limits,
            account=self.account,
            usage=session_usage(DAY, self.ledger, (*self.orders, *self.open_orders), self.positions),
            earlier=by_symbol(self.ledger.entries),
            doubles=doubles(DAY, self.ledger, (*self.orders, *self.open_orders)) if is_live else {},
            reconciliation=reconcile(self.ledger if is_live else self.live, self.positions, self.open_orders),
            quotes=dict.fromkeys(symbols, quote()) if self.quotes is None else self.quotes,
            quote_problems={row.symbol: self.quotes_problem for row in self.rows if row.symbol not in self.quotes}
            if self.quotes_problem
            else {},
            bars=dict.fromkeys(symbols, GOOD_BARS) if self.bars is None else self.bars,
            instruments=dict.fromkeys(symbols, US_STOCK),
        )

    @property
    def plan(self) -> Plan:
        return make_plan(self.rows, self.facts)


def written(ledger: Ledger, plan: Plan) -> Ledger:
    again = {one.request.client_order_id for one in plan.approved if one.resent}
    changed = [moved(one, S.INTENDED, NOW, "sent again") for one in ledger.entries if one.client_order_id in again]
    new = [intended_entry(one, NOW) for one in plan.approved if not one.resent]
    return with_entries(with_changed(ledger, changed), new)


def all_submitted(ledger: Ledger) -> Ledger:
    """Every intent answered with a clear yes."""
    waiting = [entry for entry in ledger.entries if entry.status is S.INTENDED]
    return with_changed(ledger, [moved(entry, S.SUBMITTED, NOW, order_id=entry.client_order_id) for entry in waiting])


def symbols_of(plan_part: Iterable[Any]) -> list[str]:
    return [one.symbol for one in plan_part]


def request(**changes: Any) -> BracketRequest:
    """The order that the good row becomes: 14 shares are risked, 9 fit the cap per symbol."""
    good = BracketRequest(ident(), "AAPL", D(9), D("101.35"), D("97.90"), D("108.10"))
    return replace(good, **changes)
