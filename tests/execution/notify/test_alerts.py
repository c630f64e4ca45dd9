"""Tests that the names in alerts.json are made and read at one place, as files of earlier versions have them."""

from __future__ import annotations

from datetime import date

import msgspec
from support.trading import NOW, ident

from execution.notify.alerts import (
    BLANK,
    Edge,
    is_of_mode,
    latch_edge,
    latches_told,
    order_key,
    summaries_told,
    summary_name,
)
from gates.mode import Mode


def test_latches_that_were_told_are_known_by_name() -> None:
    edges = {name: Edge("on", NOW) for name in ("latch:flatten", "latch:flatten:AAPL", "kill", "latched")}
    assert latches_told(msgspec.structs.replace(BLANK, edges=edges)) == {"flatten", "flatten:AAPL"}
    assert latch_edge("flatten:AAPL") == "latch:flatten:AAPL"


def test_summaries_that_were_told_are_known_by_session() -> None:
    once = {"summary 2026-11-19": NOW, "summary 2026-11-20": NOW, "failed execution.service": NOW}
    assert summaries_told(once) == {date(2026, 11, 19): NOW, date(2026, 11, 20): NOW}
    assert summary_name(date(2026, 11, 20)) == "summary 2026-11-20"


def test_an_order_is_of_one_mode() -> None:
    key = order_key(Mode.LIVE, ident())
    assert key == f"LIVE {ident()}"
    assert (is_of_mode(key, Mode.LIVE), is_of_mode(key, Mode.DRY_RUN)) == (True, False)
