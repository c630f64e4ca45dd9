"""What is new since the last telling: a comparison of what was told with how things stand. Pure.

Nothing here remembers an event. Lasting states (live, kill, pause, breakers, a break, a list that is
missing) are edges: told when they differ from what was told last, so they are told once, also by a
process that starts in them, and again only after they changed. Orders are told from their histories,
which only grow, so an event between two cycles or before a death is found by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from execution.ledger import Ledger, Mode
from execution.notify.alerts import Alerts, Edge
from execution.notify.messages import Level, Message
from execution.notify.order_news import tell_orders

ON = "on"
FLAPS = timedelta(minutes=15)
"""A state that comes and goes is told at most so often; then as it stands."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a cycle ended that did not end well: its exit code and its own last words."""

    code: int
    what: str
    words: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return f"{self.code} {self.what}"


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand. None means: not known this time, and then nothing is said about it."""

    now: datetime
    mode: str = ""
    session: str = ""
    live: bool | None = None
    mode_reason: str = ""
    killed: bool | None = None
    paused: bool | None = None
    watchlist: str | None = None
    watchlist_problem: str | None = None
    breaks: Mapping[str, str] | None = None
    latches: Mapping[str, str] | None = None
    settings: Mapping[str, str] | None = None
    ledgers: Sequence[Ledger] = ()
    failure: Failure | None = None
    ended: bool = False
    pulse: Sequence[tuple[str, str]] | None = None
    pulse_lines: Sequence[str] = ()
    heartbeat_minutes: int = 0
    words: Mapping[str, str] = field(default_factory=dict)


def news(told: Alerts, seen: Situation) -> tuple[Alerts, tuple[Message, ...]]:
    """What is told once these messages are in the outbox, and the messages, in the order of reading."""
    teller = _Teller(told, seen)
    for step in (_settings, _failure, _switches, _latches, _watchlist, _breaks):
        step(teller)
    after, orders = tell_orders(teller.alerts, seen.ledgers, seen.mode, seen.now)
    teller.alerts = after
    teller.said.extend(orders)
    _pulse(teller)
    return teller.alerts, tuple(teller.said)


class _Teller:
    """What is told so far, and the messages so far."""

    def __init__(self, told: Alerts, seen: Situation) -> None:
        self.alerts = told
        self.seen = seen
        self.said: list[Message] = []

    def say(
        self,
        kind: str,
        level: Level,
        title: str,
        text: str = "",
        rows: Sequence[tuple[str, str]] = (),
        lines: Sequence[str] = (),
        mode: str | None = None,
    ) -> None:
        shown = self.seen.mode if mode is None else mode
        self.said.append(
            Message(kind, level, shown, title, self.seen.now, text, tuple(rows), tuple(lines), self._foot())
        )

    def moved(self, edge: str, state: str, every: timedelta = timedelta(0)) -> bool:
        """Whether this state is news, and if so, remember it as told. A flapping one waits its time."""
        before = self.alerts.edges.get(edge, Edge("", self.seen.now - FLAPS))
        if before.state == state or timedelta(0) <= self.seen.now - before.at < every:
            return False
        edges = {**self.alerts.edges, edge: Edge(state, self.seen.now)}
        self.alerts = msgspec.structs.replace(self.alerts, edges=edges)
        return True

    def _foot(self) -> str:
        return f"session {self.seen.session}" if self.seen.session else ""


def _switches(teller: _Teller) -> None:
    seen = teller.seen
    if seen.killed is not None and teller.moved("kill", ON if seen.killed else ""):
        if seen.killed:
            text = "No new order leaves. What is held keeps its stops."
            teller.say("kill.active", Level.ERROR, "Kill switch active", text, tuple(_rows(seen, "kill")))
        else:
            text = "The other gates decide again; `execution gates` shows them."
            teller.say("kill.cleared", Level.WARNING, "Kill switch cleared", text)
    if seen.live is not None and teller.moved("live", ON if seen.live else ""):
        if seen.live:
            text = "Orders go to the broker from here on."
            rows = [("reason", seen.mode_reason), *_rows(seen, "live")]
            teller.say("live.enabled", Level.WARNING, "Live trading enabled", text, rows, mode=Mode.LIVE.value)
        else:
            rows = [("reason", seen.mode_reason)] if seen.mode_reason else []
            text = "Nothing new goes to the broker; orders are recorded only."
            teller.say("live.ended", Level.WARNING, "Live trading ended", text, rows)
    if seen.paused is not None and teller.moved("paused", ON if seen.paused else ""):
        if seen.paused:
            text = "Nothing new is opened until somebody resumes; what is held is looked after."
            teller.say("paused", Level.WARNING, "Entries paused", text)
        else:
            teller.say("resumed", Level.INFO, "Entries resumed")


def _latches(teller: _Teller) -> None:
    latches = teller.seen.latches
    if latches is None:
        return
    known = {edge.partition(":")[2] for edge in teller.alerts.edges if edge.startswith("latch:")}
    for name in sorted(known | latches.keys()):
        if not teller.moved(f"latch:{name}", ON if name in latches else ""):
            continue
        if name in latches:
            text = "It stays until somebody clears it: look first, then `execution breakers`."
            teller.say("breaker.tripped", Level.ERROR, f"Breaker tripped: {name}", text, [("reason", latches[name])])
        else:
            teller.say("breaker.cleared", Level.WARNING, f"Breaker cleared: {name}")
    gone = {f"latch:{name}" for name in known - latches.keys()}
    edges = {edge: state for edge, state in teller.alerts.edges.items() if edge not in gone}
    teller.alerts = msgspec.structs.replace(teller.alerts, edges=edges)


def _watchlist(teller: _Teller) -> None:
    """Bad is told once for a session, whoever looks first: the watch before the open or a cycle in it."""
    seen = teller.seen
    if seen.watchlist is None:
        return
    bad = seen.watchlist_problem is not None
    was_bad = teller.alerts.state_of("watchlist") != ""
    if bad and teller.moved("watchlist", seen.watchlist):
        text = "Nothing is opened without a list for this very session; what is held is looked after."
        rows = [("reason", str(seen.watchlist_problem)), ("for session", seen.watchlist)]
        teller.say("watchlist.bad", Level.WARNING, "Watchlist not usable", text, rows)
    elif not bad and was_bad and teller.moved("watchlist", ""):
        teller.say("watchlist.good", Level.INFO, "Watchlist usable again", rows=[("session", seen.watchlist)])


def _breaks(teller: _Teller) -> None:
    breaks = teller.seen.breaks
    if breaks is None:
        return
    if teller.moved("reconciliation", "; ".join(f"{symbol} {why}" for symbol, why in sorted(breaks.items()))):
        if breaks:
            text = "Ledger and broker disagree; these symbols are locked until they agree again."
            title = f"Reconciliation break: {', '.join(sorted(breaks))}"
            teller.say("reconciliation.break", Level.ERROR, title, text, sorted(breaks.items()))
        else:
            teller.say("reconciliation.mended", Level.INFO, "Ledger and broker agree again")


def _settings(teller: _Teller) -> None:
    now = teller.seen.settings
    before = teller.alerts.settings
    if now is None or now == before:
        return
    changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    teller.alerts = msgspec.structs.replace(teller.alerts, settings=dict(now))
    if before:
        text = "Not you? Then look who has access, and `execution kill` first."
        teller.say("settings.changed", Level.WARNING, "Settings changed since the last cycle", text, lines=changed)


def _failure(teller: _Teller) -> None:
    failure = teller.seen.failure
    if failure is None and not teller.seen.ended:
        return
    if not teller.moved("cycle", failure.state if failure else "", FLAPS if failure else timedelta(0)):
        return
    if failure is None:
        teller.say("cycle.fine", Level.INFO, "Cycles end well again")
        return
    text = "Nothing was opened by it. The journal has all of it: `journalctl -u execution.service -n 50`."
    rows = [("exit", f"{failure.code}, {failure.what}")]
    teller.say("cycle.error", Level.ERROR, "Cycle failed", text, rows, failure.words)


def _pulse(teller: _Teller) -> None:
    """The heartbeat of the session, by the clock of what was told."""
    seen, last = teller.seen, teller.alerts.heartbeat_at
    if seen.pulse is None or seen.heartbeat_minutes == 0:
        return
    if last is not None and timedelta(0) <= seen.now - last < timedelta(minutes=seen.heartbeat_minutes):
        return
    teller.alerts = msgspec.structs.replace(teller.alerts, heartbeat_at=seen.now)
    teller.say("heartbeat", Level.INFO, "Heartbeat", rows=seen.pulse, lines=seen.pulse_lines)


def _rows(seen: Situation, edge: str) -> Iterator[tuple[str, str]]:
    if edge in seen.words:
        yield ("reason" if edge == "kill" else "caps", seen.words[edge])
