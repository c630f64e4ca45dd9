"""The anchored VWAP of a whole universe is, to the ninth digit, what a loop over one symbol says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.panels import KINDS, LENGTHS, market, markets, panel_of, seeds, series_of, walk
from support.scan_reference import Bar, Series, avwap

from scanner.bars.panel import Floats, Panel
from scanner.setups.avwap import NO_ANCHOR, Anchored, series_from, turnover, typical_price

FEW = settings(max_examples=cases(30))


def anchored_of(panel: Panel, sessions_back: int = 5) -> Anchored:
    return Anchored.of(*turnover(panel), sessions_back)


def since(panel: Panel, anchors: list[list[int]], column: int, sessions_back: int = 5) -> Floats:
    return anchored_of(panel, sessions_back).at(column, np.array(anchors, dtype=np.int64))


def agree(found: float, expected: float) -> bool:
    return (math.isnan(found) and math.isnan(expected)) or math.isclose(found, expected, rel_tol=1e-9)


def flat_bar(price: float, volume: float) -> Bar:
    return Bar(price, price, price, price, volume)


# --- worked out by hand -------------------------------------------------------------------------------


def test_the_typical_price_is_the_mean_of_high_low_and_close() -> None:
    panel = panel_of({"AAA": [Bar(1.0, 12.0, 9.0, 10.5, 100.0), None]})
    assert typical_price(panel)[0, 0] == 10.5
    assert np.isnan(typical_price(panel)[0, 1])


def test_prices_weigh_by_their_volume() -> None:
    panel = panel_of({"AAA": [flat_bar(10.0, 300.0), flat_bar(20.0, 100.0), flat_bar(40.0, 600.0)]})
    assert since(panel, [[0, 1, 2]], 2).tolist() == [[29.0, (2_000 + 24_000) / 700, 40.0]]
    assert since(panel, [[0, 1, 2]], 1, 1)[0, :2].tolist() == [12.5, 20.0]


def test_no_bar_and_no_volume_add_nothing() -> None:
    panel = panel_of({"AAA": [flat_bar(10.0, 300.0), None, flat_bar(99.0, 0.0), flat_bar(20.0, 100.0), None]})
    assert since(panel, [[0, 1, 2, 3]], 4)[0].tolist() == [12.5, 20.0, 20.0, 20.0]


def test_without_an_anchor_or_any_volume_since_it_there_is_no_avwap() -> None:
    panel = panel_of({"AAA": [flat_bar(10.0, 300.0), flat_bar(11.0, 0.0), None]})
    assert np.isnan(since(panel, [[NO_ANCHOR, 1, 2]], 2)).all()


def test_before_its_anchor_there_is_no_avwap() -> None:
    panel = market(30, 1, ["plain"])
    assert np.isnan(since(panel, [[28, 29]], 27)).all()
    assert np.isnan(since(panel, [[28, 29]], 28)).tolist() == [[False, True]]


def test_money_and_volume_of_a_missing_bar_are_nothing() -> None:
    panel = panel_of({"AAA": [None, flat_bar(10.0, 3.0)]})
    money, volume = turnover(panel)
    assert (money.tolist(), volume.tolist()) == ([[0.0, 30.0]], [[0.0, 3.0]])
    assert np.isnan(panel.volume[0, 0])


def test_turnover_leaves_the_panel_as_it_is() -> None:
    panel = market(60, 3, ["missing", "plain"])
    before = {name: getattr(panel, name).copy() for name in ("high", "low", "close", "volume")}
    turnover(panel)
    assert all(np.array_equal(before[name], getattr(panel, name), equal_nan=True) for name in before)


# --- against the loop ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_anchor_of_every_kind_of_series_is_what_the_loop_says(kind: str) -> None:
    panel = market(70, 11, [kind])
    series = series_of(panel, 0)
    for column in range(64, 70):
        found = since(panel, [list(range(70))], column)[0].tolist()
        assert all(agree(found[anchor], avwap(series, anchor, column)) for anchor in range(70)), (kind, column)


@FEW
@given(panel=markets(), sessions_back=st.integers(1, 12), data=st.data())
def test_any_anchor_in_any_market_is_what_the_loop_says(panel: Panel, sessions_back: int, data: st.DataObject) -> None:
    last = len(panel.days) - 1
    anchored = anchored_of(panel, sessions_back)
    assert anchored.pivot == max(0, last - sessions_back)
    place = st.integers(NO_ANCHOR, last)
    anchors = [[data.draw(place) for _ in range(4)] for _ in panel.symbols]
    for column in {last, max(anchored.pivot, last - 1), anchored.pivot}:
        found = anchored.at(column, np.array(anchors, dtype=np.int64))
        for row in range(len(panel.symbols)):
            series = series_of(panel, row)
            for anchor, value in zip(anchors[row], found[row].tolist(), strict=True):
                assert agree(value, avwap(series, anchor if anchor >= 0 else None, column)), (anchor, column)


@FEW
@given(seed=seeds, quiet=st.integers(1, 40))
def test_a_quiet_end_is_not_drowned_by_a_loud_beginning(seed: int, quiet: int) -> None:
    """A difference of two sums of 1e12 shares each would know nothing of the last hundred."""
    loud: Series = [
        bar and bar._replace(volume=1e12 + 7.0, close=bar.close * 997.0) for bar in walk("plain", 200, seed)
    ]
    series = loud + [bar and bar._replace(volume=1.0 + place) for place, bar in enumerate(walk("plain", quiet, seed))]
    panel = panel_of({"AAA": series})
    last = len(series) - 1
    found = since(panel, [list(range(200, len(series)))], last)[0].tolist()
    assert all(math.isclose(found[at - 200], avwap(series, at, last), rel_tol=1e-12) for at in range(200, len(series)))


@FEW
@given(panel=markets())
def test_the_avwap_lies_among_the_typical_prices_since_its_anchor(panel: Panel) -> None:
    last = len(panel.days) - 1
    found = since(panel, [list(range(last + 1))] * len(panel.symbols), last)
    for row in range(len(panel.symbols)):
        prices = np.where(panel.volume[row] > 0, typical_price(panel)[row], np.nan)
        for anchor in range(last + 1):
            there = prices[anchor:][~np.isnan(prices[anchor:])]
            assert np.isnan(found[row, anchor]) == (not len(there))
            if len(there):
                assert there.min() * (1 - 1e-12) <= found[row, anchor] <= there.max() * (1 + 1e-12)


@FEW
@given(panel=markets([n for n in LENGTHS if n >= 10]), exponent=st.integers(-8, 8))
def test_more_or_less_of_all_volume_changes_no_avwap(panel: Panel, exponent: int) -> None:
    last = len(panel.days) - 1
    anchors = np.tile(np.arange(last + 1), (len(panel.symbols), 1))
    money, volume = turnover(panel)
    other = Anchored.of(money * 2.0**exponent, volume * 2.0**exponent, 5).at(last, anchors)
    assert np.array_equal(other, Anchored.of(money, volume, 5).at(last, anchors), equal_nan=True)


@FEW
@given(panel=markets(), data=st.data())
def test_the_line_of_a_chart_ends_at_the_avwap(panel: Panel, data: st.DataObject) -> None:
    last = len(panel.days) - 1
    anchor = data.draw(st.integers(0, last))
    money, volume = turnover(panel)
    for row in range(len(panel.symbols)):
        with np.errstate(all="raise", under="ignore"):
            line = series_from(money[row], volume[row], anchor).tolist()
        series = series_of(panel, row)
        expected = [avwap(series, anchor, at) for at in range(last + 1)]
        assert all(agree(one, other) for one, other in zip(line, expected, strict=True))
