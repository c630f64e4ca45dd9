"""A promise that did not hold: which, and how it shows. And the world's own mistakes, which are something else.

Neither is an Exception: they come up through the service's code, which must not take them for its own trouble.
"""

from __future__ import annotations


class Broken(BaseException):
    """Raised where the truth at the broker contradicts a promise; `promise` is its short name."""

    def __init__(self, promise: str, shown: str) -> None:
        super().__init__(f"{promise}: {shown}")
        self.promise = promise
        self.shown = shown

    def __reduce__(self) -> tuple[type[Broken], tuple[str, str]]:
        return Broken, (self.promise, self.shown)


class WorldWrong(BaseException):
    """The world itself failed; nothing is said about the service."""
