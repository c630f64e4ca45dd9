"""The `execution` command: its verbs. `gates.common.commandline` runs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gates.common.commandline import Program

VERBS = {
    "run": "one execution cycle: ask every gate, then submit (LIVE) or record (DRY_RUN)",
    "gates": "every gate's answer right now",
    "why": "the whole chain of answers for one symbol",
    "status": "is it running, in which mode, what was done today",
    "health": "for monitors: do cycles run when one is due? one line, exit 0, 1 or 2",
    "doctor": "every check of this installation, with evidence and what to do",
    "preflight": "what must hold before a LIVE start; keeps a record for arm",
    "go-nogo": "the runbook's six boxes before LIVE, each with its evidence",
    "morning": "the morning list, as checks",
    "close-day": "the list for after the close, as checks",
    "init": "make the state directory",
    "watchlist": "show the session's watchlist, or import one from a CSV",
    "ledger": "show, verify, rebuild or settle the daily ledger",
    "arm": "make LIVE possible for a session: token and record, bound to account, caps and host",
    "disarm": "take LIVE away: remove token and record",
    "token": "write the confirm token alone, for one session",
    "kill": "stop now: no new order leaves; with --broker the broker refuses them too",
    "unkill": "end a kill, with a reason",
    "pause": "open nothing until resume",
    "resume": "end a pause",
    "cancel-all": "cancel every open order at the broker; exit 1 until nothing is open",
    "flatten": "cancel every order and sell every position; exit 1 until nothing is left",
    "latches": "show what is latched, or clear a latch with a reason",
    "summary": "one session in short: orders, profit, refusals, closed gates; --send tells Slack",
    "report": "one session in full: every order's history, every refusal, every exit",
    "export": "orders and exits of many sessions as rows, for spreadsheets and taxes",
    "sweep": "after the close: cancel what is left of the session's entries",
    "snapshot": "keep how this host is set up: settings, .env, unit files, versions",
    "snapshots": "list what was kept",
    "diff": "what changed between two snapshots, or since one",
    "rollback": "put .env and unit files back as a snapshot has them",
    "evidence": "one file of everything about an incident, without secrets",
    "watch": "is the service alive; tells once when it is silent, flushes what waits to be told",
    "failed": "tell that a systemd unit failed (for OnFailure=)",
    "drill": "a whole session in fast-forward on a scratch simulated account, from arming to disarming",
    "sim": "look at and steer the simulated broker",
    "units": "install the systemd units, show what that would change, remove them",
}

EPILOG = """exit codes: 0 done (also when gates or market are closed), 1 not finished, 64 usage,
69 broker unreachable, 70 a bug, 74 state not writable or not readable, 75 another process is at work,
78 settings. `execution VERB --help` teaches one verb."""

EXECUTION = Program("execution", "execution.cli", VERBS, EPILOG, cleaner="execution.keeping.cleaning")


def main(argv: Sequence[str] | None = None) -> int:
    return EXECUTION.run(argv)


if __name__ == "__main__":
    sys.exit(main())
