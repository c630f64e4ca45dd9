"""When a heartbeat message is due: not again because the clock was set back by a second."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from support.facts import NOW

from execution.notify.alerts import BLANK
from execution.notify.observe import heartbeat_is_due

TOLD = msgspec.structs.replace(BLANK, heartbeat_at=NOW)


@pytest.mark.parametrize(
    ("seconds", "due"),
    [(0, False), (-1, False), (-3599, False), (3599, False), (3600, True), (-3600, True), (-86_400, True)],
)
def test_the_time_since_the_last_one_counts_in_both_directions(seconds: int, due: bool) -> None:
    assert heartbeat_is_due(TOLD, NOW + timedelta(seconds=seconds), 60) is due


def test_the_first_is_due_and_none_where_none_is_wanted() -> None:
    assert heartbeat_is_due(BLANK, NOW, 60) and not heartbeat_is_due(BLANK, NOW, 0)
