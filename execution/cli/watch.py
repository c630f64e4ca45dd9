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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from execution.broker.errors import BrokerUnreachable
from execution.channel.messages import Level, Message
from execution.checks.silence import MOST_FAILED_IN_A_ROW, Silence, silence, timers_off, watchlist_problem
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
from gates.base.sessions import new_york_text
from gates.mode import Mode

PASS, WARN, FAIL = "PASS", "WARN", "FAIL"
CODES = {PASS: 0, WARN: 1, FAIL: 2}
ACT_SECONDS = 10
SUSPENDED = "Trading suspended at the broker"


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    status: str
    words: str


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
    session = service.table.open_at(now)
    quiet = silence(service, session, now) if session is not None else None
    acted = _act(service, quiet) if act and quiet is not None and quiet.is_silent else None
    timers = timers_off()
    findings = _look(service, now, quiet, timers)
    delivered = _tell(service, timers, acted, quiet)
    findings = (*findings, _outbox(service, delivered))
    _show(service, now, findings, as_json=as_json)
    worst = max(findings, key=lambda one: CODES[one.status]).status
    if worst != FAIL and not delivered:
        return EXIT_UNREACHABLE
    return CODES[worst]


def _look(service: Service, now: datetime, quiet: Silence | None, timers: str | None) -> tuple[Finding, ...]:
    session, problem = watchlist_problem(service, now)
    if quiet is not None:
        alive = Finding("service", FAIL if quiet.is_silent else PASS, quiet.words)
    elif service.table.current_or_next(now) is None:
        alive = Finding("service", WARN, f"the session table does not know today (ends {service.table_ends})")
    else:
        alive = Finding("service", PASS, "the session is closed; no cycle is due")
    failing = quiet.failed_in_a_row if quiet is not None else 0
    row = "no cycle is due" if quiet is None else f"{failing} failed in a row, limit {MOST_FAILED_IN_A_ROW}"
    listed = f"for session {session}" if session is not None else "none is due yet"
    return (
        alive,
        Finding("cycles", FAIL if failing >= MOST_FAILED_IN_A_ROW else PASS, row),
        Finding("timers", WARN if timers else PASS, timers or ("run" if timers == "" else "no systemd to ask")),
        Finding("watchlist", WARN if problem else PASS, problem or listed),
    )


def _stands(service: Service, told: Alerts, timers: str | None) -> Situation:
    """How things stand, read when it is told. The switches of this process's environment are not those
    of the service, whose drop-ins it does not have: only the kill file says that there is a kill, nothing
    here says that there is none, and the mode is the one the service was last known in."""
    now = service.clock.now()
    opened = service.table.open_at(now)
    quiet = silence(service, opened, now) if opened is not None else None
    session, problem = watchlist_problem(service, now)
    files = of_files(service, None)
    return replace(
        files,
        mode=last_known_mode(service, told) if opened is not None else Mode.DRY_RUN.value,
        session=str(opened) if opened is not None else "",
        killed=files.killed or None,
        silent=None if quiet is None else quiet.words if quiet.is_silent else "",
        timers=timers,
        watchlist=str(session) if session is not None else None,
        watchlist_problem=problem,
    )


def _tell(service: Service, timers: str | None, acted: Message | None, quiet: Silence | None) -> bool:
    def change(before: Alerts) -> tuple[Alerts, tuple[Message, ...]]:
        after, said = news(before, _stands(service, before, timers))
        if acted is None or quiet is None:
            return after, said
        last = after.edges.get(acted.kind)
        again = timedelta(seconds=quiet.seconds) if acted.title == SUSPENDED else FLAPS
        if last is not None and last.state == acted.title and timedelta(0) <= acted.at - last.at < again:
            return after, said  # tried again every time; told once per silence, or now and then that it failed
        edges = {**after.edges, acted.kind: Edge(acted.title, acted.at)}
        return msgspec.structs.replace(after, edges=edges), (*said, acted)

    unkept = news(alerts.BLANK, _stands(service, alerts.BLANK, timers))[1]
    return tell_change(service, change, Stopwatch(BUDGET_SECONDS), (*unkept, *((acted,) if acted is not None else ())))


def _outbox(service: Service, delivered: bool) -> Finding:
    if service.channel is None:
        return Finding("outbox", WARN, "no Slack is set; nobody is told of anything")
    waiting = len(alerts.peek(service.state.alerts).outbox)
    if delivered and not waiting:
        return Finding("outbox", PASS, "empty, all was told")
    if not waiting:
        return Finding("outbox", WARN, "nothing can be told or kept now; the warning says why")
    return Finding("outbox", WARN, f"{waiting} message{'' if waiting == 1 else 's'} wait{'s' if waiting == 1 else ''}")


def _act(service: Service, quiet: Silence) -> Message | None:
    """Suspend at the broker, once; the message that says so, or that it could not be done."""
    limit = service.settings.watch_suspend_seconds
    if limit == 0 or quiet.seconds <= limit or not _was_live(service, quiet):
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
        level=Level.ERROR,
        mode=Mode.LIVE.value,
        title=SUSPENDED if broker_says.startswith("SUSP") else "Trading NOT suspended",
        at=service.clock.now(),
        text="Under a suspend the broker refuses closes and new stops too. Stops resting there stay. "
        "`execution unkill` lifts it.",
        rows=(("broker", broker_says), ("because", quiet.words), ("limit", f"WATCH_SUSPEND_SECONDS={limit}")),
    )


def _was_live(service: Service, quiet: Silence) -> bool:
    """By the last heartbeat; by what was told last where a cycle died before it knew."""
    if quiet.mode is not None:
        return quiet.mode == Mode.LIVE.value
    opened = service.table.open_at(service.clock.now())
    return opened is not None and alerts.peek(service.state.alerts).state_of("live") == str(opened)


def _show(service: Service, now: datetime, findings: tuple[Finding, ...], *, as_json: bool) -> None:
    if as_json:
        rows = [{"what": one.what, "status": one.status, "words": one.words} for one in findings]
        say_json({"state_dir": str(service.state.root), "now": now, "findings": rows})
        return
    paragraph(f"State dir {service.state.root}, {new_york_text(now)}")
    table(("", "status", "what was found"), [(one.what, one.status, one.words) for one in findings])
