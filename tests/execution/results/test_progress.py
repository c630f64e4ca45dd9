"""How far a position is on its way: of one entry, of several, and where something was not told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from support.trading import YESTERDAY, S, entry, protection

from execution.ledger.day import Entry
from execution.results.progress import NOWHERE, Progress, progress

D = Decimal
PAID, STOP, TARGET = D("101.30"), D("97.90"), D("108.10")


def held(**changes: Any) -> Entry:
    """Four shares at 101.30, limit 101.35: a risk of 3.45 a share."""
    return entry("AAPL", S.FILLED, filled=4, **changes)


def of(price: str | None, *entries: Entry) -> Progress:
    return progress(entries, D(price) if price is not None else None)


@pytest.mark.parametrize(
    ("price", "r", "way"),
    [("108.10", "1.9710", "1.0000"), ("104.70", "0.9855", "0.5000"), ("101.30", "0", "0"),
     ("99.60", "-0.4928", "-0.5000"), ("97.90", "-0.9855", "-1.0000"), ("96.20", "-1.4783", "-1.5000")],
)  # fmt: skip
def test_between_stop_and_target(price: str, r: str, way: str) -> None:
    found = of(price, held())
    assert (found.stops, found.targets) == ((STOP,), (TARGET,))
    assert found.r is not None and abs(found.r - D(r)) < D("0.0001")
    assert found.way is not None and abs(found.way - D(way)) < D("0.0001")


def test_a_pair_of_ours_that_works_has_the_stop_that_counts() -> None:
    moved = replace(protection(), stop_price=D("99.00"), target_price=D("110.00"))
    found = of("105.65", held(protections=(moved,)))
    assert (found.stops, found.targets, found.way) == ((D("99.00"),), (D("110.00"),), D("0.5"))
    over = replace(moved, status=S.CANCELLED, legs=())
    assert of("105.65", held(protections=(over,))).stops == (STOP,)


def test_two_entries_of_a_symbol_have_one_r_and_no_way_where_their_prices_differ() -> None:
    first, second = held(day=YESTERDAY), held(stop_price=D("100.35"))
    assert of("104.70", first, held()).way == D("0.5")
    found = of("104.70", first, second)
    assert (found.stops, found.way) == ((STOP, D("100.35")), None)
    assert found.r is not None and abs(found.r - D("27.2") / (D("3.45") * 4 + D("1.00") * 4)) < D("0.0001")


def test_what_was_not_told_is_not_known() -> None:
    bare = held(stop_price=D(0), target_price=D(0))
    assert of("104.70", bare) == Progress((), (), None, None)
    assert (of(None, held()).r, of(None, held()).way) == (None, None)
    assert of("104.70", held(filled_avg_price=None)).r is None
    beyond = held(target_price=D("101.00"))  # bought above its target
    assert of("102.00", beyond).way is None
    at_market = replace(protection(), stop_price=None, target_price=None)
    assert of("104.70", held(protections=(at_market,))).stops == ()


def test_what_is_sold_is_no_position() -> None:
    assert of("104.70", held(exited=4)) == NOWHERE
