"""A promise that did not hold: which, and how it shows."""

from __future__ import annotations


class Broken(Exception):
    """Raised where the truth at the broker contradicts a promise; `promise` is its short name."""

    def __init__(self, promise: str, shown: str) -> None:
        super().__init__(f"{promise}: {shown}")
        self.promise = promise
        self.shown = shown
