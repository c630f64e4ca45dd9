"""Ours: `execution run`, cold, with the wall clock standing at the moment of the first argument."""

import sys
from datetime import datetime, timedelta

from gates.base.clock import WallClock

MOMENT = datetime.fromisoformat(sys.argv[1])
WallClock.now = lambda self: MOMENT  # type: ignore[method-assign]
WallClock.written_at = lambda self, file_time: MOMENT - timedelta(hours=1)  # type: ignore[method-assign]

from execution.__main__ import main  # noqa: E402 - the clock stands before anything reads it

sys.exit(main(["run"]))
