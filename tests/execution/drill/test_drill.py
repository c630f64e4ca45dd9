"""The drill: every step seen, nothing real touched, and a step that shows something else fails it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import host
from support.desk import Desk, coming_session
from support.sessions import FRIDAY, lay_sessions

from execution.__main__ import EXECUTION
from execution.drill.script import DRY_RUN_AGAIN, LIVE_DAY, STEPS, TOKEN, DrillStep
from execution.drill.stage import Stage, StepResult, is_whole


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    lay_sessions(made.state, FRIDAY)
    made.ok("init")
    return made


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    root = tmp_path / "scratch"
    root.mkdir()
    return Stage(root, host.environment())


@pytest.mark.processes
@pytest.mark.slow
def test_a_whole_drill_passes_and_touches_nothing_but_its_record(desk: Desk) -> None:
    before = contents(desk.state)
    done = desk.do("drill", "--json", LIVE_TRADING="1", KILL_SWITCH="1", MAX_LIVE_ORDERS_PER_DAY="0")
    if coming_session() == "":
        assert "the session table ends" in done.said
        return
    assert done.code == 0, done.said
    told = json.loads(done.out)
    assert told["passed"] is True
    assert [step["title"] for step in told["steps"]] == [step.title for step in STEPS]
    record = desk.state / "drill.json"
    kept = json.loads(record.read_bytes())
    assert (kept["passed"], len(kept["steps"]), record.stat().st_mode & 0o777) == (True, len(STEPS), 0o600)
    record.unlink()
    assert contents(desk.state) == before


def contents(root: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes()) for path in files}


@pytest.mark.processes
@pytest.mark.slow
def test_what_is_kept_is_a_state_directory_to_look_at(desk: Desk, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = desk.do("drill", "--quiet", "--keep", str(kept))
    if coming_session() == "":
        assert "the session table ends" in done.said
        return
    assert done.code == 0, done.said
    assert done.out.count("PASS") == len(STEPS) + 1
    assert (kept / "state" / "live_orders_today.json").exists()
    again = desk.do("drill", "--keep", str(kept))
    assert again.code == 64
    assert "name a new directory" in again.said


@pytest.mark.processes
def test_a_line_that_is_not_seen_fails_the_step_and_ends_the_drill(stage: Stage) -> None:
    steps = (
        DrillStep("made", ("init",), (r"simulated account",), sets={"BROKER": "simulated"}),
        DrillStep("a mode that is not so", ("gates",), (r"Gate mode=LIVE",)),
        DrillStep("never reached", ("status",)),
    )
    outcomes = list(stage.play(steps))
    assert [outcome.passed for outcome in outcomes] == [True, False]
    assert outcomes[-1].missing == (r"Gate mode=LIVE",)
    assert not is_whole(outcomes)


@pytest.mark.processes
def test_another_exit_code_than_expected_fails_the_step(stage: Stage) -> None:
    (outcome,) = stage.play((DrillStep("no such symbol", ("why",)),))
    assert outcome.missing == ("exit 0 (it was 64)",)


@pytest.mark.processes
def test_nothing_of_the_operators_settings_gets_on_the_stage(tmp_path: Path) -> None:
    outside = host.environment(BROKER="alpaca", APCA_API_KEY_ID="PKREAL", AVWAP_STATE_DIR="/real")
    stage = Stage(tmp_path, outside)
    (outcome,) = stage.play((DrillStep("made", ("init",), (rf"State dir {tmp_path}/state",)),))
    assert outcome.passed, outcome.said


def test_a_part_of_a_drill_is_no_drill() -> None:
    passed = [StepResult(step, "", "", ()) for step in STEPS]
    assert is_whole(passed)
    assert not is_whole(passed[:-1])
    assert not is_whole([*passed[:-1], StepResult(STEPS[-1], "", "", ("a line",))])


def test_the_script_walks_the_whole_procedure() -> None:
    typed = [step.command[0] for step in STEPS]
    assert {"preflight", "arm", "run", "kill", "cancel-all", "flatten", "disarm", "unkill", "summary"} <= set(typed)
    assert set(typed) <= set(EXECUTION.verbs)
    assert LIVE_DAY["LIVE_CONFIRM_TOKEN"] == TOKEN
    assert LIVE_DAY.keys() == DRY_RUN_AGAIN.keys()
