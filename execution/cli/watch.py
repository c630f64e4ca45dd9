"""Is the service alive? Judges heartbeat, timers, outbox and the watchlist before the open, and tells.

For a timer of its own, because a dead process cannot report itself: silence is told once, and once when
it is over. It asks the broker nothing. With --act, and WATCH_SUSPEND_SECONDS set, a silence of that
length while LIVE makes it set the broker's own suspend flag; `execution unkill` lifts it.
Exit: 0 all well, 1 something needs a look, 2 silent or three cycles failed in a row, 69 it could not be told (it is
said again next time).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from execution.broker.errors import BrokerUnreachable
from execution.channel.messages import Message, MessageLevel
from execution.checks.finding import CheckAnswer, Result, ask_all, exit_code, worst
from execution.checks.heartbeat import Pulse, take_pulse
from execution.checks.silence import WATCH, Delivery, Watched, mode_of, silence_words, timers_off, watchlist_problem
from execution.notify import alerts
from execution.notify.alerts import Alerts, Edge
from execution.notify.changes import news
from execution.notify.observe import last_known_mode, of_files
from execution.notify.outbox import BUDGET_SECONDS, tell_change
from execution.notify.situation import FLAPS, Situation
from execution.service import Service
from execution.wiring import open_service
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_UNREACHABLE
from gates.base.output import paragraph, say_json, table
from gates.base.record import replace
from gates.base.sessions import new_york_text
from gates.mode import Mode

ACT_SECONDS = 10
SUSPENDED = "Trading suspended at the broker"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--act", action="store_true", help="suspend trading at the broker when LIVE and silent too long"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    journal = replace(service.journal, out=sys.stderr)  # what is printed here is a table or JSON
    return watch(replace(service, journal=journal), act=args.act, as_json=args.json)


def watch(service: Service, *, act: bool = False, as_json: bool = False) -> int:
    """Judge, act when that is wanted, tell, show."""
    now = service.clock.now()
    pulse = _pulse(service, now)
    acted = _act(service, pulse) if act and pulse.is_overdue else None
    timers = timers_off()
    session, problem = watchlist_problem(service, now)
    delivered = _tell(service, timers, acted, pulse)
    waiting = len(alerts.peek(service.state.alerts).outbox) if service.channel is not None else 0
    delivery = _delivery(service, delivered, waiting)
    answers = ask_all(WATCH, Watched(pulse, str(service.table_ends), timers, session, problem, delivery, waiting))
    _show(service, now, answers, as_json=as_json)
    result = worst(answers)
    return EXIT_UNREACHABLE if result is not Result.FAIL and not delivered else exit_code(result)


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
    broker_says = ""
    try:
        broker = service.broker(Stopwatch(ACT_SECONDS))
        if broker.is_suspended():  # by an earlier watch, which may have died before it told
            broker_says = "SUSPENDED"
        else:
            done = broker.suspend(True)
            broker_says = "SUSPENDED, read back" if done else "still not suspended; do it on its own page"
            service.journal.error(f"WATCH SUSPEND: broker {broker_says}")
    except BrokerUnreachable as unreachable:
        broker_says = f"not reached ({unreachable}); suspend trading on its own page"
        service.journal.error(f"WATCH SUSPEND: broker {broker_says}")
    return Message(
        kind="watch.suspended",
        level=MessageLevel.ERROR,
        mode=Mode.LIVE.value,
        title=SUSPENDED if broker_says.startswith("SUSP") else "Trading NOT suspended",
        at=service.clock.now(),
        text="Under a suspend the broker refuses closes and new stops too. Stops resting there stay. "
        "`execution unkill` lifts it.",
        rows=(("broker", broker_says), ("because", silence_words(pulse)), ("limit", f"WATCH_SUSPEND_SECONDS={limit}")),
    )


def _was_live(service: Service, pulse: Pulse) -> bool:
    """By the last heartbeat; by what was told last where a cycle died before it knew."""
    mode = mode_of(pulse)
    if mode is not None:
        return mode == Mode.LIVE.value
    return alerts.peek(service.state.alerts).state_of("live") == str(pulse.opened)


def _show(service: Service, now: datetime, answers: tuple[CheckAnswer, ...], *, as_json: bool) -> None:
    if as_json:
        rows = [{"what": one.check, "status": one.result.value, "words": one.finding.evidence} for one in answers]
        say_json({"state_dir": str(service.state.root), "now": now, "findings": rows})
        return
    paragraph(f"State dir {service.state.root}, {new_york_text(now)}")
    table(("", "status", "what was found"), [(one.check, one.result.value, one.finding.evidence) for one in answers])
