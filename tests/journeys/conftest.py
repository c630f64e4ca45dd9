"""What the journeys begin with: a desk on the simulator, made by real verbs and copied, or one at the tests' broker.

A module whose journeys need another one has a `desk` or a `venue` of its own, which says how it differs.

Every journey also has to pass at any moment (`make any-day`), but for those whose processes are handed their clock, to
them no moment is another one, and those that spell variables in dozens of ways on one morning.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.desk import Desk as VenueDesk
from crash.desk import NewDesk as NewVenueDesk
from crash.desk import make_template, prepare
from crash.forks import Forks
from support.desk import AAPL, Desk, NewDesk, new_desk
from venue.slack import Slack
from venue.venue import Venue

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


# --- at the broker of the tests, each cycle a process -----------------------------------------------


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory ready for a LIVE day. Nothing is written into it."""
    return make_template(tmp_path_factory.mktemp("template") / "state")


@pytest.fixture
def venue() -> Iterator[Venue]:
    with Venue() as opened:
        yield opened


@pytest.fixture
def slack() -> Iterator[Slack]:
    with Slack() as opened:
        yield opened


@pytest.fixture
def at_venue(venue: Venue, tmp_path: Path, template: Path, forks: Forks) -> NewVenueDesk:
    """A LIVE desk in front of that broker, with settings that differ from the others'."""

    def make(**extra: str) -> VenueDesk:
        return prepare(venue, template, tmp_path / "state", forks, **extra)

    return make
