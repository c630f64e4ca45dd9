"""What it costs to measure ten years of trades: the whole verb, from the archives to its figures, in a cold process.

The peer only reads the same files with the standard library and checks their seals; it makes no trade of them.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from support.archives import Archives, lay, made, weekdays

from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import Lab, Sample, Work, expect, work
from execution.state.directory import StateDir
from gates.mode import Mode

SESSIONS, ORDERS_A_DAY = 2520, 5
MOST_SECONDS, MOST_RATIO = 2.0, 3.0


def measure(lab: Lab) -> Results:
    root = lab.directory("years") / "state"
    sessions = 250 if lab.small else SESSIONS
    env = {"AVWAP_STATE_DIR": str(root), "AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated"}
    lab.take(Work("init", [lab.python, "-m", "execution", "init"], env))
    ledgers = list(made(Archives(weekdays(date(2016, 11, 21), sessions), ORDERS_A_DAY)))
    lay(root, ledgers)
    brought = sum((one.realized or Decimal(0) for ledger in ledgers for one in ledger.exits), Decimal(0))

    def check(sample: Sample) -> None:
        told = json.loads(sample.said)
        found = sum((Decimal(one["realized"]) for one in told["series"]), Decimal(0))
        expect(found == brought, f"realised {found}, the exits say {brought}")
        expect(told["all"]["trades"] + told["bought_nothing"] == sessions * ORDERS_A_DAY, "other trades")

    argv = [lab.python, "-m", "execution", "performance", "--by", "exit", "--json"]
    bare = work("bare", lab.python, "years_bare.py", StateDir(root).ledger(Mode.LIVE).archive_dir)
    taken = lab.in_turn(Work("ours", argv, env, check=check), bare)
    ours, peer = (Taken.of([one.seconds for one in taken[name]]) for name in ("ours", "bare"))
    what = f"performance of {sessions * ORDERS_A_DAY:,} orders in {sessions:,} archives"
    name = "json and sha256 alone"
    return Results(
        [
            Figure("years.seconds", what, "s", ours, most=None if lab.small else MOST_SECONDS),
            Figure("years.ratio", what, "s", ours, name, peer, most=MOST_RATIO),
        ]
    )

