"""Makes the heartbeat message: mode, what is closed and why, the list, orders against caps, positions, the day.

It is made only when one is due, because it reads the list once more for its age.
"""

from __future__ import annotations

from decimal import Decimal

from execution.channel.messages import lined_up
from execution.planning.rows import usage_now
from execution.service import Service
from execution.state.ledgers import open_ledgers
from execution.view.look import Look
from gates.base.money import CENT, show, show_cap, show_told
from gates.base.statefile import StateUnreadable
from gates.mode import Mode, mode_reason
from gates.verdict import refusals
from scanner.watchlist import load_watchlist

MOST_POSITIONS = 12

LabelledRows = tuple[tuple[str, str], ...]


def heartbeat_of(service: Service, seen: Look | None) -> tuple[LabelledRows, tuple[str, ...]]:
    """Rows and position lines; little when this cycle could not look."""
    if seen is None:
        trouble = list(service.journal.trouble or ())
        return (("state", "this cycle could not look"), ("because", trouble[-1].text if trouble else "unknown")), ()
    rows = [("mode", mode_reason(seen.mode_answers)), *_entries(seen)]
    rows += [("watchlist", _watchlist(service, seen)), *_caps(service, seen), *_money(seen)]
    return tuple(rows), _positions(seen)


def _entries(seen: Look) -> LabelledRows:
    """Whether anything may be opened, and each gate that says no."""
    closed = refusals(seen.entry_answers)
    if not closed:
        return (("entries", "open" if seen.mode is Mode.LIVE else "rehearsal goes on"),)
    why = mode_reason(seen.mode_answers)
    reasons = dict.fromkeys(answer.verdict.reason for answer in closed)
    first, *more = [reason for reason in reasons if reason != why] or [why]
    return (("entries", f"closed: {first}"), *(("", reason) for reason in more))


def _watchlist(service: Service, seen: Look) -> str:
    facts = seen.watchlist
    if facts.problem is not None or seen.session is None:
        return facts.problem or "no session"
    try:
        made = load_watchlist(service.state.watchlist(seen.session.day)).generated_at
    except StateUnreadable:
        return f"{facts.rows} rows"
    hours, minutes = divmod(max(0, int((seen.now - made).total_seconds())) // 60, 60)
    return f"{facts.rows} rows, made {hours}h {minutes:02}m ago"


def _caps(service: Service, seen: Look) -> LabelledRows:
    ledger = open_ledgers(service.state).of(seen.mode).ledger  # as it is now, with what this cycle sent
    if ledger is None or seen.ledger is None:
        return (("orders", "unknown (no ledger of this mode)"),)
    caps, used = service.settings.caps, usage_now(seen, ledger)
    return (
        ("orders", f"{len(used.ids)} of {caps.orders_per_day}"),
        ("positions", f"{len(used.symbols)} of {caps.positions}"),
        ("gross", f"{show(used.gross)} of {show_cap(caps.gross_notional)}"),
    )


def _money(seen: Look) -> LabelledRows:
    account = seen.view.account
    if account is None or account.equity is None:
        return (("day P&L", "unknown (account not told)"),)
    rows = [("equity", show(account.equity.quantize(CENT)))]
    if account.last_equity is not None:
        rows.insert(0, ("day P&L", signed(account.equity - account.last_equity)))
    return tuple(rows)


def _positions(seen: Look) -> tuple[str, ...]:
    held = [one for one in seen.view.positions if one.qty != 0]
    if not held:
        return ()
    table = [("symbol", "shares", "cost", "value")]
    table += [
        (one.symbol, f"{one.qty:f}", show_told(one.avg_entry_price, CENT), show_told(one.market_value, CENT))
        for one in held[:MOST_POSITIONS]
    ]
    more = (f"and {len(held) - MOST_POSITIONS} more",) if len(held) > MOST_POSITIONS else ()
    return ("", *lined_up(table, frozenset({1, 2, 3})), *more)


def signed(amount: Decimal) -> str:
    rounded = amount.quantize(CENT)
    return f"{'-' if rounded < 0 else '+'}{show(abs(rounded))}"
