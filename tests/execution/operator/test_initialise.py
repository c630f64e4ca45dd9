"""`init`: a fresh directory, one begun by hand, a used one with something lost; nothing ever overwritten."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.facts import new_york

from execution.broker.simulated import record as simulated_record
from execution.ledger.day import Entry, Event, Ledger, blank, moved, with_entries
from execution.ledger.file import to_bytes
from execution.operator.initialise import TEMPLATES, initialise
from execution.orders import OrderStatus, entry_id
from execution.settings.parsing import parse
from execution.state.directory import SUBDIRECTORIES, StateDir
from gates.base.errors import LockHeld, SettingsError, UsageError
from gates.base.locks import only_one
from gates.base.statefile import StateMissing, StateUnreadable, StateUnwritable
from gates.mode import Mode

WALL = new_york("2026-11-20 08:00")
FRIDAY, THURSDAY = date(2026, 11, 20), date(2026, 11, 19)
SIMULATED = {"AVWAP_ENV_FILE": os.devnull, "BROKER": "simulated"}
S = OrderStatus


def init(state: StateDir, wall: datetime = WALL, *, new_account: bool = False, **variables: str) -> list[str]:
    return initialise(state, parse({**SIMULATED, **variables}).settings, wall, new_account=new_account)


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    """A directory that is not there yet."""
    return StateDir(tmp_path / "new" / "state")


@pytest.fixture
def used(state: StateDir) -> StateDir:
    """A directory bound to SIM1 after a session, with a finished one in the archive."""
    init(state)
    state.ledger(Mode.LIVE).save(blank(THURSDAY, Mode.LIVE, "SIM1"))
    state.ledger(Mode.LIVE).roll_over(state.ledger(Mode.LIVE).load(), FRIDAY)
    state.ledger(Mode.DRY_RUN).save(blank(FRIDAY, Mode.DRY_RUN, "SIM1"))
    bind(state, "SIM1")
    return state


def bind(state: StateDir, account: str) -> None:
    record = state.read_record()
    state.write_record(type(record)(record.schema, record.created_at, account))


def entry(status: OrderStatus, held: int = 0) -> Entry:
    at = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
    intended = Entry(
        entry_id(FRIDAY, "AAPL", 1), None, "AAPL", "buy", Decimal(4), Decimal(100), Decimal(400), Decimal(90),
        Decimal(120), at, S.INTENDED, history=(Event(at, S.INTENDED),),
    )  # fmt: skip
    if status is S.INTENDED:
        return intended
    return moved(intended, status, at, filled_qty=Decimal(held), filled_avg_price=Decimal(100) if held else None)


# --- fresh ----------------------------------------------------------------------------------------


def test_a_fresh_directory_gets_everything_privately(state: StateDir) -> None:
    said = init(state)
    made = {"sessions.json", "live_orders_today.json", "dry_run_orders_today.json", "state.json",
            "simulated_broker.json", "execution.lock", "latches.json", "tokens.json"}  # fmt: skip
    assert set(files(state.root)) == made
    assert [stat.S_IMODE((state.root / name).stat().st_mode) for name in made] == [0o600] * len(made)
    for directory in (state.root, *(state.root / name for name in SUBDIRECTORIES)):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert state.read_record().account is None
    assert state.sessions.read_bytes() == (TEMPLATES / "sessions.json").read_bytes()
    for mode in Mode:
        assert state.ledger(mode).load() == blank(FRIDAY, mode, None)
    assert said[0].startswith(f"State dir {state.root}: made ")
    assert said[1] == "Broker simulated (BROKER=simulated)"
    assert "A simulated account with 100000.00 dollars was made." in said


@pytest.mark.parametrize(
    ("wall", "day"),
    [
        ("2026-11-20 03:00", "2026-11-20"),
        ("2026-11-20 15:59", "2026-11-20"),
        ("2026-11-20 16:00", "2026-11-23"),
        ("2026-11-21 12:00", "2026-11-23"),
        ("2026-11-26 12:00", "2026-11-27"),
        ("2026-11-27 13:00", "2026-11-30"),
        ("2026-12-31 23:59", "2027-01-04"),
    ],
)
def test_the_ledgers_are_dated_for_the_session_to_come(state: StateDir, wall: str, day: str) -> None:
    init(state, new_york(wall))
    assert state.ledger(Mode.LIVE).load().date_ny == state.ledger(Mode.DRY_RUN).load().date_ny
    assert str(state.ledger(Mode.LIVE).load().date_ny) == day


def test_past_the_end_of_the_session_table_nothing_is_begun(state: StateDir) -> None:
    with pytest.raises(UsageError, match=r"ends 20\d\d-12-31 \(.*state_templates/sessions.json\); .* `make sessions`"):
        init(state, new_york("2100-01-04 10:00"))
    assert not state.root.exists(), "a table that ended, left behind, would hide the refreshed one"


def test_a_directory_whose_own_table_ended_is_told_what_refreshes_that(used: StateDir) -> None:
    before = files(used.root)
    with pytest.raises(UsageError, match=r"ends 20\d\d-12-31 \(.*state/sessions.json\); refresh it with `scanner run`"):
        init(used, new_york("2100-01-04 10:00"))
    assert files(used.root) == before


def test_a_directory_begun_by_hand_as_the_runbook_says(state: StateDir) -> None:
    state.root.mkdir(parents=True, mode=0o755)
    state.root.chmod(0o755)
    state.token.write_bytes(b"0123456789abcdef")
    state.token.chmod(0o600)
    state.kill_switch.touch()
    said = init(state)
    assert state.token.read_bytes() == b"0123456789abcdef"
    assert stat.S_IMODE(state.token.stat().st_mode) == 0o600
    assert state.kill_switch.exists()
    assert stat.S_IMODE(state.root.stat().st_mode) == 0o700
    assert f"state directory {state.root} is open to others (0755); closed to 0700" in said
    assert state.ledger(Mode.LIVE).load() == blank(FRIDAY, Mode.LIVE, None)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=12), timedelta(days=30)])
def test_twice_changes_not_one_byte(state: StateDir, later: timedelta) -> None:
    init(state)
    before = files(state.root)
    said = init(state, WALL + later)
    assert files(state.root) == before
    assert said == [f"State dir {state.root}: everything was there", "Broker simulated (BROKER=simulated)"]


def test_for_a_real_account_there_is_no_simulated_one(state: StateDir) -> None:
    said = init(state, BROKER="auto", APCA_API_KEY_ID="K", APCA_API_SECRET_KEY="S")
    assert not state.simulated_broker.exists()
    assert said[1].startswith("Broker alpaca (auto: an Alpaca key is set")
    assert "S" not in said[1].split()


def test_a_death_between_the_ledgers_and_the_record_is_finished_next_time(state: StateDir) -> None:
    init(state)
    ledgers = {mode: state.ledger(mode).path.read_bytes() for mode in Mode}
    state.record.unlink()
    state.simulated_broker.unlink()
    init(state)
    assert state.read_record().account is None
    assert state.simulated_broker.exists()
    assert {mode: state.ledger(mode).path.read_bytes() for mode in Mode} == ledgers


@pytest.mark.parametrize("what", ["a file", "a file above it"])
def test_where_no_directory_can_be(tmp_path: Path, what: str) -> None:
    (tmp_path / "state").write_text("mine")
    root = tmp_path / "state" if what == "a file" else tmp_path / "state" / "deeper"
    with pytest.raises((StateUnwritable, StateUnreadable)):
        init(StateDir(root))
    assert files(tmp_path) == {"state": b"mine"}


def test_not_while_a_cycle_is_at_work(used: StateDir) -> None:
    with only_one(used.lock), pytest.raises(LockHeld):
        init(used)


# --- used -----------------------------------------------------------------------------------------

TRACES: dict[str, Callable[[StateDir], object]] = {
    "state.json": lambda state: state.record.write_bytes(b"{}"),
    "live ledger": lambda state: state.ledger(Mode.LIVE).path.touch(),
    "dry-run ledger": lambda state: state.ledger(Mode.DRY_RUN).path.touch(),
    "heartbeat": lambda state: state.heartbeat.touch(),
    "live archive": lambda state: state.ledger(Mode.LIVE).archive_path(THURSDAY).touch(),
    "dry-run archive": lambda state: state.ledger(Mode.DRY_RUN).archive_path(THURSDAY).touch(),
    "decisions": lambda state: (state.decisions / f"{FRIDAY}.jsonl").touch(),
    "simulated account": lambda state: state.simulated_broker.write_bytes(b"{}"),
    "a ledger as dangling link": lambda state: state.ledger(Mode.LIVE).path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("trace", TRACES)
def test_a_directory_that_remembers_a_cycle_gets_no_new_ledger(state: StateDir, trace: str) -> None:
    for name in SUBDIRECTORIES:
        (state.root / name).mkdir(parents=True)
    TRACES[trace](state)
    before = set(files(state.root))
    try:
        init(state)
    except StateUnreadable:
        assert trace == "state.json"
    made = set(files(state.root)) - before
    assert made.isdisjoint({"live_orders_today.json", "dry_run_orders_today.json"})


@pytest.mark.parametrize("mode", Mode)
def test_a_lost_ledger_is_not_made_again(used: StateDir, mode: Mode) -> None:
    used.ledger(mode).path.unlink()
    before = files(used.root)
    said = init(used)
    assert files(used.root) == before
    assert any("execution ledger rebuild" in line for line in said) is (mode is Mode.LIVE)


@pytest.mark.parametrize("content", [b"", b"{ torn", to_bytes(blank(date(2027, 1, 4), Mode.LIVE, "SIM1"))])
def test_a_broken_ledger_is_not_healed(used: StateDir, content: bytes) -> None:
    used.ledger(Mode.LIVE).path.write_bytes(content)
    before = files(used.root)
    init(used)
    assert files(used.root) == before


def test_what_holds_no_memory_is_put_back(used: StateDir) -> None:
    used.sessions.unlink()
    used.watchlists.rmdir()
    before = files(used.root)
    said = init(used)
    assert said[0].endswith("made watchlists/, sessions.json")
    assert files(used.root) == before | {"sessions.json": (TEMPLATES / "sessions.json").read_bytes()}


def test_a_lost_record_is_bound_to_the_account_of_the_ledger(used: StateDir) -> None:
    used.record.unlink()
    said = init(used)
    assert used.read_record().account == "SIM1"
    assert "state.json was missing; made again, bound to account SIM1 as the ledgers say" in said


@pytest.mark.parametrize("left", ["dry-run ledger", "archive"])
def test_a_lost_record_is_bound_to_whichever_account_is_still_remembered(used: StateDir, left: str) -> None:
    """Else the next cycle would bind a directory full of one account's history to another account."""
    used.record.unlink()
    used.ledger(Mode.LIVE).path.unlink()
    if left == "archive":
        used.ledger(Mode.DRY_RUN).path.unlink()
    else:
        used.ledger(Mode.LIVE).archive_path(THURSDAY).unlink()
    init(used)
    assert used.read_record().account == "SIM1"


def test_a_damaged_record_is_left_as_it_is(used: StateDir) -> None:
    used.record.write_bytes(b"{ torn")
    before = files(used.root)
    with pytest.raises(StateUnreadable, match=r"state\.json"):
        init(used)
    assert files(used.root) == before


def test_a_lost_simulated_account_is_not_made_again(used: StateDir) -> None:
    used.simulated_broker.unlink()
    before = files(used.root)
    said = init(used)
    assert files(used.root) == before
    assert any("account SIM1 is gone" in line and "--new-account" in line for line in said)


def test_a_directory_of_a_real_account_never_falls_back_to_the_simulator(used: StateDir) -> None:
    bind(used, "PA3XYZ")
    used.simulated_broker.unlink()
    before = files(used.root)
    with pytest.raises(SettingsError, match="bound to account PA3XYZ"):
        init(used, BROKER="auto")
    assert files(used.root) == before


MADE = ["latches.json", "tokens.json", "sessions.json", "live_orders_today.json", "dry_run_orders_today.json",
        "state.json", "simulated_broker.json",
        "live_confirm_token.txt", "execution.lock", "heartbeat.json", "watchlists/2026-11-20.json"]  # fmt: skip


@pytest.mark.parametrize("new_account", [False, True])
@pytest.mark.parametrize("name", MADE)
def test_no_file_is_ever_overwritten(state: StateDir, name: str, new_account: bool) -> None:
    (state.root / name).parent.mkdir(parents=True)
    (state.root / name).write_bytes(b"somebody's own words")
    with suppress(StateUnreadable, UsageError):
        init(state, new_account=new_account)
    kept = [path for path, content in files(state.root).items() if content == b"somebody's own words"]
    assert [Path(path).name for path in kept] == [Path(name).name]


# --- another account ------------------------------------------------------------------------------


def test_another_account_puts_the_old_ones_files_aside(used: StateDir) -> None:
    before = files(used.root)
    said = init(used, new_account=True)
    aside = used.root / "former-SIM1-20261120T080000"
    moved_names = [name for name in before if name.endswith("orders_today.json") or name.startswith("ledger/")]
    for name in [*moved_names, "simulated_broker.json"]:
        assert (aside / name).read_bytes() == before[name]
    assert f"Ledgers of account SIM1 were put aside in {aside}" in said
    assert used.read_record().account is None
    for mode in Mode:
        assert used.ledger(mode).load() == blank(FRIDAY, mode, None)
        assert used.ledger(mode).archived_days() == ()
    assert simulated_record.load(used.simulated_broker).orders == ()
    assert used.simulated_broker.read_bytes() != before["simulated_broker.json"]


def test_in_a_fresh_directory_it_is_a_plain_init(state: StateDir) -> None:
    init(state, new_account=True)
    assert state.read_record().account is None
    assert not list(state.root.glob("former-*"))


def test_twice_in_the_same_second_keeps_both(used: StateDir) -> None:
    marked = blank(FRIDAY, Mode.DRY_RUN, "kept")
    for _ in range(2):
        used.ledger(Mode.DRY_RUN).save(marked)
        try:
            init(used, new_account=True)
        except (UsageError, StateUnwritable):
            break  # refusing is as good as another name
        bind(used, "SIM1")
    kept = [path for path in used.root.rglob("dry_run_orders_today.json") if path.read_bytes() == to_bytes(marked)]
    assert len(kept) == 2


OPEN = [entry(status) for status in (S.INTENDED, S.UNKNOWN, S.SUBMITTED, S.WORKING)]
OPEN += [entry(S.PARTIALLY_FILLED, 2), entry(S.FILLED, 4), entry(S.CANCELLED, 1)]


@pytest.mark.parametrize("one", OPEN, ids=lambda one: one.status.value)
def test_refused_while_anything_of_ours_is_open(used: StateDir, one: Entry) -> None:
    ledger: Ledger = used.ledger(Mode.LIVE).load()
    used.ledger(Mode.LIVE).save(with_entries(ledger, [one]))
    before = files(used.root)
    with pytest.raises(UsageError, match="--new-account refused: still open: avx-20261120-AAPL-entry-1"):
        init(used, new_account=True)
    assert files(used.root) == before


@pytest.mark.parametrize("status", [S.CANCELLED, S.EXPIRED, S.REJECTED, S.NOT_SENT])
def test_what_is_over_is_no_objection(used: StateDir, status: OrderStatus) -> None:
    used.ledger(Mode.LIVE).save(with_entries(used.ledger(Mode.LIVE).load(), [entry(status)]))
    init(used, new_account=True)
    assert used.ledger(Mode.LIVE).load().entries == ()


@pytest.mark.parametrize("record_lost", [False, True])
@pytest.mark.parametrize("damage", ["missing", "torn"])
def test_refused_when_it_cannot_be_told(used: StateDir, damage: str, record_lost: bool) -> None:
    """Also with state.json gone as well: two lost files are not a way to fresh caps."""
    if damage == "missing":
        used.ledger(Mode.LIVE).path.unlink()
    else:
        used.ledger(Mode.LIVE).path.write_bytes(b"{ torn")
    if record_lost:
        used.record.unlink()
    before = files(used.root)
    with pytest.raises(UsageError, match="--new-account refused: whether anything is open cannot be told"):
        init(used, new_account=True)
    assert files(used.root) == before


def test_refused_while_anything_is_open_also_without_the_record(used: StateDir) -> None:
    used.ledger(Mode.LIVE).save(with_entries(used.ledger(Mode.LIVE).load(), [entry(S.UNKNOWN)]))
    used.record.unlink()
    with pytest.raises(UsageError, match="still open"):
        init(used, new_account=True)


def test_the_ledger_that_was_put_aside_is_missed_by_nobody(used: StateDir) -> None:
    init(used, new_account=True)
    said = init(used)
    assert said[0].endswith("everything was there")
    with pytest.raises(StateMissing):
        used.ledger(Mode.LIVE).load_from(used.ledger(Mode.LIVE).archive_path(THURSDAY))
