"""A limit on the whole of a request, however it drips; in the main thread, where alarms exist."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from gates.base.timelimit import RequestTimeout, total_limit


def test_what_takes_too_long_is_ended() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(RequestTimeout, match=r"no complete answer within 0\.1s"), total_limit(0.1):
            os.read(reading, 1)  # nobody ever writes
    finally:
        os.close(reading)
        os.close(writing)


def test_what_is_in_time_leaves_no_alarm_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with total_limit(60):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_in_another_thread_the_plain_timeout_holds() -> None:
    seen: list[float] = []

    def work() -> None:
        with total_limit(60):
            seen.append(signal.getitimer(signal.ITIMER_REAL)[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [0.0]
