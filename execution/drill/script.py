"""Lists the drill's steps in order: what is typed, what is set, and the lines that have to be seen.

A step passes when its command leaves with the expected exit code and every pattern is found in what it
said. The patterns are the contract lines of the journal, so a drill that passes has shown the operator
the words of the real day. `{account}` and `{csv}` are filled in by the stage.
"""

from __future__ import annotations

from collections.abc import Mapping

from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED
from gates.base.record import dataclass, field

CSV = """Symbol,Entry_Level,Stop_Loss,Target_R2
AAPL,100.00,97.00,106.00
MSFT,200.00,194.00,212.00
KO,50.00,48.50,53.00
"""
TOKEN = "{token}"
"""Stands for the confirm token, which is read from its file and never printed."""

DRY_RUN_DAY: Mapping[str, str] = {
    "BROKER": "simulated",
    "DRY_RUN": "1",
    "ENTRY_TRIGGER": "touch",
    "MAX_LIVE_ORDERS_PER_DAY": "2",
    "MAX_LIVE_POSITIONS": "3",
    "MAX_LIVE_GROSS_NOTIONAL": "2000",
    "MAX_LIVE_NOTIONAL_PER_SYMBOL": "500",
}
LIVE_DAY: Mapping[str, str | None] = {"DRY_RUN": None, "LIVE_TRADING": "1", "LIVE_CONFIRM_TOKEN": TOKEN}
DRY_RUN_AGAIN: Mapping[str, str | None] = {"DRY_RUN": "1", "LIVE_TRADING": None, "LIVE_CONFIRM_TOKEN": None}
OR_WARNED = (EXIT_DONE, EXIT_NOT_FINISHED)
"""A warning does not prevent arming; the last weeks of the session table bring one."""


@dataclass(frozen=True, slots=True)
class DrillStep:
    """One thing the operator does. `sets` is what changes in the service's environment before it."""

    title: str
    command: tuple[str, ...]
    sees: tuple[str, ...] = ()
    codes: tuple[int, ...] = (EXIT_DONE,)
    sets: Mapping[str, str | None] = field(default_factory=dict)


def _step(title: str, command: str, *sees: str, codes: tuple[int, ...] = (EXIT_DONE,), **sets: str | None) -> DrillStep:
    return DrillStep(title, tuple(command.split()), sees, codes, sets)


MORNING = (
    _step("A state directory and a simulated account", "init", r"simulated account"),
    _step("The session's watchlist", "watchlist import {csv} --session today", r"3 rows"),
    _step("AAPL trades above its entry", "sim price AAPL 100.10"),
    _step("MSFT too", "sim price MSFT 200.20"),
    _step("and KO", "sim price KO 50.05"),
    _step(
        "A cycle of the DRY_RUN week",
        "run",
        r"Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled",
        r"SUBMITTED AAPL: .* order_id=dry-run",
        r"Gate order KO status=FAIL reason=max orders/day reached \(2 of 2\)",
    ),
)

LIVE = (
    _step("What must hold before LIVE", "preflight", r"PASS", codes=OR_WARNED),
    _step("Arm until the close", "arm --confirm {account}", r"{account}"),
    _step("The broker will take AAPL and its answer will be lost", "sim behave AAPL lose-reply"),
    _step("nor will the first look find it", "sim behave AAPL hide --number 1"),
    _step("and MSFT will rest unfilled", "sim behave MSFT rest"),
    DrillStep(
        "LIVE: both keys set, DRY_RUN removed. One order goes out and comes back unknown, one hits the cap",
        ("run",),
        (
            r"Gate mode=LIVE status=PASS reason=live trading confirmed",
            r"Gate caps\(orders/day=2, positions=3, gross_notional=2000\.0, per_symbol=500\.0\)",
            r"UNKNOWN AAPL: ",
            r"SUBMITTED MSFT: ",
            r"Gate order KO status=FAIL reason=max orders/day reached \(2 of 2\) code=caps\.orders_per_day",
        ),
        sets=LIVE_DAY,
    ),
    _step(
        "A minute later the lost order is found and taken over; nothing is sent twice",
        "run",
        r"AAPL: filled=",
        r"Gate order AAPL status=FAIL reason=already entered today",
    ),
)

STOP = (
    _step("Kill", "kill --reason drill", r"KILL_SWITCH"),
    _step(
        "The next cycle stops LIVE and cancels what is unfilled",
        "run",
        r"Gate mode=DRY_RUN status=FAIL reason=kill switch active \(file\)",
        r"CANCEL MSFT: reason=kill switch active",
    ),
    _step("Cancel all that rests, stops included", "cancel-all --confirm {account}", r"DONE: nothing is open"),
    _step("Flatten, still killed: sell what is held", "flatten --confirm {account}", r"DONE: .*nothing is held"),
    _step("Look at it: killed, flat", "status", r"mode +DRY_RUN: kill switch active \(file\)"),
    _step("Disarm", "disarm", r"DISARMED"),
    _step("The cause is found: clear the latches", "latches clear cancel-all --reason drill", r"cleared: cancel-all"),
    _step("both left latched", "latches clear flatten --reason drill", r"cleared: flatten"),
    _step("and end the kill", "unkill --reason drill", r"KILL_SWITCH"),
    DrillStep(
        "Back to DRY_RUN in the service's environment",
        ("run",),
        (r"Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled",),
        sets=DRY_RUN_AGAIN,
    ),
)

EVENING = (
    _step("The session ends", "sim clock +6h"),
    _step("A cycle after the close", "run", r"Market closed; skipping cycle\."),
    _step("Sweep what might be left", "sweep", r"Swept, exit 0"),
    _step("Every digest and the chain of days", "ledger verify", r"digest and chain hold"),
    _step("The day in one page", "summary", r"AAPL"),
)

STEPS = (*MORNING, *LIVE, *STOP, *EVENING)

assert all({*step.codes} <= {EXIT_DONE, EXIT_NOT_FINISHED} for step in STEPS)
