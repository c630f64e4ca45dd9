"""Keeps decisions/2026-11-20.jsonl: one line per cycle that decided anything new.

A line holds every gate's answer, the caps in force, the plan and what was sent. A cycle that decides
the same as the one before writes nothing, so a quiet day is a short file, and what lies between two
lines was as the first of them says. Files older than 30 days are removed; orders are not here but
in the ledger, which is kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from execution.ledger.day import Entry
from execution.planning.plan import Plan
from gates.base import below
from gates.base.money import show_cap
from gates.base.sessions import NEW_YORK
from gates.base.statefile import append_line, digest_of
from gates.facts import Caps
from gates.verdict import Answer, Verdict

KEPT_DAYS = 30


SPOKEN = frozenset({"reasons"})
"""Texts with seconds and prices in them; a decision is the same while its codes are."""


def decision(
    mode: str,
    caps: Caps,
    mode_answers: tuple[Answer, ...],
    entry_answers: tuple[Answer, ...],
    plan: Plan,
    sent: tuple[Entry, ...],
) -> dict[str, object]:
    """What this cycle decided, without its time."""
    return {
        "mode": mode,
        "caps": _caps(caps),
        "mode_gates": [_answer(answer) for answer in mode_answers],
        "entry_gates": [_answer(answer) for answer in entry_answers],
        "approved": [approved.request.client_order_id for approved in plan.approved],
        "refused": {refused.symbol: refused.verdict.code for refused in plan.refused},
        "reasons": {refused.symbol: refused.verdict.reason for refused in plan.refused},
        "sent": {entry.client_order_id: entry.status.value for entry in sent},
    }


def nothing_asked(caps: Caps, verdict: Verdict) -> dict[str, object]:
    """The decision of a cycle that the broker's clock kept from asking anything else."""
    closed = ["broker_clock", verdict.status.value, verdict.code, verdict.reason]
    return {
        "mode": None, "caps": _caps(caps), "mode_gates": [], "entry_gates": [closed],
        "approved": [], "refused": {}, "reasons": {}, "sent": {},
    }  # fmt: skip


def remember(directory: Path, day: date, now: datetime, decided: Mapping[str, object]) -> bool:
    """Append the decision unless the last line of the day says the same; True when written."""
    path = directory / f"{day}.jsonl"
    mark = digest_of(_lasting(decided))
    if not decided["sent"] and _last_mark(path) == mark:
        return False
    at = now.astimezone(NEW_YORK).isoformat(timespec="seconds")
    append_line(path, json.dumps({"at": at, "mark": mark, **decided}).encode())
    return True


def forget_old(directory: Path, today: date) -> None:
    for path in below.paths(directory, ".jsonl"):
        try:
            old = date.fromisoformat(path.stem) < today - timedelta(days=KEPT_DAYS)
        except ValueError:
            continue
        if old:
            with suppress(OSError):
                below.unlink(path)


def _lasting(decided: Mapping[str, object]) -> dict[str, object]:
    """What makes two decisions the same: verdicts, not the seconds in their reasons."""
    families = ("mode_gates", "entry_gates")
    codes = {family: [[row[0], row[1], row[2]] for row in decided[family]] for family in families}  # type: ignore[attr-defined]
    lasting = {key: value for key, value in decided.items() if key not in families and key not in SPOKEN}
    return {**lasting, **codes}


def _last_mark(path: Path) -> str | None:
    try:
        with open(below.open_file(path, os.O_RDONLY), "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 262_144))
            lines = file.read().splitlines()
        return str(json.loads(lines[-1])["mark"]) if lines else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _answer(answer: Answer) -> list[str]:
    return [answer.gate, answer.verdict.status.value, answer.verdict.code, answer.verdict.reason]


def _caps(caps: Caps) -> dict[str, object]:
    return {
        "orders_per_day": caps.orders_per_day,
        "positions": caps.positions,
        "gross_notional": show_cap(caps.gross_notional),
        "per_symbol": show_cap(caps.per_symbol),
    }
