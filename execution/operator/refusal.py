"""Defines a refused request and its causes, so that a verb, a page and a chat each say it in their own way.

A refusal is a value: nothing was done, and the person has to change something first. What broke meanwhile, such as a
disk that takes nothing or a lock that another process holds, stays an exception.
"""

from __future__ import annotations

from enum import Enum

from gates.base.record import dataclass


class Cause(Enum):
    """What the person has to do about it."""

    REQUEST = "ask for something else"
    SETTINGS = "mend the settings"
    BROKER = "wait for the broker, or use its own page"
    STATE = "mend the state directory"
    BUSY = "say it again when the other process is done"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Says why nothing was done. `about` is the field of the request that is at fault; `why` then goes on from it."""

    cause: Cause
    why: str
    about: str | None = None
