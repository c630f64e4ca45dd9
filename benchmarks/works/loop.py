"""Ours: `execution run --loop`, and what the process holds in the pause after so many cycles.

Clock and venue stand still and no pause is slept, so every cycle does the same, and what grows is a leak."""

import json
import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from gates.base.clock import WallClock

MOMENT = datetime.fromisoformat(sys.argv[1])
MARKS = [int(mark) for mark in sys.argv[2].split(",")]
WallClock.now = lambda self: MOMENT  # type: ignore[method-assign]
WallClock.written_at = lambda self, file_time: MOMENT - timedelta(hours=1)  # type: ignore[method-assign]
held: dict[int, int] = {}
pauses = 0


def pause(seconds: float) -> None:
    global pauses
    pauses += 1
    if pauses in MARKS:
        found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
        assert found is not None
        held[pauses] = int(found[1])


time.sleep = pause

from execution.__main__ import main  # noqa: E402 - the clock stands before anything reads it

code = main(["run", "--loop", "--cycle-seconds", "60", "--max-cycles", str(max(MARKS) + 1)])
assert code == 0 and list(held) == MARKS, (code, held)
print(json.dumps({"resident_kb": held}))
