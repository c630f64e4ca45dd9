"""Says what we ask of a channel, so that a second one beside Slack is one module and one line in `wiring`.

A channel says one message at a time and answers in one of three ways: it returns (said), it raises
NotTaken (not now; say it again later, in order) or MessageRefused (never in this shape). It keeps within the
seconds it is given. What it raises names no address and no key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from execution.channel.messages import Message


class NotTaken(Exception):
    """The message was not said now; `retry_after_seconds` when the other side named a time."""

    def __init__(self, why: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_seconds = retry_after_seconds


class MessageRefused(Exception):
    """The other side will never take this message as it is."""


class Channel(Protocol):
    name: str
    takes_pictures: bool

    def send(self, message: Message, limit_seconds: float) -> None: ...

    def upload(self, picture: Path, title: str, limit_seconds: float) -> None:
        """A PNG beside the message just sent; only where `takes_pictures`."""
