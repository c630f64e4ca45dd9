"""Keeps a person's note on a trade, for as long as its ledger is kept."""

from __future__ import annotations

from datetime import date

from execution.operator.refusal import Cause, Refusal
from execution.operator.word import PersonsWord
from execution.orders import parse_name
from execution.results.remarks import Remark, add_remark
from execution.state.directory import StateDir
from gates.base.locks import only_one
from gates.base.statefile import StateUnreadable, UnreadableCause
from gates.mode import Mode

LOCK_WAIT_SECONDS = 60
MOST_CHARACTERS = 1000


class NotNoted(Refusal):
    __slots__ = ()


def note(state: StateDir, ident: str, word: PersonsWord) -> Remark | NotNoted:
    """Keep the note, if a ledger has an entry of this id."""
    if not word.reason:
        return NotNoted(Cause.REQUEST, "the note is empty; write what there is to say of the trade")
    if len(word.reason) > MOST_CHARACTERS:
        return NotNoted(Cause.REQUEST, f"the note has {len(word.reason)} characters, {MOST_CHARACTERS} are the most")
    problem = _unknown(state, ident)
    if problem is not None:
        return NotNoted(Cause.REQUEST, problem)
    with only_one(state.lock, LOCK_WAIT_SECONDS):
        return add_remark(state.notes, ident, word.at, word.by, word.reason)


def _unknown(state: StateDir, ident: str) -> str | None:
    """Why no entry has this id, as far as the ledgers can be read; its own session's, and the current ones."""
    name, broken = parse_name(ident), []
    for mode in Mode:
        file = state.ledger(mode)
        for path in (file.path, *((file.archive_path(name.day),) if name is not None else ())):
            try:
                if file.load_from(path).find(ident) is not None:
                    return None
            except StateUnreadable as unreadable:
                broken.append(unreadable)
    if name is not None and any(_is_damaged(one, name.day) for one in broken):
        return None  # the ledger that had it is damaged; what a person knows of it is worth the more
    return f"{ident} is in no ledger; `execution trades` lists the ids"


def _is_damaged(broken: StateUnreadable, day: date) -> bool:
    return broken.path.stem == str(day) and broken.cause is not UnreadableCause.MISSING
