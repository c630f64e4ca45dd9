"""Makes plain data of how things stand now, for `status --json`, `gates --json`, and whatever else shows them."""

from __future__ import annotations

from datetime import datetime

from execution.broker.port import Position
from execution.ledger.day import Entry
from execution.planning.rows import exposure_now, usage_now
from execution.report.document import progress_document
from execution.results.progress import Progress, progress
from execution.service import Service
from execution.state.heartbeat import NoHeartbeat, read_or_none
from execution.state.switches import kills
from execution.view.condition import First, first
from execution.view.look import Look
from gates.base.sessions import new_york_text
from gates.mode import Mode, entries_verdict, mode_reason
from gates.verdict import Answer


def gates_document(service: Service, seen: Look) -> dict[str, object]:
    return {
        "state_dir": str(service.state.root),
        "broker": service.broker_name,
        "now": seen.now,
        "session": str(seen.session) if seen.session else None,
        "mode": seen.mode.value,
        "mode_reason": mode_reason(seen.mode_answers),
        "may_enter": seen.may_enter,
        "settings_mistakes": [str(mistake) for mistake in service.mistakes],
        "mode_gates": answers_document(seen.mode_answers),
        "entry_gates": answers_document(seen.entry_answers),
    }


def answers_document(answers: tuple[Answer, ...]) -> list[dict[str, str]]:
    return [
        {
            "gate": answer.gate,
            "status": answer.verdict.status.value,
            "code": answer.verdict.code,
            "reason": answer.verdict.reason,
        }
        for answer in answers
    ]


def status_document(service: Service, seen: Look) -> dict[str, object]:
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
        "orders": _orders_document(seen),
        "positions": _positions_document(seen),
        "settings_mistakes": [str(mistake) for mistake in service.mistakes],
    }


def _orders_document(seen: Look) -> list[dict[str, object]]:
    return [
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
        for mode, entry in entries_of(seen)
    ]


def _positions_document(seen: Look) -> list[dict[str, object]]:
    return [
        {"symbol": p.symbol, "qty": p.qty, "avg_entry_price": p.avg_entry_price, "market_value": p.market_value,
         "ours": progress_document(found) if (found := way_of(seen, p)) is not None else None}
        for p in seen.view.positions
    ]  # fmt: skip


def way_of(seen: Look, position: Position) -> Progress | None:
    """How far the shares in it that are ours are on their way; None where none is."""
    live = seen.ledgers.live.ledger
    ours = [one for one in live.everything() if one.symbol == position.symbol] if live is not None else []
    value, qty = position.market_value, position.qty
    held = any(one.held_qty > 0 for one in ours)
    return progress(ours, value / qty if value is not None and qty else None) if held else None


def last_cycle(service: Service, now: datetime) -> str:
    """When the last cycle ran and how it ended; the answer to "is it running"."""
    beat = read_or_none(service.state.heartbeat)
    if isinstance(beat, NoHeartbeat):
        return "none yet" if beat.missing else f"unknown ({beat.what})"
    if beat.finished_at is None:
        return f"began {new_york_text(beat.started_at)} as process {beat.pid} and has not finished"
    ago = max(0, int((now - beat.finished_at).total_seconds()))
    return f"{new_york_text(beat.finished_at)} ({ago}s ago), exit {beat.exit_code}"


def entries_of(seen: Look) -> tuple[tuple[Mode, Entry], ...]:
    """The orders of both ledgers, the live ones first: what was rehearsed is never taken for what was sent."""
    ledgers = seen.ledgers
    found = ((mode, ledgers.of(mode).ledger) for mode in (Mode.LIVE, Mode.DRY_RUN))
    return tuple((mode, entry) for mode, ledger in found if ledger is not None for entry in ledger.everything())


def first_of(seen: Look) -> First | None:
    return first(seen.mode_answers, seen.entry_answers)


def _first_document(seen: Look) -> dict[str, str] | None:
    found = first_of(seen)
    return None if found is None else {"condition": found.condition.value, "reason": found.reason}
