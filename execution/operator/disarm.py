"""Takes LIVE away; no broker is asked and none is loaded."""

from __future__ import annotations

from pathlib import Path

from execution.operator.refusal import Cause, Refusal
from execution.state import arming
from execution.state.directory import StateDir
from execution.state.inventory import stays_open
from execution.state.switches import other_token
from gates.base.record import dataclass
from gates.base.statefile import StateUnwritable


@dataclass(frozen=True, slots=True)
class Disarmed:
    """Says what was removed, what stays open at the broker, and which token of root's still counts."""

    removed: tuple[str, ...]
    stays: str
    still_there: Path | None


class NotDisarmed(Refusal):
    __slots__ = ()


def disarm(state: StateDir) -> Disarmed | NotDisarmed:
    """Remove the token and the record. Neither network nor valid settings are needed."""
    try:
        removed = arming.disarm(state)
    except StateUnwritable as broken:
        return NotDisarmed(Cause.STATE, str(broken))
    return Disarmed(tuple(removed), stays_open(state), other_token(state))
