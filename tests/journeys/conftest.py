"""One desk made by real verbs, copied for every journey.

Every journey also has to pass at any moment (`make any-day`), but for those whose processes are handed their clock, to
them no moment is another one, and those that spell variables in dozens of ways on one morning.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.desk import AAPL, Desk, new_desk

NewDesk = Callable[..., Desk]

HERE = Path(__file__).resolve().parent
HANDED_A_CLOCK = ("test_crash_grid", "test_janitor_venue", "test_journey_flatten", "test_live_venue")
SPELLINGS = ("test_journey_settings", "test_journey_switches")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.path.stem not in (*HANDED_A_CLOCK, *SPELLINGS):
            item.add_marker(pytest.mark.any_day)


@pytest.fixture(scope="session")
def quiet_morning(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return new_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def one_row(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The same with AAPL alone on the list."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("one-row"))
    desk.watchlist_path().unlink()
    desk.import_watchlist(AAPL)
    return desk


@pytest.fixture
def desk(quiet_morning: Desk, tmp_path: Path) -> Desk:
    return quiet_morning.copy(tmp_path / "desk")


@pytest.fixture
def live_desk(desk: Desk) -> Desk:
    desk.arm()
    return desk


@pytest.fixture
def another(quiet_morning: Desk, tmp_path: Path) -> NewDesk:
    """Further desks by name, armed unless told otherwise."""

    def make(name: object, *, like: Desk = quiet_morning, armed: bool = True) -> Desk:
        made = like.copy(tmp_path / f"desk-{name}")
        if armed:
            made.arm()
        return made

    return make
