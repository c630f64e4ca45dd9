"""Judges whether the service is alive, acts on a silence while LIVE when that is wanted, and tells what is new.

It is for a timer of its own, because a dead process cannot report itself. It asks the broker nothing, but to suspend
trading where a silence lasted longer than WATCH_SUSPEND_SECONDS.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from execution.broker.errors import BrokerUnreachable
from execution.channel.messages import Message, MessageLevel
from execution.checks.finding import CheckAnswer, ask_all
from execution.checks.heartbeat import Pulse, take_pulse
from execution.checks.silence import WATCH, Delivery, Watched, mode_of, silence_words, timers_off, watchlist_problem
from execution.notify import alerts
from execution.notify.alerts import Alerts, Edge
from execution.notify.changes import news
from execution.notify.observe import last_known_mode, of_files
from execution.notify.outbox import BUDGET_SECONDS, tell_change
from execution.notify.situation import FLAPS, Situation
from execution.service import Service
from gates.base.clock import Stopwatch
from gates.base.record import dataclass, replace
from gates.mode import Mode

ACT_SECONDS = 10
SUSPENDED, NOT_SUSPENDED = "Trading suspended at the broker", "Trading NOT suspended"


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What was asked and found, and whether all of it was told or kept to be told."""

    now: datetime
    answers: tuple[CheckAnswer, ...]
    delivered: bool


@dataclass(frozen=True, slots=True)
class SuspendTried:
    """Whether trading is suspended at the broker now, and what became of the asking in words."""

    is_suspended: bool
    words: str


def watch(service: Service, *, act: bool) -> WatchReport:
    """Judge, act when that is wanted, tell."""
    now = service.clock.now()
    pulse = _pulse(service, now)
    acted = _act(service, pulse) if act and pulse.is_overdue else None
    timers = timers_off()
    session, problem = watchlist_problem(service, now)
    delivered = _tell(service, timers, acted, pulse)
    waiting = len(alerts.peek(service.state.alerts).outbox) if service.channel is not None else 0
    delivery = _delivery(service, delivered, waiting)
    watched = Watched(pulse, str(service.table_ends), timers, session, problem, delivery, waiting)
    return WatchReport(now, ask_all(WATCH, watched), delivered)


def _pulse(service: Service, now: datetime) -> Pulse:
    return take_pulse(service.state, service.table, now, service.settings.watch_silent_seconds)


def _delivery(service: Service, delivered: bool, waiting: int) -> Delivery:
    if service.channel is None:
        return Delivery.NO_CHANNEL
    if waiting:
        return Delivery.WAITING
    return Delivery.ALL_TOLD if delivered else Delivery.NOT_KEPT


def _stands(service: Service, told: Alerts, timers: str | None) -> Situation:
    """How things stand, read when it is told. The switches of this process's environment are not those
    of the service, whose drop-ins it does not have: only the kill file says that there is a kill, nothing
    here says that there is none, and the mode is the one the service was last known in."""
    now = service.clock.now()
    pulse = _pulse(service, now)
    opened = pulse.opened
    session, problem = watchlist_problem(service, now)
    files = of_files(service, None)
    return replace(
        files,
        mode=last_known_mode(service, told) if opened is not None else Mode.DRY_RUN.value,
        session=str(opened) if opened is not None else "",
        killed=files.killed or None,
        silent=None if opened is None else silence_words(pulse) if pulse.is_overdue else "",
        timers=timers,
        watchlist=str(session) if session is not None else None,
        watchlist_problem=problem,
    )


def _tell(service: Service, timers: str | None, acted: Message | None, pulse: Pulse) -> bool:
    def change(before: Alerts) -> tuple[Alerts, tuple[Message, ...]]:
        after, said = news(before, _stands(service, before, timers))
        if acted is None:
            return after, said
        last = after.edges.get(acted.kind)
        again = timedelta(seconds=pulse.late_seconds or 0) if acted.title == SUSPENDED else FLAPS
        if last is not None and last.state == acted.title and timedelta(0) <= acted.at - last.at < again:
            return after, said  # tried again every time; told once per silence, or now and then that it failed
        edges = {**after.edges, acted.kind: Edge(acted.title, acted.at)}
        return msgspec.structs.replace(after, edges=edges), (*said, acted)

    unkept = news(alerts.BLANK, _stands(service, alerts.BLANK, timers))[1]
    return tell_change(service, change, Stopwatch(BUDGET_SECONDS), (*unkept, *((acted,) if acted is not None else ())))


def _act(service: Service, pulse: Pulse) -> Message | None:
    """Suspend at the broker, once; the message that says so, or that it could not be done. A heartbeat that says
    nothing is no silence of a known length."""
    limit, silent = service.settings.watch_suspend_seconds, pulse.late_seconds
    if limit == 0 or silent is None or silent <= limit or not _was_live(service, pulse):
        return None
    tried = _suspend(service)
    return Message(
        kind="watch.suspended",
        level=MessageLevel.ERROR,
        mode=Mode.LIVE.value,
        title=SUSPENDED if tried.is_suspended else NOT_SUSPENDED,
        at=service.clock.now(),
        text="Under a suspend the broker refuses closes and new stops too. Stops resting there stay. "
        "`execution unkill` lifts it.",
        rows=(("broker", tried.words), ("because", silence_words(pulse)), ("limit", f"WATCH_SUSPEND_SECONDS={limit}")),
    )


def _suspend(service: Service) -> SuspendTried:
    try:
        broker = service.broker(Stopwatch(ACT_SECONDS))
        if broker.is_suspended():  # by an earlier watch, which may have died before it told
            return SuspendTried(True, "SUSPENDED")
        done = broker.suspend(True)
        tried = SuspendTried(done, "SUSPENDED, read back" if done else "still not suspended; do it on its own page")
    except BrokerUnreachable as unreachable:
        tried = SuspendTried(False, f"not reached ({unreachable}); suspend trading on its own page")
    service.journal.error(f"WATCH SUSPEND: broker {tried.words}")
    return tried


def _was_live(service: Service, pulse: Pulse) -> bool:
    """By the last heartbeat; by what was told last where a cycle died before it knew."""
    mode = mode_of(pulse)
    if mode is not None:
        return mode == Mode.LIVE.value
    return alerts.peek(service.state.alerts).state_of("live") == str(pulse.opened)
