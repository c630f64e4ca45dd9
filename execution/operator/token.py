"""Makes the confirm token alone, as the runbook does with openssl, and hands its text on."""

from __future__ import annotations

import re
from pathlib import Path

from execution.operator.refusal import Cause, Refusal
from execution.state.arming import write_token
from execution.state.directory import StateDir, require_used
from execution.state.switches import other_token, token_file
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, read_bytes

FORM = re.compile(rb"[A-Za-z0-9-]{16,200}")
"""What `arm`, `token new` and the runbook's openssl make."""


@dataclass(frozen=True, slots=True)
class TokenMade:
    path: Path


class NotMade(Refusal):
    __slots__ = ()


def make_token(state: StateDir) -> TokenMade | NotMade:
    """Write a new token; the old one ends."""
    require_used(state)
    counts = other_token(state)
    if counts is not None:
        why = f"{counts} is there and counts before {state.token}; as root: rm {counts}, then say it again"
        return NotMade(Cause.REQUEST, why)
    write_token(state)
    return TokenMade(state.token)


def text_of_token(state: StateDir) -> bytes:
    """The exact text of the token that counts; StateUnreadable for what no program of ours would have made."""
    require_used(state)
    path = token_file(state)
    text = read_bytes(path)
    if not FORM.fullmatch(text):
        raise StateUnreadable(path, "is no token (16 to 200 letters, digits and - are wanted)")
    return text
