"""A command on a terminal of its own: what reaches it, what ends it, and which exit code is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import host
from support.desk import CHECKOUT

pytestmark = pytest.mark.processes

CODE = (
    "import os, signal, sys\n"
    "for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP): signal.signal(number, signal.SIG_DFL)\n"
    "for name in sys.argv[2].split(): signal.signal(getattr(signal, name), signal.SIG_IGN)\n"
    "from execution.units.terminal import attended\n"
    "sys.exit(attended(['/bin/sh', '-c', sys.argv[1]], {'PATH': os.defpath, 'WORD': 'said'}))\n"
)


def begun(script: str, ignoring: str = "", **files: int | None) -> subprocess.Popen[str]:
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **files}
    command = [sys.executable, "-c", CODE, script, ignoring]
    return subprocess.Popen(command, cwd=CHECKOUT, env=host.environment(), text=True, **given)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("code", [0, 1, 3, 127])
def test_the_exit_code_and_the_environment_go_through(code: int) -> None:
    said, wrong = (process := begun(f'echo "$WORD"; echo no >&2; exit {code}')).communicate(timeout=60)
    assert (process.returncode, said, wrong) == (code, "said\n", "no\n")


def test_a_command_that_is_not_there_is_named() -> None:
    code = CODE.replace("['/bin/sh', '-c', sys.argv[1]]", "['/no/such']")
    done = subprocess.run(
        [sys.executable, "-c", code, "", ""], cwd=CHECKOUT, env=host.environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (127, b"/no/such: No such file or directory\n")


def test_standard_input_that_is_a_pipe_stays_one() -> None:
    process = begun("cat; tty", stdin=subprocess.PIPE)
    assert process.communicate("typed\n", timeout=60) == ("typed\nnot a tty\n", "")


@pytest.mark.parametrize(
    ("sent", "ignored", "code"), [("SIGTERM", "", 143), ("SIGINT", "", 130), ("SIGHUP", "SIGHUP", 0)]
)
def test_what_ends_us_ends_it_unless_it_is_ignored(tmp_path: Path, sent: str, ignored: str, code: int) -> None:
    """`nohup execution flatten &` is not ended by leaving."""
    os.mkfifo(tmp_path / "gate")
    process = begun(f"echo begun; exec cat {tmp_path}/gate", ignored)
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    process.send_signal(getattr(signal, sent))
    if code == 0:
        (tmp_path / "gate").write_text("over\n")
        assert process.communicate(timeout=60)[0] == "over\n"
    assert process.wait(60) == code


def test_in_a_pipeline_the_keyboard_stays_with_the_shell() -> None:
    """The verb before `| less` finds nothing to read, and its complaints come through the terminal."""
    ours, its = os.openpty()
    process = begun("tty; cat; echo seen >&2", stdin=its, stderr=its)
    os.close(its)
    assert process.communicate(timeout=60)[0] == "not a tty\n"
    assert b"seen" in os.read(ours, 1000)
    os.close(ours)


def test_ctrl_c_reaches_the_command_although_a_background_job_begins_with_it_ignored() -> None:
    ours, its = os.openpty()
    before = "import fcntl, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    code = CODE.replace("import os, signal, sys\n", "import os, signal, sys\n" + before)
    process = subprocess.Popen(
        [sys.executable, "-c", code, "echo begun; exec sleep 1000", "SIGINT SIGQUIT"],
        cwd=CHECKOUT, env=host.environment(), stdin=its, stdout=its, stderr=its,
    )  # fmt: skip
    os.close(its)
    said = b""
    while b"begun" not in said:
        said += os.read(ours, 1000)
    os.write(ours, b"\x03")
    assert process.wait(60) == 130
    os.close(ours)
