from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from support import host
from support.forkserver import CHECKOUT, TESTS, ForkServer, Said, fits, forkserver

ENVIRON = {**host.environment(), "PATH": os.defpath, "COLUMNS": "91", "HOME": "/nowhere", "ODD": "\udc9f \N{BULLET}"}
MODULE = "support.appearance"


def cold(*words: str, **changes: str) -> Said:
    """The same command in a process that nothing prepared."""
    code = (
        f"import sys, runpy; sys.path.insert(1, {str(TESTS)!r}); runpy.run_module({MODULE!r}, None, '__main__', True)"
    )
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(
        command,
        env=ENVIRON | changes,
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def forked(*words: str, **changes: str) -> Said:
    return forkserver("gates", "execution").run(MODULE, words, ENVIRON | changes, host.PATIENCE_SECONDS)


@pytest.mark.parametrize("changes", [{}, {"TZ": "Pacific/Chatham"}, {"TZ": "Asia/Tokyo"}, {"NO_COLOR": "1"}], ids=str)
def test_a_fork_finds_around_itself_what_a_cold_process_finds(changes: dict[str, str]) -> None:
    one, other = json.loads(forked("0", **changes).stdout), json.loads(cold("0", **changes).stdout)
    assert one == other


@pytest.mark.parametrize("how", ["0", "3", "255", "", "with a sentence", "killed", "raises"])
def test_it_ends_as_a_cold_process_ends(how: str) -> None:
    one, other = forked(how), cold(how)
    assert (one.returncode, one.stderr.splitlines()[0]) == (other.returncode, other.stderr.splitlines()[0])
    assert one.stderr.splitlines()[-1] == other.stderr.splitlines()[-1]
    assert json.loads(one.stdout)["words"] == [how]


def test_each_is_a_process_of_its_own_and_leaves_nothing_behind_for_the_next() -> None:
    first, second = (json.loads(forked("0", ODD=odd).stdout) for odd in ("1", "2"))
    assert first["umask"] == second["umask"]
    assert (first["environment"]["ODD"], second["environment"]["ODD"]) == ("1", "2")


def test_several_run_at_the_same_time(tmp_path: Path) -> None:
    """One waits for a pipe's other end, which only a later one opens."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said: list[Said] = []
    with_pipe = ENVIRON | {"PIPE": str(pipe)}

    def ask(how: str) -> None:
        said.append(forkserver("gates", "execution").run("support.rendezvous", [how], with_pipe, host.PATIENCE_SECONDS))

    asking = [threading.Thread(target=ask, args=(how,)) for how in ("read", "write")]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert sorted(one.stdout for one in said) == ["read met\n", "write met\n"]


def test_one_that_takes_too_long_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forkserver("gates", "execution").run("support.rendezvous", ["stay"], ENVIRON, 0.2)


def test_a_server_ends_with_what_asked_it() -> None:
    served = ForkServer("gates")
    served.close()
    assert served._process.returncode == 0


@pytest.mark.parametrize("name", ["PYTHONUTF8", "LC_ALL", "LANG", "LD_PRELOAD", "PYTHONHASHSEED"])
def test_what_python_reads_at_its_start_wants_a_cold_process(name: str) -> None:
    assert not fits(["run"], ENVIRON | {name: "1"})


def test_a_usual_environment_does_not_unless_the_clock_was_moved() -> None:
    assert fits(["run"], ENVIRON) == (not host.clock())
    assert not fits(["run", "x" * 200_000], ENVIRON)
