"""Ticks the six boxes of the runbook before LIVE (its section 3.5), each by evidence and nothing else.

All must hold in one session, and what is not known is not ticked. Caps count as conservative at the
runbook's own figures for the first day; up to the defaults they are wider, beyond them too wide.
"""

from __future__ import annotations

from decimal import Decimal

from execution.checks import liveness, trade
from execution.checks.facts import Facts
from execution.checks.finding import Finding, Result, Unknown, failed, need, passed, warning
from execution.state.heartbeat import Heartbeat, NoHeartbeat
from gates.base.errors import EXIT_DONE
from gates.base.money import show_cap
from gates.base.sessions import new_york_day, new_york_text
from gates.facts import Caps
from gates.mode import Mode

DAY_ONE = Caps(orders_per_day=1, positions=1, gross_notional=Decimal(500), per_symbol=Decimal(250))
WIDEST = Caps(orders_per_day=5, positions=5, gross_notional=Decimal(5000), per_symbol=Decimal(1000))
CAP_NAMES = {
    "orders_per_day": "MAX_LIVE_ORDERS_PER_DAY",
    "positions": "MAX_LIVE_POSITIONS",
    "gross_notional": "MAX_LIVE_GROSS_NOTIONAL",
    "per_symbol": "MAX_LIVE_NOTIONAL_PER_SYMBOL",
}
DRILL_DAYS = 7
TELL = "look at the check `slack`; cycles tell by themselves"


def watchlist(facts: Facts) -> Finding:
    found = trade.watchlist(facts)
    # a list that is only "not due yet" is no ticked box
    return failed(found.evidence, found.action) if need(facts.look).watchlist.problem is not None else found


def running(facts: Facts) -> Finding:
    """A heartbeat that is young (or of the last session, before the open), a good end, and DRY_RUN."""
    alive = liveness.heartbeat(facts.pulse)
    if alive.result is not Result.PASS:
        return alive
    if isinstance(facts.pulse.beat, NoHeartbeat):
        return failed(alive.evidence, "let a cycle run with DRY_RUN=1 first")
    beat = facts.pulse.beat
    if facts.last_session is not None and new_york_day(beat.started_at) < facts.last_session.day:
        said = f"last cycle {new_york_text(beat.started_at)}, none since session {facts.last_session}"
        return failed(said, liveness.REMEDY)
    if beat.finished_at is not None and beat.exit_code != EXIT_DONE:
        return failed(f"last cycle left with {beat.exit_code} (want 0)", liveness.REMEDY)
    return _in_dry_run(facts, beat, alive.evidence)


def _in_dry_run(facts: Facts, beat: Heartbeat, said: str) -> Finding:
    if beat.mode == Mode.LIVE.value:
        return warning(f"{said}: it is LIVE already", "this list is for before; `execution status` tells what goes on")
    if not facts.settings.dry_run and beat.mode is None:
        return warning(f"{said}; DRY_RUN is not set", "set DRY_RUN=1 until both keys are in place")
    return passed(f"{said}, in DRY_RUN")


def told(facts: Facts) -> Finding:
    """Heartbeat and daily summary went out, by the record of what was told."""
    seen = need(facts.told)
    if seen.heartbeat_at is None or (facts.last_session and new_york_day(seen.heartbeat_at) < facts.last_session.day):
        return failed(
            "no heartbeat was told to Slack in the last session",
            TELL,
        )
    if seen.summary_of is None:
        return failed("no daily summary was told", "`execution summary --send`")
    if facts.closed_session is not None and seen.summary_of < facts.closed_session.day:
        return failed(
            f"last daily summary is of {seen.summary_of}, want {facts.closed_session}", "`execution summary --send`"
        )
    if seen.waiting:
        return failed(f"{seen.waiting} messages wait to be told (limit 0)", TELL)
    return passed(f"heartbeat told {new_york_text(seen.heartbeat_at)}, summary of {seen.summary_of} told")


def gate_lines(facts: Facts) -> Finding:
    found = need(facts.rehearsal)
    return passed(f"session {found.session}: {found.mode_line}")


def caps(facts: Facts) -> Finding:
    """Set by hand, and narrow."""
    ours = facts.settings.caps
    unset = [name for name in CAP_NAMES.values() if name not in facts.named]
    said = ", ".join(f"{field} {_cap(getattr(ours, field))}" for field in CAP_NAMES)
    symbols = facts.settings.allowlist_symbols
    said += f"; allowlist {'not used' if symbols is None else ','.join(sorted(symbols)) or 'names no symbol'}"
    first_day = ", ".join(f"{name}={_cap(getattr(DAY_ONE, field))}" for field, name in CAP_NAMES.items())
    if unset:
        return failed(
            f"not set, only defaulted: {', '.join(unset)} ({said})", f"set them; for the first day {first_day}"
        )
    wide = [name for field, name in CAP_NAMES.items() if getattr(ours, field) > getattr(WIDEST, field)]
    if wide:
        return failed(f"wider than the defaults: {', '.join(wide)} ({said})", f"for the first day {first_day}")
    wider = [name for field, name in CAP_NAMES.items() if getattr(ours, field) > getattr(DAY_ONE, field)]
    if wider:
        return warning(f"wider than on a first day: {', '.join(wider)} ({said})", f"for the first day {first_day}")
    if symbols is not None and not symbols:
        return warning(said, "name a symbol in ALLOWLIST_SYMBOLS, or unset it")
    return passed(said)


def kill_drill(facts: Facts) -> Finding:
    found = need(facts.drill) if not _never_drilled(facts) else None
    if found is None:
        return failed("no drill on record", "`execution drill`, and watch it")
    days = (facts.now - found.at).days
    said = f"drill of {new_york_text(found.at)}, {found.steps} steps"
    if not found.passed:
        return failed(f"{said}, did not pass", "`execution drill` again, and read where it stops")
    if days < 0 or days >= DRILL_DAYS:
        return failed(f"{said}, {days} days ago (limit {DRILL_DAYS} days)", "`execution drill` again")
    return passed(f"{said}, passed, {days} days ago (limit {DRILL_DAYS} days)")


def _never_drilled(facts: Facts) -> bool:
    return isinstance(facts.drill, Unknown) and facts.drill.missing


def _cap(value: int | Decimal) -> str:
    return show_cap(value) if isinstance(value, Decimal) else str(value)
