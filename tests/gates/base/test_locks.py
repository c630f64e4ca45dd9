"""One process at a time, tried with real processes: held, dropped by a kill, deleted by hand."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gates.base.environment import CHECKOUT
from gates.base.errors import EXIT_NOT_NOW, LockHeld
from gates.base.locks import _open, _taken, only_one
from gates.base.statefile import StateUnwritable

HOLDER = """
import sys
from pathlib import Path
from gates.base.errors import LockHeld
from gates.base.locks import only_one
try:
    with only_one(Path(sys.argv[1]), float(sys.argv[2])):
        print("held", flush=True)
        sys.stdin.readline()
except LockHeld as held:
    print(held, flush=True)
    sys.exit(held.exit_code)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")
Holder = subprocess.Popen[str]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "execution.lock"


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A directory that anybody may enter; pytest keeps its own to itself."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture
def start(lock: Path) -> Iterator[Callable[[], tuple[Holder, str]]]:
    """Starts a process that takes the lock and keeps it; with the first thing it said."""
    started: list[Holder] = []

    def go(wait_seconds: float = 0) -> tuple[Holder, str]:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(lock), str(wait_seconds)],
            cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(holder)
        assert holder.stdout is not None
        return holder, "" if wait_seconds > 1 else holder.stdout.readline().strip()

    yield go
    for holder in started:
        holder.kill()
        holder.communicate()


def test_the_lock_is_private_and_stays_when_released(lock: Path) -> None:
    with only_one(lock):
        inode = lock.stat().st_ino
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    with only_one(lock):
        assert lock.stat().st_ino == inode


def test_it_is_released_when_the_work_fails(lock: Path) -> None:
    with pytest.raises(RuntimeError), only_one(lock):
        raise RuntimeError
    with only_one(lock):
        pass


def test_a_second_holder_in_the_same_process_is_refused(lock: Path) -> None:
    with only_one(lock), pytest.raises(LockHeld, match="another process is at work"), only_one(lock):
        pass


@pytest.mark.processes
def test_a_second_process_is_refused_at_once_and_the_first_goes_on(lock: Path, start: Callable[[], object]) -> None:
    first, said = start()
    assert said == "held"
    second, said = start()
    assert "another process is at work" in said
    assert second.wait(60) == EXIT_NOT_NOW
    first.communicate("\n", timeout=60)
    assert first.returncode == 0
    with only_one(lock):
        pass


@pytest.mark.processes
def test_one_that_waits_gets_it_when_the_first_lets_go(lock: Path, start: Callable[..., tuple[Holder, str]]) -> None:
    first, _ = start()
    waiting, _ = start(30)
    first.communicate("\n", timeout=60)
    said, _ = waiting.communicate("\n", timeout=60)
    assert (said.strip(), waiting.returncode) == ("held", 0)


@pytest.mark.processes
def test_one_that_waits_gives_up_in_time(lock: Path, start: Callable[..., tuple[Holder, str]]) -> None:
    start()
    second, said = start(0.3)
    assert "another process is at work" in said and second.wait(60) == EXIT_NOT_NOW


@pytest.mark.processes
def test_a_killed_process_holds_nothing(lock: Path, start: Callable[[], object]) -> None:
    holder, said = start()
    assert said == "held"
    holder.send_signal(signal.SIGKILL)
    holder.wait(60)
    with only_one(lock):
        pass


@pytest.mark.processes
@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_deleting_the_lock_file_lets_nobody_in(lock: Path, start: Callable[[], object], how: str) -> None:
    """Runbooks advise to delete a "stale" lock; the process that holds it is still at work."""
    _, said = start()
    assert said == "held"
    lock.unlink()
    if how == "replaced":
        lock.touch(0o600)
    second, said = start()
    assert said != "held"
    assert second.wait(60) == EXIT_NOT_NOW


@pytest.mark.processes
def test_many_at_once_are_one_after_another(lock: Path) -> None:
    """Each takes the lock and adds one to a file, without care; nothing is lost."""
    counter = lock.with_name("counter")
    counter.write_text("0")
    code = (
        "import sys; from pathlib import Path; from gates.base.errors import LockHeld; "
        "from gates.base.locks import only_one\n"
        "lock = Path(sys.argv[1]); counter = lock.with_name('counter')\n"
        "done = 0\n"
        "while done < 50:\n"
        "    try:\n"
        "        with only_one(lock):\n"
        "            counter.write_text(str(int(counter.read_text()) + 1)); done += 1\n"
        "    except LockHeld:\n"
        "        pass\n"
    )
    workers = [subprocess.Popen([sys.executable, "-c", code, str(lock)], cwd=CHECKOUT) for _ in range(4)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0, 0]
    assert counter.read_text() == "200"


@pytest.mark.parametrize("kind", ["link", "directory", "missing directory"])
def test_what_cannot_be_a_lock_is_unwritable_state(lock: Path, kind: str) -> None:
    if kind == "link":
        (lock.parent / "elsewhere").touch()
        lock.symlink_to(lock.parent / "elsewhere")
    elif kind == "directory":
        lock.mkdir()
    else:
        lock = lock.parent / "gone" / lock.name
    with pytest.raises(StateUnwritable, match=str(lock.parent)), only_one(lock):
        pass


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_who_gets_out_needs_the_directory_alone_and_keeps_everybody_away_by_it(lock: Path, kind: str) -> None:
    lock.symlink_to(lock.parent / "elsewhere") if kind == "link" else lock.mkdir()
    with only_one(lock, getting_out=True):
        with pytest.raises(LockHeld), only_one(lock, getting_out=True):
            pass
        lock.unlink() if kind == "link" else lock.rmdir()
        with pytest.raises(LockHeld), only_one(lock):
            pass


NO_LOCKS = [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS]


@pytest.mark.parametrize("number", NO_LOCKS)
def test_a_file_system_without_locks_traps_nobody_and_lets_no_cycle_in(
    lock: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """As some network file systems answer; who gets out is told, and goes on."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    with only_one(lock, getting_out=True) as unlocked:
        assert unlocked == f"{lock.parent} cannot be locked (cannot write {lock}: {os.strerror(number)})"
    with pytest.raises(StateUnwritable, match=os.strerror(number)), only_one(lock):
        pass


def test_one_lock_of_the_two_is_enough_to_get_out(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that cannot be locked: the file's lock keeps the others away."""
    flock = fcntl.flock

    def files_only(handle: int, what: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EBADF, "Bad file descriptor")
        flock(handle, what)

    monkeypatch.setattr("fcntl.flock", files_only)
    with only_one(lock, getting_out=True) as unlocked:
        assert unlocked is None
        with pytest.raises(LockHeld), only_one(lock, getting_out=True):
            pass


def test_where_nothing_can_be_opened_who_gets_out_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "execution.lock"
    with only_one(gone, getting_out=True) as unlocked:
        assert unlocked == f"{gone.parent} cannot be locked (neither it nor its lock can be opened)"
    with pytest.raises(StateUnwritable), only_one(gone):
        pass


@pytest.mark.processes
@as_root
def test_a_lock_file_that_may_only_be_read_still_locks(anybodys: Path) -> None:
    """A read-only state dir: we still keep out of each other's way, and say later what cannot be written."""
    lock = anybodys / "execution.lock"
    lock.touch()
    lock.chmod(0o444)
    code = HOLDER.replace("try:", "import os; os.setgid(65534); os.setuid(65534)\ntry:", 1)
    with only_one(lock):
        command = [sys.executable, "-c", code, str(lock), "0"]
        second = subprocess.run(command, cwd=CHECKOUT, input="\n", capture_output=True, text=True, timeout=30)
        assert second.returncode == EXIT_NOT_NOW, second.stderr
    second = subprocess.run(command, cwd=CHECKOUT, input="\n", capture_output=True, text=True, timeout=30)
    assert (second.returncode, second.stdout) == (0, "held\n"), second.stderr


def test_whoever_waits_looks_again_until_the_time_is_over(lock: Path) -> None:
    with only_one(lock), pytest.raises(LockHeld), only_one(lock, wait_seconds=0.15):
        pytest.fail("it was held")


class Watch:
    """A clock that goes on by one second whenever it is waited for."""

    def __init__(self) -> None:
        self.seconds = 0

    def monotonic(self) -> int:
        return self.seconds

    def sleep(self, _: float) -> None:
        self.seconds += 1


@pytest.mark.parametrize(("waits", "waited"), [({}, 0), ({"wait_seconds": 0}, 0), ({"wait_seconds": 3}, 3)])
def test_the_last_look_is_when_the_time_is_over(
    lock: Path, monkeypatch: pytest.MonkeyPatch, waits: dict[str, float], waited: int
) -> None:
    watch = Watch()
    monkeypatch.setattr("gates.base.locks.time", watch)
    with only_one(lock), pytest.raises(LockHeld), only_one(lock, **waits):
        pytest.fail("it was held")
    assert watch.seconds == waited


def test_a_lock_that_the_file_system_refuses_is_unwritable_state(lock: Path) -> None:
    handle = os.open(lock.parent, os.O_PATH)
    try:
        with pytest.raises(StateUnwritable):
            _taken(handle, lock, last_try=True)
    finally:
        os.close(handle)


@as_root
@pytest.mark.parametrize("mode", [0o444, 0o000])
def test_one_who_may_not_write_the_lock_file_reads_it_or_is_told(anybodys: Path, mode: int) -> None:
    path = anybodys / "execution.lock"
    path.touch()
    path.chmod(mode)
    os.seteuid(65534)
    try:
        if mode:
            os.close(_open(path))
        else:
            with pytest.raises(StateUnwritable):
                _open(path)
    finally:
        os.seteuid(0)
