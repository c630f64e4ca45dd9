"""Holds how things stand, and compares it with what was told. Pure.

A `Situation` holds what one process knows; None means not known this time, and then nothing is said
about it. A `Teller` keeps what is told so far and the messages so far, one step after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from execution.channel.messages import Message, MessageLevel
from execution.ledger.day import Ledger
from execution.notify.alerts import Alerts, Edge
from gates.base.record import dataclass, field

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
class Remarks:
    """What a person wants to know of the switches beside that they are on; each empty where there is nothing to say."""

    kill: str = ""
    kill_by: str = ""
    paused_by: str = ""
    live_caps: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Holds how things stand. `watchlist` names the session a list is wanted for; `silent` and `timers` say in
    words what is wrong with the service and its timers, empty when nothing is."""

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
    silent: str | None = None
    timers: str | None = None
    heartbeat_rows: Sequence[tuple[str, str]] | None = None
    heartbeat_lines: Sequence[str] = ()
    heartbeat_minutes: int = 0
    remarks: Remarks = field(default_factory=Remarks)


class Teller:
    """Keeps what is told so far, and the messages so far."""

    def __init__(self, told: Alerts, seen: Situation) -> None:
        self.alerts = told
        self.seen = seen
        self.said: list[Message] = []

    def say(
        self,
        kind: str,
        level: MessageLevel,
        title: str,
        text: str = "",
        rows: Sequence[tuple[str, str]] = (),
        lines: Sequence[str] = (),
    ) -> None:
        seen, foot = self.seen, self._foot()
        self.said.append(Message(kind, level, seen.mode, title, seen.now, text, tuple(rows), tuple(lines), foot))

    def moved(self, edge: str, state: str, every: timedelta = timedelta(0)) -> bool:
        """Whether this state is news, and if so, remember it as told. A flapping one waits its time."""
        before = self.alerts.edges.get(edge, Edge("", self.seen.now - FLAPS))
        if before.state == state or timedelta(0) <= self.seen.now - before.at < every:
            return False
        edges = {**self.alerts.edges, edge: Edge(state, self.seen.now)}
        self.alerts = msgspec.structs.replace(self.alerts, edges=edges)
        return True

    def since_ended(self, edge: str) -> timedelta:
        """The wait of a state that was over a moment ago; none for one that only got worse."""
        before = self.alerts.edges.get(edge)
        return FLAPS if before is not None and before.state == "" else timedelta(0)

    def _foot(self) -> str:
        return f"session {self.seen.session}" if self.seen.session else ""
