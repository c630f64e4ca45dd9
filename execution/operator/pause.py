"""Creates PAUSED, so that nothing is opened, and removes it."""

from __future__ import annotations

from execution.operator.refusal import Cause, Refusal
from execution.operator.word import LOCK_WAIT_SECONDS, PersonsWord
from execution.state.directory import StateDir
from execution.state.latches import UNREADABLE, keep_marker
from execution.state.markers import put_up, take_down
from execution.state.presence import presence
from gates.base import below
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, StateUnwritable

NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True)
class Paused:
    said: tuple[str, ...]


class NotPaused(Refusal):
    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Resumed:
    """Says what PAUSED held; None where it was not there."""

    inside: str | None


class NotResumed(Refusal):
    __slots__ = ()


def pause(state: StateDir, word: PersonsWord) -> Paused | NotPaused:
    """Create PAUSED. Neither network, lock nor valid settings are needed; a directory that is none is an error."""
    if not below.is_folder(state.root):
        raise StateUnreadable(state.root, "is no state directory; AVWAP_STATE_DIR names the one the service uses")
    try:
        return Paused(tuple(put_up(state.paused, word.at, word.by, word.why)))
    except StateUnwritable as broken:
        return NotPaused(Cause.STATE, str(broken))


def resume(state: StateDir, word: PersonsWord) -> Resumed | NotResumed:
    """Keep what PAUSED said, and only then remove it."""
    if not presence(state.paused).in_force:
        return Resumed(None)
    with only_one(state.lock, LOCK_WAIT_SECONDS):
        try:
            inside = keep_marker(state.latches, state.paused, word.at, word.by, word.why or NO_REASON)
        except StateUnreadable as broken:
            remedy = f"`execution latches clear {UNREADABLE} --reason TEXT` puts it aside"
            return NotResumed(Cause.REQUEST, f"{broken}; {remedy}")
        take_down(state.paused)
    return Resumed(inside)
