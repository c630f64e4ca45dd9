"""Runs the `execution` command: lists its verbs; `gates.base.commandline` finds and runs the one that is typed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from execution import CLEANER
from gates.base.commandline import Program

GROUPS = {
    "Each day": {
        "run": "one cycle: ask every gate, then submit (LIVE) or record (DRY_RUN)",
        "watchlist": "show the session's watchlist, or import one from a CSV",
        "morning": "the morning list, as checks",
        "close-day": "the list for after the close, as checks",
        "summary": "one session in short: orders, profit, refusals; --send: Slack",
        "sweep": "after the close: cancel what is left of the session's entries",
    },
    "Knowing": {
        "status": "is it running, in which mode, what was done today",
        "gates": "every gate's answer right now",
        "why": "the whole chain of answers for one symbol",
        "report": "one session in full: orders' histories, refusals, exits",
        "export": "orders and exits of many sessions, for spreadsheets, taxes",
        "health": "one line for monitors: do cycles run when due? exit 0, 1 or 2",
    },
    "Results": {
        "trades": "each trade with its exits: price, slippage, result, R, held",
        "performance": "win rate, R, expectancy, drawdown of many trades together",
        "equity": "the account at each close, beside SPY",
        "note": "keep a note on a trade",
    },
    "LIVE on and off": {
        "preflight": "what must hold before a LIVE start; keeps a record for arm",
        "go-nogo": "the runbook's six boxes before LIVE, each with its evidence",
        "arm": "make LIVE possible for a session: the second key and a record",
        "disarm": "take LIVE away: remove token and record",
        "token": "write the confirm token alone, for one session",
    },
    "Stopping": {
        "pause": "open nothing until resume",
        "resume": "end a pause",
        "kill": "no new order leaves; with --broker the broker refuses them too",
        "unkill": "end a kill, with a reason",
        "cancel-all": "cancel every open order at the broker; exit 1 until none is open",
        "flatten": "cancel all, sell all positions; exit 1 until nothing is left",
        "latches": "show what is latched, or clear a latch with a reason",
    },
    "Records": {
        "ledger": "show, verify, rebuild, settle or export the daily ledger",
        "evidence": "one file of everything about an incident, without secrets",
        "snapshot": "keep how this host is set up: settings, .env, units, versions",
        "snapshots": "list what was kept",
        "diff": "what changed between two snapshots, or since one",
        "rollback": "put .env and unit files back as a snapshot has them",
    },
    "Practising": {
        "drill": "a whole LIVE session in fast-forward, on a scratch account",
        "sim": "steer the simulated broker: clock, prices, what goes wrong",
    },
    "This machine": {
        "init": "make the state directory; once",
        "doctor": "every check of this installation, with evidence and what to do",
        "units": "install the systemd units, compare or remove them",
        "watch": "is the service alive: tells when it is silent, sends what waits",
        "failed": "tell that a systemd unit failed (for OnFailure=)",
        "completion": "print what bash, zsh or fish needs to complete our verbs",
    },
}

EPILOG = """`execution VERB --help` teaches one verb.

exit codes: 0 done (also when gates or market are closed), 1 not finished,
64 usage, 69 broker unreachable, 70 a bug, 74 state not writable or readable,
75 another process is at work, 78 settings; checks: 0 PASS, 1 WARN, 2 FAIL"""

EXECUTION = Program(
    "execution",
    "execution.cli",
    GROUPS,
    EPILOG,
    cleaner=CLEANER,
    reader="execution.settings.parsing",
    # These write where root alone may, and read nothing that the owner of the state directory wrote.
    stay_root=frozenset({"units", "snapshot", "snapshots", "diff", "rollback"}),
    read_journal=frozenset({"evidence"}),
)


def main(argv: Sequence[str] | None = None) -> int:
    return EXECUTION.run(argv)


if __name__ == "__main__":
    sys.exit(main())
