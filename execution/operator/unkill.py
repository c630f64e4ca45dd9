"""Removes the kill files when no other cause of the kill is in force, and keeps what they said.

The broker's own suspend is lifted by the verb, before this is asked for.
"""

from __future__ import annotations

from pathlib import Path

from execution.operator.refusal import Cause, Refusal
from execution.operator.word import LOCK_WAIT_SECONDS, PersonsWord
from execution.service import Service
from execution.state import latches
from execution.state.markers import said_inside, take_down
from execution.state.switches import kills, root_kill_file
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, StateUnwritable


@dataclass(frozen=True, slots=True)
class KillFile:
    """A kill file that one may not remove, or one that was removed, and what it says."""

    path: Path
    inside: str


@dataclass(frozen=True, slots=True)
class Unkilled:
    """Says which files were removed, and which kill all the same until root removes them."""

    removed: tuple[KillFile, ...]
    still: tuple[KillFile, ...]


@dataclass(frozen=True, slots=True)
class NotUnkilled(Refusal):
    removed: tuple[KillFile, ...] = ()
    """What was removed before something broke."""


def other_causes(service: Service) -> tuple[str, ...]:
    """Why nothing may be sent whatever becomes of the kill files; each is ended where it lies."""
    found = []
    if service.settings.kill_switch:
        found.append("the KILL_SWITCH variable is set (environment or .env); take it out there and restart the unit")
    found += [
        f"latched in {service.state.latches}: {words}; `execution latches clear {name} --reason TEXT`"
        for name, words in latches.names_in_force(service.state.latches).items()
    ]
    return tuple(found)


def may_unkill(service: Service, word: PersonsWord) -> NotUnkilled | None:
    """Why the kill is not over, None when it may be ended."""
    if not word.reason:
        return NotUnkilled(Cause.REQUEST, "is empty; write why it is safe again", "reason")
    causes = other_causes(service)
    return NotUnkilled(Cause.REQUEST, "\n".join(causes)) if causes else None


def unkill(service: Service, word: PersonsWord) -> Unkilled | NotUnkilled:
    """Keep what each kill file said, and only then remove it. One in root's folder stays."""
    no = may_unkill(service, word)
    if no is not None:
        return no
    state, removed = service.state, list[KillFile]()
    ours = [path for path in kills(state) if path != root_kill_file(state)]
    if ours:
        with only_one(state.lock, LOCK_WAIT_SECONDS):
            for path in ours:
                try:
                    inside = latches.keep_marker(state.latches, path, word.at, word.by, word.reason)
                    take_down(path)
                except (StateUnreadable, StateUnwritable) as broken:
                    return NotUnkilled(Cause.STATE, str(broken), removed=tuple(removed))
                removed.append(KillFile(path, inside))
    still = tuple(KillFile(path, said_inside(path)) for path in kills(state))
    return Unkilled(tuple(removed), still)
