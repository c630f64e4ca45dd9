"""The command: its exit codes, its help, and what it says when it is our fault."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from support import host
from support.sessions import FRIDAY, lay_sessions

from execution.__main__ import EXECUTION, GROUPS, main
from execution.units.place import run_tool
from gates.base.commandline import Program
from gates.base.environment import CHECKOUT
from gates.base.errors import (
    EXIT_BUG,
    EXIT_DONE,
    EXIT_NOT_NOW,
    EXIT_SETTINGS,
    EXIT_STATE,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    LockHeld,
    OperatorError,
    SettingsError,
    UsageError,
)
from gates.base.locks import only_one
from gates.base.statefile import StateMissing, StateUnwritable
from scanner.__main__ import SCANNER

Capture = pytest.CaptureFixture[str]
SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own; the directory is not there yet."""
    monkeypatch.setenv("AVWAP_ENV_FILE", os.devnull)
    monkeypatch.setenv("AVWAP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("BROKER", "simulated")
    return tmp_path / "state"


@pytest.fixture
def used(state: Path, capsys: Capture) -> Path:
    lay_sessions(state, FRIDAY)
    assert main(["init"]) == EXIT_DONE
    capsys.readouterr()
    return state


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Mapping[str, str]], int]], list[str]]:
    """Adds a verb of our making to the command."""

    def add(work: Callable[[Mapping[str, str]], int]) -> list[str]:
        module = ModuleType("execution.cli.practice", "A verb for these tests.")
        module.configure = lambda parser: parser.add_argument("--n", type=int)  # type: ignore[attr-defined]
        module.main = lambda args, environ: work(environ)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "execution.cli.practice", module)
        monkeypatch.setitem(GROUPS["Practising"], "practice", "only here")
        return ["practice"]

    return add


def raising(error: BaseException) -> Callable[[Mapping[str, str]], int]:
    def work(environ: Mapping[str, str]) -> int:
        raise error

    return work


# --- help and usage -------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help_lists_every_verb_and_exit_code(capsys: Capture, arguments: list[str]) -> None:
    assert main(arguments) == EXIT_DONE
    said = capsys.readouterr()
    for name, summary in EXECUTION.verbs.items():
        assert f"  {name} " in said.out
        assert summary in said.out
    for heading in GROUPS:
        assert f"\n{heading}\n  " in said.out
    for code in ("0", "1", "64", "69", "70", "74", "75", "78"):
        assert code in said.out
    assert said.err == ""


def test_no_verb_is_a_question_not_an_answer(capsys: Capture) -> None:
    assert main([]) == EXIT_USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("usage: execution VERB")


@pytest.mark.parametrize("name", ["trade", "RUN", "ru", "run ", "--versoin", "", "__init__", "output", "../run"])
def test_a_verb_there_is_not(capsys: Capture, name: str) -> None:
    assert main([name]) == EXIT_USAGE
    said = capsys.readouterr().err
    assert said.startswith(f"execution: there is no verb {name!r}; ")
    assert said.endswith("`execution --help` lists them\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("statsu", "status"), ("STATUS", "status"), ("cancel_all", "cancel-all"), ("laches", "latches")],
)
def test_a_verb_misspelt_is_answered_with_the_right_one(capsys: Capture, written: str, meant: str) -> None:
    assert main([written]) == EXIT_USAGE
    assert f"did you mean {meant!r}?" in capsys.readouterr().err


@pytest.mark.parametrize("program", [EXECUTION, SCANNER], ids=lambda program: program.name)
def test_help_fits_a_terminal_of_eighty_columns(capsys: Capture, program: Program) -> None:
    assert program.run(["--help"]) == EXIT_DONE
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", EXECUTION.verbs)
def test_every_verb_teaches_itself(capsys: Capture, name: str) -> None:
    assert main([name, "--help"]) == EXIT_DONE
    assert capsys.readouterr().out.startswith(f"usage: execution {name}")


@pytest.mark.parametrize("name", EXECUTION.verbs)
def test_an_option_there_is_not(capsys: Capture, name: str) -> None:
    assert main([name, "--force"]) == EXIT_USAGE
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["why"], "required: SYMBOL; `execution why --help` explains"),
        (["status", "--jsno"], "--jsno; did you mean --json? `execution status --help` explains"),
        (["ledger", "show", "--mode", "both"], "`execution ledger show --help` explains"),
        (["why", "AAPL", "MSFT"], "unrecognized arguments: MSFT; `execution why --help` explains"),
    ],
)
def test_a_mistake_says_where_to_read_on(capsys: Capture, written: list[str], said: str) -> None:
    assert main(written) == EXIT_USAGE
    assert capsys.readouterr().err.rstrip().endswith(said)


def test_options_are_not_abbreviated(used: Path) -> None:
    assert main(["run", "--dry"]) == EXIT_USAGE
    assert main(["run", "--ignore"]) == EXIT_USAGE


# --- exit codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LockHeld("held"), EXIT_NOT_NOW),
        (SettingsError(["A=1: wrong", "B=2: wrong"]), EXIT_SETTINGS),
        (OperatorError("?"), EXIT_BUG),
        (StateMissing(Path("x")), EXIT_STATE),
        (StateUnwritable(Path("x"), OSError(28, "No space left on device")), EXIT_STATE),
        (KeyboardInterrupt(), 130),
        (SystemExit(2), EXIT_USAGE),
        (SystemExit(0), EXIT_DONE),
        (SystemExit(None), EXIT_DONE),
        (SystemExit("text"), EXIT_USAGE),
        (ValueError("?"), EXIT_BUG),
        (RecursionError(), EXIT_BUG),
        (MemoryError(), EXIT_BUG),
        (AssertionError(), EXIT_BUG),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_what_went_wrong_is_an_exit_code_and_a_line(
    verb: Callable[..., list[str]], capsys: Capture, error: BaseException, code: int
) -> None:
    assert main(verb(raising(error))) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert all(line.startswith("execution: ") for line in said.err.splitlines())
    if isinstance(error, SettingsError):
        assert said.err == "execution: A=1: wrong\nexecution: B=2: wrong\n"


def test_the_code_of_a_verb_is_the_code_of_the_command(verb: Callable[..., list[str]]) -> None:
    arguments = verb(lambda environ: 2)
    assert main(arguments) == 2
    assert main([*arguments, "--n", "x"]) == EXIT_USAGE


def test_a_bug_says_so_and_gives_nothing_away(
    verb: Callable[..., list[str]], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_CONFIRM_TOKEN", SECRET)

    def explode(environ: Mapping[str, str]) -> int:
        from execution.settings.parsing import parse

        settings = parse(environ).settings
        token = settings.live_confirm_token.reveal()
        raise RuntimeError(f"cannot go on with {settings} {argparse.Namespace(n=len(token))}")

    assert main(verb(explode)) == EXIT_BUG
    said = capsys.readouterr().err
    assert "this is a bug of ours, nothing of yours" in said
    assert "RuntimeError" in said
    assert SECRET not in said


def test_a_directory_never_initialised(state: Path, capsys: Capture) -> None:
    for arguments in (["run"], ["gates"], ["status"], ["why", "AAPL"], ["ledger", "show"], ["watchlist", "show"]):
        assert main(arguments) == EXIT_STATE
        assert "run `execution init`" in capsys.readouterr().err
    assert not state.exists()


def test_another_process_at_work(used: Path, capsys: Capture) -> None:
    with only_one(used / "execution.lock"):
        for arguments in (["run"], ["init"], ["sim", "price", "AAPL", "101"], ["ledger", "rebuild"]):
            assert main(arguments) == EXIT_NOT_NOW
            assert "another process is at work" in capsys.readouterr().err


def test_reading_verbs_do_not_wait_for_a_cycle(used: Path) -> None:
    with only_one(used / "execution.lock"):
        for arguments in (["gates"], ["status"], ["why", "AAPL"], ["ledger", "show"], ["ledger", "verify"]):
            assert main(arguments) == EXIT_DONE


def test_a_broker_without_an_answer(used: Path) -> None:
    assert main(["sim", "outage", "on"]) == EXIT_DONE
    assert main(["run"]) == EXIT_UNREACHABLE


@pytest.mark.parametrize(
    ("name", "value", "arguments"),
    [
        ("BROKER", "paper", ["status"]),
        ("AVWAP_STATE_DIR", "", ["status"]),
        ("MAX_LIVE_GROSS_NOTIONAL", "$500", ["run"]),
        ("MAX_LIVE_GROSS_NOTIONAL", "5,000", ["run"]),
        ("MAX_LIVE_GROSS_NOTIONAL", "nan", ["run"]),
        ("MAX_LIVE_GROSS_NOTIONAL", "-1", ["run"]),
        ("MAX_LIVE_GROSS_NOTIONAL", "1e9", ["run"]),
        ("MAX_LIVE_GROSS_NOTIONAL", "", ["run"]),
        ("MAX_LIVE_ORDERS", "3", ["run"]),
    ],
)
def test_a_wrong_setting(
    used: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, name: str, value: str, arguments: list[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main(arguments) == EXIT_SETTINGS
    complaints = [line for line in capsys.readouterr().err.splitlines() if f"{name}=" in line]
    assert len(complaints) == 1


def test_a_file_that_is_not_there_is_usage(used: Path, capsys: Capture) -> None:
    assert main(["watchlist", "import", str(used / "no.csv"), "--session", "next"]) == EXIT_USAGE
    assert "no.csv cannot be read" in capsys.readouterr().err


def test_a_list_with_bad_cells_is_usage_and_names_them_all(used: Path, capsys: Capture) -> None:
    csv = used / "mine.csv"
    csv.write_bytes(b"Symbol,Entry_Level,Stop_Loss,Target_R2\n$A,1e5,1,2\nMSFT,50,60,70\n")
    assert main(["watchlist", "import", str(csv), "--session", "next"]) == EXIT_USAGE
    said = capsys.readouterr().err
    assert [place in said for place in ("line 2, Symbol", "line 2, Entry_Level", "line 3: stop 60")] == [True] * 3
    assert "nothing imported (3 problems)" in said
    assert list((used / "watchlists").iterdir()) == []


def test_any_bytes_as_a_list_are_usage(used: Path, capsys: Capture) -> None:
    for content in (b"\xff\xfe", b"\x00" * 100, b'"', bytes(range(256))):
        (used / "mine.csv").write_bytes(content)
        assert main(["watchlist", "import", str(used / "mine.csv"), "--session", "next"]) == EXIT_USAGE


# --- as a process ---------------------------------------------------------------------------------


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "execution", *arguments]
    return subprocess.run(call, cwd=CHECKOUT, text=True, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.processes
def test_as_a_module(used: Path) -> None:
    done = command("status", capture_output=True)
    assert (done.returncode, done.stderr) == (EXIT_DONE, "")
    assert str(used) in done.stdout


def unread_pipe() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.processes
@pytest.mark.parametrize("unbuffered", ["1", ""], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize(
    "arguments", [["status"], ["gates", "--json"], ["ledger", "show"], ["--help"], ["run", "--help"]], ids=" ".join
)
def test_a_reader_that_went_away_is_no_error(
    used: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], unbuffered: str
) -> None:
    """`execution status | head -1`"""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    writer = unread_pipe()
    done = command(*arguments, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (EXIT_DONE, "")


@pytest.mark.processes
@pytest.mark.parametrize("unbuffered", ["1", ""], ids=["unbuffered", "buffered"])
@pytest.mark.parametrize("arguments", [["status", "--jsno"], [], ["stauts"]], ids=" ".join)
def test_nobody_who_hears_a_mistake_is_no_other_mistake(
    used: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], unbuffered: str
) -> None:
    """`execution status --jsno 2>&1 | true`"""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    writer = unread_pipe()
    done = command(*arguments, stdout=writer, stderr=writer)
    os.close(writer)
    assert done.returncode == EXIT_USAGE


@pytest.mark.processes
@pytest.mark.parametrize("unbuffered", ["1", ""], ids=["unbuffered", "buffered"])
def test_a_flatten_nobody_reads_is_carried_through(
    used: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    """`execution flatten --confirm … | head -1` must not stop between two sales."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    record = json.loads((used / "simulated_broker.json").read_bytes())
    writer = unread_pipe()
    done = command("flatten", "--confirm", record["account"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (EXIT_DONE, "")
    assert "flatten" in [one["name"] for one in json.loads((used / "latches.json").read_bytes())["latches"]]


@pytest.mark.processes
def test_a_reader_that_went_away_does_not_hide_how_a_cycle_ended(used: Path) -> None:
    assert main(["sim", "outage", "on"]) == EXIT_DONE
    writer = unread_pipe()
    done = command("run", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.returncode == EXIT_UNREACHABLE


@pytest.mark.processes
@pytest.mark.parametrize("arguments", [["status"], ["gates"]], ids=" ".join)
@pytest.mark.parametrize("name", ["MAX_LIVE_POSITIONS", "ALLOWLIST_SYMBOLS", "KILL_SWICH"])
def test_a_value_that_is_no_text_can_be_complained_about(used: Path, name: str, arguments: list[str]) -> None:
    strict = {b"PYTHONIOENCODING": b"utf-8:strict"}  # as in every locale but C
    environ = {**os.environb, **strict, name.encode(): b"\xff\xfe"}
    done = command(*arguments, env=environ, capture_output=True, errors="replace")
    assert done.returncode == EXIT_DONE, done.stderr
    assert "bug" not in done.stderr


# --- a directory that is none ---------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["init"], ["status"], ["run"], ["pause"], ["ledger", "show"]])
def test_a_file_where_the_state_directory_should_be(state: Path, capsys: Capture, arguments: list[str]) -> None:
    state.write_text("a file")
    assert main(arguments) == EXIT_STATE
    assert f"{state}: is no" in capsys.readouterr().err
    assert state.read_text() == "a file"


def test_the_scanner_says_it_too(state: Path, capsys: Capture) -> None:
    assert SCANNER.run(["show"]) == EXIT_STATE
    assert capsys.readouterr().err == (
        f"scanner: {state}: is not there; `execution init` makes one, AVWAP_STATE_DIR names another\n"
    )


def test_pausing_where_no_service_is(state: Path, capsys: Capture) -> None:
    assert main(["pause"]) == EXIT_STATE
    assert "AVWAP_STATE_DIR names the one the service uses" in capsys.readouterr().err


def test_a_system_tool_outside_of_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match=r"useradd was not found in PATH=/nowhere; .* /usr/sbin"):
        run_tool("useradd", "--system", "avwap")


def test_a_date_that_is_none(capsys: Capture) -> None:
    assert SCANNER.run(["replay", "--from", "2026-13-40"]) == EXIT_USAGE
    assert "argument --from: '2026-13-40': write a date such as 2026-11-20" in capsys.readouterr().err


NOBODY = 65534
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


@pytest.mark.processes
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a directory to somebody else")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("status", "belongs to nobody; run this as that user"),
        ("kill", "NOT KILLED by file"),
        ("pause", "PAUSED: Permission denied"),
    ],
)
def test_in_a_directory_of_somebody_else(tmp_path: Path, name: str, said: str) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    done = subprocess.run(
        [*WITHOUT_ROOTS_RIGHTS, sys.executable, "-m", "execution", name],
        cwd=CHECKOUT,
        env=host.environment(AVWAP_STATE_DIR=str(folder), AVWAP_ENV_FILE=os.devnull),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == EXIT_STATE, done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.processes
def test_an_exit_code_outlives_the_reader_of_the_output(used: Path) -> None:
    """`execution run | head -1` with a wrong setting is still exit 78."""
    reading, writing = os.pipe()
    os.close(reading)
    environ = host.environment(AVWAP_STATE_DIR=str(used), AVWAP_ENV_FILE=os.devnull, MAX_LIVE_POSITIONS="many")
    done = subprocess.run(
        [sys.executable, "-m", "execution", "run"],
        cwd=CHECKOUT,
        env=environ,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert done.returncode == EXIT_SETTINGS, done.stderr


@pytest.mark.parametrize("verb", ["flatten", "cancel-all"])
@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e9", "3601"])
def test_nobody_waits_for_ever_with_positions_open(verb: str, seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, f"--wait={seconds}"]) == 64
    assert f"'{seconds}' is not a number of seconds from 0 to 3600" in capsys.readouterr().err
