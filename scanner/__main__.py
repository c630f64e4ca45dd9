"""The `scanner` command: its verbs. `gates.common.commandline` runs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gates.common.commandline import Program

VERBS = {
    "run": "before the open: refresh the bars, find setups, write the session's watchlist",
    "show": "the session's list, or everything about one symbol, also why it is not on it",
    "universe": "show or refresh the list of stocks that are looked at",
    "bars": "show or update the stored daily bars",
    "plot": "a chart of one symbol as PNG",
    "replay": "what past mornings' lists would have been, and what became of them",
}

EPILOG = """exit codes: 0 done (an empty list is a list), 1 no list was written (the reason is said), 64 usage,
69 Alpaca unreachable or refusing, 70 a bug, 74 state not writable or not readable, 75 another scanner is
at work, 78 settings. `scanner VERB --help` teaches one verb."""

SCANNER = Program("scanner", "scanner.cli", VERBS, EPILOG)


def main(argv: Sequence[str] | None = None) -> int:
    return SCANNER.run(argv)


if __name__ == "__main__":
    sys.exit(main())
