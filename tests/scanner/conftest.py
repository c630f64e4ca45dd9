"""A venue and a state directory for the scanner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.scanner_desk import MORNING, state_directory
from venue.venue import Venue


@pytest.fixture
def venue() -> Iterator[Venue]:
    """On the morning of the session, before the open."""
    with Venue(now=MORNING) as opened:
        yield opened


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return state_directory(tmp_path)
