"""Makes LIVE possible for the sessions of given terms, and takes it away again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from execution.operator.arm_terms import NotArmed, Terms
from execution.operator.refusal import Cause, Refusal
from execution.service import Service
from execution.state import arming
from execution.state.arming import Armed
from execution.state.directory import StateDir
from execution.state.inventory import stays_open
from execution.state.switches import other_token
from gates.base.locks import only_one
from gates.base.statefile import StateUnwritable

LOCK_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Disarmed:
    """Says what was removed, what stays open at the broker, and which token of root's still counts."""

    removed: tuple[str, ...]
    stays: str
    still_there: Path | None


class NotDisarmed(Refusal):
    __slots__ = ()


def arm(service: Service, terms: Terms, confirmed: str) -> Armed | NotArmed:
    """Write the record and its token under the lock, for the account whose number the person gave."""
    number = terms.armed.account
    if confirmed != number:
        return NotArmed(Cause.REQUEST, f"{confirmed!r} is not the account number ({number})")
    with only_one(service.state.lock, LOCK_WAIT_SECONDS):
        arming.write(service.state, terms.armed)
    return terms.armed


def disarm(state: StateDir) -> Disarmed | NotDisarmed:
    """Remove the token and the record. Neither network nor valid settings are needed."""
    try:
        removed = arming.disarm(state)
    except StateUnwritable as broken:
        return NotDisarmed(Cause.STATE, str(broken))
    return Disarmed(tuple(removed), stays_open(state), other_token(state))
