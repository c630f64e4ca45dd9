"""Turns a story into plain data: what `--json` prints, money as decimal strings, exact and not rounded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from execution.report.closed_gates import Decided, Span
from execution.report.curve import Curve
from execution.report.session import Book, Story


def document(story: Story, curve: Curve) -> dict[str, object]:
    return {
        "session": str(story.session),
        "opens": story.session.opens,
        "closes": story.session.closes,
        "half_day": story.session.is_half_day,
        "finished": story.finished,
        "told_at": story.now,
        "broker": story.broker,
        "mode": story.mode.value if story.mode is not None else None,
        "realized": story.live.realized,
        "unrealized": story.unrealized,
        "equity": story.equity,
        "positions_problem": story.holdings_problem,
        "positions": [
            {
                "symbol": one.symbol,
                "qty": one.qty,
                "bought_at": one.bought_at,
                "price": one.price,
                "unrealized": one.unrealized,
                "difference": one.difference,
            }
            for one in story.held
        ],
        "limits": _plain(story.limits),
        "limits_of_the_day": story.limits_of_the_day,
        "ledgers": {book.mode.value: _book(book) for book in (story.live, story.dry_run)},
        "decisions": _decided(story.decided),
        "switches_on_now": list(story.standing),
        "curve": {"points": [_plain(point) for point in curve.points], "left_out": list(curve.left_out)},
    }


def _book(book: Book) -> dict[str, object]:
    used = book.used
    return {
        "path": book.path,
        "problem": book.problem,
        "sha256": book.digest,
        "account": book.account,
        "orders": _plain(book.orders),
        "carried": _plain(book.carried),
        "exits": _plain(book.exits),
        "exits_of_earlier_sessions": _plain(book.late),
        "filled": [entry.client_order_id for entry in book.fills],
        "used": None if used is None else _plain(used),
    }


def _decided(decided: Decided) -> dict[str, object]:
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
    return msgspec.to_builtins(value)
