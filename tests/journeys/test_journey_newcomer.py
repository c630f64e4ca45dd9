"""What `make run` and `make drill` type, on the wall clock and the shipped table: the only journeys that stand in
whatever session it really is. Where the table has ended, they are told so, and what refreshes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import host
from support.desk import AAPL, CHECKOUT, Desk, Done, coming_session

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


def make_run(desk: Desk) -> Done:
    """The recipe of `make run` as the Makefile has it, by a shell, with this Python for the installed programs."""
    recipe = (CHECKOUT / "Makefile").read_text().partition("\nrun:")[2].partition("\n")[2].partition("\n\n")[0]
    script = recipe.replace("\t", "").removeprefix("@").replace("$$", "$")
    for program in ("execution", "scanner"):
        script = script.replace(f"$(BIN)/{program}", f"{sys.executable} -m {program}")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=CHECKOUT,
        env={**desk.environment(ENTRY_TRIGGER=None), **host.environment()},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_make_run_can_be_said_again_after_an_import_and_after_the_close(desk: Desk) -> None:
    """The documented import (docs/scanner.md) ended it with 64; after the session it ended in `Market closed`."""
    first = make_run(desk)
    assert first.code == 0, first.said
    assert "The list that is there stays, and the cycle goes by it." in first.out
    explained, shown = first.out.index("FAIL means that LIVE was not let begin"), first.out.index("] Gate mode=DRY_RUN")
    assert explained < shown
    desk.import_watchlist(AAPL, session="next")
    desk.sim("clock", f"{desk.session}T17:00")
    again = make_run(desk)
    assert again.code == 0 and "The simulated session is over; on to the next." in again.out, again.said
    assert again.mode == "DRY_RUN" and "Market closed" not in again.said
