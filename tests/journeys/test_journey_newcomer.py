"""What `make run` and `make drill` type, on the wall clock and the shipped table: the only journeys that stand in
whatever session it really is. Where the table has ended, they are told so, and what refreshes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import host
from support.desk import CHECKOUT, Desk, Done, coming_session
from support.sessions import lay_sessions

from execution.drill import stage
from execution.drill.script import STEPS

MAKE_RUN = (("execution", "init"), ("scanner", "run"), ("execution", "run"), ("execution", "status"))


def type_in(desk: Desk, program: str, *verb: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", program, *verb],
        cwd=CHECKOUT,
        env=desk.environment(ENTRY_TRIGGER=None),
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def in_one_session(tmp_path: Path, story: Callable[[Desk, str], None]) -> None:
    """A close in the middle of the story moves the simulated clock under it, as it may; then it is told again."""
    session = coming_session()
    try:
        story(Desk(tmp_path / "first"), session)
    except AssertionError:
        if session == coming_session():
            raise
        story(Desk(tmp_path / "second"), coming_session())


def test_a_first_run_is_a_cycle_in_the_coming_session_or_names_the_tables_end(tmp_path: Path) -> None:
    def story(desk: Desk, session: str) -> None:
        desk.root.mkdir()
        begun = type_in(desk, *MAKE_RUN[0])
        if session == "":
            refresh_as_told(desk, begun)
        else:
            assert (begun.code, desk.session) == (0, session), begun.said
        scanned, cycle, status = (type_in(desk, *command) for command in MAKE_RUN[1:])
        assert scanned.code == 0 and desk.watchlist_path().exists(), scanned.said
        assert cycle.code == 0 and cycle.mode == "DRY_RUN" and cycle.submitted, cycle.said
        assert desk.ledger("DRY_RUN")["date_ny"] == desk.session
        assert status.code == 0 and desk.session in status.out, status.said

    in_one_session(tmp_path, story)


def refresh_as_told(desk: Desk, begun: Done) -> None:
    """As `make sessions` does for the shipped table, here for this directory alone."""
    assert begun.code == 64 and "the session table ends 20" in begun.err, begun.said
    assert "`make sessions`" in begun.err and not desk.state.exists()
    desk.state.mkdir(mode=0o700)
    refresh = [sys.executable, "-m", "scanner.calendar", str(desk.state / "sessions.json")]
    subprocess.run(refresh, cwd=CHECKOUT, env=desk.environment(), capture_output=True, check=True, timeout=120)
    assert type_in(desk, *MAKE_RUN[0]).code == 0


def test_a_drill_passes_in_the_coming_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "FROM_OUTSIDE", (*stage.FROM_OUTSIDE, *host.clock()))

    def story(desk: Desk, session: str) -> None:
        desk.root.mkdir()
        outcomes = list(stage.Stage(desk.root, host.environment()).play(STEPS))
        if session == "":
            assert "the session table ends" in outcomes[-1].said
        elif outcomes[-1].step.title == "The session ends":  # and the table with it: no clock moves past it
            assert "is past the end of the session table; refresh it with `make sessions`" in outcomes[-1].said
        else:
            assert [outcome.missing for outcome in outcomes if not outcome.passed] == []
            assert stage.is_whole(outcomes)

    in_one_session(tmp_path, story)


# --- make run, as often as one likes -------------------------------------------------------------------


WHOLE = ("gates", "scanner", "execution", "state_templates", "locks", "setup.py", "setup.cfg", "pyproject.toml")
DEMONSTRATION = ("Makefile", "demo/activate", "demo/run")
OPERATORS = {
    "BROKER": "alpaca", "APCA_API_KEY_ID": "PKOPERATOR", "APCA_API_SECRET_KEY": "s", "LIVE_TRADING": "1",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/x", "MAX_LIVE_POSITIONS": "mistyped",
}  # fmt: skip
MONDAY, SATURDAY = "2082-11-09T10:30", "2082-11-14T12:00"


class Newcomer:
    """Stands in a checkout with everything installed, and knows no make but the one of its Makefile."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.state, self.operators = folder / "checkout", folder / "checkout/demo/state", folder / "mine"
        (self.checkout / "demo").mkdir(parents=True)
        for name in DEMONSTRATION:
            shutil.copy2(CHECKOUT / name, self.checkout / name)
        for name in WHOLE:
            (self.checkout / name).symlink_to(CHECKOUT / name)
        (self.checkout / ".venv").mkdir()
        (self.checkout / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        for mark in ("packages.ready", "run.ready"):  # make installs nothing from in here
            (self.checkout / ".venv" / mark).touch()
        lay_sessions(self.state)
        lay_sessions(self.operators)
        (self.checkout / ".env").write_text("MAX_LIVE_ORDERS=1\n")
        self.ok(f". demo/activate && execution init && execution sim clock {MONDAY}")

    def type(self, script: str) -> Done:
        """In a shell of the operator's, whose HOME takes no write."""
        environ = host.environment(HOME="/proc", AVWAP_STATE_DIR=str(self.operators), **OPERATORS)
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.checkout, env={**environ, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, script: str) -> Done:
        done = self.type(script)
        assert done.code == 0, done.said
        return done

    def make_run(self) -> Done:
        done = self.ok("make run")
        assert done.mode == "DRY_RUN" and "Market closed" not in done.said, done.said
        assert done.out.startswith(f"Demonstration: simulated broker, state directory {self.state}\n")
        return done


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


def files_of(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_make_run_can_be_said_again_after_an_import_after_the_loop_and_on_a_saturday(newcomer: Newcomer) -> None:
    """The documented import (docs/scanner.md) ended it with 64; after the session it ended in `Market closed`."""
    first = newcomer.make_run()
    explained, shown = first.out.index("FAIL means that LIVE was not let begin"), first.out.index("] Gate mode=DRY_RUN")
    assert explained < shown and first.submitted
    assert not newcomer.make_run().submitted
    (newcomer.checkout / "my.csv").write_text("Symbol,Entry_Level,Stop_Loss,Target_R2\nAAPL,101.00,97.90,108.10\n")
    newcomer.ok(". demo/activate && execution watchlist import my.csv --session next")
    newcomer.ok(". demo/activate && execution run --loop --until-close")
    after = newcomer.make_run()
    assert "The simulated session is over; on to the next." in after.out
    assert "The list that is there stays, and the cycle goes by it." in after.out
    newcomer.ok(f". demo/activate && execution sim clock {SATURDAY}")
    assert "The simulated session is over; on to the next." in newcomer.make_run().out


def test_the_demonstration_touches_nothing_of_the_operators_and_goes_by_none_of_it(newcomer: Newcomer) -> None:
    before = files_of(newcomer.operators)
    newcomer.make_run()
    why = newcomer.ok(". demo/activate && execution why AAPL")
    assert "\norder gates: AAPL\n" in why.out and f"state dir  {newcomer.state}\n" in why.out
    assert files_of(newcomer.operators) == before
    assert {path.name for path in newcomer.checkout.iterdir()} == {
        *WHOLE, *(name.partition("/")[0] for name in DEMONSTRATION), ".venv", ".env"
    }  # fmt: skip


def test_a_demonstration_that_cannot_go_on_says_how_to_begin_it_anew(newcomer: Newcomer) -> None:
    newcomer.make_run()
    newcomer.ok(". demo/activate && execution sim outage on")
    stuck = newcomer.type("make run")
    assert stuck.code != 0 and f"rm -rf {newcomer.state} begins it anew" in stuck.err
