"""Ours: one process, cycle after cycle on the same service, as `execution run --loop` does; what it holds
after so many of them.

Clock and venue stand still, so every cycle does the same, and what grows is a leak."""

import json
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

from execution.cli.run import one
from execution.wiring import open_service

MOMENT = datetime.fromisoformat(sys.argv[1])
MARKS = [int(mark) for mark in sys.argv[2].split(",")]


class Still:
    def now(self) -> datetime:
        return MOMENT

    def written_at(self, file_time: float) -> datetime:
        return MOMENT - timedelta(hours=1)

    def sleep(self, seconds: float) -> None:
        pass


def resident_kb() -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


service = open_service(os.environ, clock=Still())
held = {}
for number in range(1, max(MARKS) + 1):
    assert one(service) == 0
    if number in MARKS:
        held[number] = resident_kb()
print(json.dumps({"resident_kb": held}))
