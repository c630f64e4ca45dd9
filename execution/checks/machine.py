"""Checks the machine: state directory, disk, clocks, timers."""

from __future__ import annotations

from execution.checks.facts import Facts
from execution.checks.finding import Finding, Result, failed, need, no_data, passed, warning
from execution.checks.host import LOOP_TIMER, TIMERS, TRADING_UNITS
from gates.base.sessions import new_york_text

MEBIBYTE = 1024 * 1024
FREE_LEAST_MIB, FREE_WARN_MIB = 10, 100
INODES_LEAST, INODES_WARN = 100, 1000
TABLE_DAYS_WARN = 30


def state_dir(facts: Facts) -> Finding:
    found = need(facts.directory)
    record = need(facts.record)
    if not found.writable:
        return failed("takes no writes", "nothing can be sent that cannot be recorded: mend owner, mode or mount")
    if found.mode & 0o077:
        return warning(f"open to others ({found.mode:04o}, want 0700)", "the next cycle closes it; look who opened it")
    if facts.neighbour is not None:
        return warning(facts.neighbour, "move what you need over and remove it, or name it with AVWAP_STATE_DIR")
    bound = f"bound to account {record.account}" if record.account else "not bound to an account yet"
    return passed(f"mode {found.mode:04o}, writable, in use since {record.created_at:%Y-%m-%d}, {bound}")


def disk(facts: Facts) -> Finding:
    found = need(facts.directory)
    free_mib = found.free_bytes // MEBIBYTE
    percent = f"{100 * found.free_bytes / found.total_bytes:.1f} % of the disk" if found.total_bytes else "no size told"
    inodes = "" if found.free_inodes is None else f", {found.free_inodes} inodes free (limit {INODES_LEAST})"
    said = f"{free_mib} MiB free (limit {FREE_LEAST_MIB} MiB, {percent}){inodes}"
    nodes = found.free_inodes if found.free_inodes is not None else INODES_WARN
    remedy = "make room: old journals, logs, snapshots; never files of the ledger"
    if free_mib < FREE_LEAST_MIB or nodes < INODES_LEAST:
        return failed(said, remedy)
    if free_mib < FREE_WARN_MIB or nodes < INODES_WARN:
        return warning(said, remedy)
    return passed(said)


def clock(facts: Facts) -> Finding:
    """Ours against the broker's: the distance, and whether both say open or both closed."""
    seen = need(facts.market)
    if seen.broker_problem is not None:
        return no_data(f"broker clock not known ({seen.broker_problem})", "see the check `broker`")
    skew, limit = seen.skew_seconds, seen.max_skew_seconds
    said = f"skew {skew:.1f}s (limit {limit}s)"
    remedy = "set the host's clock (timedatectl set-ntp true)"
    if abs(skew) > limit:
        return failed(said, remedy)
    if seen.broker_open is not seen.open_by_table:
        words = f"broker says {_open(seen.broker_open)}, our table says {_open(seen.open_by_table)}"
        return failed(f"{said}; {words}", "compare sessions.json with the exchange's calendar")
    if 2 * abs(skew) > limit:
        return warning(f"{said}: more than half of it", remedy)
    return passed(f"{said}; both say {_open(seen.broker_open)}")


def _open(is_open: bool) -> str:
    return "open" if is_open else "closed"


def time_sync(facts: Facts) -> Finding:
    if need(facts.time_synchronised):
        return passed("the system clock is synchronised")
    return warning("the system clock is not synchronised", "timedatectl set-ntp true")


def timers(facts: Facts) -> Finding:
    """The timers installed and active, and none of our units failed. What is amiss with them prevents no
    practice: on the simulated broker it is told and does not count."""
    found = _timers(facts)
    if facts.on_simulator and found.result is not Result.PASS:
        return no_data(f"{found.evidence} (the simulated broker needs none)", found.action)
    return found


def _timers(facts: Facts) -> Finding:
    units = {unit.name: unit for unit in need(facts.units)}
    broken = [name for name, unit in units.items() if unit.active == "failed"]
    if broken:
        trades = any(name in TRADING_UNITS for name in broken)
        found = failed if trades else warning  # telling never breaks trading
        return found(f"failed: {', '.join(broken)}", f"journalctl -u {broken[0]} -n 50; then systemctl reset-failed")
    if not any(units[name].load == "loaded" for name in (*TIMERS, LOOP_TIMER) if name in units):
        return no_data(
            "no timer of ours is installed here", "cycles are started another way? else `execution units` installs them"
        )
    loop = units.get(LOOP_TIMER)
    by_loop = loop is not None and loop.active == "active"
    wanted = [LOOP_TIMER if name == TIMERS[0] and by_loop else name for name in TIMERS]
    missing = [name for name in wanted if name not in units or units[name].load != "loaded"]
    idle = [name for name in wanted if name not in missing and units[name].active != "active"]
    running = len(TIMERS) - len(missing) - len(idle)
    if missing or idle:
        said = [f"not installed: {', '.join(missing)}"] if missing else []
        said += [f"not active: {', '.join(idle)}"] if idle else []
        return warning(
            f"{running} of {len(TIMERS)} timers active; {'; '.join(said)}", "systemctl enable --now the timer"
        )
    return passed(f"{running} of {len(TIMERS)} timers active")


def sessions(facts: Facts) -> Finding:
    """How long the exchange's table still lasts; past its end every answer is No."""
    last = facts.table.last_day
    if facts.table_problem is not None or last is None:
        return failed(
            facts.table_problem or "the table is empty", "`scanner run` or `execution init` puts a good one back"
        )
    if facts.session is None:
        return failed(f"the table does not know today (ends {last})", "`scanner run` refreshes it")
    left = (last - facts.now.date()).days
    said = f"next close {new_york_text(facts.session.closes)}; {left} days left in the table (limit {TABLE_DAYS_WARN})"
    half = ", a half-day" if facts.session.is_half_day else ""
    if left < TABLE_DAYS_WARN:
        return warning(said + half, "`scanner run` refreshes it")
    return passed(said + half)
