"""Tell whether cycles run, in which mode, what is closed and why, what was done today. Reads only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime

from execution.checks.heartbeat import NoHeartbeat, read_beat
from execution.journal import lines
from execution.ledger.day import Entry
from execution.planning.rows import exposure_now, exposure_words, usage_now
from execution.service import Service
from execution.state import latches
from execution.state.switches import kills
from execution.view.condition import First, first
from execution.view.look import Look, look_without_writing
from execution.wiring import open_service
from gates.base.colours import ALARM
from gates.base.money import show, show_cap, show_told
from gates.base.output import paint, pairs, paragraph, say, say_json, table
from gates.base.sessions import new_york_text
from gates.mode import Mode, entries_verdict, mode_reason


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    seen, _ = look_without_writing(service)
    if args.json:
        say_json(_document(service, seen))
        return 0
    pairs(_facts(service, seen))
    say()
    _orders(seen)
    _positions(seen)
    return 0


def _facts(service: Service, seen: Look) -> list[tuple[str, str]]:
    rows = [("first", str(_first(seen) or "not killed, latched or paused; the list is fresh, the market open"))]
    rows += [("settings", str(mistake)) for mistake in service.mistakes]
    rows += [
        ("state dir", f"{service.state.root}"),
        *(("kill file", str(path)) for path in kills(service.state)),
        ("broker", _broker(service, seen)),
        ("now", f"{new_york_text(seen.now)}, {_session(seen)}"),
        ("last cycle", last_cycle(service, seen.now)),
        ("mode", _mode(seen)),
        ("entries", lines.entries_words(seen.mode, seen.entry_answers)),
        ("watchlist", seen.watchlist.problem or f"session {seen.watchlist.session}, {seen.watchlist.rows} rows"),
        ("caps used", _caps(service, seen)),
    ]
    rows += [("latched", words) for words in (latches.by_symbol(service.state.latches) or {}).values()]
    live = seen.ledgers.live
    if live.problem is not None:
        rows.append(("live ledger", f"unavailable ({live.problem}); `execution ledger rebuild` brings it back"))
    elif live.ledger is not None and live.ledger.unresolved():
        rows.append(("in doubt", ", ".join(entry.client_order_id for entry in live.ledger.unresolved())))
    return rows


def _mode(seen: Look) -> str:
    said = f"{seen.mode.value}: {mode_reason(seen.mode_answers)}"
    return paint(said, ALARM) if seen.mode is Mode.LIVE else said


def _first(seen: Look) -> First | None:
    return first(seen.mode_answers, seen.entry_answers)


def _broker(service: Service, seen: Look) -> str:
    problem = seen.view.clock_problem or seen.view.account_problem
    silent = f"; GIVES NO ANSWER ({problem})" if problem is not None else ""
    return f"{service.broker_name}, account {seen.record.account or 'not bound yet'}{silent}"


def _session(seen: Look) -> str:
    if seen.session is None:
        return "no session known"
    if seen.session.contains(seen.now):
        return f"session {seen.session} open until {new_york_text(seen.session.closes)}"
    return f"closed, next session {seen.session} opens {new_york_text(seen.session.opens)}"


def last_cycle(service: Service, now: datetime) -> str:
    """When the last cycle ran and how it ended; the answer to "is it running"."""
    beat = read_beat(service.state)
    if isinstance(beat, NoHeartbeat):
        return "none yet" if beat.missing else f"unknown ({beat.what})"
    if beat.finished_at is None:
        return f"began {new_york_text(beat.started_at)} as process {beat.pid} and has not finished"
    ago = max(0, int((now - beat.finished_at).total_seconds()))
    return f"{new_york_text(beat.finished_at)} ({ago}s ago), exit {beat.exit_code}"


def _caps(service: Service, seen: Look) -> str:
    if seen.ledger is None:
        return "unknown (no ledger of this mode)"
    caps, usage = service.settings.caps, usage_now(seen, seen.ledger)
    return (
        f"orders {len(usage.ids)} of {caps.orders_per_day}, positions {len(usage.symbols)} of {caps.positions}, "
        f"gross {show(usage.gross)} of {show_cap(caps.gross_notional)}; exposure {exposure_words(seen)}"
    )


def _entries(seen: Look) -> tuple[tuple[Mode, Entry], ...]:
    """The orders of both ledgers, the live ones first: what was rehearsed is never taken for what was sent."""
    ledgers = seen.ledgers
    found = ((mode, ledgers.of(mode).ledger) for mode in (Mode.LIVE, Mode.DRY_RUN))
    return tuple((mode, entry) for mode, ledger in found if ledger is not None for entry in ledger.everything())


def _orders(seen: Look) -> None:
    entries = _entries(seen)
    if not entries:
        say("No orders today.")
        return
    rows = [
        (
            mode.value,
            entry.symbol,
            entry.qty,
            show(entry.limit_price),
            show(entry.stop_price),
            show(entry.target_price),
            show(entry.notional),
            entry.status.value,
            f"{entry.filled_qty}",
            entry.order_id,
            entry.client_order_id,
        )
        for mode, entry in entries
    ]
    numbers = ("qty", "limit", "stop", "target", "notional")
    header = ("mode", "symbol", *numbers, "status", "filled", "order", "client order id")
    table(header, rows, right="qty limit stop target notional filled")


def _positions(seen: Look) -> None:
    if seen.view.positions_problem is not None:
        say()
        paragraph(f"Positions unavailable ({seen.view.positions_problem}).")
    elif seen.view.positions:
        say()
        rows = [
            (p.symbol, p.qty, p.qty - p.qty_available, show_told(p.avg_entry_price), show_told(p.market_value))
            for p in seen.view.positions
        ]
        header = ("position", "shares", "reserved", "bought at", "value")
        table(header, rows, right=("shares", "reserved", "bought at", "value"))


def _first_document(seen: Look) -> dict[str, str] | None:
    found = _first(seen)
    return None if found is None else {"condition": found.condition.value, "reason": found.reason}


def _document(service: Service, seen: Look) -> dict[str, object]:
    caps = service.settings.caps
    usage = usage_now(seen, seen.ledger) if seen.ledger is not None else None
    return {
        "state_dir": str(service.state.root),
        "broker": service.broker_name,
        "account": seen.record.account,
        "now": seen.now,
        "session": str(seen.session) if seen.session else None,
        "open": seen.session is not None and seen.session.contains(seen.now),
        "first": _first_document(seen),
        "last_cycle": last_cycle(service, seen.now),
        "kill_files": [str(path) for path in kills(service.state)],
        "mode": seen.mode.value,
        "mode_reason": mode_reason(seen.mode_answers),
        "may_enter": seen.may_enter,
        "entries_reason": entries_verdict(seen.entry_answers).reason,
        "watchlist": {"problem": seen.watchlist.problem, "rows": seen.watchlist.rows},
        "caps": {
            "orders_per_day": caps.orders_per_day,
            "positions": caps.positions,
            "gross_notional": caps.gross_notional,
            "per_symbol": caps.per_symbol,
        },
        "used": None
        if usage is None
        else {"orders": len(usage.ids), "positions": len(usage.symbols), "gross_notional": usage.gross},
        "exposure": exposure_now(seen),
        "orders": [
            {
                "mode": mode.value,
                "client_order_id": entry.client_order_id,
                "order_id": entry.order_id,
                "symbol": entry.symbol,
                "qty": entry.qty,
                "limit_price": entry.limit_price,
                "notional": entry.notional,
                "status": entry.status.value,
                "filled_qty": entry.filled_qty,
            }
            for mode, entry in _entries(seen)
        ],
        "positions": [
            {"symbol": p.symbol, "qty": p.qty, "avg_entry_price": p.avg_entry_price, "market_value": p.market_value}
            for p in seen.view.positions
        ],
        "settings_mistakes": [str(mistake) for mistake in service.mistakes],
    }
