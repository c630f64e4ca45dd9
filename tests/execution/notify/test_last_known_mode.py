"""Which mode a message names whose teller does not have the service's own switches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.voice import NOW, desk

from execution.notify.alerts import BLANK, Alerts, Edge
from execution.notify.observe import last_known_mode
from execution.state import heartbeat
from execution.state.heartbeat import SCHEMA, Heartbeat

TODAY, YESTERDAY = "2026-11-20", "2026-11-19"
LIVE_TOLD = msgspec.structs.replace(BLANK, edges={"live": Edge(TODAY, NOW)})
LIVE_OVER = msgspec.structs.replace(BLANK, edges={"live": Edge(YESTERDAY, NOW - timedelta(days=1))})


def beat(mode: str | None, session: str | None, *, finished: bool = True) -> Heartbeat:
    return Heartbeat(SCHEMA, 7, NOW, NOW if finished else None, mode=mode, session=session)


@pytest.mark.parametrize(
    ("last", "told", "mode"),
    [
        (beat("LIVE", TODAY), BLANK, "LIVE"),
        (beat("DRY_RUN", TODAY), LIVE_TOLD, "DRY_RUN"),
        (beat(None, None, finished=False), LIVE_TOLD, "LIVE"),
        (beat(None, None, finished=False), BLANK, ""),
        (beat(None, None, finished=False), LIVE_OVER, ""),
        (beat("LIVE", YESTERDAY), LIVE_OVER, ""),
        (beat("DRY_RUN", YESTERDAY), LIVE_OVER, "DRY_RUN"),
        (beat(None, None), LIVE_OVER, "DRY_RUN"),
        (None, BLANK, "DRY_RUN"),
    ],
)
def test_by_heartbeat_and_by_what_was_told(tmp_path: Path, last: Heartbeat | None, told: Alerts, mode: str) -> None:
    voice = desk(tmp_path / "state", {}).voice
    assert not voice.settings.live_trading
    if last is not None:
        heartbeat.finish(voice.state.heartbeat, last)
    assert last_known_mode(voice, told) == mode


def test_nothing_is_claimed_of_a_heartbeat_that_cannot_be_read_but_by_a_kill_file(tmp_path: Path) -> None:
    voice = desk(tmp_path / "state", {}).voice
    voice.state.heartbeat.write_text("torn")
    assert last_known_mode(voice, BLANK) == ""
    voice.state.kill_switch.touch()
    assert last_known_mode(voice, BLANK) == "DRY_RUN"
