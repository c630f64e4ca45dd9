"""Says a check's answer as a Nagios plugin does: service, word, evidence, and the measured age for graphs. Pure.

    EXECUTION OK - last cycle 12s ago (limit 120s), exit 0, mode LIVE | age=12s;60;120

Nagios, Icinga and their kin read the exit code (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN) and, behind the stroke, the
value with the two limits it is judged by. Half of WATCH_SILENT_SECONDS is a warning there, all of it critical.
"""

from __future__ import annotations

from enum import Enum

from execution.checks.finding import Result

SERVICE = "EXECUTION"
NOT_MEASURED = "U"
"""Nagios' own word for a value that there is none of now."""


class NagiosState(Enum):
    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


STATES = {
    Result.PASS: NagiosState.OK,
    Result.WARN: NagiosState.WARNING,
    Result.FAIL: NagiosState.CRITICAL,
    Result.NO_DATA: NagiosState.UNKNOWN,
}


def state_of(result: Result, age_seconds: float | None, limit_seconds: int) -> NagiosState:
    """The answer's state; a cycle that is late by half the limit is a warning before it is a failure."""
    late = age_seconds is not None and age_seconds > limit_seconds // 2
    return NagiosState.WARNING if late and result is Result.PASS else STATES[result]


def line(state: NagiosState, evidence: str, age_seconds: float | None, limit_seconds: int) -> str:
    """One line; a stroke in the evidence would begin the data."""
    age = NOT_MEASURED if age_seconds is None else f"{age_seconds:.0f}s"
    said = evidence.replace("|", "/")
    return f"{SERVICE} {state.name} - {said} | age={age};{limit_seconds // 2};{limit_seconds}"
