"""Writes gate and plan lines into the journal, each at its own priority."""

from __future__ import annotations

from execution.journal import lines as journal_lines
from execution.ledger import unreadable
from execution.planning.plan import Plan
from execution.service import Service
from execution.view.broker_view import BrokerView
from execution.view.look import Look
from gates.base.logs import AnswerFact, Level, LineKind
from gates.mode import LIVE_REASON, entries_verdict
from gates.verdict import Answer, refusals, strictest


def say_gates(service: Service, seen: Look) -> None:
    """The lines of each gate. What the mode's gates have said already, the same gate of entries does not say again."""
    journal = service.journal
    failed = refusals(seen.mode_answers)
    everyday = bool(failed) and failed[0].gate in journal_lines.EVERYDAY
    level = Level.INFO if everyday or not failed else Level.WARNING
    journal.line(level, journal_lines.mode_line(seen.mode_answers), LineKind.MODE, ("mode", mode_code(seen)))
    for answer in journal_lines.further(seen.mode_answers):
        journal.line(Level.INFO, journal_lines.gate_line(answer), LineKind.GATE, fact_of("mode", answer))
    for line in (
        journal_lines.allowlist_line(service.settings.allowlist_symbols),
        journal_lines.caps_line(service.settings.caps),
    ):
        journal.line(Level.INFO, line, LineKind.GATE, (line,))
    level = Level.INFO if seen.may_enter else Level.WARNING
    list_line = journal_lines.watchlist_line(seen.entry_answers)
    journal.line(level, list_line, LineKind.GATE, (list_line,))
    said = {(answer.gate, answer.verdict.reason) for answer in journal_lines.further(seen.mode_answers)}
    for answer in journal_lines.further(seen.entry_answers):
        if answer.gate != journal_lines.WATCHLIST and (answer.gate, answer.verdict.reason) not in said:
            journal.line(Level.WARNING, journal_lines.gate_line(answer), LineKind.GATE, fact_of("entries", answer))
    entries = entries_verdict(seen.entry_answers)
    fact = ("entries", entries.status.value, entries.code)
    journal.line(level, journal_lines.entries_line(seen.entry_answers), LineKind.GATE, fact)


def mode_code(seen: Look) -> str:
    """Why it is this mode, without numbers."""
    return f"{seen.mode.value} {strictest(seen.mode_answers, LIVE_REASON).code}"


def fact_of(family: str, answer: Answer) -> AnswerFact:
    return (family, answer.gate, answer.verdict.status.value, answer.verdict.code)


def say_unreadable(service: Service, view: BrokerView) -> None:
    for odd in view.unreadable:
        service.journal.warning(unreadable.line(odd))


def say_plan(service: Service, plan: Plan, seen: Look) -> None:
    """A line per row in the list's order, passes and refusals alike; a row that only waits for its price has none."""
    place = {row.symbol: number for number, row in reversed([*enumerate(seen.rows)])}
    said: list[tuple[str, str, AnswerFact]] = [
        (one.symbol, journal_lines.approved_line(one), ()) for one in plan.approved
    ]
    said += [
        (one.symbol, journal_lines.refused_line(one), ("order", one.symbol, one.verdict.code))
        for one in plan.refused
        if not one.waiting
    ]
    for _, line, fact in sorted(said, key=lambda one: place[one[0]]):
        service.journal.line(Level.INFO, line, LineKind.GATE, fact)
    if seen.may_enter:
        nothing_new = () if plan.approved else ("plan",)
        service.journal.line(Level.INFO, journal_lines.plan_line(plan), LineKind.PLAIN, nothing_new)
