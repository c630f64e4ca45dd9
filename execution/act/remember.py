"""Records which guard files were begun and which session a token serves, so that a lost or restored file is known."""

from __future__ import annotations

from datetime import datetime

import msgspec

from execution.service import Service
from execution.state import guards, tokens
from execution.state.directory import StateRecord
from execution.state.presence import read_token
from execution.view.look import Look
from gates.base.statefile import StateUnwritable


def with_guards(service: Service, record: StateRecord, now: datetime) -> tuple[StateRecord, str | None]:
    """The record with every guard file begun; what keeps the disk from taking it, or None. The files come first: a
    death before the record begins them again, and a file that is there is never replaced."""
    state, journal = service.state, service.journal
    names = guards.not_begun(record.begun)
    try:
        if tokens.begin_again(state.tokens, read_token(state.token)[0].content, now):
            journal.warning(f"{tokens.FILE} was lost; begun again, and a hand-made token that lies there is expired")
        if names:
            guards.begin(state.root, names)
            record = msgspec.structs.replace(record, begun=(*record.begun, *names))
            state.write_record(record)
            files = ", ".join(guards.GUARDS[name][0] for name in names)
            journal.info(f"State dir {state.root}: begun {files}; from now on one that is gone closes entries")
    except StateUnwritable as unwritable:
        return record, str(unwritable)
    return record, None


def remember_token(service: Service, seen: Look) -> None:
    """Durably, before anything is sent by it: the session that a hand-made token serves."""
    taken = any(answer.gate == "confirm_token" and answer.passed for answer in seen.mode_answers)
    if taken and seen.session is not None:
        token = service.settings.live_confirm_token.reveal().encode("utf-8", "surrogateescape")
        tokens.remember(service.state.tokens, token, seen.session.day, seen.now)
