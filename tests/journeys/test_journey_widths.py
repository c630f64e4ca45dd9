"""What verbs show fits the terminal: at 60, 80, 100 and 120 columns no line is longer and no word is broken.

Each verb runs on a real pseudo-terminal of that width, and through a pipe with COLUMNS; what it shows is held against
what it writes into a pipe that has no width, where a row is one line.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import host
from support.desk import CHECKOUT, Desk
from support.forkserver import command
from support.sessions import lay_sessions
from support.terminal import terminal

from execution.__main__ import EXECUTION
from gates.base.output import HANG
from scanner.__main__ import SCANNER

pytestmark = pytest.mark.xdist_group("widths")  # one desk for all of them
PROGRAMS = {"execution": EXECUTION, "scanner": SCANNER}
WIDTHS = (60, 80, 100, 120)
COLOURS = re.compile("\033\\[[0-9;]*m")
READING = (
    "execution status", "execution gates", "execution why AAPL", "execution why NOSUCH", "execution doctor",
    "execution morning", "execution close-day", "execution go-nogo", "execution preflight", "execution health",
    "execution ledger show", "execution ledger show --mode dry-run", "execution ledger verify",
    "execution watchlist show", "execution summary --date today", "execution report --date today",
    "execution trades", "execution trades --mode dry-run", "execution performance --by exit", "execution equity",
    "execution latches show", "execution snapshots", "execution diff now now", "execution sim show",
    "execution units diff --root ROOT --user nobody",
    "scanner show", "scanner show AAPL", "scanner show ZAAA", "scanner bars show", "scanner bars show AAPL",
    "scanner universe show", "scanner replay",
)  # fmt: skip
TAKES_SECONDS = "scanner replay"


@pytest.fixture(scope="module")
def busy(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Orders of both modes and a snapshot; beside it a state directory with a scan of the sample market."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("busy"))
    desk.cycle()
    desk.arm()
    desk.cycle()
    desk.ok("snapshot", "--label", "before-live")
    market = desk.root / "market"
    lay_sessions(market)
    (market / "simulated_broker.json").write_text('{"schema": 1, "clock": {"now": "2082-06-16T08:00:00-04:00"}}')
    scanned = command("scanner", ["run"], of_the_market(desk))
    assert scanned.returncode == 0, scanned.stderr
    return desk


def of_the_market(desk: Desk) -> dict[str, str]:
    return desk.environment(AVWAP_STATE_DIR=str(desk.root / "market"), SCAN_HISTORY_SESSIONS="340")


@pytest.fixture
def at_the_desk(busy: Desk, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Desk:
    command = getattr(request.node, "callspec", None)
    scans = command is not None and str(command.params.get("command", "")).startswith("scanner")
    for name, value in (of_the_market(busy) if scans else busy.environment()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm")
    return busy


def said(command: str, desk: Desk) -> None:
    program, *verb = command.replace("ROOT", str(desk.root / "root")).split()
    assert PROGRAMS[program].run(verb) in (0, 1, 2), "it answered"
    sys.stdout.flush()


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, command: str, desk: Desk, columns: int) -> str:
    with terminal(columns) as screen, monkeypatch.context() as patched:
        file = io.FileIO(screen.its, "w", closefd=False)
        patched.setattr(sys, "stdout", io.TextIOWrapper(file, encoding="utf-8", write_through=True))
        said(command, desk)
    return screen.shown


def words(text: str, most: int = 1000) -> set[str]:
    """Those that a line has room for; numbers of the moment (ages, room on the disk) do not count."""
    return {re.sub("[0-9.,:]+", "0", word) for word in text.split() if len(word) <= most}


def check(shown: str, whole: str, columns: int) -> None:
    lines = COLOURS.sub("", shown).splitlines()
    assert [line for line in lines if len(line) > columns] == []
    assert [line for line in lines if line != line.rstrip()] == []
    assert words(whole, columns - HANG) - words(COLOURS.sub("", shown)) == set()


@pytest.mark.parametrize("command", READING)
def test_at_every_width_no_line_is_too_long_and_no_word_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], at_the_desk: Desk, command: str
) -> None:
    said(command, at_the_desk)
    whole = capsys.readouterr().out
    assert whole
    for columns in WIDTHS if command != TAKES_SECONDS else (60,):
        check(on_a_terminal(monkeypatch, command, at_the_desk, columns), whole, columns)
        monkeypatch.setenv("COLUMNS", str(columns))
        said(command, at_the_desk)
        monkeypatch.delenv("COLUMNS")
        check(capsys.readouterr().out, whole, columns)


def test_every_verb_that_reads_is_in_the_list() -> None:
    reading = {
        f"{name} {verb}"
        for name, program in PROGRAMS.items()
        for verb in program.verbs
        if '"--json"' in (CHECKOUT / program.module_of(verb).replace(".", "/")).with_suffix(".py").read_text()
    }
    shown = {" ".join(command.split()[:2]) for command in READING}
    acting = {"execution drill", "execution evidence", "execution watch", "scanner run", "scanner plot"}
    assert reading == shown | acting


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_header_stands_above_its_cells(monkeypatch: pytest.MonkeyPatch, at_the_desk: Desk, columns: int) -> None:
    lines = COLOURS.sub("", on_a_terminal(monkeypatch, "execution status", at_the_desk, columns)).splitlines()
    header = next(number for number, line in enumerate(lines) if line.split()[:2] == ["mode", "symbol"])
    row = next(number for number, line in enumerate(lines) if line.split()[:2] == ["LIVE", "AAPL"])
    for name in ("qty", "limit", "stop", "target", "notional"):
        end = lines[header].index(name) + len(name)
        assert lines[row][end - 1].isdigit() and not lines[row][end : end + 2].strip(), name
    below = 0 if "status" in lines[header] else 1  # a row that is too long goes on in the next line, as its header does
    assert lines[row + below][lines[header + below].index("status") :].split()[0] == "submitted"


def test_live_is_red_and_bold_in_status(monkeypatch: pytest.MonkeyPatch, at_the_desk: Desk) -> None:
    seen = on_a_terminal(monkeypatch, "execution status", at_the_desk, 100)
    assert "\033[1;31mLIVE" in seen
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in on_a_terminal(monkeypatch, "execution status", at_the_desk, 100)


@pytest.mark.parametrize("command", ["execution why AAPL", "scanner show AAPL"])
def test_the_answer_comes_first(capsys: pytest.CaptureFixture[str], at_the_desk: Desk, command: str) -> None:
    said(command, at_the_desk)
    first = capsys.readouterr().out.splitlines()[0]
    assert re.match("AAPL: (Yes|No)[.] |(NOT )?ON (THE|A) LIST: ", first)


HELPS = [[name] for name in PROGRAMS] + [[name, verb] for name, program in PROGRAMS.items() for verb in program.verbs]


@pytest.mark.parametrize("command", HELPS, ids=" ".join)
def test_help_fits_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    program, *verb = command
    PROGRAMS[program].run([*verb, "--help"])
    whole = words(capsys.readouterr().out)
    for columns in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(columns))
        PROGRAMS[program].run([*verb, "--help"])
        shown = capsys.readouterr().out
        assert [line for line in shown.splitlines() if len(line) > columns] == []
        assert whole - words(shown) == set()


# --- who loads rich -------------------------------------------------------------------------------

MODULES = """
import sys
from execution.__main__ import main
code = main(sys.argv[1:])
assert sys.stdout.isatty()
with open("{path}", "w") as file:
    print(code, *sorted(sys.modules), file=file)
"""


def loaded_on_a_terminal(desk: Desk, path: Path, *verb: str, code: str = MODULES) -> tuple[int, set[str]]:
    """The exit code and modules of a cold process whose output is a terminal."""
    with terminal() as screen:
        subprocess.run(
            [sys.executable, "-c", code.format(path=path), *verb], cwd=CHECKOUT, env=desk.environment(TERM="xterm"),
            stdin=subprocess.DEVNULL, stdout=screen.its, stderr=screen.its, timeout=host.PATIENCE_SECONDS, check=True,
        )  # fmt: skip
    ended, *modules = path.read_text().split()
    return int(ended), {name.partition(".")[0] for name in modules}


def test_a_verb_that_reads_draws_with_rich_and_a_cycle_and_the_hands_never_load_it(
    live_desk: Desk, tmp_path: Path
) -> None:
    account = live_desk.ok("status", "--json").out.partition('"account": "')[2].partition('"')[0]
    assert "rich" in loaded_on_a_terminal(live_desk, tmp_path / "a", "status")[1]
    for verb in (["run"], ["kill"], ["cancel-all", "--confirm", account], ["flatten", "--confirm", account], ["init"]):
        code, modules = loaded_on_a_terminal(live_desk, tmp_path / "b", *verb)
        assert (code, "rich" in modules) == (0, False), verb


def test_where_rich_is_broken_a_verb_shows_the_same(live_desk: Desk, tmp_path: Path) -> None:
    broken = "import sys; sys.modules['rich.console'] = None\n" + MODULES
    assert loaded_on_a_terminal(live_desk, tmp_path / "a", "gates", code=broken)[0] == 0
