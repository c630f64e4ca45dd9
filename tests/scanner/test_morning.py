"""The whole morning against the venue: what it writes, and each way in which it must write nothing.

One symbol of the twenty is five percent, so one missing bar is the coverage that is just enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from support.facts import new_york
from support.scanner_desk import AS_OF, BEFORE, SESSION, SYMBOLS, VenueClock, environment, files, scanner_at
from venue.bars import Bar
from venue.bars import midnight as new_york_midnight
from venue.faults import EVERY, refuse, server_error
from venue.market import DAILY
from venue.venue import Venue

from gates.base.errors import LockHeld, Unreachable, UsageError
from gates.base.locks import only_one
from gates.base.statefile import StateMissing, replace
from scanner.artifacts import Artifacts, ListKept
from scanner.bars import store
from scanner.bars.panel import day_of
from scanner.morning import Morning, ScanRefused, run
from scanner.watchlist import Watchlist, load_watchlist, make_watchlist, to_bytes
from scanner.wiring import Scanner, open_scanner

BARS = "/v2/stocks/bars"
LIST = "watchlists/2026-11-20.json"
ARTIFACTS = {LIST, "daily_candidates.csv", "tradingview_watchlist.txt"}
EASY = {
    "SCAN_MIN_PRICE": "1",
    "SCAN_MIN_AVG_VOLUME": "0",
    "SCAN_MIN_DOLLAR_VOLUME": "0",
    "SCAN_SUPPLY_ROOM_ATR": "0",
    "SCAN_MAX_DISTANCE_ATR": "9",
    "SCAN_TREND_SLOPE_SESSIONS": "1",
}
"""Thresholds that the venue's wandering prices pass now and then."""


def daily(close: float, day: date) -> Bar:
    return Bar(new_york_midnight(day), close, close * 1.01, close * 0.99, close, 1_000_000)


@pytest.fixture
def market(venue: Venue) -> Venue:
    """Twenty stocks, and an index that rises."""
    venue.market.universe = list(SYMBOLS)
    days = [session.day for session in venue.hours.between(date(2025, 6, 2), SESSION)]
    venue.market.set_bars("SPY", DAILY, [daily(500.0 + number, day) for number, day in enumerate(days)])
    return venue


@pytest.fixture
def scanner(market: Venue, state: Path) -> Scanner:
    return scanner_at(market, state, **EASY)


def lose(venue: Venue, symbol: str, *days: date) -> None:
    """No bars of it on these days."""
    ribbon = venue.market._build(symbol, DAILY, "split", venue.now().date())
    gone = {new_york_midnight(day) for day in days}
    venue.market.set_bars(symbol, DAILY, [bar for bar in ribbon if bar.seconds not in gone])


def written(scanner: Scanner) -> set[str]:
    return ARTIFACTS & files(scanner.root).keys()


# --- a list -------------------------------------------------------------------------------------------


def test_a_morning_writes_the_list_of_the_session_about_to_be_traded(scanner: Scanner, market: Venue) -> None:
    done = run(scanner)
    watchlist = load_watchlist(scanner.root / LIST)
    assert (watchlist.session, watchlist.as_of) == (SESSION, AS_OF)
    assert watchlist.coverage is not None
    assert (watchlist.coverage.universe, watchlist.coverage.with_bars) == (20, 20)
    assert watchlist == done.watchlist
    assert watchlist.rows, "these thresholds and this seed find something; else the test shows little"
    assert watchlist.source == "scanner, alpaca sip"
    assert written(scanner) == ARTIFACTS
    assert len(market.requests.select("GET", BARS)) == 1


def test_the_files_for_people_say_the_same(scanner: Scanner) -> None:
    done = run(scanner)
    symbols = [row.symbol for row in done.watchlist.rows]
    csv = (scanner.root / "daily_candidates.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in csv[1:]] == symbols
    lines = (scanner.root / "tradingview_watchlist.txt").read_text().splitlines()
    assert lines == ["###AVWAP 2026-11-20", *(f"NASDAQ:{symbol}" for symbol in symbols)]


def test_an_empty_list_because_nothing_qualified_is_a_fresh_list(market: Venue, state: Path) -> None:
    scanner = scanner_at(market, state, SCAN_MIN_PRICE="99999")
    done = run(scanner)
    assert load_watchlist(scanner.root / LIST).rows == () == done.watchlist.rows
    assert written(scanner) == ARTIFACTS


def test_a_market_against_us_is_an_empty_list_and_no_failure(market: Venue, scanner: Scanner) -> None:
    days = [session.day for session in market.hours.between(date(2025, 6, 2), SESSION)]
    market.market.set_bars("SPY", DAILY, [daily(900.0 - number, day) for number, day in enumerate(days)])
    done = run(scanner)
    assert not done.scan.regime.favourable
    assert load_watchlist(scanner.root / LIST).rows == ()


def test_the_same_bars_and_settings_are_the_same_bytes(market: Venue, scanner: Scanner, tmp_path: Path) -> None:
    run(scanner)
    first = {name: data for name, data in files(scanner.root).items() if name in ARTIFACTS}
    market.advance(1_800)
    run(scanner)
    again = {name: data for name, data in files(scanner.root).items() if name in ARTIFACTS}
    run(scanner, offline=True)
    offline = {name: data for name, data in files(scanner.root).items() if name in ARTIFACTS}
    assert first == again == offline


def test_the_next_morning_asks_for_what_is_new(market: Venue, scanner: Scanner) -> None:
    run(scanner)
    market.set_now(new_york("2026-11-23 08:00"))
    market.requests.clear()
    done = run(scanner)
    assert (done.session.day, done.report.restated) == (date(2026, 11, 23), [])
    asked = [entry.query["start"][:10] for entry in market.requests.select("GET", BARS)]
    assert asked == [str(AS_OF - timedelta(days=7))]
    assert (scanner.root / LIST).exists(), "yesterday's list stays, and is stale by its date"


def test_a_split_overnight_changes_no_level_by_half(market: Venue, scanner: Scanner) -> None:
    """What the overlap is for: the vendor now tells other prices for all of a stock's past."""
    market.set_now(new_york("2026-11-19 08:00"))
    run(scanner)
    market.set_now(new_york("2026-11-20 08:00"))
    ribbon = market.market._build("SAA", DAILY, "split", SESSION)
    market.market.set_bars("SAA", DAILY, [bar.scaled(0.25) for bar in ribbon])
    done = run(scanner)
    assert done.report.restated == ["SAA"]
    row = done.panel.row("SAA")
    assert row is not None
    closes = done.panel.close[row]
    assert np.abs(closes[1:] / closes[:-1] - 1.0).max() < 0.1


# --- no list ------------------------------------------------------------------------------------------


def refused(scanner: Scanner, words: str, error: type[Exception] = ScanRefused) -> None:
    """It says why, writes nothing, and what was there stays byte for byte."""
    before = {name: data for name, data in files(scanner.root).items() if name in ARTIFACTS or "watchlists" in name}
    with pytest.raises(error, match=words):
        run(scanner)
    after = {name: data for name, data in files(scanner.root).items() if name in ARTIFACTS or "watchlists" in name}
    assert after == before


@pytest.mark.parametrize(("missing", "fine"), [(1, True), (2, False), (20, False)])
def test_coverage_below_95_percent(market: Venue, scanner: Scanner, missing: int, fine: bool) -> None:
    for symbol in SYMBOLS[:missing]:
        lose(market, symbol, AS_OF)
    if fine:
        assert run(scanner).scan.with_bars == 19
    else:
        refused(scanner, rf"coverage {100 - 5 * missing}\.0 % .*want 95 %; missing SAA \(no bar on {AS_OF}")


def test_coverage_counts_what_never_came_at_all(market: Venue, scanner: Scanner) -> None:
    for symbol in SYMBOLS[:2]:
        market.market.set_bars(symbol, DAILY, [])
    refused(scanner, "coverage 90.0 %")


def test_bars_that_do_not_reach_the_last_session(market: Venue, scanner: Scanner) -> None:
    for symbol in (*SYMBOLS, "SPY"):
        lose(market, symbol, AS_OF)
    refused(scanner, f"bars end {BEFORE}, the last completed session is {AS_OF}")


def test_no_bars_at_all(market: Venue, scanner: Scanner) -> None:
    for symbol in (*SYMBOLS, "SPY"):
        market.market.set_bars(symbol, DAILY, [])
    refused(scanner, "there are no bars")


def test_a_day_the_calendar_does_not_know(market: Venue, scanner: Scanner) -> None:
    market.set_now(new_york("2025-01-02 08:00"))
    refused(scanner, r"session table \(.*\) does not know today", UsageError)


def test_a_session_table_that_is_damaged(scanner: Scanner, state: Path) -> None:
    """It cannot be trusted, and what it was cannot be known: it is not simply made again."""
    (state / "sessions.json").write_text("{}")
    with pytest.raises(Exception, match=r"sessions\.json"):
        run(scanner)
    assert written(scanner) == set()


def test_an_index_without_bars(market: Venue, scanner: Scanner) -> None:
    market.market.set_bars("SPY", DAILY, [])
    refused(scanner, "regime unknown .no bars of SPY")


def test_an_index_without_the_last_bar(market: Venue, scanner: Scanner) -> None:
    lose(market, "SPY", AS_OF)
    refused(scanner, f"regime unknown .SPY has no bar on {AS_OF}")


def test_an_index_with_too_short_a_history(market: Venue, scanner: Scanner) -> None:
    market.market.set_bars("SPY", DAILY, [daily(500.0, day) for day in (BEFORE, AS_OF)])
    refused(scanner, "regime unknown .SPY has 2 bars, its 200-day mean needs more")


def test_nobody_answers(market: Venue, scanner: Scanner) -> None:
    market.faults.add(server_error(504), method="GET", path=BARS, times=EVERY)
    refused(scanner, "HTTP 504", Unreachable)


def test_the_key_is_refused(market: Venue, scanner: Scanner) -> None:
    market.faults.add(refuse(403, 40310000, "forbidden."), method="GET", path=BARS, times=EVERY)
    refused(scanner, "HTTP 403: forbidden", Unreachable)


def test_yesterdays_bars_when_nobody_answers_today(market: Venue, scanner: Scanner) -> None:
    run(scanner)
    market.set_now(new_york("2026-11-23 08:00"))
    market.faults.add(server_error(500), method="GET", path=BARS, times=EVERY)
    refused(scanner, "HTTP 500", Unreachable)
    assert not (scanner.root / "watchlists" / "2026-11-23.json").exists()


def test_offline_with_bars_that_are_old(market: Venue, scanner: Scanner) -> None:
    run(scanner)
    market.set_now(new_york("2026-11-23 08:00"))
    with pytest.raises(ScanRefused, match=f"bars end {AS_OF}"):
        run(scanner, offline=True)


@pytest.mark.parametrize("gone", ["universe.json", "bars.parquet"])
def test_offline_without_what_it_needs(scanner: Scanner, gone: str) -> None:
    run(scanner)
    (scanner.shelf.root / gone).unlink()
    (scanner.root / LIST).unlink()
    with pytest.raises((ScanRefused, StateMissing), match=gone):
        run(scanner, offline=True)
    assert not (scanner.root / LIST).exists()


def test_stored_bars_of_the_sample_market_make_no_real_list(market: Venue, scanner: Scanner) -> None:
    run(scanner)
    panel, origin = store.load(scanner.shelf.bars)
    store.save(scanner.shelf.bars, panel, store.Origin(1, "sample market", *_rest(origin)))
    with pytest.raises(ScanRefused, match="stored bars are of sample market, want alpaca sip"):
        run(scanner, offline=True)


def _rest(origin: store.Origin) -> tuple[object, ...]:
    return origin.first, origin.updated_at, origin.through


def test_two_at_once(scanner: Scanner) -> None:
    with only_one(scanner.lock), pytest.raises(LockHeld):
        run(scanner)
    assert written(scanner) == set()


def test_bars_that_come_late_make_a_list_on_the_next_try(market: Venue, scanner: Scanner) -> None:
    """The timer tries again every few minutes; what was missing must be asked for again."""
    for symbol in SYMBOLS[:2]:
        lose(market, symbol, AS_OF)
    refused(scanner, "coverage 90.0 %")
    for symbol in SYMBOLS[:2]:
        market.market._given.pop((symbol, DAILY))
    market.market._ribbons.clear()
    market.advance(300)
    assert run(scanner).scan.with_bars == 20


def test_half_a_market_without_a_past_is_never_a_list(market: Venue, scanner: Scanner) -> None:
    """An empty answer about half of them on the first day; from the second on, all of their past is asked for."""
    market.set_now(new_york("2026-11-19 08:00"))
    for symbol in SYMBOLS[:10]:
        market.market.set_bars(symbol, DAILY, [])
    with pytest.raises(ScanRefused, match="coverage 50"):
        run(scanner)
    for symbol in SYMBOLS[:10]:
        market.market._given.pop((symbol, DAILY))
    market.market._ribbons.clear()
    market.set_now(new_york("2026-11-20 08:00"))
    done = run(scanner)
    assert (~np.isnan(done.panel.close)).sum(axis=1).min() > 250


@pytest.mark.parametrize(
    ("now", "session", "final"),
    [
        ("2026-11-20 15:59", SESSION, True),
        ("2026-11-20 16:00", date(2026, 11, 23), False),
        ("2026-11-20 16:29", date(2026, 11, 23), False),
        ("2026-11-20 16:30", date(2026, 11, 23), True),
        ("2026-11-21 12:00", date(2026, 11, 23), True),
        ("2026-11-26 12:00", date(2026, 11, 27), True),
        ("2026-11-27 08:30", date(2026, 11, 27), True),
        ("2026-11-27 13:10", date(2026, 11, 30), False),
        ("2026-11-27 13:30", date(2026, 11, 30), True),
    ],
)
def test_bars_of_a_session_that_just_closed_are_waited_for(
    market: Venue, scanner: Scanner, now: str, session: date, *, final: bool
) -> None:
    """The last minutes of it are not told yet, so its bar is one of a part of the day."""
    market.set_now(new_york(now))
    days = [one.day for one in market.hours.between(date(2025, 6, 2), date(2026, 11, 27))]
    market.market.set_bars("SPY", DAILY, [daily(500.0 + number, day) for number, day in enumerate(days)])
    if final:
        assert run(scanner).session.day == session
    else:
        refused(scanner, "not final before")
        assert market.requests.select() == [], "nothing of that kind is stored either"


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("gone", [1, 2])
def test_bars_of_the_evening_that_the_morning_could_not_confirm_do_not_count(
    market: Venue, scanner: Scanner, gone: int, *, offline: bool
) -> None:
    """Stored are prices from before a split, perhaps; nobody can say."""
    market.set_now(new_york("2026-11-19 18:00"))
    listed = [row.symbol for row in run(scanner).watchlist.rows]
    lost = [listed[0], *(symbol for symbol in SYMBOLS if symbol != listed[0])][:gone]
    market.set_now(new_york("2026-11-20 08:00"))
    for symbol in lost:
        market.market.retire(symbol)
    if offline:
        with suppress(ScanRefused):
            run(scanner)
    if gone == 2:
        with pytest.raises(ScanRefused, match=r"coverage 90\.0 %"):
            run(scanner, offline=offline)
        return
    done = run(scanner, offline=offline)
    assert done.watchlist.coverage is not None
    assert done.watchlist.coverage.with_bars == 19
    assert listed[0] not in [row.symbol for row in done.watchlist.rows]


def test_an_index_that_the_morning_could_not_confirm(market: Venue, scanner: Scanner) -> None:
    market.set_now(new_york("2026-11-19 18:00"))
    run(scanner)
    market.set_now(new_york("2026-11-20 08:00"))
    market.market.retire("SPY")
    refused(scanner, "regime unknown .SPY: no bars any more")


# --- a list made by hand ------------------------------------------------------------------------------


def by_hand(scanner: Scanner, done: Morning) -> Watchlist:
    made = make_watchlist(
        SESSION, done.watchlist.rows[:1], as_of=None, generated_at=scanner.clock.now(), source="import mine.csv"
    )
    replace(Artifacts(scanner.root, SESSION).watchlist, to_bytes(made))
    return made


def test_it_is_not_written_over_unasked(market: Venue, scanner: Scanner) -> None:
    mine = by_hand(scanner, run(scanner))
    refused(scanner, "say --replace", ListKept)
    assert load_watchlist(scanner.root / LIST) == mine
    run(scanner, force=True)
    assert load_watchlist(scanner.root / LIST).source == "scanner, alpaca sip"


def test_a_list_nobody_can_read_is_written_over(scanner: Scanner) -> None:
    run(scanner)
    good = (scanner.root / LIST).read_bytes()
    (scanner.root / LIST).write_bytes(good[:-20])
    run(scanner)
    assert (scanner.root / LIST).read_bytes() == good
    assert json.loads(good)["session"] == str(day_of(np.datetime64(SESSION)))


class ImportsMeanwhile(VenueClock):
    """Tells the time; and once the scan asks for bars, somebody puts a list of his own there."""

    def __init__(self, venue: Venue, put: Callable[[], object]) -> None:
        super().__init__(venue)
        self._asked = venue.requests
        self._put = put

    def now(self) -> datetime:
        if self._asked.select("GET", "/v2/assets"):
            self._put()
        return super().now()


def test_one_that_came_while_the_scan_was_at_work_stays(market: Venue, scanner: Scanner, state: Path) -> None:
    done = run(scanner)
    for gone in (scanner.root / LIST, scanner.shelf.bars, scanner.universe):
        gone.unlink()
    market.requests.clear()
    clock = ImportsMeanwhile(market, lambda: by_hand(scanner, done))
    with pytest.raises(ListKept, match="say --replace"):
        run(open_scanner(environment(state, market, **EASY), clock=clock))
    assert load_watchlist(scanner.root / LIST).source == "import mine.csv"
