"""Makes trades of ledgers: each entry as the newest ledger knows it, with its exits from all of them. Pure.

An exit stands in the ledger of the day it was seen, a carried entry in every ledger of its life; the entry's id joins
them. Where a ledger cannot be read, the entry's own count of shares sold says whether an exit is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from execution.ledger.day import Entry, Exit, Ledger, Leg
from execution.ledger.fills import fills_of
from execution.orders import parse_name
from execution.results.adapter import entry_fees, exit_fees, plan_of
from execution.results.trade import ZERO, EntryPlan, Sold, Trade, TradeState
from gates.base.record import dataclass, field
from gates.base.sessions import SessionOf

NO_ENTRY = "its entry is in no ledger that can be read"
BEYOND = "sold {} shares beyond those bought: a split, or sold twice"
MISSING = "sales of {} shares are in no ledger that can be read"
GONE = "in no ledger since {}, when {} shares were held"


@dataclass(slots=True)
class _Found:
    """What the ledgers say of one id."""

    ledger: Ledger
    entry: Entry | None = None
    exits: list[Exit] = field(default_factory=list)


def trades(ledgers: Iterable[Ledger], session_of: SessionOf) -> tuple[Trade, ...]:
    """Every entry of these ledgers of one mode, by the session it was made in."""
    ordered = sorted(ledgers, key=lambda one: one.date_ny)
    found = _collected(ordered)
    last = ordered[-1].date_ny if ordered else date.min
    made = (_trade(ident, one, last, session_of) for ident, one in found.items())
    return tuple(sorted(made, key=lambda one: (one.session, one.ident)))


def _collected(ordered: Iterable[Ledger]) -> dict[str, _Found]:
    """A sale that an earlier ledger has too, as after a rebuild, counts once."""
    found: dict[str, _Found] = {}
    counted: set[tuple[object, ...]] = set()
    for ledger in ordered:
        for entry in ledger.everything():
            one = found.setdefault(entry.client_order_id, _Found(ledger))
            one.ledger, one.entry = ledger, entry
        new = [one for one in ledger.exits if _mark(one) not in counted]
        for exit_ in new:
            found.setdefault(exit_.entry, _Found(ledger)).exits.append(exit_)
        counted.update(_mark(one) for one in new)
    return found


def _mark(one: Exit) -> tuple[object, ...]:
    return one.entry, one.order_id, one.kind, one.qty, one.at, one.beyond


def _trade(ident: str, found: _Found, last: date, session_of: SessionOf) -> Trade:
    entry = found.entry
    name = parse_name(ident)
    session = name.day if name is not None else found.ledger.date_ny
    prices = _prices(entry)
    sales = tuple(_sold(one, prices, session_of) for one in sorted(found.exits, key=lambda one: one.at))
    if entry is None:
        return _orphan(ident, found, session, sales)
    booked = sum((one.qty for one in sales if not one.beyond), ZERO)
    held = entry.filled_qty - max(booked, entry.exited_qty)
    problem = _problem(entry, sales, booked)
    if problem is None and held > 0 and found.ledger.date_ny < last:
        problem = GONE.format(found.ledger.date_ny, f"{held:f}")
    bought_at = fills_of(entry)
    return Trade(
        ident=ident,
        mode=found.ledger.mode,
        account=found.ledger.account,
        session=session,
        symbol=entry.symbol,
        side=entry.side,
        plan=plan_of(entry),
        qty=entry.qty,
        status=entry.status,
        bought=entry.filled_qty,
        paid=entry.filled_avg_price if entry.filled_qty else None,
        opened_at=bought_at[0] if bought_at and entry.filled_qty else None,
        sales=sales,
        held=held,
        state=_state(entry, held, problem),
        problem=problem,
        entry_fees=entry_fees(entry),
    )


def _orphan(ident: str, found: _Found, session: date, sales: tuple[Sold, ...]) -> Trade:
    one = found.exits[0]
    bought = sum((sale.qty for sale in sales), ZERO)
    return Trade(
        ident=ident,
        mode=found.ledger.mode,
        account=found.ledger.account,
        session=session,
        symbol=one.symbol,
        side=None,
        plan=EntryPlan(None, None, None),
        qty=None,
        status=None,
        bought=bought,
        paid=None,
        opened_at=None,
        sales=sales,
        held=ZERO,
        state=TradeState.LOST,
        problem=NO_ENTRY,
    )


def _problem(entry: Entry, sales: Iterable[Sold], booked: Decimal) -> str | None:
    beyond = sum((one.qty for one in sales if one.beyond), ZERO)
    if beyond:
        return BEYOND.format(f"{beyond:f}")
    return MISSING.format(f"{entry.exited_qty - booked:f}") if booked < entry.exited_qty else None


def _state(entry: Entry, held: Decimal, problem: str | None) -> TradeState:
    if problem is not None:
        return TradeState.LOST
    if held > 0:
        return TradeState.OPEN
    if entry.unfinished:
        return TradeState.WORKING
    return TradeState.ENDED if entry.filled_qty else TradeState.UNBOUGHT


def _prices(entry: Entry | None) -> Mapping[str, Decimal]:
    """What each order that may sell its shares was to sell them at, by the order's id; and by kind, where the order
    itself is not known."""
    if entry is None:
        return {}
    legs: list[Leg] = [*entry.legs, *(leg for one in entry.protections for leg in one.legs)]
    return {"stop": entry.stop_price, "target": entry.target_price, **{leg.order_id: leg.price for leg in legs}}


def _sold(one: Exit, prices: Mapping[str, Decimal], session_of: SessionOf) -> Sold:
    return Sold(
        kind=one.kind,
        qty=one.qty,
        price=one.price,
        planned=prices.get(one.order_id or "", prices.get(one.kind)) or None,
        at=one.at,
        session=session_of(one.at),
        realized=one.realized,
        order_id=one.order_id,
        fees=exit_fees(one),
        beyond=one.beyond,
        note=one.note,
    )
