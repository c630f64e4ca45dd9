"""Prints what a process finds around itself, and leaves as its words ask: for the test of the fork server."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time


def appearance() -> dict[str, object]:
    handled = {number.name: str(signal.getsignal(number)) for number in signal.Signals if number.name != "SIGKILL"}
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return {
        "words": sys.argv[1:],
        "name": sys.argv[0],
        "entrance": __name__,
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "zone": time.strftime("%Z %z", time.gmtime(0)) + time.tzname[0],
        "umask": os.umask(0o077),
        "open": sorted(os.listdir("/proc/self/fd")),
        "streams": [(one.encoding, one.errors, one.line_buffering, one.isatty(), one.fileno()) for one in streams],
        "signals": handled,
        "blocked": [str(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
        "threads": threading.active_count(),
        "hooks": [sys.excepthook is sys.__excepthook__, sys.gettrace() is None],
    }


def leave(how: str) -> None:
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "raises":
        raise LookupError("as it ends")
    sys.exit(int(how) if how.isdigit() else how or None)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(appearance()) + "\n")
    sys.stderr.write("what is an \N{EM DASH}?\n")
    sys.stdout.flush()
    leave(sys.argv[1])
