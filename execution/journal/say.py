"""Writes gate and plan lines into the journal, each at its own priority."""

from __future__ import annotations

from execution.journal import lines as journal_lines
from execution.ledger import unreadable
from execution.planning.plan import Plan
from execution.service import Service
from execution.view.broker_view import BrokerView
from execution.view.look import Look
from gates.base.logs import Level, LineKind
from gates.verdict import refusals


def say_gates(service: Service, seen: Look) -> None:
    """The lines of each gate. What the mode's gates have said already, the same gate of entries does not say again."""
    journal = service.journal
    failed = refusals(seen.mode_answers)
    everyday = bool(failed) and failed[0].gate in journal_lines.EVERYDAY
    level = Level.INFO if everyday or not failed else Level.WARNING
    journal.line(level, journal_lines.mode_line(seen.mode_answers), LineKind.MODE)
    lines = [journal_lines.gate_line(answer) for answer in journal_lines.further(seen.mode_answers)]
    lines += [journal_lines.allowlist_line(service.settings.allowlist_symbols)]
    lines += [journal_lines.caps_line(service.settings.caps)]
    for line in lines:
        journal.line(Level.INFO, line, LineKind.GATE)
    level = Level.INFO if seen.may_enter else Level.WARNING
    journal.line(level, journal_lines.watchlist_line(seen.entry_answers), LineKind.GATE)
    said = {(answer.gate, answer.verdict.reason) for answer in journal_lines.further(seen.mode_answers)}
    for answer in journal_lines.further(seen.entry_answers):
        if answer.gate != journal_lines.WATCHLIST and (answer.gate, answer.verdict.reason) not in said:
            journal.line(Level.WARNING, journal_lines.gate_line(answer), LineKind.GATE)
    journal.line(level, journal_lines.entries_line(seen.entry_answers), LineKind.GATE)


def say_unreadable(service: Service, view: BrokerView) -> None:
    for odd in view.unreadable:
        service.journal.warning(unreadable.line(odd))


def say_plan(service: Service, plan: Plan, seen: Look) -> None:
    """A line per row in the list's order, passes and refusals alike; a row that only waits for its price has none."""
    place = {row.symbol: number for number, row in reversed([*enumerate(seen.rows)])}
    said = [(approved.symbol, journal_lines.approved_line(approved)) for approved in plan.approved]
    said += [(one.symbol, journal_lines.refused_line(one)) for one in plan.refused if not one.waiting]
    for _, line in sorted(said, key=lambda one: place[one[0]]):
        service.journal.line(Level.INFO, line, LineKind.GATE)
    if seen.may_enter:
        service.journal.info(journal_lines.plan_line(plan))
