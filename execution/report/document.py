"""Makes plain data of a session's report, for `--json`: money as decimal strings, exact and not rounded."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from execution.report.closed_gates import SessionDecisions, Span
from execution.report.curve import Curve
from execution.report.session import SessionLedger, SessionReport
from execution.results.progress import Progress
from gates.base.record import asdict

FINEST = Decimal("0.0001")


def document(report: SessionReport, curve: Curve) -> dict[str, object]:
    return {
        "session": str(report.session),
        "opens": report.session.opens,
        "closes": report.session.closes,
        "half_day": report.session.is_half_day,
        "finished": report.finished,
        "told_at": report.now,
        "broker": report.broker,
        "mode": report.mode.value if report.mode is not None else None,
        "realized": report.live.realized,
        "unrealized": report.unrealized,
        "equity": report.equity,
        "equity_kept_at": report.kept_at,
        "positions_problem": report.holdings_problem,
        "positions": [
            {
                "symbol": one.symbol,
                "qty": one.qty,
                "bought_at": one.bought_at,
                "price": one.price,
                "unrealized": one.unrealized,
                "difference": one.difference,
                **progress_document(one.progress),
            }
            for one in report.held
        ],
        "limits": _plain(report.limits),
        "limits_of_the_day": report.limits_of_the_day,
        "ledgers": {ledger.mode.value: _ledger(ledger) for ledger in (report.live, report.dry_run)},
        "decisions": _decided(report.decided),
        "switches_on_now": list(report.standing),
        "curve": {"points": [_plain(point) for point in curve.points], "left_out": list(curve.left_out)},
    }


def progress_document(one: Progress) -> dict[str, object]:
    way = None if one.way is None else one.way.quantize(FINEST)
    r = None if one.r is None else one.r.quantize(FINEST)
    return {"stops": list(one.stops), "targets": list(one.targets), "r": r, "way": way}


def _ledger(ledger: SessionLedger) -> dict[str, object]:
    used = ledger.used
    return {
        "path": ledger.path,
        "problem": ledger.problem,
        "sha256": ledger.digest,
        "account": ledger.account,
        "orders": _plain(ledger.orders),
        "carried": _plain(ledger.carried),
        "exits": _plain(ledger.exits),
        "exits_of_earlier_sessions": _plain(ledger.late),
        "filled": [entry.client_order_id for entry in ledger.fills],
        "used": None if used is None else _plain(used),
    }


def _decided(decided: SessionDecisions) -> dict[str, object]:
    return {
        "problem": decided.problem,
        "lines": decided.lines,
        "torn_lines": decided.torn,
        "first_at": decided.first_at,
        "modes": [{"mode": one.mode, "reason": one.reason, **_span(one.span)} for one in decided.modes],
        "closed_minutes": decided.closed_minutes,
        "closed": [
            {"gate": one.gate, "minutes": one.minutes, "reason": one.reason, "spans": _spans(one.spans)}
            for one in decided.closed
        ],
        "refused": {one.code: dict(one.reasons) for one in decided.refusals},
        "waiting": list(decided.waiting),
    }


def _spans(spans: Iterable[Span]) -> list[dict[str, object]]:
    return [_span(span) for span in spans]


def _span(span: Span) -> dict[str, object]:
    return {"from": span.starts, "to": span.ends}


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value, enc_hook=asdict)
