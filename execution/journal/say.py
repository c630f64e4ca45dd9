"""Writes gate and plan lines into the journal, each at the priority it deserves."""

from __future__ import annotations

from execution.journal import lines as journal_lines
from execution.ledger import unreadable
from execution.planning.plan import Plan
from execution.service import Service
from execution.view.broker_view import BrokerView
from execution.view.look import Look
from gates.base.logs import Level
from gates.verdict import refusals


def say_gates(service: Service, seen: Look) -> None:
    journal = service.journal
    failed = refusals(seen.mode_answers)
    everyday = bool(failed) and failed[0].gate in journal_lines.EVERYDAY
    journal.line(Level.INFO if everyday or not failed else Level.WARNING, journal_lines.mode_line(seen.mode_answers))
    lines = [*journal_lines.further_lines(seen.mode_answers)]
    lines += [journal_lines.allowlist_line(service.settings.allowlist_symbols)]
    lines += [journal_lines.caps_line(service.settings.caps)]
    for line in lines:
        journal.info(line)
    entry_failures = [line for line in journal_lines.further_lines(seen.entry_answers) if line not in lines]
    level = Level.INFO if seen.may_enter else Level.WARNING
    journal.line(level, journal_lines.watchlist_line(seen.entry_answers))
    for line in entry_failures:
        if line != journal_lines.watchlist_line(seen.entry_answers):
            journal.warning(line)
    journal.line(level, journal_lines.entries_line(seen.entry_answers))


def say_unreadable(service: Service, view: BrokerView) -> None:
    for odd in view.unreadable:
        service.journal.warning(unreadable.line(odd))


def say_plan(service: Service, plan: Plan, seen: Look) -> None:
    """A line per row in the list's order, passes and refusals alike; a row that only waits for its price has none."""
    place = {row.symbol: number for number, row in reversed([*enumerate(seen.rows)])}
    said = [(approved.symbol, journal_lines.approved_line(approved)) for approved in plan.approved]
    said += [(one.symbol, journal_lines.refused_line(one)) for one in plan.refused if not one.waiting]
    for _, line in sorted(said, key=lambda one: place[one[0]]):
        service.journal.info(line)
    if seen.may_enter:
        service.journal.info(journal_lines.plan_line(plan))
