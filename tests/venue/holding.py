"""Where requests wait that the venue does not answer yet, and how they are let go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 20.0


class Holding:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held = 0
        self._releases = 0
        self._closed = False

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._changed:
            self._held += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._held -= 1
                self._changed.notify_all()

    def wait_for_release(self) -> None:
        """Return at the next release, or when the venue closes."""
        with self.counted(), self._changed:
            before = self._releases
            self._changed.wait_for(lambda: self._closed or self._releases > before)

    def pause(self, seconds: float) -> bool:
        """Let time pass in the server; False when the venue is closing."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._closed, seconds)

    def release(self) -> None:
        with self._changed:
            self._releases += 1
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_until(self, held: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Block until at least `held` requests wait here; TimeoutError when they never do."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._held >= held, patience_seconds):
                raise TimeoutError(f"{self._held} requests are held, not {held}")

    def wait_until_free(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Block until none waits any more: every client it kept is gone or served."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._held, patience_seconds):
                raise TimeoutError(f"{self._held} requests are still held")
