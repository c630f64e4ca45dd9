"""Starts a command as the fork of one process that has everything imported, at a fraction of a cold start's price.

What runs is `python -m MODULE WORDS…` as a process of its own, with its own number, environment, streams and death;
only the imports are done before it begins. Tests that start hundreds of commands use this. What a cold start alone
can show (which modules a verb loads, how Python reads its environment) goes on to be tried with cold processes:
`fits` says which environments a fork can have, and `make any-day` starts every command of the journeys cold.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, NoReturn, TextIO

from support import host
from support.records import compile_records

TESTS = Path(__file__).resolve().parent.parent
CHECKOUT = TESTS.parent
LARGEST_JOB = 100_000
TIMEOUT_SECONDS = 120
PACKAGES = {"execution": ("gates", "execution"), "scanner": ("gates", "scanner")}
OF_THE_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "OPENBLAS_", "OMP_")
"""Variables that Python, or the C library, reads once, at a process's start."""
ENTRANCE = "__main__"

Said = subprocess.CompletedProcess[str]


def command(program: str, words: Sequence[str], environ: Mapping[str, str], before: Sequence[str] = ()) -> Said:
    """`execution …` or `scanner …` to its end, with this environment alone; `before` is put in front of a cold one."""
    if not before and fits(words, environ):
        return forkserver(*PACKAGES[program]).run(program, words, environ, TIMEOUT_SECONDS)
    called = [*before, sys.executable, "-m", program, *words]
    asked: dict[str, Any] = {"capture_output": True, "stdin": subprocess.DEVNULL, "timeout": TIMEOUT_SECONDS}
    done = subprocess.run(called, cwd=CHECKOUT, env=environ, check=False, **asked)
    return Said(called, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


class ForkServer:
    """The tests' end. Several threads may have commands run at the same time."""

    def __init__(self, *packages: str) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.forkserver", str(theirs.fileno()), *packages],
            cwd=CHECKOUT,
            env={"PATH": os.defpath, "PYTHONPATH": str(TESTS), "OPENBLAS_NUM_THREADS": "1"},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()

    def close(self) -> None:
        self._door.close()
        self._process.wait(timeout=host.PATIENCE_SECONDS)

    def run(self, module: str, words: Sequence[str], environ: Mapping[str, str], timeout: float) -> Said:
        """As `subprocess.run` does it with captured text; a negative code is the signal that ended the command."""
        job = as_job(module, words, environ)
        here, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pipes = [os.pipe(), os.pipe()]
        given = [theirs.fileno(), *(write for _, write in pipes)]
        try:
            socket.send_fds(self._door, [job], given)
        finally:
            theirs.close()
            for _, write in pipes:
                os.close(write)
        with here, open(pipes[0][0], "rb") as out, open(pipes[1][0], "rb") as err:
            here.settimeout(timeout)
            pid = int(here.recv(64))
            told = _read_to_the_end([out.fileno(), err.fileno()], timeout)
            if told is None:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired([module, *words], timeout)
            code = int(here.recv(64))
        return Said([module, *words], code, *(text.decode("utf-8") for text in told))


def as_job(module: str, words: Sequence[str], environ: Mapping[str, str]) -> bytes:
    return json.dumps([module, *words, dict(environ)]).encode()


def fits(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether the fork of a process that began without these variables is what a process that began with them is."""
    asked = {name for name in environ if name.startswith(OF_THE_START)}
    return not asked and not host.clock() and len(as_job("", words, environ)) < LARGEST_JOB


@cache
def forkserver(*packages: str) -> ForkServer:
    """One for each test process, begun when first asked for."""
    made = ForkServer(*packages)
    atexit.register(made.close)
    return made


def _read_to_the_end(streams: Iterable[int], timeout: float) -> list[bytes] | None:
    told: dict[int, bytearray] = {stream: bytearray() for stream in streams}
    ends = time.monotonic() + timeout
    with selectors.DefaultSelector() as waiting:
        for stream in told:
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(ends - time.monotonic())
            if not ready:
                return None
            for key, _ in ready:
                part = os.read(key.fd, 65536)
                told[key.fd] += part
                if not part:
                    waiting.unregister(key.fd)
    return [bytes(text) for text in told.values()]


# The server's end.


def load(packages: Iterable[str]) -> None:
    for package in packages:
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if not module.name.endswith(ENTRANCE):
                import_module(module.name)
    compile_records()
    gc.collect()
    gc.freeze()


def serve(door: socket.socket) -> None:
    """Fork for each job, and tell how each fork ended, until the tests' process has gone."""
    running: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as waiting:
        waiting.register(door, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is door:
                    job, given, _, _ = socket.recv_fds(door, LARGEST_JOB, 3)
                    if not job:
                        return
                    pid = os.fork()
                    if pid == 0:
                        be(*json.loads(job), out=given[1], err=given[2])
                    ending = os.pidfd_open(pid)
                    running[ending] = pid, socket.socket(fileno=given[0])
                    tell(running[ending][1], pid)
                    waiting.register(ending, selectors.EVENT_READ)
                    for stream in given[1:]:
                        os.close(stream)
                else:
                    waiting.unregister(key.fd)
                    pid, asker = running.pop(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(pid, 0)
                    with asker:
                        tell(asker, os.waitstatus_to_exitcode(status))


def tell(asker: socket.socket, number: int) -> None:
    with suppress(BrokenPipeError):  # it lost its patience and has gone
        asker.send(str(number).encode())


def be(module: str, *rest: str | dict[str, str], out: int, err: int) -> NoReturn:
    """Become that command, from its first line to its exit code."""
    *words, environ = rest
    code = 1
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 256)
        sys.stdout, sys.stderr = _again(sys.stdout, -1), _again(sys.stderr, 1)
        coerced = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}  # as Python's start does it
        os.environ.clear()
        os.environ.update(coerced | environ)  # type: ignore[operator]
        time.tzset()
        sys.argv = [module, *words]  # type: ignore[list-item]
        code = _ran(module)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - nothing returns into the server
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _again(stream: TextIO, buffering: int) -> TextIO:
    """A new one on the same number: Python asks only at a stream's start whether it is a pipe."""
    return open(stream.fileno(), "w", buffering, stream.encoding, stream.errors, closefd=False)


def _ran(module: str) -> int:
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or 0
        sys.stderr.write(f"{leaving.code}\n")
        return 1
    return 0


def main(door: str, *packages: str) -> None:
    sys.path.insert(0, str(CHECKOUT))
    load(packages)
    serve(socket.socket(fileno=int(door)))


if __name__ == "__main__":
    main(*sys.argv[1:])
