"""What the watch makes of heartbeat.json and of systemd's own answers."""

from __future__ import annotations

import pytest

from execution.checks.silence import off


def unit(name: str, active: str = "active", load: str = "loaded", enabled: str = "enabled") -> str:
    return f"Id={name}\nLoadState={load}\nActiveState={active}\nUnitFileState={enabled}"


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([unit("execution.timer"), unit("scanner.timer")], ""),
        ([unit("execution.timer", "inactive")], "execution.timer"),
        ([unit("execution.timer", "inactive"), unit("execution-loop.timer")], ""),
        ([unit("execution.timer", "failed"), unit("execution-loop.timer", "inactive")], "execution.timer"),
        ([unit("execution.timer", "inactive", "not-found", "")], ""),
        ([unit("execution.timer"), unit("scanner.timer", "inactive")], "scanner.timer"),
        ([unit("execution.timer"), unit("scanner.timer", "inactive", enabled="disabled")], ""),
        ([unit("execution.timer", "inactive"), unit("scanner.timer", "failed")], "execution.timer, scanner.timer"),
        ([], ""),
    ],
)
def test_timers_that_ought_to_run_and_do_not(units: list[str], expected: str) -> None:
    assert off("\n\n".join(units)) == expected
