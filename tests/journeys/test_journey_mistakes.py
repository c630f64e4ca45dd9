"""A beginner's mistakes: each is answered by one line that names the file or variable, the value, and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.desk import HEADER, Desk, Done, coming_session
from support.forkserver import command

LIVE_KEY = {"BROKER": "alpaca", "APCA_API_KEY_ID": "AKABCDEFGHIJKLMNOPQR", "APCA_API_SECRET_KEY": "s" * 40}


def scanner(desk: Desk, *verb: str, **changes: str) -> Done:
    done = command("scanner", verb, desk.environment(**changes))
    return Done(done.returncode, done.stdout, done.stderr)


TYPED = [
    ("statsu", 64, "there is no verb 'statsu'; did you mean 'status'?"),
    ("status --jsno", 64, "unrecognized arguments: --jsno; did you mean --json?"),
    ("run --dryrun", 64, "unrecognized arguments: --dryrun; did you mean --dry-run?"),
    ("run --max-cycles 0", 64, "argument --max-cycles: '0' is not a whole number above 0"),
    ("ledger show --mode both", 64, "argument --mode: invalid choice: 'both' (choose from"),
    ("ledger show --session yesterday", 64, "--session yesterday: write a date such as"),
    ("why", 64, "the following arguments are required: SYMBOL; `execution why --help` explains"),
    ("why AAPL MSFT", 64, "unrecognized arguments: MSFT; `execution why --help` explains"),
    ("watchlist show --session 2026-02-30", 64, "--session 2026-02-30: write a date such as"),
    ("watchlist show --session 2082-11-08", 64, "--session 2082-11-08: no trading session that day"),
    (
        "watchlist import nothere.csv --session today",
        64,
        "nothere.csv cannot be read (No such file or directory); name",
    ),
    ("summary --date 2026-13-01", 64, "--date 2026-13-01: write a date such as"),
    ("arm --until 25:99 --override x", 64, "--until 25:99: write close, or a New York time"),
    ("arm --sessions 9", 64, "--sessions 9: write a number from 1 to 5"),
    ("arm --override x", 64, "nothing was done; add --confirm SIM"),
    ("arm", 64, "no preflight was run; run `execution preflight` for session"),
    ("flatten", 64, "nothing was done; add --confirm SIM"),
    ("flatten --confirm PA1", 64, "nothing was done; 'PA1' is not the account number (SIM"),
    ("cancel-all", 64, "nothing was done; add --confirm SIM"),
    ("unkill", 64, "the following arguments are required: --reason; `execution unkill --help` explains"),
    ("latches clear nope --reason x", 64, "'nope' is not latched; latched: nothing"),
    ("rollback --to x", 64, "'x' is no snapshot's id or label; `execution snapshots` lists them"),
    ("sim clock soon", 64, "'soon': write +10m, next, or a New York time"),
    ("evidence --since whenever", 64, "--since 'whenever': write today, 2h, 3d"),
]


def one_line(done: Done, code: int, said: str) -> None:
    assert done.code == code, done.said
    (line,) = done.err.splitlines()
    assert said in line
    assert "Traceback" not in line


@pytest.mark.parametrize(("typed", "code", "said"), TYPED, ids=[typed for typed, *_ in TYPED])
def test_a_mistake_on_the_command_line(desk: Desk, typed: str, code: int, said: str) -> None:
    one_line(desk.do(*typed.split()), code, said)


SET = [
    ({"BROKER": "alpca"}, "BROKER=alpca: write one of auto, alpaca, simulated"),
    (
        {"BROKER": "alpaca"},
        "BROKER=alpaca: set APCA_API_KEY_ID and APCA_API_SECRET_KEY, or BROKER=simulated to practise",
    ),
    ({"APCA_API_KEY_ID": "PKX"}, "APCA_API_SECRET_KEY=(not set): set both halves of the Alpaca key or neither"),
    (
        LIVE_KEY,
        "ALPACA_PAPER=1: the key is a live key (AK…); set ALPACA_PAPER=0 to trade real money, or use a paper key",
    ),
    (
        {**LIVE_KEY, "ALPACA_PAPER": "0", "APCA_API_BASE_URL": "http://x.com"},
        "APCA_API_BASE_URL=http://x.com: must be https",
    ),
    ({"AVWAP_STATE_DIR": "~/x"}, "AVWAP_STATE_DIR=~/x: write the whole path; ~ is not expanded"),
    (
        {"AVWAP_ENV_FILE": "/nowhere/.env"},
        "AVWAP_ENV_FILE=/nowhere/.env: no such file; name an existing one or unset it",
    ),
]


@pytest.mark.parametrize(("changes", "said"), SET, ids=[said.partition(":")[0] for _, said in SET])
def test_a_setting_that_names_the_broker_or_the_directory(desk: Desk, changes: dict[str, str], said: str) -> None:
    one_line(desk.do("status", **changes), 78, said)


CLOSES = [
    ({"MAX_LIVE_POSITIONS": "three"}, "MAX_LIVE_POSITIONS=three: write a whole number from 0 to 100000, digits only"),
    ({"MAX_LIVE_POSITION": "3"}, "MAX_LIVE_POSITION=3: no such setting; did you mean MAX_LIVE_POSITIONS?"),
    ({"LIVE_ARM_SESSIONS": "9"}, "LIVE_ARM_SESSIONS=9: write a whole number from 1 to 5, digits only"),
    (
        {"SLACK_WEBHOOK_URL": "http://hooks.slack.com/x"},
        "SLACK_WEBHOOK_URL=(secret): must be https; http is for this machine",
    ),
]


@pytest.mark.parametrize(("changes", "said"), CLOSES, ids=[said.partition(":")[0] for _, said in CLOSES])
def test_a_setting_that_closes_entries_is_one_line_of_the_journal(
    desk: Desk, changes: dict[str, str], said: str
) -> None:
    one_line(desk.do("run", **changes), 78, f"settings: {said}")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("MAX_LIVE_POSITIONS=3 positions\n", "MAX_LIVE_POSITIONS=3 positions: write a whole number from 0 to 100000"),
        ("MAX_LIVE_POSITIONS 3\n", ".env line 1=(unreadable): write NAME=value"),
    ],
)
def test_a_word_too_many_in_the_settings_file(desk: Desk, written: str, said: str) -> None:
    file = desk.root / ".env"
    file.write_text(written)
    one_line(desk.do("run", AVWAP_ENV_FILE=str(file)), 78, said)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            f"{HEADER}\nAAPL,abc,9,12\n",
            "list.csv: line 2, Entry_Level: 'abc' is not a plain number above 0, such as 101.35; nothing",
        ),
        (f"{HEADER}\nAAPL,10,11,12\n", "list.csv: line 2: stop 11 is not below entry 10; nothing imported"),
        ("Symbol,Entry_Level,Stop_Loss\nAAPL,1,2\n", "list.csv: line 1: column Target_R2 is missing; nothing imported"),
        (f"{HEADER}\nAAPL,10,9,12\n", "exists (3 rows from imported list.csv); say --replace to put"),
    ],
)
def test_a_list_that_cannot_be_taken(desk: Desk, rows: str, said: str) -> None:
    file = desk.root / "list.csv"
    file.write_text(rows)
    one_line(desk.do("watchlist", "import", str(file), "--session", "today"), 64, said)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def test_a_torn_list_says_scan_again(desk: Desk) -> None:
    torn(desk.watchlist_path())
    one_line(desk.do("watchlist", "show"), 74, "`scanner run` makes it anew, or an import with --replace")
    one_line(scanner(desk, "show"), 74, "`scanner run` makes it anew")


def test_a_torn_ledger_says_what_brings_it_back(desk: Desk) -> None:
    torn(desk.ledger_path())
    torn(desk.ledger_path("DRY_RUN"))
    one_line(desk.do("ledger", "show"), 74, "`execution ledger rebuild` makes it anew")
    one_line(desk.do("ledger", "show", "--mode", "dry-run"), 74, "move it away; the next cycle begins it again")
    one_line(desk.do("ledger", "show", "--session", "2082-11-05"), 74, "`execution ledger verify` shows every session")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("missing", "missing: is not an initialised state directory; run `execution init`"),
        ("empty", "empty: is not an initialised state directory; run `execution init`"),
        ("file", "file: is not a directory; name one with AVWAP_STATE_DIR"),
    ],
)
def test_a_state_directory_that_is_none(desk: Desk, where: str, said: str) -> None:
    (desk.root / "empty").mkdir()
    (desk.root / "file").touch()
    one_line(desk.do("status", AVWAP_STATE_DIR=str(desk.root / where)), 74, said)
    one_line(desk.do("run", AVWAP_STATE_DIR=str(desk.root / where)), 74, said)


def test_a_state_directory_where_the_program_is_installed(desk: Desk) -> None:
    """Installing it anew would delete ledger and kill switch; so no verb of either program begins there."""
    inside, link = Path(sys.prefix) / "avwap-state", desk.root / "link"
    link.symlink_to(sys.prefix)
    for root in (inside, link / "avwap-state"):
        said = f"AVWAP_STATE_DIR={root}: lies below {sys.prefix}, where a new installation of the program deletes it"
        for verb in ("run", "init", "status", "kill", "resume", "flatten"):
            one_line(desk.do(verb, AVWAP_STATE_DIR=str(root)), 78, said)
        one_line(scanner(desk, "run", AVWAP_STATE_DIR=str(root)), 78, said)
        doctor = desk.do("doctor", AVWAP_STATE_DIR=str(root))
        assert doctor.code == 2 and "lies below" in doctor.out
    assert not inside.exists()


def test_a_state_directory_that_takes_no_writes(desk: Desk) -> None:
    unwritable = (74, "/proc/avwap: cannot be written (No such file")
    ended = (64, "the session table ends")  # asked first: without a table there is nothing to write
    one_line(desk.do("init", AVWAP_STATE_DIR="/proc/avwap"), *(unwritable if coming_session() else ended))
    one_line(desk.do("pause", AVWAP_STATE_DIR="/proc/1"), 74, "NOT PAUSED: cannot write /proc/1/PAUSED: No such file")


def test_a_token_that_others_may_read_is_one_gate_line(desk: Desk) -> None:
    desk.arm()
    desk.write_token(b"x", 0o644)
    done = desk.ok("run")
    assert done.reason == "confirm token file permissions too open (0644, want 0600)"


def test_an_unkill_with_an_empty_reason(desk: Desk) -> None:
    desk.ok("kill")
    one_line(desk.do("unkill", "--reason", " "), 64, "--reason is empty; write why it is safe again")


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("shw", 64, "there is no verb 'shw'; did you mean 'show'?"),
        ("show TSLAA", 64, "; `scanner universe refresh` makes it"),
        ("bars show AAPL", 64, "; `scanner bars update` fetches them"),
        ("replay --from 2026-02-30", 64, "'2026-02-30': write a date such as 2026-11-20"),
    ],
)
def test_the_scanner_answers_as_shortly(desk: Desk, typed: str, code: int, said: str) -> None:
    one_line(scanner(desk, *typed.split()), code, said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SCAN_MAX_ROW": "3"}, "SCAN_MAX_ROW=3: no such setting; did you mean SCAN_MAX_ROWS?"),
        ({"SCAN_MAX_ROWS": "many"}, "SCAN_MAX_ROWS=many: write a whole number from 1 to 1000, digits only"),
    ],
)
def test_a_setting_of_the_scanner(desk: Desk, changes: dict[str, str], said: str) -> None:
    one_line(scanner(desk, "show", **changes), 78, said)
