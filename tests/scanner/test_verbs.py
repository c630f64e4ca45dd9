"""The verbs as people start them: real processes on the sample market, their words, files and exit codes."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from support import host
from support.forkserver import command
from support.scanner_desk import environment, files, state_directory
from support.sessions import lay_sessions
from venue.venue import Venue

from gates.base.environment import CHECKOUT
from scanner.bars import store
from scanner.watchlist import Row, load_watchlist, make_watchlist, to_bytes

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("scanner-verbs")]  # one morning for all of them
PNG = b"\x89PNG\r\n\x1a\n"
Said = subprocess.CompletedProcess[str]
Verb = Callable[..., Said]


def scanner(state: Path, *arguments: str, venue: Venue | None = None, **changes: str) -> Said:
    base = host.environment(HOME=str(state.parent), SCAN_HISTORY_SESSIONS="340")
    if venue is None:
        base |= {"BROKER": "simulated"}
    return command("scanner", arguments, environment(state, venue) | base | changes)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A morning that was done, of a session far ahead: no real midnight moves it."""
    made = state_directory(tmp_path_factory.mktemp("verbs"))
    lay_sessions(made)
    (made / "simulated_broker.json").write_text('{"schema": 1, "clock": {"now": "2082-06-16T08:00:00-04:00"}}')
    done = scanner(made, "run", "--json")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return state_directory(tmp_path)


def said(done: Said) -> dict[str, object]:
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout[done.stdout.index("{") :])
    return found


def the_list(state: Path) -> Path:
    (path,) = (state / "watchlists").glob("*.json")
    return path


def on_and_off(state: Path) -> tuple[str, str]:
    """A symbol that is on the list and one that is not."""
    listed = [row.symbol for row in load_watchlist(the_list(state)).rows]
    universe = json.loads((state / "scanner" / "universe.json").read_text())["symbols"]
    return listed[0], next(symbol for symbol in universe if symbol not in listed)


# --- run and show -------------------------------------------------------------------------------------


def test_run_offline_says_what_it_did_and_changes_no_byte(state: Path) -> None:
    before = files(state)
    done = scanner(state, "run", "--offline")
    assert done.returncode == 0, done.stderr
    after = files(state)
    assert {name: after[name] for name in before} == before
    for word in ("session", "universe", "coverage", "regime", "turned away", "list", "wrote"):
        assert f"\n{word}" in done.stdout
    assert str(the_list(state)) in done.stdout


def test_show_prints_the_list(state: Path) -> None:
    watchlist = load_watchlist(the_list(state))
    done = scanner(state, "show")
    lines = done.stdout.splitlines()
    assert lines[0] == str(the_list(state))
    assert [line.split()[0] for line in lines[4:]] == [row.symbol for row in watchlist.rows]
    shown = said(scanner(state, "show", "--json"))
    assert shown["session"] == str(watchlist.session) and shown["state_dir"] == str(state)


def test_show_explains_one_symbol_on_the_list_or_not(state: Path) -> None:
    on, off = on_and_off(state)
    there = scanner(state, "show", on.lower())
    assert there.stdout.startswith(f"ON THE LIST: entry {load_watchlist(the_list(state)).rows[0].entry}")
    gone = scanner(state, "show", off)
    assert gone.stdout.startswith("NOT ON THE LIST: ")
    for check in ("regime", "price", "dollar volume", "trend", "supply"):
        assert f"\n{check}" in gone.stdout
    assert said(scanner(state, "show", off, "--json"))["candidate"] is None


def test_what_show_says_of_a_symbol_is_true_of_the_file(state: Path, tmp_path: Path) -> None:
    """A scan of stored bars is one thing, the list the cycle reads another."""
    on, off = on_and_off(state)
    copy = Path(shutil.copytree(state, tmp_path / "state"))
    levels = load_watchlist(the_list(state)).rows[0]
    the_list(copy).unlink()
    gone = scanner(copy, "show", on).stdout
    none = "NOT ON A LIST: there is none of session 2082-06-16; a scan would list it: "
    assert gone.startswith(f"{none}entry {levels.entry}")
    write_by_hand(copy, Row(off, Decimal(100), Decimal(90), Decimal(120)))
    taken = scanner(copy, "show", on).stdout
    assert taken.startswith("NOT ON THE LIST: it is from imported mine.csv; a scan would list it: ")
    there = scanner(copy, "show", off).stdout
    assert there.startswith("ON THE LIST: entry 100.00, stop 90.00, target 120.00\n")
    assert "the list is from imported mine.csv; a scan would not list it: " in there
    shown = said(scanner(copy, "show", off, "--json"))
    assert shown["listed"] == {"symbol": off, "entry": "100", "stop": "90", "target": "120",
                               "score": None, "anchor": None, "anchor_date": None, "setup": None,
                               "avg_volume": None}  # fmt: skip
    assert shown["candidate"] is None
    the_list(copy).write_text("{}")
    assert scanner(copy, "show", on).stdout.startswith("NOT ON A LIST: ")


def write_by_hand(state: Path, row: Row) -> None:
    session, now = date(2082, 6, 16), datetime(2082, 6, 16, 12, tzinfo=UTC)
    made = make_watchlist(session, [row], as_of=None, generated_at=now, source="imported mine.csv")
    (state / "watchlists" / "2082-06-16.json").write_bytes(to_bytes(made))


@pytest.mark.parametrize("arguments", [("show", "NOPE"), ("plot", "NOPE"), ("bars", "show", "NOPE")])
def test_a_symbol_nobody_knows_is_a_mistake_of_usage(state: Path, arguments: tuple[str, ...]) -> None:
    done = scanner(state, *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert "NOPE" in done.stderr and "Traceback" not in done.stderr


def test_what_is_made_of_the_sample_market_says_so(state: Path) -> None:
    """A chart of AAPL at 47 is taken for the stock's, once it is shared."""
    for verb in (["show"], ["show", "AAPL"], ["plot", "AAPL"], ["bars", "show"], ["bars", "show", "AAPL"],
                 ["replay"], ["run", "--offline"]):  # fmt: skip
        assert "SAMPLE MARKET" in scanner(state, *verb).stdout, verb
    for verb in (["show", "AAPL"], ["plot", "AAPL"], ["replay"], ["run", "--offline"]):
        assert said(scanner(state, *verb, "--json"))["made_up"] is True, verb
    (summary,) = (state / "scanner" / "replays").glob("*/summary.json")
    assert json.loads(summary.read_bytes())["made_up"] is True


# --- bars and universe --------------------------------------------------------------------------------


def test_bars_and_universe_are_shown(state: Path) -> None:
    panel, _ = store.load(state / "scanner" / "bars.parquet")
    bars = said(scanner(state, "bars", "show", "--json"))
    assert (bars["source"], bars["symbols"], bars["behind"]) == ("sample market", len(panel.symbols), [])
    assert "sessions  340" in scanner(state, "bars", "show").stdout
    assert "BRK.B: " in scanner(state, "bars", "show", "brk.b").stdout
    universe = said(scanner(state, "universe", "show", "--json"))
    assert len(universe["symbols"]) == 200 and universe["age_days"] == 0  # type: ignore[arg-type]


def test_an_update_with_nothing_to_do_does_nothing(state: Path) -> None:
    before = files(state)
    done = scanner(state, "bars", "update")
    assert (done.returncode, files(state)) == (0, before)
    assert "0 bars in 0 requests" in done.stdout


# --- plot ---------------------------------------------------------------------------------------------


def test_plot_writes_a_picture_the_same_every_time(state: Path, tmp_path: Path) -> None:
    on, _ = on_and_off(state)
    first = scanner(state, "plot", on)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("ON THE LIST: entry ")
    picture = (state / "scanner" / "plots" / f"{on}.png").read_bytes()
    assert picture.startswith(PNG) and len(picture) > 20_000
    again = said(scanner(state, "plot", on, "--out", str(tmp_path / "one.png"), "--json"))
    assert again["path"] == str(tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes() == picture


def test_plot_needs_a_directory_to_write_to(state: Path, tmp_path: Path) -> None:
    on, _ = on_and_off(state)
    done = scanner(state, "plot", on, "--out", str(tmp_path / "no" / "where.png"))
    assert done.returncode == 64 and "there is no directory" in done.stderr


def test_matplotlib_is_loaded_by_pictures_alone(state: Path) -> None:
    code = (
        "import sys; from scanner.__main__ import main; main(sys.argv[1:]); "
        "sys.exit(bool({'matplotlib', 'pandas'} & sys.modules.keys()))"
    )
    env = environment(state, BROKER="simulated", SCAN_HISTORY_SESSIONS="340") | host.environment()
    for verb in (["run", "--offline"], ["show"], ["show", "AAPL"], ["bars", "show"], ["plot", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *verb], capture_output=True, env=env, cwd=CHECKOUT, timeout=60, check=False
        )
        assert done.returncode == 0, (verb, done.stderr)


# --- replay -------------------------------------------------------------------------------------------


def test_replay_writes_tables_a_summary_and_a_picture(state: Path) -> None:
    done = scanner(state, "replay")
    assert done.returncode == 0, done.stderr
    (folder,) = (state / "scanner" / "replays").iterdir()
    assert {path.name for path in folder.iterdir()} == {"rows.csv", "mornings.csv", "summary.json", "equity.png"}
    summary = json.loads((folder / "summary.json").read_text())
    rows = list(csv.DictReader((folder / "rows.csv").open()))
    mornings = list(csv.DictReader((folder / "mornings.csv").open()))
    closed = [float(row["R"]) for row in rows if row["Outcome"] in ("target", "stopped")]
    assert (len(mornings), len(rows)) == (60, summary["rows"])
    assert summary["trades"] == len(closed) > 20
    assert summary["average_r"] == pytest.approx(sum(closed) / len(closed), abs=0.01)
    assert f"trades      {summary['trades']} ended, {summary['wins']} won" in done.stdout
    assert (folder / "equity.png").read_bytes().startswith(PNG)
    before = files(folder)
    first, last = folder.name.split("_")
    assert scanner(state, "replay", "--from", first, "--to", last, "--json").returncode == 0
    assert files(folder) == before


def test_replay_up_to_an_earlier_day_is_of_the_sessions_before_it(state: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(state, tmp_path / "state"))
    done = said(scanner(copy, "replay", "--to", "2082-04-03", "--json"))
    assert (done["from"], done["to"], done["sessions"]) == ("2082-03-11", "2082-04-02", 17)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "2020-01-02", "--to", "2020-02-03"), "the first list that can be made again is that of"),
        (("--to", "2099-01-02"), "bars end"),
        (("--from", "2099-01-02"), "is later than --to"),
        (("--from", "yesterday"), "write a date such as"),
        (("--chase-pct", "-1"), "a plain percentage"),
    ],
)
def test_replay_refuses_what_it_cannot_answer(state: Path, arguments: tuple[str, ...], words: str) -> None:
    done = scanner(state, "replay", *arguments)
    assert done.returncode == 64
    assert words in done.stderr and "Traceback" not in done.stderr


# --- nothing there, and mistakes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show",), 64),
        (("show", "AAPL"), 64),
        (("plot", "AAPL"), 64),
        (("replay",), 64),
        (("bars", "show"), 64),
        (("universe", "show"), 64),
        (("run", "--offline"), 1),
    ],
)
def test_with_nothing_stored_each_verb_says_what_to_do(empty: Path, arguments: tuple[str, ...], code: int) -> None:
    done = scanner(empty, *arguments)
    assert (done.returncode, "`scanner " in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_state_directory_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = scanner(tmp_path / "none", "run")
    assert done.returncode == 74 and "none: is not there; `execution init`" in done.stderr


def test_a_wrong_setting_stops_it_before_anything(empty: Path) -> None:
    done = scanner(empty, "run", SCAN_MIN_PRICE="$5", SCAN_MAX_ROW="40")
    assert done.returncode == 78
    assert "SCAN_MIN_PRICE" in done.stderr and "SCAN_MAX_ROWS" in done.stderr
    assert files(empty).keys() == {"sessions.json"}


def test_a_key_that_is_refused_is_exit_69_and_no_list(empty: Path, venue: Venue) -> None:
    secret = "not-the-secret-not-the-secret-not-the"
    done = scanner(empty, "run", venue=venue, APCA_API_SECRET_KEY=secret)
    assert done.returncode == 69, done.stderr
    assert "HTTP 401" in done.stderr and "Traceback" not in done.stderr
    assert secret not in done.stdout + done.stderr and venue.key not in done.stdout + done.stderr
    assert not (empty / "watchlists").exists()


def test_made_up_bars_have_no_place_beside_a_real_account(empty: Path) -> None:
    (empty / "state.json").write_text(json.dumps({"schema": 1, "account": "PA3XYZ"}))
    done = scanner(empty, "run")
    assert done.returncode == 78 and "PA3XYZ" in done.stderr
    assert not (empty / "watchlists").exists()


def test_the_verbs_are_listed_and_explain_themselves(empty: Path) -> None:
    listed = scanner(empty, "--help").stdout
    for verb in ("run", "show", "universe", "bars", "plot", "replay"):
        assert f"\n  {verb} " in listed
