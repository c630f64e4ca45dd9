"""A Nagios plugin's words, codes and data."""

from __future__ import annotations

import pytest

from execution.checks.finding import Result
from execution.checks.nagios import State, line, state_of


@pytest.mark.parametrize(
    ("result", "age", "state"),
    [
        (Result.PASS, None, State.OK),
        (Result.PASS, 0, State.OK),
        (Result.PASS, 60, State.OK),
        (Result.PASS, 60.1, State.WARNING),
        (Result.WARN, 0, State.WARNING),
        (Result.FAIL, 61, State.CRITICAL),
        (Result.FAIL, None, State.CRITICAL),
        (Result.NO_DATA, 61, State.UNKNOWN),
    ],
)
def test_the_word_is_that_of_the_limits_which_are_told(result: Result, age: float | None, state: State) -> None:
    assert state_of(result, age, 120) is state


def test_the_codes_are_nagios() -> None:
    assert {state.name: state.value for state in State} == {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


def test_one_line_with_its_data() -> None:
    assert line(State.OK, "last cycle 12s ago", 12.4, 120) == "EXECUTION OK - last cycle 12s ago | age=12s;60;120"
    assert line(State.UNKNOWN, "a|b", None, 0) == "EXECUTION UNKNOWN - a/b | age=U;0;0"
