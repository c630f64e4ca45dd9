"""Promises 1 and 4: a stop stops, however it is spelt, and what allows trading must be spelt right.

KILL_SWITCH and DRY_RUN are on unless clearly off, LIVE_TRADING is off unless clearly on, and a kill
file is in force when it exists in any form or cannot be checked.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support import server as servers
from support.desk import LIVE, Desk, NewDesk, side_by_side

KILL_SPELLINGS = (
    "1", "true", "True", "TRUE", "on", "On", "yes", "Y", "y", "t", "2", "-1", "kill", "ture", " 0", "0 ", "none",
    "0.0", "nope", "'0'", "\t",
)  # fmt: skip
OFF_SPELLINGS = ("", "0", "False", "no", "OFF")
ON_SPELLINGS = ("1", "True", "YES", "on")
NOT_ON_SPELLINGS = ("", "0", "ture", "2", "LIVE", "y", "1 ", " 1", "enable", "truе")


def modes_of(desk: Desk, name: str, spellings: tuple[str, ...], **also: str) -> dict[str, str]:
    """The mode's reason for each spelling, asked of a reading verb."""

    def ask(spelling: str) -> str:
        done = desk.ok("gates", "--json", **{name: spelling}, **also)
        return str(json.loads(done.out)["mode_reason"])

    return dict(zip(spellings, side_by_side(spellings, ask), strict=True))


def test_the_kill_variable_in_twenty_spellings_lets_nothing_leave(another: NewDesk) -> None:
    assert len(KILL_SPELLINGS) >= 20

    def journey(spelling: str) -> None:
        desk = another(KILL_SPELLINGS.index(spelling))
        done = desk.cycle(KILL_SWITCH=spelling)
        assert (done.mode, done.reason) == ("DRY_RUN", "kill switch active (env)"), repr(spelling)
        assert desk.taken() == [], repr(spelling)

    side_by_side(KILL_SPELLINGS, journey)


def test_spellings_that_are_clearly_off_and_clearly_on(live_desk: Desk) -> None:
    assert set(modes_of(live_desk, "KILL_SWITCH", OFF_SPELLINGS).values()) == {LIVE}
    assert set(modes_of(live_desk, "DRY_RUN", OFF_SPELLINGS).values()) == {LIVE}
    assert set(modes_of(live_desk, "DRY_RUN", ("1", "true", "Y", "yse", " off")).values()) == {"DRY_RUN enabled"}
    assert set(modes_of(live_desk, "LIVE_TRADING", ON_SPELLINGS).values()) == {LIVE}
    assert set(modes_of(live_desk, "LIVE_TRADING", NOT_ON_SPELLINGS).values()) == {"LIVE_TRADING disabled"}


def _file(path: Path) -> None:
    path.touch()


def _directory(path: Path) -> None:
    path.mkdir()


def _dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _unreadable(path: Path) -> None:
    path.touch()
    path.chmod(0)


KILL_FILES = {make.__name__: make for make in (_file, _directory, _dangling_link, _loop, _pipe, _unreadable)}


def test_the_kill_file_in_any_form_lets_nothing_leave_and_is_never_opened(another: NewDesk) -> None:
    def journey(name: str) -> None:
        desk = another(name)
        KILL_FILES[name](desk.state / "KILL_SWITCH")
        done = desk.cycle()
        assert (done.mode, done.reason) == ("DRY_RUN", "kill switch active (file)"), name
        assert desk.taken() == [], name
        assert os.path.lexists(desk.state / "KILL_SWITCH")

    side_by_side(KILL_FILES, journey)


def test_every_switch_that_is_on_gets_its_line_and_the_kill_switch_the_first(live_desk: Desk) -> None:
    (live_desk.state / "KILL_SWITCH").touch()
    done = live_desk.cycle(DRY_RUN="1", KILL_SWITCH="1", LIVE_TRADING="0")
    assert done.reason == "kill switch active (env)"
    assert done.line("Gate kill_file") == "Gate kill_file status=FAIL reason=kill switch active (file)"
    assert done.line("Gate dry_run") == "Gate dry_run status=FAIL reason=DRY_RUN enabled"
    assert done.line("Gate live_trading") == "Gate live_trading status=FAIL reason=LIVE_TRADING disabled"
    assert live_desk.taken() == []


def test_a_kill_and_its_end(live_desk: Desk) -> None:
    """Killed after the first order, nothing more leaves; cleared, the day goes on within its caps."""
    assert live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL").submitted == ["AAPL"]
    (live_desk.state / "KILL_SWITCH").touch()
    killed = live_desk.cycles(3)
    assert killed.said.count("Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)") == 3
    assert live_desk.taken_symbols() == ["AAPL"]
    assert live_desk.entries() == {f"avx-{live_desk.session.replace('-', '')}-AAPL-entry-1": "filled"}
    (live_desk.state / "KILL_SWITCH").unlink()
    assert live_desk.cycle().submitted == ["MSFT", "KO"]
    assert live_desk.taken_symbols() == ["AAPL", "KO", "MSFT"]


def test_paused_opens_nothing_in_either_mode_and_mode_stays(live_desk: Desk) -> None:
    (live_desk.state / "PAUSED").symlink_to("nowhere")
    done = live_desk.cycle()
    assert (done.reason, done.submitted) == (LIVE, [])
    assert done.line("Gate entries") == "Gate entries status=FAIL reason=paused (file)"
    assert live_desk.cycle(DRY_RUN="1").submitted == []
    (live_desk.state / "PAUSED").unlink()
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


@pytest.mark.parametrize("spelling", ["", " , ,", ",", "AAPL;MSFT"])
def test_an_allowlist_that_names_nothing_allows_nothing(live_desk: Desk, spelling: str) -> None:
    done = live_desk.cycle(ALLOWLIST_SYMBOLS=spelling)
    assert (done.reason, done.submitted) == (LIVE, [])
    assert live_desk.taken() == []


def test_an_allowlist_is_shown_sorted_and_kept_to(live_desk: Desk) -> None:
    done = live_desk.cycle(ALLOWLIST_SYMBOLS=" msft ,KO,")
    assert done.has("Gate allowlist=KO,MSFT")
    assert done.submitted == ["MSFT", "KO"]
    assert done.line("Gate order AAPL").endswith("code=allowlist")


def test_a_state_dir_that_may_not_be_looked_into_lets_nothing_leave(live_desk: Desk) -> None:
    """For root every directory is readable, so the cycle runs as the service's user."""
    if (reason := servers.why_not()) is not None:
        pytest.skip(reason)
    with servers.server(live_desk) as server:
        room = server.desk
        for mode in (0o000, 0o400, 0o200, 0o500):
            room.state.chmod(mode)
            done = server.as_service("run")
            assert done.code == 74, f"{mode:o}: {done.said}"
            assert str(room.state) in done.err
            assert "SUBMITTED" not in done.said
        assert room.taken() == []
        room.state.chmod(0o700)
        assert server.as_service("run").code == 0
        assert room.taken_symbols() == ["AAPL", "KO", "MSFT"]
