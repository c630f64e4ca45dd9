"""Runs the `scanner` command: lists its verbs; `gates.base.commandline` finds and runs the one that is typed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gates.base.commandline import Program

GROUPS = {
    "Each day": {
        "run": "before the open: refresh the bars, find setups, write the watchlist",
        "show": "the session's list, or one symbol: why it is, or is not, on it",
        "plot": "a chart of one symbol as PNG",
    },
    "Behind it": {
        "universe": "show or refresh the list of stocks that are looked at",
        "bars": "show or update the stored daily bars",
        "replay": "past mornings' lists, and what became of them",
        "completion": "print what bash, zsh or fish needs to complete our verbs",
    },
}

EPILOG = """`scanner VERB --help` teaches one verb.

exit codes: 0 done (an empty list is a list), 1 no list was written (the reason
is said), 64 usage, 69 Alpaca unreachable or refusing, 70 a bug, 74 state not
writable or readable, 75 another scanner is at work, 78 settings"""

SCANNER = Program("scanner", "scanner.cli", GROUPS, EPILOG, cleaner="scanner.traceback", reader="scanner.settings")


def main(argv: Sequence[str] | None = None) -> int:
    return SCANNER.run(argv)


if __name__ == "__main__":
    sys.exit(main())
