"""Arms LIVE for the sessions of the terms that a person was shown and confirmed."""

from __future__ import annotations

from execution.operator.arm_terms import NotArmed, Terms
from execution.operator.refusal import Cause
from execution.operator.word import LOCK_WAIT_SECONDS
from execution.service import Service
from execution.state import arming
from execution.state.arming import Armed
from gates.base.locks import only_one


def arm(service: Service, terms: Terms, confirmed: str) -> Armed | NotArmed:
    """Write the record and its token under the lock, for the account whose number the person gave."""
    number = terms.armed.account
    if confirmed != number:
        return NotArmed(Cause.REQUEST, f"{confirmed!r} is not the account number ({number})")
    with only_one(service.state.lock, LOCK_WAIT_SECONDS):
        arming.write(service.state, terms.armed)
    return terms.armed
