"""One desk made by real verbs, copied for every journey."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from journeys_kit import AAPL, Desk, new_desk

NewDesk = Callable[..., Desk]


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
