"""Keeps messages until they are sent, sends them in order, and strikes each out once it was taken.

Everything that tells goes through it: cycle, watch, summary, a failed unit. It keeps within its
budget whatever the other side does, honours Retry-After, strikes a message out only after it was
taken, and says loudly in the journal what it had to drop. It never raises: telling never breaks trading.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

from execution.channel.messages import Message, MessageLevel, headline, merged, one_line
from execution.channel.port import Channel, MessageRefused, NotTaken
from execution.channel.timeout import within
from execution.notify import alerts as memory
from execution.notify.alerts import Alerts
from execution.service import ChannelFor
from execution.settings.registry import Settings
from execution.settings.secrets import clean
from execution.state.directory import StateDir
from gates.base import below
from gates.base.clock import Clock, Stopwatch
from gates.base.errors import LockHeld
from gates.base.logs import Journal
from gates.base.record import dataclass
from gates.base.statefile import StateUnwritable

BUDGET_SECONDS = 3.0
LEAST_SECONDS = 0.2
"""With less than this left nothing new is begun."""
STALE = timedelta(minutes=15)
LATE = timedelta(seconds=90)
MOST_MERGED_CHARACTERS = 2600
LONGEST_RETRY_AFTER = timedelta(hours=1)
UNKEPT_EVERY = timedelta(minutes=15)

AlertsChange = Callable[[Alerts], tuple[Alerts, Sequence[Message]]]
"""From what was told to what is told now, and the messages that say the difference."""


class Speaker(Protocol):
    """Defines what telling needs of a service; less than a cycle needs, so that a broken cycle can still tell."""

    @property
    def settings(self) -> Settings: ...
    @property
    def state(self) -> StateDir: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def channel(self) -> ChannelFor | None: ...


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks where a service could not be opened."""

    settings: Settings
    state: StateDir
    clock: Clock
    journal: Journal
    channel: ChannelFor | None


def tell(
    speaker: Speaker,
    messages: Sequence[Message] = (),
    budget_seconds: float = BUDGET_SECONDS,
    *,
    once: str | None = None,
) -> bool:
    """Put `messages` in the outbox of alerts.json, send what waits there, oldest first. Never raises.

    True when nothing waits any more (also when no channel is configured, or `once` was told before).
    `once` names something told once for ever, such as "summary 2026-11-20": remembered in the same
    write that takes the messages, so it is told at least once and, but for a death, once.
    A message with a `picture` (path of a PNG) has it uploaded where the channel takes pictures.
    """
    now = speaker.clock.now()

    def change(before: Alerts) -> tuple[Alerts, Sequence[Message]]:
        if once is None:
            return before, messages
        if once in before.once:
            return before, ()
        return memory.with_once(before, once, now), messages

    return tell_change(speaker, change, Stopwatch(budget_seconds), messages)


def was_told(speaker: Speaker, once: str) -> bool:
    """Whether `tell(..., once=once)` took it before."""
    return once in memory.peek(speaker.state.alerts).once


def tell_change(speaker: Speaker, change: AlertsChange, watch: Stopwatch, unkept: Sequence[Message] = ()) -> bool:
    """`change` is applied and kept in one replace, under the lock; then what waits is sent. Where nothing
    can be kept, `unkept` errors are said directly, seldom."""
    if speaker.channel is None:
        return True
    try:
        with memory.only_teller(speaker.state.alerts_lock, min(1.0, watch.left_seconds())):
            kept = _kept(speaker, change)
            return _flush(speaker, kept, watch) if kept.outbox else True
    except LockHeld as held:
        speaker.journal.info(f"Telling: {held}; the next cycle tells")
    except StateUnwritable as unwritable:
        speaker.journal.warning(f"Telling: {unwritable}")
        _say_unkept(speaker, unkept, watch)
    except Exception as broken:  # noqa: BLE001 - telling never breaks trading, not even by a bug of ours
        speaker.journal.warning(f"Telling failed ({type(broken).__name__}: {clean(str(broken), speaker.settings)})")
    return False


def _kept(speaker: Speaker, change: AlertsChange) -> Alerts:
    """What was told and what waits, as it lies on disk now."""
    before, problem = memory.load_or_put_aside(speaker.state.alerts)
    if problem is not None:
        speaker.journal.error(problem)
    after, said = change(before)
    least = MessageLevel(speaker.settings.slack_min_level).rank
    new = tuple(_cleaned(one, speaker.settings) for one in said if one.level.rank >= least)
    after, dropped = memory.with_waiting(after, new)
    for one in dropped:
        speaker.journal.error(f"Telling: outbox full ({memory.MOST_WAITING} messages), dropped: {one_line(one)}")
    if after != before or after.outbox:  # what could not be struck out afterwards is not said before
        memory.save(speaker.state.alerts, after)
    return after


def _flush(speaker: Speaker, kept: Alerts, watch: Stopwatch) -> bool:
    """Send what waits, in order, each struck out as soon as it was taken; True when all of it went."""
    now = speaker.clock.now()
    if kept.not_before is not None and now < kept.not_before <= now + LONGEST_RETRY_AFTER:
        speaker.journal.info(f"Telling: asked to wait; {len(kept.outbox)} messages wait")
        return False
    channel = _channel(speaker, watch)
    while channel is not None and kept.outbox and watch.left_seconds() > LEAST_SECONDS:
        number, message = _next(kept, now)
        try:
            _send(speaker, channel, message, watch)
        except NotTaken as not_now:
            speaker.journal.warning(f"Telling: {channel.name}: {not_now}; {len(kept.outbox)} messages wait")
            if not_now.retry_after_seconds is not None:
                wait = min(timedelta(seconds=not_now.retry_after_seconds), LONGEST_RETRY_AFTER)
                memory.save(speaker.state.alerts, msgspec.structs.replace(kept, not_before=now + wait))
            return False
        except MessageRefused as refused:
            speaker.journal.error(f"Telling: {channel.name} refuses ({refused}); dropped: {one_line(message)}")
        kept = msgspec.structs.replace(kept, outbox=kept.outbox[number:], not_before=None, dropped=0)
        memory.save(speaker.state.alerts, kept)
    if kept.outbox:
        speaker.journal.warning(f"Telling: no time left; {len(kept.outbox)} messages wait")
    return not kept.outbox


def _channel(speaker: Speaker, watch: Stopwatch) -> Channel | None:
    """Its client's import counts against the budget like everything else."""
    try:
        return within(watch.left_seconds(), speaker.channel) if speaker.channel is not None else None
    except NotTaken as not_now:
        speaker.journal.warning(f"Telling: {not_now}")
        return None


def _next(kept: Alerts, now: datetime) -> tuple[int, Message]:
    """What to say next and how many waiting messages that is: stale ones in one, else the oldest."""
    stale: list[Message] = []
    size = 0
    for one in kept.outbox:
        size += len(one_line(one)) + 1
        if one.picture is not None or now - one.at < STALE or size > MOST_MERGED_CHARACTERS:
            break
        stale.append(one)
    number, message = (len(stale), merged(stale)) if len(stale) > 1 else (1, _with_delay(kept.outbox[0], now))
    if kept.dropped:
        lost = f"{kept.dropped} older messages were dropped while nothing could be sent; the journal has them."
        message = msgspec.structs.replace(message, text=f"{lost}\n{message.text}".rstrip())
    return number, message


def _with_delay(message: Message, now: datetime) -> Message:
    late = now - message.at
    if late < LATE:
        return message
    said = f"said {int(late.total_seconds() // 60)} min late"
    return msgspec.structs.replace(message, foot=f"{message.foot} · {said}" if message.foot else said)


def _send(speaker: Speaker, channel: Channel, message: Message, watch: Stopwatch) -> None:
    left = watch.left_seconds()
    within(left, lambda: channel.send(message, left))
    if message.picture is None or not channel.takes_pictures:
        return
    picture, left = Path(message.picture), watch.left_seconds()
    try:  # the words are out; a picture that fails is not worth saying them twice
        within(left, lambda: channel.upload(picture, headline(message), left))
    except (NotTaken, MessageRefused, OSError) as failed:
        why = failed.strerror if isinstance(failed, OSError) else failed
        speaker.journal.warning(f"Telling: {channel.name}: picture {picture.name} not sent ({why})")


def _say_unkept(speaker: Speaker, messages: Sequence[Message], watch: Stopwatch) -> None:
    """A disk that takes nothing cannot remember what was told. Errors are said all the same, as often as
    the lock file's time allows, which can be set when nothing else can be written."""
    errors = [_cleaned(one, speaker.settings) for one in messages if one.level is MessageLevel.ERROR]
    now = speaker.clock.now()
    if not errors or not _due_unkept(speaker.state.alerts_lock, now):
        return
    channel = _channel(speaker, watch)
    if channel is None:
        return
    try:
        for one in errors:
            _send(speaker, channel, one, watch)
    except Exception as broken:  # noqa: BLE001 - as above
        speaker.journal.warning(f"Telling failed ({type(broken).__name__})")


def _due_unkept(lock: Path, now: datetime) -> bool:
    stamp = now.timestamp()
    try:
        if 0 <= stamp - below.look(lock).st_mtime < UNKEPT_EVERY.total_seconds():
            return False
        with below.folder(lock.parent) as folder:
            os.utime(lock.name, (stamp, stamp), dir_fd=folder, follow_symlinks=False)
    except OSError:
        return now.minute % 15 == 0
    return True


def _cleaned(message: Message, settings: Settings) -> Message:
    """Without any secret, whoever wrote the words."""
    return msgspec.structs.replace(
        message,
        title=clean(message.title, settings),
        text=clean(message.text, settings),
        rows=tuple((label, clean(value, settings)) for label, value in message.rows),
        lines=tuple(clean(line, settings) for line in message.lines),
        foot=clean(message.foot, settings),
    )
