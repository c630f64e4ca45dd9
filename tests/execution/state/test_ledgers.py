"""Both ledgers of a cycle: what is a problem, what is begun again, what is rolled over and by whom."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.facts import TABLE, new_york, session_on

from execution.broker.kind import BrokerChoice, BrokerKind
from execution.broker.port import Account
from execution.ledger.day import Ledger, blank
from execution.ledger.file import digest, to_bytes
from execution.service import Service
from execution.settings.parsing import parse
from execution.state.directory import SCHEMA, SUBDIRECTORIES, StateDir, StateRecord
from execution.state.ledgers import (
    Ledgers,
    OpenLedger,
    as_if_rolled_over,
    bind,
    current_ledgers,
    open_ledgers,
    roll_over,
    save,
)
from gates.base.clock import WallClock
from gates.base.logs import Journal
from gates.mode import Mode

THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)
SESSION = session_on("2026-11-20")
NOW: datetime = new_york("2026-11-20 10:31")
RECORD = StateRecord(SCHEMA, NOW, "SIM1")


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def service(tmp_path: Path, said: io.StringIO) -> Service:
    for name in SUBDIRECTORIES:
        (tmp_path / name).mkdir()

    def no_broker(*_: object) -> object:
        raise AssertionError("ledgers are files; no broker is asked")

    return Service(
        settings=parse({"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated"}).settings,
        mistakes=(),
        state=StateDir(tmp_path),
        table=TABLE,
        table_problem=None,
        clock=WallClock(),
        journal=Journal(now=lambda: NOW, out=said),
        chosen=BrokerChoice(BrokerKind.NONE, "files only"),
        broker=no_broker,  # type: ignore[arg-type]
        begin_cycle=lambda: None,
    )


def keep(service: Service, *ledgers: Ledger) -> None:
    for ledger in ledgers:
        service.state.ledger(ledger.mode).save(ledger)


def both(day: date, account: str | None = "SIM1") -> tuple[Ledger, Ledger]:
    return blank(day, Mode.LIVE, account), blank(day, Mode.DRY_RUN, account)


def problems(ledgers: Ledgers) -> tuple[str | None, str | None]:
    return ledgers.live.problem, ledgers.dry_run.problem


def test_ledgers_that_are_not_there_are_missing(service: Service) -> None:
    assert open_ledgers(service.state) == Ledgers(
        OpenLedger(None, "missing", is_missing=True), OpenLedger(None, "missing", is_missing=True)
    )


def test_each_ledger_is_judged_alone(service: Service) -> None:
    live, dry_run = both(FRIDAY)
    keep(service, live, dry_run)
    service.state.ledger(Mode.LIVE).path.write_bytes(b"")
    ledgers = open_ledgers(service.state)
    assert ledgers == Ledgers(OpenLedger(None, "unreadable: is empty"), OpenLedger(dry_run))
    assert ledgers.of(Mode.LIVE) is ledgers.live
    assert ledgers.of(Mode.DRY_RUN) is ledgers.dry_run


def test_a_ledger_takes_its_own_place(service: Service) -> None:
    live, dry_run = both(FRIDAY)
    nothing = Ledgers(OpenLedger(None, "missing", is_missing=True), OpenLedger(None, "missing", is_missing=True))
    assert nothing.with_ledger(live) == Ledgers(OpenLedger(live), OpenLedger(None, "missing", is_missing=True))
    assert nothing.with_ledger(dry_run) == Ledgers(OpenLedger(None, "missing", is_missing=True), OpenLedger(dry_run))


@pytest.mark.parametrize(
    ("day", "account", "bound", "problem"),
    [
        (FRIDAY, "SIM1", "SIM1", None),
        (FRIDAY, None, "SIM1", None),
        (FRIDAY, "SIM1", None, None),
        (FRIDAY, "SIM2", "SIM1", "of account SIM2, want SIM1"),
        (THURSDAY, "SIM1", "SIM1", "dated 2026-11-19"),
        (date(2026, 11, 23), "SIM1", "SIM1", "dated 2026-11-23"),
    ],
)
def test_what_is_on_disk_is_judged_for_the_session(
    service: Service, day: date, account: str | None, bound: str | None, problem: str | None
) -> None:
    keep(service, *both(day, account))
    ledgers = current_ledgers(open_ledgers(service.state), SESSION, replace(RECORD, account=bound))
    assert problems(ledgers) == (problem, problem)
    assert (ledgers.live.ledger is None) is (problem is not None)


def test_a_problem_found_before_stays_the_problem(service: Service) -> None:
    assert problems(current_ledgers(open_ledgers(service.state), SESSION, RECORD)) == ("missing", "missing")


def test_saving_binds_to_the_account_and_skips_what_did_not_change(service: Service) -> None:
    live, dry_run = both(FRIDAY, None)
    keep(service, live, dry_run)
    path = service.state.ledger(Mode.LIVE).path
    ledgers = save(service.state, open_ledgers(service.state), live, RECORD)
    assert ledgers.live.ledger == replace(live, account="SIM1") == service.state.ledger(Mode.LIVE).load()
    inode = path.stat().st_ino
    again = save(service.state, ledgers, replace(live, account="SIM1"), RECORD)
    assert (again, path.stat().st_ino) == (ledgers, inode)
    assert ledgers.dry_run.ledger == dry_run


def test_a_later_session_begins_both_ledgers_and_says_so(service: Service, said: io.StringIO) -> None:
    before = both(THURSDAY)
    keep(service, *before)
    ledgers = roll_over(service.state, service.journal, open_ledgers(service.state), SESSION)
    assert open_ledgers(service.state) == ledgers
    for ledger in before:
        file, now = service.state.ledger(ledger.mode), ledgers.of(ledger.mode).ledger
        assert file.load_from(file.archive_path(THURSDAY)) == ledger
        assert now is not None
        assert now.date_ny == FRIDAY
        assert now.previous is not None
        assert now.previous.sha256 == digest(ledger)
        assert f"Ledger {ledger.mode.value} of 2026-11-19 archived, 2026-11-20 begun" in said.getvalue()


@pytest.mark.parametrize("day", [FRIDAY, date(2026, 11, 23)])
def test_a_ledger_of_this_session_or_a_later_one_is_not_rolled_over(service: Service, day: date) -> None:
    keep(service, *both(day))
    files = {mode: service.state.ledger(mode).path.read_bytes() for mode in Mode}
    ledgers = roll_over(service.state, service.journal, open_ledgers(service.state), SESSION)
    assert ledgers == open_ledgers(service.state)
    assert {mode: service.state.ledger(mode).path.read_bytes() for mode in Mode} == files
    assert not any(service.state.ledger(mode).archived_days() for mode in Mode)


def test_a_missing_live_ledger_stays_missing_and_a_dry_run_one_is_begun_loudly(
    service: Service, said: io.StringIO
) -> None:
    ledgers = roll_over(service.state, service.journal, open_ledgers(service.state), SESSION)
    assert ledgers == Ledgers(
        OpenLedger(None, "missing", is_missing=True), OpenLedger(blank(FRIDAY, Mode.DRY_RUN, None))
    )
    assert not service.state.ledger(Mode.LIVE).path.exists()
    assert service.state.ledger(Mode.DRY_RUN).load() == ledgers.dry_run.ledger
    assert "WARNING: dry-run ledger" in said.getvalue()


@pytest.mark.parametrize("mode", Mode)
def test_an_unreadable_ledger_is_left_exactly_as_it_is(service: Service, mode: Mode) -> None:
    keep(service, *both(THURSDAY))
    path = service.state.ledger(mode).path
    path.write_bytes(b"{ torn")
    ledgers = roll_over(service.state, service.journal, open_ledgers(service.state), SESSION)
    assert (ledgers.of(mode).problem or "").startswith("unreadable: is not valid JSON")
    assert path.read_bytes() == b"{ torn"


def other_archive(service: Service) -> Path:
    path = service.state.ledger(Mode.LIVE).archive_path(THURSDAY)
    path.write_bytes(to_bytes(blank(THURSDAY, Mode.LIVE, "SOMEBODY")))
    return path


def test_an_archive_with_other_content_is_a_problem_and_stays(service: Service) -> None:
    keep(service, *both(THURSDAY))
    archive = other_archive(service)
    content, ledger = archive.read_bytes(), service.state.ledger(Mode.LIVE).path.read_bytes()
    ledgers = roll_over(service.state, service.journal, open_ledgers(service.state), SESSION)
    assert problems(ledgers) == ("unreadable: archive already exists with other content", None)
    assert (archive.read_bytes(), service.state.ledger(Mode.LIVE).path.read_bytes()) == (content, ledger)


# --- reading verbs --------------------------------------------------------------------------------


def tree(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "case", ["yesterday", "today", "tomorrow", "missing", "torn", "live missing", "archive with other content"]
)
def test_reading_verbs_see_what_the_next_cycle_will_have_and_write_nothing(service: Service, case: str) -> None:
    days = {"today": FRIDAY, "tomorrow": date(2026, 11, 23)}
    if case != "missing":
        keep(service, *both(days.get(case, THURSDAY)))
    if case == "torn":
        for mode in Mode:
            service.state.ledger(mode).path.write_bytes(b"{")
    if case == "live missing":
        service.state.ledger(Mode.LIVE).path.unlink()
    if case == "archive with other content":
        other_archive(service)
    before = tree(service.state.root)
    seen = current_ledgers(as_if_rolled_over(service.state, open_ledgers(service.state), SESSION), SESSION, RECORD)
    assert tree(service.state.root) == before
    begun = roll_over(service.state, service.journal, open_ledgers(service.state), SESSION)
    assert seen == current_ledgers(begun, SESSION, RECORD)


# --- the account ----------------------------------------------------------------------------------


def test_the_first_account_seen_owns_the_directory(service: Service, said: io.StringIO) -> None:
    unbound = replace(RECORD, account=None)
    service.state.write_record(unbound)
    bound = bind(service.state, service.journal, unbound, Account("SIM1", Decimal(1), Decimal(1)))
    assert bound == RECORD == service.state.read_record()
    assert "bound to account SIM1" in said.getvalue()


def test_a_bound_directory_is_never_bound_again(service: Service, said: io.StringIO) -> None:
    service.state.write_record(RECORD)
    assert bind(service.state, service.journal, RECORD, Account("SIM2", Decimal(1), Decimal(1))) == RECORD
    assert service.state.read_record() == RECORD
    assert said.getvalue() == ""
