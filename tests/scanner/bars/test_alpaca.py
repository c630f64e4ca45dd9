"""The real alpaca-py client against the venue: pages, the rate limit, and everything an answer can be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from support.scanner_desk import AS_OF, BEFORE, SESSION, VenueClock, is_session, source_at
from venue.bars import Bar
from venue.faults import (
    EVERY,
    drop,
    garbage,
    half_body,
    rate_limited,
    refuse,
    rewrite,
    server_error,
    silence,
    slow_drip,
)
from venue.market import DAILY
from venue.venue import Venue

from gates.base.settings import Secret
from scanner.bars.alpaca import TRIES, AlpacaBarsHost, AlpacaSource
from scanner.bars.batches import ask
from scanner.bars.panel import day_of
from scanner.bars.source import SourceFailed, SourceRefused
from scanner.bars.store import FlatBars
from scanner.bars.update import BarShelf, WantedBars, update

BARS, ASSETS = "/v2/stocks/bars", "/v2/assets"
FIRST = date(2026, 11, 2)


@pytest.fixture
def clock(venue: Venue) -> VenueClock:
    return VenueClock(venue)


@pytest.fixture
def source(venue: Venue, clock: VenueClock) -> Iterator[AlpacaSource]:
    yield source_at(venue, clock, limit_seconds=1.0)


def days(flat: FlatBars, symbol: str) -> list[date]:
    code = flat.symbols.index(symbol)
    return [day_of(np.datetime64(int(day), "D")) for day in flat.days[flat.codes == code]]


def questions(venue: Venue) -> int:
    return len(venue.requests.select("GET", BARS))


# --- what is asked, and what comes --------------------------------------------------------------------


def test_bars_come_as_the_venue_has_them(venue: Venue, source: AlpacaSource) -> None:
    venue.market.set_bars("BRK.B", DAILY, [Bar.at(venue.now() - timedelta(days=1, hours=8), 10, 12.5, 9, 11.25, 4321)])
    flat = source.bars(["BRK.B", "AAPL"], FIRST, AS_OF)
    assert flat.symbols == ("AAPL", "BRK.B")
    november = (FIRST + timedelta(days=number) for number in range(18))
    assert days(flat, "AAPL") == [day for day in november if day.weekday() < 5]
    last = {name: values[-1] for name, values in flat.values.items()}
    assert last == {"open": 10, "high": 12.5, "low": 9, "close": 11.25, "volume": 4321}
    asked = venue.requests.select("GET", BARS)[0].query
    assert (asked["adjustment"], asked["feed"], asked["timeframe"], asked["limit"]) == ("split", "sip", "1Day", "10000")


def test_bars_are_split_adjusted(venue: Venue, source: AlpacaSource) -> None:
    before = source.bars(["AAPL"], FIRST, AS_OF).values["close"]
    venue.market.split("AAPL", date(2026, 11, 10), 4)
    assert np.array_equal(source.bars(["AAPL"], FIRST, AS_OF).values["close"], before)


def test_pages_are_followed_to_the_last(venue: Venue, source: AlpacaSource) -> None:
    symbols = [f"P{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    flat = source.bars(symbols, date(2024, 12, 2), AS_OF)
    assert questions(venue) == source.requests == 2
    assert len(flat) > 10_000
    assert {len(days(flat, symbol)) for symbol in symbols} == {len(days(flat, "PA"))}


def test_an_unknown_symbol_is_simply_not_in_it(venue: Venue, source: AlpacaSource) -> None:
    venue.market.retire("GONE")
    assert source.bars(["AAPL", "GONE"], FIRST, AS_OF).symbols == ("AAPL",)


def test_a_free_key_is_never_asked_for_the_last_quarter_of_an_hour(venue: Venue, source: AlpacaSource) -> None:
    """The venue refuses recent consolidated bars with 403, as the vendor does."""
    flat = source.bars(["AAPL"], AS_OF, SESSION)
    assert days(flat, "AAPL")[0] == AS_OF


def test_pages_that_never_end_are_given_up(venue: Venue, source: AlpacaSource) -> None:
    venue.faults.add(rewrite(lambda page: page | {"next_page_token": "QUFQTHww"}), path=BARS, times=EVERY)
    with pytest.raises(SourceFailed, match="pages do not end"):
        source.bars(["AAPL"], FIRST, AS_OF)
    assert questions(venue) == 2


def test_assets_are_those_that_can_be_traded(venue: Venue, source: AlpacaSource) -> None:
    venue.market.universe = ["AAPL", "BRK.B"]
    venue.market.exchanges["BRK.B"] = "NYSE"
    assert [(one.symbol, one.exchange) for one in source.assets()] == [("AAPL", "NASDAQ"), ("BRK.B", "NYSE")]
    venue.faults.add(rewrite(lambda listed: [one | {"tradable": False} for one in listed]), path=ASSETS, times=1)
    assert source.assets() == []


# --- the rate limit -----------------------------------------------------------------------------------


def test_the_last_request_of_a_minute_waits_for_the_next(venue: Venue, source: AlpacaSource, clock: VenueClock) -> None:
    venue.limit_rate(3)
    for _ in range(7):
        source.bars(["AAPL"], FIRST, AS_OF)
    assert questions(venue) == 7, "nobody was ever turned away"
    assert len(clock.slept) == 2
    assert all(0.5 <= seconds <= 60.5 for seconds in clock.slept)


def test_a_429_is_waited_out(venue: Venue, source: AlpacaSource, clock: VenueClock) -> None:
    venue.faults.add(rate_limited(retry_after_seconds=7), method="GET", path=BARS)
    assert source.bars(["AAPL"], FIRST, AS_OF).symbols == ("AAPL",)
    assert clock.slept[0] == 7.5
    assert questions(venue) == 2


def test_a_429_that_does_not_end_is_a_failure(venue: Venue, source: AlpacaSource, clock: VenueClock) -> None:
    venue.faults.add(rate_limited(retry_after_seconds=100_000), method="GET", path=BARS, times=EVERY)
    with pytest.raises(SourceFailed, match="429"):
        source.bars(["AAPL"], FIRST, AS_OF)
    assert questions(venue) == TRIES
    assert sum(clock.slept) < 300, "a header cannot make it wait for a day"


# --- answers that are none ----------------------------------------------------------------------------

PASSING = {
    "drop": drop(),
    "half": half_body(),
    "garbage": garbage(),
    "500": server_error(),
    "504": server_error(504),
    "silence": silence(),
    "drip": slow_drip(interval_seconds=0.3),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_again(venue: Venue, source: AlpacaSource, name: str) -> None:
    venue.faults.add(PASSING[name], method="GET", path=BARS, times=2)
    assert source.bars(["AAPL"], FIRST, AS_OF).symbols == ("AAPL",)
    assert source.requests == questions(venue) == 3


@pytest.mark.parametrize("name", ["drop", "half", "garbage", "504"])
def test_what_stays_is_a_failure_with_its_reason(
    venue: Venue, source: AlpacaSource, clock: VenueClock, name: str
) -> None:
    venue.faults.add(PASSING[name], method="GET", path=BARS, times=EVERY)
    with pytest.raises(SourceFailed) as caught:
        source.bars(["AAPL"], FIRST, AS_OF)
    assert questions(venue) == TRIES
    assert venue.key not in str(caught.value) and venue.secret not in str(caught.value)
    assert clock.slept == ([] if name == "garbage" else [1.0, 2.0, 4.0])


def test_a_page_lost_in_the_middle_is_asked_for_again_and_no_other(venue: Venue, source: AlpacaSource) -> None:
    symbols = [f"P{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    whole = source.bars(symbols, date(2024, 12, 2), AS_OF)
    venue.requests.clear()
    venue.faults.add(drop(), method="GET", path=BARS, nth=2)
    again = source.bars(symbols, date(2024, 12, 2), AS_OF)
    assert questions(venue) == 3
    assert np.array_equal(again.days, whole.days) and np.array_equal(again.codes, whole.codes)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_clear_no_is_not_asked_again(venue: Venue, source: AlpacaSource, status: int) -> None:
    venue.faults.add(refuse(status, 0, "no, and here is why"), method="GET", path=BARS, times=EVERY)
    with pytest.raises(SourceRefused, match=f"HTTP {status}: no, and here is why"):
        ask(source, ["AAPL", "MSFT"], FIRST, AS_OF, {})
    assert questions(venue) == 1


def test_a_wrong_key_says_so_and_is_not_shown(venue: Venue, clock: VenueClock) -> None:
    secret = "another-secret-another-secret-another"
    host = AlpacaBarsHost(venue.url, Secret(venue.key), Secret(secret), 5.0)
    wrong = AlpacaSource(host, host, "sip", clock)
    with pytest.raises(SourceRefused) as caught:
        wrong.bars(["AAPL"], FIRST, AS_OF)
    assert "401" in str(caught.value)
    assert venue.key not in str(caught.value) and secret not in str(caught.value)


def test_a_symbol_the_vendor_refuses_is_found_and_the_others_come(venue: Venue, source: AlpacaSource) -> None:
    refusal = refuse(400, 40010000, "invalid symbol: BAD!")
    venue.faults.add(refusal, method="GET", path=BARS, times=3)  # four symbols, then the half, then it alone
    refused: dict[str, str] = {}
    flat = ask(source, ["BAD", "AAPL", "MSFT", "KO"], FIRST, AS_OF, refused)
    assert refused == {"BAD": "bars: HTTP 400: invalid symbol: BAD!"}
    assert flat.symbols == ("AAPL", "KO", "MSFT")


# --- the whole way ------------------------------------------------------------------------------------


def test_a_daily_refresh_of_3000_symbols_takes_at_most_20_requests(
    venue: Venue, clock: VenueClock, tmp_path: Path
) -> None:
    """Counted at the venue. Its history is short, because a refresh looks at the last week and no more."""
    symbols = [f"{a}{b}{c}" for a in "ABCDEFGHIJKLMNO" for b in "ABCDEFGHIJKLMNOPQRST" for c in "ABCDEFGHIJ"]
    assert len(symbols) == 3_000
    venue.market.history_start = date(2026, 11, 9)
    counted = []
    for last in (BEFORE, AS_OF):
        venue.requests.clear()
        wanted = WantedBars(frozenset({*symbols, "SPY"}), 280, last, is_session)
        panel, report = update(BarShelf(tmp_path), source_at(venue, clock), wanted, venue.now(), lambda *_: None)
        counted.append(len(venue.requests.select()))
        assert (report.failed, report.odd, report.restated) == ({}, {}, [])
    assert not np.isnan(panel.close[:, -1]).any() and len(panel.symbols) == 3_001
    assert counted[1] == report.requests <= 20
