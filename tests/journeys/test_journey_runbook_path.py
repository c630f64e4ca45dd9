"""Paths of the runbook: its default state directory, a directory made by hand, and a start that begins paused."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from support.desk import Desk

from execution.checks.catalog import DOCTOR
from execution.checks.finding import Result, ask_all
from execution.checks.gather import gather_from
from execution.cli.unkill import unkill_with
from execution.cycle import run_cycle
from execution.operator.initialise import initialise
from execution.operator.word import PersonsWord
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE
from gates.base.record import replace


def beside(desk: Desk, runbook: Path) -> Service:
    service = open_service(desk.environment())
    return replace(service, state=replace(service.state, runbook=runbook))


def test_a_kill_at_the_runbooks_path_ends_live(
    live_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`touch /root/avwap_r3k_scanner/state/KILL_SWITCH` did nothing where that directory was not the one in force."""
    runbook = tmp_path / "runbook"
    runbook.mkdir()
    assert run_cycle(beside(live_desk, runbook)) == EXIT_DONE
    said = capsys.readouterr().out
    assert "Gate mode=LIVE status=PASS" in said
    assert f"state directory {runbook} exists too and is not the one in force ({live_desk.state})" in said
    (runbook / "KILL_SWITCH").touch()
    assert run_cycle(beside(live_desk, runbook)) == EXIT_DONE
    said = capsys.readouterr().out
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)" in said
    assert f"{runbook}/KILL_SWITCH is there, so the kill switch is active" in said
    assert unkill_with(beside(live_desk, runbook), PersonsWord(live_now(live_desk), "tester", "looked")) == EXIT_DONE
    assert f"UNKILLED: {runbook}/KILL_SWITCH removed" in capsys.readouterr().out
    assert not (runbook / "KILL_SWITCH").exists()


def live_now(desk: Desk) -> datetime:
    return open_service(desk.environment()).clock.now()


def test_doctor_and_init_say_that_it_is_there(live_desk: Desk, tmp_path: Path) -> None:
    runbook = tmp_path / "runbook"
    runbook.mkdir()
    service = beside(live_desk, runbook)
    answers = {one.check: one for one in ask_all(DOCTOR, gather_from(service, live_desk.environment()))}
    assert answers["state_dir"].result is Result.WARN
    assert f"{runbook} exists too" in answers["state_dir"].finding.evidence
    lines = initialise(service.state, service.settings, service.clock.now(), new_account=False)
    assert any(f"{runbook} exists too" in line for line in lines)


@pytest.mark.parametrize("made", [False, True])
def test_a_cycle_without_init_prints_its_gates_and_names_init(desk: Desk, made: bool) -> None:
    """4.1 of the runbook makes the directory with `mkdir -p`; `init` is no step of it."""
    bare = desk.root / "bare"
    if made:
        bare.mkdir()
        (bare / "live_confirm_token.txt").write_text("x" * 32)
        (bare / "live_confirm_token.txt").chmod(0o600)
    before = sorted(bare.iterdir()) if made else None
    done = desk.do("run", AVWAP_STATE_DIR=str(bare), LIVE_TRADING="1", LIVE_CONFIRM_TOKEN="x" * 32)
    assert done.code == 74
    gates = [line for line in done.messages if line.startswith("Gate ")]
    assert gates[0].startswith("Gate mode=DRY_RUN status=FAIL reason=")
    assert any(line.startswith("Gate entries status=FAIL") for line in gates)
    assert "Gate ledger status=FAIL reason=ledger unavailable (missing)" in gates
    assert not any("status=PASS" in line for line in gates)
    assert "is not an initialised state directory; run `execution init`" in done.err
    assert (sorted(bare.iterdir()) if made else None) == before and bare.exists() is made


def test_paused_is_how_a_strict_start_may_begin(live_desk: Desk) -> None:
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    live_desk.ok("pause", "--reason", "start paused")
    seen = json.loads(live_desk.do("preflight", "--strict", "--json").out)
    rows = {row["check"]: row["result"] for row in seen["checks"]}
    assert (rows["switches"], seen["passed"], seen["failing"]) == ("PASS", True, []), seen
    account = json.loads((live_desk.state / "state.json").read_text())["account"]
    assert "ARMED until" in live_desk.ok("arm", "--confirm", account).out
    doctor = json.loads(live_desk.do("doctor", "--json").out)
    assert {row["check"]: row["result"] for row in doctor["checks"]}["switches"] == "WARN"
    live_desk.ok("kill", "--reason", "and killed")
    seen = json.loads(live_desk.do("preflight", "--strict", "--json").out)
    assert "switches" in seen["failing"]
