"""`tell`: first remember what is to be said, then say it in order, then remember that it was said."""

from __future__ import annotations

from collections.abc import Sequence

from execution.notify.messages import Message
from execution.service import Service

BUDGET_SECONDS = 3.0


def tell(
    service: Service, messages: Sequence[Message] = (), budget_seconds: float = BUDGET_SECONDS, *, once: str | None = None
) -> bool:
    """Put `messages` in the outbox of alerts.json, send what waits there, oldest first. Never raises.

    True when nothing waits any more (also when no channel is configured, or `once` was told before).
    `once` names something told once for ever, such as "summary 2026-11-20": remembered in the same
    write that takes the messages, so it is told at least once and, but for a death, once.
    A message with a `picture` (path of a PNG) has it uploaded where the channel takes pictures.
    """
    raise NotImplementedError


def was_told(service: Service, once: str) -> bool:
    """Whether `tell(..., once=once)` took it before."""
    raise NotImplementedError
