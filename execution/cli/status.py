"""Tell whether cycles run, in which mode, what is closed and why, what was done today. Reads only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.journal import lines
from execution.planning.rows import exposure_words, usage_now
from execution.report.standing import entries_of, first_of, last_cycle, status_document, way_of
from execution.report.tables import PROGRESS, progress_cells
from execution.results.progress import Progress
from execution.service import Service
from execution.state import latches
from execution.state.switches import kills
from execution.view.look import Look, look_without_writing
from execution.wiring import open_service
from gates.base.colours import ALARM
from gates.base.money import show, show_cap, show_told
from gates.base.output import paint, pairs, paragraph, say, say_json, table
from gates.base.sessions import new_york_text
from gates.mode import Mode, mode_reason


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    seen, _ = look_without_writing(service)
    if args.json:
        say_json(status_document(service, seen))
        return 0
    pairs(_facts(service, seen))
    say()
    _orders(seen)
    _positions(seen)
    return 0


def _facts(service: Service, seen: Look) -> list[tuple[str, str]]:
    rows = [("first", str(first_of(seen) or "not killed, latched or paused; the list is fresh, the market open"))]
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


def _caps(service: Service, seen: Look) -> str:
    if seen.ledger is None:
        return "unknown (no ledger of this mode)"
    caps, usage = service.settings.caps, usage_now(seen, seen.ledger)
    return (
        f"orders {len(usage.ids)} of {caps.orders_per_day}, positions {len(usage.symbols)} of {caps.positions}, "
        f"gross {show(usage.gross)} of {show_cap(caps.gross_notional)}; exposure {exposure_words(seen)}"
    )


def _orders(seen: Look) -> None:
    entries = entries_of(seen)
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
            (p.symbol, p.qty, p.qty - p.qty_available, show_told(p.avg_entry_price), show_told(p.market_value),
             *_way(way_of(seen, p)))
            for p in seen.view.positions
        ]  # fmt: skip
        header = ("position", "shares", "reserved", "bought at", "value", *PROGRESS)
        table(header, rows, right=header[1:])


def _way(found: Progress | None) -> tuple[str, ...]:
    return progress_cells(found) if found is not None else ("not ours", "", "", "")
