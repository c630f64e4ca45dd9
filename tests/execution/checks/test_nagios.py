"""A Nagios plugin's words, codes and data."""

from __future__ import annotations

import pytest

from execution.checks.finding import Result
from execution.checks.nagios import NagiosState, line, state_of


@pytest.mark.parametrize(
    ("result", "age", "state"),
    [
        (Result.PASS, None, NagiosState.OK),
        (Result.PASS, 0, NagiosState.OK),
        (Result.PASS, 60, NagiosState.OK),
        (Result.PASS, 60.1, NagiosState.WARNING),
        (Result.WARN, 0, NagiosState.WARNING),
        (Result.FAIL, 61, NagiosState.CRITICAL),
        (Result.FAIL, None, NagiosState.CRITICAL),
        (Result.NO_DATA, 61, NagiosState.UNKNOWN),
    ],
)
def test_the_word_is_that_of_the_limits_which_are_told(result: Result, age: float | None, state: NagiosState) -> None:
    assert state_of(result, age, 120) is state


def test_the_codes_are_nagios() -> None:
    assert {state.name: state.value for state in NagiosState} == {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


def test_one_line_with_its_data() -> None:
    assert line(NagiosState.OK, "last cycle 12s ago", 12.4, 120) == "EXECUTION OK - last cycle 12s ago | age=12s;60;120"
    assert line(NagiosState.UNKNOWN, "a|b", None, 0) == "EXECUTION UNKNOWN - a/b | age=U;0;0"
