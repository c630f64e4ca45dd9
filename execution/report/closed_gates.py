"""Reads a session's decisions: which gates kept entries closed and for how long, who was refused.

A line is written when a decision differs from the one before, so a line stands until the next one:
the time between the two is what its gates have closed. What happened while no cycle ran is not in
the file and is not made up here: nothing is known before the first line. Pure; the bytes come from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from execution.orders import parse_name
from gates.base.money import parse_plain
from gates.base.record import dataclass
from gates.base.sessions import Session
from gates.facts import Caps
from gates.mode import LIVE_REASON
from gates.verdict import Status

WAITING = "trigger"
"""The code of a row whose price never did what the entry rule waits for; it is no refusal of ours."""


@dataclass(frozen=True, slots=True)
class Span:
    starts: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return self.ends - self.starts


@dataclass(frozen=True, slots=True)
class ClosedGate:
    """A gate that kept entries closed: when, and its last reason."""

    gate: str
    reason: str
    spans: tuple[Span, ...]

    @property
    def minutes(self) -> int:
        return whole_minutes(self.spans)


@dataclass(frozen=True, slots=True)
class ModeSpan:
    """A stretch of one mode; `reason` says what made it that one."""

    mode: str
    reason: str
    span: Span


@dataclass(frozen=True, slots=True)
class RefusedSymbols:
    """The distinct symbols that one gate code refused, and the last reason it gave each."""

    code: str
    reasons: tuple[tuple[str, str], ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(symbol for symbol, _ in self.reasons)


@dataclass(frozen=True, slots=True)
class SessionDecisions:
    """What the decision file tells of one session; with a `problem`, nothing of it is known."""

    problem: str | None = None
    lines: int = 0
    torn: int = 0
    first_at: datetime | None = None
    modes: tuple[ModeSpan, ...] = ()
    closed: tuple[ClosedGate, ...] = ()
    closed_minutes: int | None = None
    refusals: tuple[RefusedSymbols, ...] = ()
    waiting: tuple[str, ...] = ()
    caps: Caps | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    mode: str | None
    mode_reason: str
    failed: tuple[tuple[str, str], ...]
    approved: frozenset[str]
    refused: dict[str, str]
    reasons: dict[str, str]
    caps: Caps | None


def read(data: bytes, session: Session, now: datetime) -> SessionDecisions:
    """The session's decisions as far as it has come by `now`."""
    lines, torn = [], 0
    for raw in data.splitlines():
        if not raw.strip():
            continue
        line = _parse(raw)
        if line is None:
            torn += 1
        else:
            lines.append(line)
    if not lines:
        return SessionDecisions(f"holds no readable decision ({torn} torn lines)" if torn else "is empty", torn=torn)
    lines.sort(key=lambda line: line.at)
    stretches = _stretches(lines, session, now)
    closed = [(line, span) for line, span in stretches if line.failed]
    refusals, waiting = _refusals(lines)
    return SessionDecisions(
        lines=len(lines),
        torn=torn,
        first_at=lines[0].at,
        modes=_modes(stretches),
        closed=_closed(closed),
        closed_minutes=whole_minutes(span for _, span in closed),
        refusals=refusals,
        waiting=waiting,
        caps=next((line.caps for line in reversed(lines) if line.caps is not None), None),
    )


def whole_minutes(spans: Iterable[Span]) -> int:
    return round(sum((span.length for span in spans), timedelta()) / timedelta(minutes=1))


def _stretches(lines: list[_Line], session: Session, now: datetime) -> list[tuple[_Line, Span]]:
    """Each line with the part of the session it stood for; the one of this very moment has had no time yet."""
    end = min(session.closes, now)
    found = []
    for line, following in pairwise([*lines, None]):
        assert line is not None
        starts = max(line.at, session.opens)
        ends = min(following.at, end) if following is not None else end
        just_decided = following is None and starts == ends == now and now < session.closes
        if starts < ends or just_decided:
            found.append((line, Span(starts, ends)))
    return found


def _closed(stretches: list[tuple[_Line, Span]]) -> tuple[ClosedGate, ...]:
    """Per gate, longest first; neighbouring stretches are one."""
    spans: dict[str, tuple[Span, ...]] = {}
    reasons: dict[str, str] = {}
    for line, span in stretches:
        for gate, reason in line.failed:
            spans[gate] = _joined(spans.get(gate, ()), span)
            reasons[gate] = reason
    found = [ClosedGate(gate, reasons[gate], held) for gate, held in spans.items()]
    return tuple(sorted(found, key=lambda one: (-one.minutes, one.gate)))


def _joined(spans: tuple[Span, ...], span: Span) -> tuple[Span, ...]:
    if spans and spans[-1].ends == span.starts:
        return (*spans[:-1], Span(spans[-1].starts, span.ends))
    return (*spans, span)


def _modes(stretches: list[tuple[_Line, Span]]) -> tuple[ModeSpan, ...]:
    found: list[ModeSpan] = []
    for line, span in stretches:
        if line.mode is None:
            continue
        last = found[-1] if found else None
        if last is not None and last.mode == line.mode and last.reason == line.mode_reason:
            found[-1] = ModeSpan(last.mode, last.reason, Span(last.span.starts, span.ends))
        else:
            found.append(ModeSpan(line.mode, line.mode_reason, span))
    return tuple(found)


def _refusals(lines: list[_Line]) -> tuple[tuple[RefusedSymbols, ...], tuple[str, ...]]:
    """Distinct symbols by code, most first; and the rows that only ever waited for their price."""
    found: dict[str, dict[str, str]] = {}
    waited: dict[str, None] = {}
    for line in lines:
        for symbol, code in line.refused.items():
            if code == WAITING:
                waited.setdefault(symbol)
            else:
                found.setdefault(code, {})[symbol] = line.reasons.get(symbol, "")
    elsewhere = {symbol for reasons in found.values() for symbol in reasons}
    elsewhere |= {symbol for line in lines for symbol in line.approved}
    refusals = [RefusedSymbols(code, tuple(sorted(reasons.items()))) for code, reasons in found.items()]
    ordered = tuple(sorted(refusals, key=lambda one: (-len(one.reasons), one.code)))
    return ordered, tuple(sorted(waited.keys() - elsewhere))


def _parse(raw: bytes) -> _Line | None:
    """A line of ours, or None for a torn one."""
    try:
        document: dict[str, Any] = json.loads(raw)
        at = datetime.fromisoformat(document["at"])
        if at.tzinfo is None:
            return None
        mode_failed = _failed(document["mode_gates"])
        return _Line(
            at=at,
            mode=document["mode"],
            mode_reason=mode_failed[0][1] if mode_failed else LIVE_REASON,
            failed=_failed(document["entry_gates"]),
            approved=frozenset(name.symbol for name in map(parse_name, document["approved"]) if name is not None),
            refused={str(symbol): str(code) for symbol, code in document["refused"].items()},
            reasons={str(symbol): str(reason) for symbol, reason in document.get("reasons", {}).items()},
            caps=_caps(document.get("caps")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        return None


def _failed(answers: list[list[str]]) -> tuple[tuple[str, str], ...]:
    """The gates that said No, and why. What could not be asked has its turn when nothing known stands against it."""
    noes = [row for row in answers if row[1] != Status.PASS.value]
    known = [row for row in noes if row[1] != Status.NO_DATA.value]
    return tuple((str(row[0]), str(row[3])) for row in known or noes)


def _caps(found: dict[str, Any] | None) -> Caps | None:
    if found is None:
        return None
    gross, per_symbol = parse_plain(found["gross_notional"]), parse_plain(found["per_symbol"])
    if gross is None or per_symbol is None:
        return None
    return Caps(int(found["orders_per_day"]), int(found["positions"]), gross, per_symbol)
