"""State directory, disk, clocks, timers, session table: each at its limits, the whole finding compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.checks import GOOD, facts
from support.facts import GOOD_MARKET, HALF_DAY, new_york

from execution.checks import machine
from execution.checks.facts import Directory, Unit
from execution.checks.finding import Check, Finding, Unknown, ask, failed, no_data, passed, warning
from execution.checks.host import TIMERS
from execution.state.directory import StateRecord
from gates.base.record import replace
from gates.base.sessions import SessionTable

MIB = 1024 * 1024
ROOM = "make room: old journals, logs, snapshots; never files of the ledger"
SET_CLOCK = "set the host's clock (timedatectl set-ntp true)"


def directory(**changes: Any) -> Directory:
    assert isinstance(GOOD.directory, Directory)
    return replace(GOOD.directory, **changes)


def test_state_dir() -> None:
    good = "mode 0700, writable, in use since 2026-11-02"
    assert machine.state_dir(GOOD) == passed(f"{good}, bound to account PA3TEST")
    unbound = facts(record=StateRecord(1, new_york("2026-11-02"), None))
    assert machine.state_dir(unbound) == passed(f"{good}, not bound to an account yet")
    assert machine.state_dir(facts(directory=directory(mode=0o750))) == warning(
        "open to others (0750, want 0700)", "the next cycle closes it; look who opened it"
    )
    assert machine.state_dir(facts(directory=directory(writable=False))) == failed(
        "takes no writes", "nothing can be sent that cannot be recorded: mend owner, mode or mount"
    )


@pytest.mark.parametrize("lost", ["directory", "record"])
def test_a_state_dir_that_is_not_there_is_no_data(lost: str) -> None:
    unknown = facts(**{lost: Unknown("state.json: missing", "run `execution init`")})
    answer = ask(Check("state_dir", "?", machine.state_dir), unknown)
    assert answer.finding == no_data("state.json: missing", "run `execution init`")


@pytest.mark.parametrize(
    ("free", "total", "inodes", "finding"),
    [
        (
            5120 * MIB,
            20480 * MIB,
            900_000,
            passed("5120 MiB free (limit 10 MiB, 25.0 % of the disk), 900000 inodes free (limit 100)"),
        ),
        (100 * MIB, 10000 * MIB, None, passed("100 MiB free (limit 10 MiB, 1.0 % of the disk)")),
        (100 * MIB - 1, 10000 * MIB, None, warning("99 MiB free (limit 10 MiB, 1.0 % of the disk)", ROOM)),
        (10 * MIB, 10 * MIB, None, warning("10 MiB free (limit 10 MiB, 100.0 % of the disk)", ROOM)),
        (10 * MIB - 1, 10000 * MIB, None, failed("9 MiB free (limit 10 MiB, 0.1 % of the disk)", ROOM)),
        (0, 0, None, failed("0 MiB free (limit 10 MiB, no size told)", ROOM)),
        (
            500 * MIB,
            1000 * MIB,
            999,
            warning("500 MiB free (limit 10 MiB, 50.0 % of the disk), 999 inodes free (limit 100)", ROOM),
        ),
        (
            500 * MIB,
            1000 * MIB,
            99,
            failed("500 MiB free (limit 10 MiB, 50.0 % of the disk), 99 inodes free (limit 100)", ROOM),
        ),
    ],
)
def test_disk(free: int, total: int, inodes: int | None, finding: Finding) -> None:
    found = directory(free_bytes=free, total_bytes=total, free_inodes=inodes)
    assert machine.disk(facts(directory=found)) == finding


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, passed("skew 0.4s (limit 5s); both say open")),
        ({"skew_seconds": Decimal("-2.5")}, passed("skew -2.5s (limit 5s); both say open")),
        ({"skew_seconds": Decimal("2.6")}, warning("skew 2.6s (limit 5s): more than half of it", SET_CLOCK)),
        ({"skew_seconds": Decimal(5)}, warning("skew 5.0s (limit 5s): more than half of it", SET_CLOCK)),
        ({"skew_seconds": Decimal("5.1")}, failed("skew 5.1s (limit 5s)", SET_CLOCK)),
        ({"skew_seconds": Decimal("-7205")}, failed("skew -7205.0s (limit 5s)", SET_CLOCK)),
        ({"broker_open": False, "open_by_table": False}, passed("skew 0.4s (limit 5s); both say closed")),
        (
            {"broker_open": False},
            failed(
                "skew 0.4s (limit 5s); broker says closed, our table says open",
                "compare sessions.json with the exchange's calendar",
            ),
        ),
        (
            {"broker_problem": "clock: ReadTimeout"},
            no_data("broker clock not known (clock: ReadTimeout)", "see the check `broker`"),
        ),
    ],
)
def test_clock(changes: dict[str, Any], finding: Finding) -> None:
    assert machine.clock(facts(market=replace(GOOD_MARKET, **changes))) == finding


def test_time_synchronisation() -> None:
    assert machine.time_sync(GOOD) == passed("the system clock is synchronised")
    assert machine.time_sync(facts(time_synchronised=False)) == warning(
        "the system clock is not synchronised", "timedatectl set-ntp true"
    )


def units(**changes: Unit | None) -> tuple[Unit, ...]:
    named = {name: Unit(name, "loaded", "active") for name in TIMERS}
    for name, unit in changes.items():
        full = name.replace("_", "-") + ".timer"
        if unit is None:
            del named[full]
        else:
            named[full] = replace(unit, name=full)
    return tuple(named.values())


ENABLE = "systemctl enable --now the timer"


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (units(), passed("5 of 5 timers active")),
        (
            units(execution_watch=Unit("", "not-found", "inactive"), execution=Unit("", "loaded", "inactive")),
            warning("3 of 5 timers active; not installed: execution-watch.timer; not active: execution.timer", ENABLE),
        ),
        (
            tuple(replace(unit, load="not-found", active="inactive") for unit in units()),
            no_data(
                "no timer of ours is installed here",
                "cycles are started another way? else `execution units` installs them",
            ),
        ),
        (units(scanner=None), warning("4 of 5 timers active; not installed: scanner.timer", ENABLE)),
        (
            (*units(execution=Unit("", "loaded", "inactive")), Unit("execution-loop.timer", "loaded", "active")),
            passed("5 of 5 timers active"),
        ),
        (
            (*units(execution=Unit("", "loaded", "inactive")), Unit("execution-loop.timer", "loaded", "inactive")),
            warning("4 of 5 timers active; not active: execution.timer", ENABLE),
        ),
        (
            (*units(), Unit("execution.service", "loaded", "failed")),
            failed("failed: execution.service", "journalctl -u execution.service -n 50; then systemctl reset-failed"),
        ),
        (
            (*units(), Unit("execution-summary.service", "loaded", "failed")),
            warning(
                "failed: execution-summary.service",
                "journalctl -u execution-summary.service -n 50; then systemctl reset-failed",
            ),
        ),
    ],
)
def test_timers(found: tuple[Unit, ...], finding: Finding) -> None:
    assert machine.timers(facts(units=found)) == finding


def test_timers_keep_nobody_from_practising() -> None:
    broken = (*units(), Unit("execution.service", "loaded", "failed"))
    assert machine.timers(facts(units=broken, on_simulator=True)) == no_data(
        "failed: execution.service (the simulated broker needs none)",
        "journalctl -u execution.service -n 50; then systemctl reset-failed",
    )
    assert machine.timers(facts(on_simulator=True)) == passed("5 of 5 timers active")


REFRESH = "`scanner run` refreshes it"
CLOSE = "next close 2026-11-20 16:00:00 EST"


def test_the_session_table() -> None:
    assert machine.sessions(GOOD) == warning(f"{CLOSE}; 14 days left in the table (limit 30)", REFRESH)
    earlier = facts(now=new_york("2026-11-04 09:00"))
    assert machine.sessions(earlier) == passed(f"{CLOSE}; 30 days left in the table (limit 30)")
    half = facts(now=new_york("2026-11-04 09:00"), session=GOOD.table.on(HALF_DAY))
    assert machine.sessions(half) == passed(
        "next close 2026-11-27 13:00:00 EST; 30 days left in the table (limit 30), a half-day"
    )
    assert machine.sessions(facts(session=None)) == failed("the table does not know today (ends 2026-12-04)", REFRESH)
    back = "`scanner run` or `execution init` puts a good one back"
    assert machine.sessions(facts(table_problem="unreadable: digest")) == failed("unreadable: digest", back)
    assert machine.sessions(facts(table=SessionTable(()))) == failed("the table is empty", back)
