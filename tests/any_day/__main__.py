"""Runs the journeys marked `any_day` at moments of another day: `make any-day`, `make any-day MOMENTS="tokyo chatham"`.

Every process of a run, pytest included, gets its clock from libfaketime as an offset to the real one, so that all
of them agree and time passes. One clock in shared memory serves all processes: a clock of each process outlives one
that is killed, meets a later one of the same number, and ends a process that became another user.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from any_day.moments import MOMENTS, Moment, of_commit

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")
PROBE = "import os,sys,time; f=os.open(sys.argv[1],os.O_CREAT|os.O_WRONLY); print(time.time()-os.fstat(f).st_mtime)"
KEEPER = "import os, sys; print(os.environ['FAKETIME_SHARED'], flush=True); sys.stdin.read()"
SHARED = Path("/dev/shm")
TESTS = ("-m", "any_day and not slow", "-p", "no:cacheprovider", "--tb=short")
MISSING = """any-day: libfaketime is not on this machine (looked for /usr/lib/*/faketime/libfaketime.so.1).
On Debian and Ubuntu: apt install faketime"""


def library() -> Path | None:
    found = [path for pattern in LIBRARIES for path in sorted(Path("/").glob(pattern.lstrip("/")))]
    return found[0] if found else None


def environment(moment: Moment, preload: Path) -> dict[str, str]:
    """A newcomer's, at that moment."""
    ahead = round((moment.at.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR", "CI") if name in os.environ}
    return {
        **kept,
        "PYTHONUTF8": "1",
        "TZ": moment.zone,
        "LD_PRELOAD": str(preload),
        "FAKETIME": f"{ahead:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(HERE / "shim"),
    }


def with_file_times(environ: dict[str, str], scratch: Path) -> dict[str, str]:
    """Where the library leaves file times as they are, they are moved by our own shim."""
    path = scratch / "probe"
    command = [sys.executable, "-c", PROBE, str(path)]
    age = float(subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout)
    path.unlink()
    ahead = int(environ["FAKETIME"])
    return environ if abs(age) < abs(ahead) / 2 else {**environ, "FILE_TIMES_AHEAD_NS": str(ahead * 10**9)}


@contextmanager
def one_clock(environ: dict[str, str]) -> Iterator[dict[str, str]]:
    """The library's clock in shared memory, open to every user that a journey becomes."""
    command, pipe = [sys.executable, "-c", KEEPER], subprocess.PIPE
    with subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe, text=True) as keeper:
        assert keeper.stdin is not None and keeper.stdout is not None
        names = keeper.stdout.readline().strip()
        semaphore, memory = (name.strip("/") for name in names.split())
        files = (SHARED / f"sem.{semaphore}", SHARED / memory)
        for path in files:
            path.chmod(0o666)
        try:
            yield {**environ, "FAKETIME_SHARED": names}
        finally:
            keeper.stdin.close()
            keeper.wait()
            for path in files:
                path.unlink(missing_ok=True)


def walk(moment: Moment, preload: Path, logs: Path, options: Sequence[str]) -> tuple[bool, str]:
    """One run; whether it passed, and pytest's closing line."""
    log = logs / f"{moment.name}.log"
    with one_clock(with_file_times(environment(moment, preload), logs)) as environ, log.open("wb") as out:
        command = [sys.executable, "-m", "pytest", *TESTS, *options]
        code = subprocess.run(command, cwd=CHECKOUT, env=environ, stdout=out, stderr=out, check=False).returncode
    lines = log.read_text("utf-8", "replace").splitlines()
    if code != 0:
        sys.stdout.write("\n".join(lines) + "\n")
    return code == 0, lines[-1] if lines else "it said nothing"


def chosen(options: argparse.Namespace) -> Sequence[Moment]:
    if options.commit:
        return of_commit(options.commit, options.count)
    return [moment for moment in MOMENTS if not options.moments or moment.name in options.moments]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="any_day", description="Run the journeys at moments of another day.")
    parser.add_argument("moments", nargs="*", metavar="MOMENT", help="by name; all when none is given")
    parser.add_argument("--commit", help="the moments that belong to this commit")
    parser.add_argument("--count", type=int, default=3, help="how many a commit has")
    parser.add_argument("--list", action="store_true", help="say which, and run nothing")
    parser.add_argument("--pytest", default="", metavar="OPTIONS", help="further options for pytest")
    options = parser.parse_args(arguments)
    strangers = set(options.moments) - {moment.name for moment in MOMENTS}
    if strangers:
        parser.error(f"there is no moment {', '.join(sorted(strangers))}; --list shows them")
    moments = chosen(options)
    for moment in moments:
        sys.stdout.write(f"{moment.name:<22} {moment}  host {moment.at_the_host}\n")
    return 0 if options.list else walk_all(moments, options.pytest.split())


def walk_all(moments: Sequence[Moment], options: Sequence[str]) -> int:
    preload = library()
    if preload is None:
        sys.stderr.write(f"{MISSING}\n")
        return 1
    logs = CHECKOUT / "build" / "any-day"
    logs.mkdir(parents=True, exist_ok=True)
    results = []
    for number, moment in enumerate(moments, 1):
        sys.stdout.write(f"\n[{number}/{len(moments)}] {moment.name}: {moment}, host {moment.at_the_host} …\n")
        sys.stdout.flush()
        began = time.monotonic()
        passed, closing = walk(moment, preload, logs, options)
        results.append((moment, passed, closing, time.monotonic() - began))
        sys.stdout.write(f"    {'passed' if passed else 'FAILED'}: {closing}\n")
    sys.stdout.write("\nmoment                 in New York               result     time  pytest\n")
    for moment, passed, closing, seconds in results:
        word = "passed" if passed else "FAILED"
        sys.stdout.write(f"{moment.name:<22} {moment!s:<25} {word}  {seconds:5.0f} s  {closing}\n")
    failed = sum(not passed for _, passed, _, _ in results)
    sys.stdout.write(f"\n{len(results) - failed} passed, {failed} failed\n")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
