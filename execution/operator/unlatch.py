"""Ends one latch on a person's word, which is kept."""

from __future__ import annotations

from execution.operator.refusal import Cause, Refusal
from execution.operator.word import LOCK_WAIT_SECONDS, PersonsWord
from execution.state import latches
from execution.state.directory import StateDir
from execution.state.latches import Latch
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable


@dataclass(frozen=True, slots=True)
class Unlatched:
    latch: Latch

    @property
    def protects_again(self) -> bool:
        """Whether cycles had left shares without a stop because of it."""
        return self.latch.name == latches.FLATTEN or self.latch.symbol is not None


class NotUnlatched(Refusal):
    __slots__ = ()


def unlatch(state: StateDir, name: str, word: PersonsWord) -> Unlatched | NotUnlatched:
    if not word.reason:
        return NotUnlatched(Cause.REQUEST, "is empty; write why it is safe again", "reason")
    with only_one(state.lock, LOCK_WAIT_SECONDS):
        try:
            cleared = latches.clear(state.latches, name, word.at, word.by, word.reason)
        except StateUnreadable as broken:
            remedy = "`execution latches clear unreadable --reason TEXT` puts it aside"
            raise StateUnreadable(broken.path, f"{broken.what}; {remedy}") from None
    if cleared is None:
        known = ", ".join(latch.name for latch in latches.load(state.latches).latches) or "nothing"
        return NotUnlatched(Cause.REQUEST, f"{name!r} is not latched; latched: {known}")
    return Unlatched(cleared)
