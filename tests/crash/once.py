"""One verb in a cold process with a clock it is handed, so that strace can stand in front of it.

    python -m crash.once JOB        a job as `crash.forks` takes it, without `die_at`

Where a fork dies at a step of Python, this dies at a call to the kernel.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta

from crash.commands import FixedClock, carry_out


def main(job: str) -> int:
    asked = json.loads(job)
    now = datetime.fromisoformat(asked["now"])
    return carry_out(asked["verb"], asked["environ"], FixedClock(now, now - timedelta(hours=1)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
