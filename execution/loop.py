"""Runs cycle after cycle in one process: the alternative to a timer, and the way to practise a session in a second.

Every cycle is the same code a timer would start, one after the other, never two at once. A cycle that fails
is said and the next one begins anew; only what no later cycle can mend ends the loop (settings, a state dir
that takes no write). SIGTERM between cycles ends it at once; within one, the cycle is finished first, so that
nothing stops between an order's leaving and its answer.
"""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self

from execution import CLEANER
from execution.service import Service
from gates.base.clock import Clock
from gates.base.commandline import cleaned
from gates.base.errors import EXIT_BUG, EXIT_DONE, EXIT_SETTINGS, EXIT_STATE, LockHeld
from gates.base.locks import only_one
from gates.base.logs import AnswerFact, Journal, Level, LineKind
from gates.base.record import dataclass, field, fields, replace
from gates.base.repeats import Repeats
from gates.base.systemd import Notifier

ENDING = (EXIT_SETTINGS, EXIT_STATE)


@dataclass(frozen=True, slots=True)
class LoopBounds:
    """Says how long a loop pauses between cycles, and when it ends."""

    cycle_seconds: int
    max_cycles: int | None
    until_close: bool
    log_repeats: int = 1
    """What a cycle says as the one before did is printed every so many cycles."""


def run_loop(service: Service, cycle: Callable[[Service], int], bounds: LoopBounds, notifier: Notifier) -> int:
    """The last cycle's exit code, or 0 when it was asked to stop."""
    heard: list[str] = []
    repeats = Repeats(bounds.log_repeats)
    service = replace(service, journal=_in_a_loop(service.journal, heard, repeats))
    cycles = 0
    with StopSignal() as stop:
        notifier.ready()
        while True:
            notifier.alive()
            repeats.begin_cycle()
            code = _survived(service, cycle)
            cycles += 1
            notifier.alive()
            notifier.status(f"{heard[-1] if heard else f'exit {code}'} (cycle {cycles})")
            heard.clear()
            if code in ENDING or cycles == bounds.max_cycles:
                return code
            stop.sleep(service.clock, bounds.cycle_seconds)
            if stop.requested:
                notifier.stopping()
                service.journal.info(f"Asked to stop after {cycles} cycles")
                return EXIT_DONE
            if bounds.until_close and service.table.open_at(service.clock.now()) is None:
                with suppress(LockHeld), only_one(service.state.lock):
                    service.begin_cycle()  # a simulated clock keeps the pause that led past the close
                service.journal.info(f"Session over after {cycles} cycles")
                return code


def _survived(service: Service, cycle: Callable[[Service], int]) -> int:
    try:
        return cycle(service)
    except Exception:  # noqa: BLE001 - positions are still to be looked after, by the next cycle
        said = cleaned(traceback.format_exc(), CLEANER)
        for line in f"this is a bug of ours, nothing of yours:\n{said}".splitlines():
            service.journal.error(line)
        return EXIT_BUG


class StopSignal:
    """Takes SIGTERM: cuts a sleep short and lets a cycle finish."""

    def __init__(self) -> None:
        self.requested = False
        self._asleep = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, self._asked)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def sleep(self, clock: Clock, seconds: float) -> None:
        try:
            self._asleep = True
            if not self.requested:
                clock.sleep(seconds)
            self._asleep = False
        except Woken:
            self._asleep = False

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
        if self._asleep:
            self._asleep = False
            raise Woken


class Woken(Exception):
    """Ends a sleep; the signal handler raises it there and nowhere else."""


@dataclass(frozen=True, slots=True)
class LoopJournal(Journal):
    """Leaves out what cycles repeat, and keeps the line that says what a cycle was: its mode, or why there was none."""

    heard: list[str] = field(default_factory=list)
    repeats: Repeats = field(default_factory=lambda: Repeats(1))

    def line(self, level: Level, text: str, kind: LineKind = LineKind.PLAIN, fact: AnswerFact = ()) -> None:
        if kind in (LineKind.MODE, LineKind.SKIPPED) or level is Level.ERROR:
            self.heard.append(text)
        Journal.line(self, level, text, kind, fact)

    def is_due(self, fact: AnswerFact) -> bool:
        return self.repeats.is_due(fact)


def _in_a_loop(journal: Journal, heard: list[str], repeats: Repeats) -> LoopJournal:
    as_it_was = {one.name: getattr(journal, one.name) for one in fields(Journal)}
    return LoopJournal(**as_it_was, heard=heard, repeats=repeats)
