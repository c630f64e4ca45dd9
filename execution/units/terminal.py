"""Runs a command on a terminal of its own, and passes keys and output between it and the caller's.

The command never holds the terminal of whoever called it, so it cannot read what is typed there next, nor type into
it. What is a pipe or a file stays one. Keys reach the command while both standard input and output are a terminal in
the foreground; signals are passed on, and its exit code is ours.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import sys
import termios
import tty
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
OF_KEYS = (signal.SIGINT, signal.SIGQUIT)
"""What Ctrl-C and its like send, which a shell's background jobs begin with ignored."""
STANDARD = (0, 1, 2)
NOT_STARTED = 127
AT_ONCE = 65536


def attended(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Its exit code, or 128 and the signal that ended it."""
    screens = [fd for fd in STANDARD if os.isatty(fd)]
    sys.stdout.flush()
    if not screens:
        return _exit_code(os.waitpid(_watched(command, environ, [], None), 0)[1])
    keys = _takes_keys()
    ours, its = os.openpty()
    _same_size(screens[0], ours)
    child = _watched(command, environ, screens if keys else [fd for fd in screens if fd != 0], its)
    os.close(its)
    screen = 1 if 1 in screens else screens[-1]
    with _raw(keys), _bell() as bell:
        signal.signal(signal.SIGWINCH, lambda _signal, _frame: _same_size(screens[0], ours))
        return _exit_code(_carried(child, ours, screen, bell, keys=keys))


def _takes_keys() -> bool:
    """Whether what is typed is meant for us: not in a pipeline, whose last program may be reading the keyboard."""
    with suppress(OSError):
        return os.isatty(0) and os.isatty(1) and os.tcgetpgrp(0) == os.getpgrp()
    return False


def _started(command: Sequence[str], environ: Mapping[str, str], on_screen: Sequence[int], its: int | None) -> int:
    child = os.fork()
    if child:
        return child
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
        for number in (signal.SIGPIPE, *(OF_KEYS if its is not None else ())):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        if os.isatty(0) and 0 not in on_screen:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if its is not None:
            fcntl.ioctl(its, termios.TIOCSCTTY, 0)
            for fd in on_screen:
                os.dup2(its, fd)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.execve(command[0], list(command), dict(environ))
    except OSError as broken:
        os.write(2, f"{command[0]}: {broken.strerror}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def _watched(command: Sequence[str], environ: Mapping[str, str], on_screen: Sequence[int], its: int | None) -> int:
    """The child, started; what ends us ends it too, although it has a session of its own. A signal that comes before
    we can pass it on waits until we can."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    child = _started(command, environ, on_screen, its)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for number in PASSED_ON:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup, which is meant for the child too
            signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return child


def _carried(child: int, ours: int, screen: int, bell: int, *, keys: bool) -> int:
    """Everything typed to the child and everything it says to the screen, until it has ended; its wait status."""
    sources, status = [ours, bell, *([0] if keys else [])], None
    while True:
        ready = select.select(sources, [], [], 0 if status is not None else None)[0]
        if status is not None and ours not in ready:
            return status
        if bell in ready:
            os.read(bell, AT_ONCE)
            ended, found = os.waitpid(child, os.WNOHANG)
            status = found if ended else status
        if 0 in ready and not _carry(0, ours):
            sources.remove(0)
        if ours in ready and not _carry(ours, screen):
            sources.remove(ours)


def _carry(source: int, to: int) -> bool:
    """False at the end, which a terminal whose last user has gone tells by an error."""
    try:
        data = left = os.read(source, AT_ONCE)
        while left:
            left = left[os.write(to, left) :]
    except OSError:
        return False
    return bool(data)


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _same_size(screen: int, ours: int) -> None:
    with suppress(OSError):
        fcntl.ioctl(ours, termios.TIOCSWINSZ, fcntl.ioctl(screen, termios.TIOCGWINSZ, struct.pack("8x")))


@contextmanager
def _raw(keys: bool) -> Iterator[None]:
    """Every key goes to the child as it is typed, Ctrl-C too; its own terminal makes of it what it makes of it."""
    if not keys:
        yield
        return
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


@contextmanager
def _bell() -> Iterator[int]:
    """A file to wait on, which can be read when a signal has come: the child's end is one."""
    bell, rope = os.pipe()
    os.set_blocking(rope, False)
    before = signal.set_wakeup_fd(rope)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    os.write(rope, b"\0")  # the child may have ended before the signal was awaited
    try:
        yield bell
    finally:
        signal.set_wakeup_fd(before)
