"""Tells that a systemd unit failed, once an hour for each unit, with the last lines that are handed in."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from execution.channel.messages import Message, MessageLevel
from execution.notify.alerts import BLANK, Alerts, Edge
from execution.notify.observe import last_known_mode
from execution.notify.outbox import BUDGET_SECONDS, Speaker, tell_change
from gates.base.clock import Stopwatch

EVERY = timedelta(hours=1)
FAILED = "failed"


def tell_unit_failed(speaker: Speaker, unit: str, lines: tuple[str, ...]) -> bool:
    """Whether all is told; a unit that was told within the hour is. The journal says what kept a message back."""
    message = Message(
        kind="unit.failed",
        level=MessageLevel.ERROR,
        mode=last_known_mode(speaker, BLANK),
        title=f"Unit failed: {unit}",
        at=speaker.clock.now(),
        text=f"Its last lines are below; `systemctl status {unit}` has the rest.",
        lines=lines,
    )

    def change(before: Alerts) -> tuple[Alerts, tuple[Message, ...]]:
        return _hourly(speaker, before, unit, message)

    return tell_change(speaker, change, Stopwatch(BUDGET_SECONDS), [message])


def _hourly(speaker: Speaker, before: Alerts, unit: str, message: Message) -> tuple[Alerts, tuple[Message, ...]]:
    edge = f"unit:{unit}"
    last = before.edges.get(edge)
    if last is not None and timedelta(0) <= message.at - last.at < EVERY:
        return before, ()
    edges = {**before.edges, edge: Edge(FAILED, message.at)}
    mode = last_known_mode(speaker, before)
    return msgspec.structs.replace(before, edges=edges), (msgspec.structs.replace(message, mode=mode),)
