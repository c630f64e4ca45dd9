"""Gathers how things stand at the end of a cycle, for `changes` to compare with what was told.

Read from the files a cycle has just written and from what it saw; nothing is asked of the broker again.
What this cycle could not know (the market closed, the broker silent) stays None, and nothing is said
about it, with one exception: outside the session nothing is live, whatever the switches say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from execution.ledger.day import Ledger
from execution.ledger.reconcile import reconcile
from execution.notify.alerts import Alerts
from execution.notify.outbox import Speaker
from execution.notify.situation import Failure, Remarks, Situation
from execution.service import Service
from execution.settings.fingerprints import Sealer, open_sealer
from execution.settings.registry import REGISTRY, Settings
from execution.state import heartbeat
from execution.state.directory import StateDir
from execution.state.latches import latched
from execution.state.ledgers import open_ledgers
from execution.state.markers import words_inside
from execution.state.presence import presence
from execution.state.switches import kill_presence, kills
from execution.view.look import Look
from gates.base.errors import (
    EXIT_BUG,
    EXIT_DONE,
    EXIT_NOT_NOW,
    EXIT_SETTINGS,
    EXIT_STATE,
    EXIT_UNREACHABLE,
    OperatorError,
)
from gates.base.logs import JournalLine
from gates.base.money import show_cap
from gates.base.record import replace
from gates.base.sessions import new_york_day
from gates.base.settings import Secret
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable
from gates.mode import Mode, mode_reason

WHAT = {
    EXIT_UNREACHABLE: "broker unreachable",
    EXIT_BUG: "a bug of ours",
    EXIT_STATE: "state dir not usable",
    EXIT_NOT_NOW: "another process is at work",
    EXIT_SETTINGS: "settings",
}
MOST_WORDS = 6
MOST_ARCHIVES = 5


def of_cycle(service: Service, told: Alerts, code: int, seen: Look | None, broken: Exception | None) -> Situation:
    """How things stand after a cycle that came as far as its lock."""
    now = service.clock.now()
    session = service.table.open_at(now)
    live, reason = _live(service, seen, closed=session is None)
    common = of_files(service, failure_of(code, broken, tuple(service.journal.trouble or ())))
    watchlist, problem = _watchlist(seen)
    ours = code != EXIT_NOT_NOW  # else another process is in the middle of its orders, and tells them itself
    return Situation(
        now=now,
        mode=seen.mode.value if seen is not None else common.mode or (Mode.DRY_RUN.value if session is None else ""),
        session=str(seen.session) if seen is not None and seen.session is not None else "",
        live=live,
        mode_reason=reason,
        killed=common.killed,
        paused=common.paused,
        watchlist=watchlist,
        watchlist_problem=problem,
        breaks=_breaks(seen),
        latches=common.latches,
        settings=_marks_of_settings(service) if ours else None,
        ledgers=tuple(_ledgers(service, told)) if ours else (),
        failure=common.failure,
        ended=code == EXIT_DONE,
        silent="" if code not in (EXIT_NOT_NOW, EXIT_STATE) else None,
        remarks=replace(common.remarks, live_caps=_caps(service.settings)),
    )


def of_files(speaker: Speaker, failure: Failure | None) -> Situation:
    """What files and settings alone say; all there is when a cycle did not come to its lock."""
    settings, state = speaker.settings, speaker.state
    kill_file = kill_presence(state).in_force
    sources = [word for word, active in (("env", settings.kill_switch), ("file", kill_file)) if active]
    return Situation(
        now=speaker.clock.now(),
        mode=certain_mode(settings, state),
        killed=bool(sources),
        paused=presence(state.paused).in_force,
        latches=latched(state),
        failure=failure,
        remarks=_remarks(state, sources, kill_file=kill_file),
    )


def _remarks(state: StateDir, sources: list[str], *, kill_file: bool) -> Remarks:
    """What the markers say of who put them up; only told, never judged by."""
    said = (words_inside(path) for path in kills(state)) if kill_file else ()
    return Remarks(
        kill=f"kill switch active ({', '.join(sources)})" if sources else "",
        kill_by="; ".join(words for words in said if words),
        paused_by=words_inside(state.paused) if presence(state.paused).in_force else "",
    )


def last_known_mode(speaker: Speaker, told: Alerts) -> str:
    """The mode of this session's last whole cycle, by the heartbeat or else as it was told. It is for programs beside
    the service, which do not have its drop-ins. Its own switches count only where no cycle can be LIVE."""
    day, state = str(new_york_day(speaker.clock.now())), speaker.state
    unknown = Mode.DRY_RUN.value if kill_presence(state).in_force else ""
    try:
        beat = heartbeat.read(state.heartbeat)
    except StateUnreadable as broken:
        return certain_mode(speaker.settings, state) if isinstance(broken, StateMissing) else unknown
    if beat.mode is not None and beat.session == day:
        return beat.mode
    if told.state_of("live") == day:
        return Mode.LIVE.value
    might_be_live = beat.finished_at is None or beat.mode == Mode.LIVE.value
    return unknown if might_be_live else certain_mode(speaker.settings, state)


def certain_mode(settings: Settings, state: StateDir) -> str:
    """DRY_RUN where a switch alone decides it; empty where more had to be asked."""
    off = settings.dry_run or settings.kill_switch or not settings.live_trading
    return Mode.DRY_RUN.value if off or kill_presence(state).in_force else ""


def failure_of(code: int, broken: Exception | None, trouble: Iterable[JournalLine]) -> Failure | None:
    """Why a cycle did not end well, None when it did."""
    if broken is not None:
        code = exit_code_of(broken)
    if code == EXIT_DONE:
        return None
    said = [line.text for line in trouble if not line.kind.is_gate]  # what closed entries did not fail the cycle
    if broken is not None:
        said += [f"{type(broken).__name__}: {line}" if code == EXIT_BUG else line for line in str(broken).splitlines()]
    what = WHAT.get(code, "not finished")
    if code == EXIT_BUG and broken is not None:
        what = f"{what} ({type(broken).__name__})"
    return Failure(code, what, tuple(dict.fromkeys(line[:300] for line in said[-MOST_WORDS:])))


def exit_code_of(broken: Exception) -> int:
    if isinstance(broken, OperatorError):
        return broken.exit_code
    return EXIT_STATE if isinstance(broken, (StateUnreadable, StateUnwritable)) else EXIT_BUG


def _marks_of_settings(service: Service) -> dict[str, str] | None:
    """None where the key of the marks cannot be had: that keeps back one kind of news and no other."""
    try:
        return fingerprints(service.settings, open_sealer(service.state.snapshots, make=True))
    except (StateUnreadable, StateUnwritable) as broken:
        service.journal.warning(f"Telling: cannot see whether settings changed ({broken})")
        return None


def fingerprints(settings: Settings, sealer: Sealer) -> dict[str, str]:
    """A mark per setting that shows nothing and changes with the value."""
    texts = {one.name: f"{one.name}={_text(getattr(settings, one.field))}" for one in REGISTRY}
    return {name: sealer.digest(text.encode("utf-8", "surrogateescape"))[:12] for name, text in texts.items()}


def _text(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return ",".join(sorted(value)) if isinstance(value, frozenset) else repr(value)


def _live(service: Service, seen: Look | None, *, closed: bool) -> tuple[bool | None, str]:
    if service.forced_dry_run:  # a rehearsal beside the service says nothing about the service
        return None, ""
    if closed:
        return False, "the session is closed"
    if seen is None:
        return None, ""
    return seen.mode is Mode.LIVE, mode_reason(seen.mode_answers)


def _watchlist(seen: Look | None) -> tuple[str | None, str | None]:
    if seen is None or seen.session is None:
        return None, None
    problem = seen.watchlist.problem
    return str(seen.session), problem or ("watchlist empty (0 rows)" if seen.watchlist.rows == 0 else None)


def _breaks(seen: Look | None) -> dict[str, str] | None:
    if seen is None or seen.ledgers.live.ledger is None or seen.view.positions_problem or seen.view.orders_problem:
        return None
    return dict(reconcile(seen.ledgers.live.ledger, seen.view.positions, seen.view.open_orders).locks)


def _ledgers(service: Service, told: Alerts) -> Iterable[Ledger]:
    """Both ledgers as they lie on disk, and those archived since the last telling."""
    ledgers = open_ledgers(service.state)
    for mode in Mode:
        ledger = ledgers.of(mode).ledger
        if ledger is None:
            continue
        last = told.days.get(mode.value)
        file = service.state.ledger(mode)
        if last is not None and last < ledger.date_ny:
            missed = [day for day in file.archived_days() if last <= day < ledger.date_ny]
            for day in sorted(missed)[-MOST_ARCHIVES:]:
                try:
                    yield file.load_from(file.archive_path(day))
                except StateUnreadable as broken:
                    service.journal.warning(f"Telling: {broken}")
        yield ledger


def _caps(settings: Settings) -> str:
    caps = settings.caps
    return (
        f"{caps.orders_per_day} orders, {caps.positions} positions, "
        f"{show_cap(caps.gross_notional)} in all, {show_cap(caps.per_symbol)} per symbol"
    )


def heartbeat_is_due(told: Alerts, now: datetime, minutes: int) -> bool:
    """A clock that steps back a little tells nothing again; one that was wrong by more than that does."""
    last = told.heartbeat_at
    return minutes > 0 and (last is None or abs((now - last).total_seconds()) >= minutes * 60)
