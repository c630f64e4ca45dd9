"""Limits how long a call may take by the clock on the wall, whatever it hangs in.

A socket's timeout counts anew with every byte, and neither it nor an alarm ends a look-up of a name
that gets no answer. So the call is made in a thread that dies with the process, and left behind when
its time is over. At most one is left behind: while it hangs, nothing new is begun.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from execution.channel.port import NotTaken

T = TypeVar("T")

_left_behind: list[threading.Thread] = []


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises, or NotTaken when that takes longer."""
    _left_behind[:] = [thread for thread in _left_behind if thread.is_alive()]
    if _left_behind:
        raise NotTaken("the request before still hangs")
    done: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            done.append(call())
        except BaseException as broken:  # noqa: BLE001 - raised again where it is waited for
            failed.append(broken)

    thread = threading.Thread(target=work, name="telling", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if done:
        return done[0]
    if failed:
        raise failed[0]
    _left_behind.append(thread)
    raise NotTaken(f"no complete answer within {seconds:.1f}s")
