"""Keeps the account as it is after the close: the line of the session in equity.jsonl. Only a sweep calls it.

The line is of the close, so it is written by a sweep of the session's own evening, once the session is over; the first
one that the broker tells everything keeps it. Whatever is not told then leaves no line, and the session is not known.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from execution.broker.port import Account
from execution.ledger.day import Entry, Ledger
from execution.results.close import SCHEMA, Close, Mark, add_close
from execution.results.trade import ZERO, total
from execution.service import Service
from execution.view.broker_view import BrokerView
from gates.base.errors import EXIT_DONE, EXIT_STATE
from gates.base.money import show_told
from gates.base.sessions import Session, counted_in, new_york_day
from gates.base.statefile import StateUnreadable, StateUnwritable
from gates.mode import Mode


def keep_close(service: Service, view: BrokerView, now: datetime) -> int:
    """Write the line, unless the session has one; the exit code, which only a file that takes none changes."""
    session = service.table.on(new_york_day(now))
    if session is None or now < session.closes:
        return EXIT_DONE
    why = _lacks(view)
    if why is not None or view.account is None:
        service.journal.warning(f"Close of {session} not kept: {why}")
        return EXIT_DONE
    close = close_of(service, session, view.account, view, now)
    try:
        if add_close(service.state.equity, close):
            equity = show_told(close.equity)
            service.journal.info(f"Close of {session} kept: equity {equity}, positions {len(close.positions)}")
    except (StateUnreadable, StateUnwritable) as broken:
        service.journal.error(f"Close of {session} not kept: {broken}")
        return EXIT_STATE
    return EXIT_DONE


def _lacks(view: BrokerView) -> str | None:
    """What the broker did not tell that belongs into the line."""
    account = view.account
    if account is None or account.equity is None:
        return f"equity not told ({view.account_problem or (account.problem if account else None) or 'no number'})"
    if view.positions_problem is not None:
        return f"positions unavailable ({view.positions_problem})"
    return next((one.what for one in view.unreadable_positions), None)


def close_of(service: Service, session: Session, account: Account, view: BrokerView, now: datetime) -> Close:
    """The line as the broker's answers and the live ledger make it, the ledger as the janitor left it."""
    ledger, seal = _ledger(service)
    held = _held(ledger)
    marks = tuple(
        Mark(one.symbol, one.qty, _shares(held.get(one.symbol, [])), one.avg_entry_price, one.market_value)
        for one in sorted(view.positions, key=lambda one: one.symbol)
    )
    session_of = counted_in(service.table)
    exits = [one for one in ledger.exits if session_of(one.at) == session.day] if ledger is not None else []
    return Close(
        schema=SCHEMA,
        session=session.day,
        at=now.astimezone(UTC),
        account=account.number,
        equity=account.equity,
        cash=account.cash,
        positions=marks,
        realized=total(one.realized for one in exits) if ledger is not None else None,
        unrealized=_unrealized(held, marks) if ledger is not None else None,
        fees=None,
        ledger=seal,
    )


def _ledger(service: Service) -> tuple[Ledger | None, str | None]:
    file = service.state.ledger(Mode.LIVE)
    try:
        return file.load_with_seal(file.path)
    except StateUnreadable:
        return None, None


def _held(ledger: Ledger | None) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in ledger.everything() if ledger is not None else ():
        if entry.held_qty > 0:
            found.setdefault(entry.symbol, []).append(entry)
    return found


def _shares(entries: list[Entry]) -> Decimal:
    return sum((one.held_qty for one in entries), ZERO)


def _unrealized(held: dict[str, list[Entry]], marks: tuple[Mark, ...]) -> Decimal | None:
    """Of the shares that are ours; None where one of them has no mark or no cost."""
    prices = {one.symbol: one.price for one in marks}
    gains: list[Decimal | None] = []
    for symbol, entries in held.items():
        price = prices.get(symbol)
        for one in entries:
            paid = one.filled_avg_price
            gains.append(None if price is None or paid is None else (price - paid) * one.held_qty)
    return total(gains)
