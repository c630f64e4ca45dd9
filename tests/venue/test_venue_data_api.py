"""Market data, asked by the real client: pages, quotes, snapshots, splits, feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.enums import Adjustment, DataFeed
from alpaca.data.requests import StockBarsRequest, StockLatestQuoteRequest, StockSnapshotRequest
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

from venue.bars import Bar
from venue.sdk import Sdk
from venue.talker import Http
from venue.venue import Venue

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def week_of(symbols: list[str], **changes: Any) -> StockBarsRequest:
    usual: dict[str, Any] = {"timeframe": TimeFrame.Day, "start": MONDAY, "feed": DataFeed.IEX}
    return StockBarsRequest(symbol_or_symbols=symbols, **(usual | changes))


def test_daily_bars(data: Sdk, http: Http) -> None:
    bars = data.get_stock_bars(week_of(["MSFT", "AAPL"])).data
    assert {symbol: [bar.timestamp.day for bar in bars[symbol]] for symbol in bars} == {
        "AAPL": [16, 17, 18, 19, 20],
        "MSFT": [16, 17, 18, 19, 20],
    }
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars["AAPL"])
    raw = http.json("GET", "/v2/stocks/bars", symbols="AAPL", timeframe="1Day", start="2026-07-01", end="2026-11-20")
    starts = [bar["t"] for bar in raw["bars"]["AAPL"]]
    assert (starts[0], starts[-1]) == ("2026-07-01T04:00:00Z", "2026-11-19T05:00:00Z")
    assert all(isinstance(bar["c"], float) and isinstance(bar["v"], int) for bar in raw["bars"]["AAPL"])


def test_the_same_seed_tells_the_same_story(http: Http) -> None:
    question = {"symbols": "ZZTOP", "timeframe": "1Day", "start": "2026-11-02"}
    first = http.json("GET", "/v2/stocks/bars", **question)
    with Venue() as twin:
        second = Http(twin).json("GET", "/v2/stocks/bars", **question)
    with Venue(seed=8) as other:
        third = Http(other).json("GET", "/v2/stocks/bars", **question)
    assert first == second != third


@pytest.mark.parametrize("limit", [1, 3, 5, 7, 10, 14, 15, 16])
def test_pages_count_points_over_all_symbols(http: Http, limit: int) -> None:
    question = {"symbols": "C,A,B", "timeframe": "1Day", "start": "2026-11-16", "limit": limit}
    seen: list[tuple[str, str]] = []
    pages = 0
    token: str | None = ""
    while token is not None:
        page = http.json("GET", "/v2/stocks/bars", page_token=token, **question)
        points = [(symbol, bar["t"]) for symbol, bars in page["bars"].items() for bar in bars]
        assert 1 <= len(points) <= limit
        seen += points
        pages += 1
        token = page["next_page_token"]
    assert seen == sorted(set(seen))
    assert (len(seen), pages) == (15, -(-15 // limit))


def test_minutes_are_told_when_they_are_over(data: Sdk) -> None:
    morning = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    minutes = data.get_stock_bars(week_of(["AAPL"], timeframe=TimeFrame.Minute, start=morning)).data["AAPL"]
    assert (minutes[0].timestamp, minutes[-1].timestamp) == (morning, datetime(2026, 11, 20, 15, 30, tzinfo=UTC))
    fives = TimeFrame(5, TimeFrameUnit.Minute)
    five = data.get_stock_bars(week_of(["AAPL"], timeframe=fives, start=morning)).data["AAPL"]
    assert [bar.timestamp.minute for bar in five][:3] == [30, 35, 40]
    assert five[0].high == max(bar.high for bar in minutes[:5])
    assert five[0].volume == sum(bar.volume for bar in minutes[:5])


def test_bars_can_be_given(data: Sdk, venue: Venue) -> None:
    start = datetime(2026, 11, 20, 15, 29, tzinfo=UTC)
    venue.market.set_bars("AAPL", "1Min", [Bar.at(start, 101, 101.5, 100.9, 101.4)])
    venue.market.set_bars("MSFT", "1Min", [])
    bars = data.get_stock_bars(week_of(["AAPL", "MSFT"], timeframe=TimeFrame.Minute)).data
    assert [(bar.timestamp, bar.close) for bar in bars["AAPL"]] == [(start, 101.4)]
    assert "MSFT" not in bars


def test_a_split_parts_raw_from_adjusted(data: Sdk, venue: Venue) -> None:
    venue.market.split("AAPL", date(2026, 11, 19), 4)
    raw = data.get_stock_bars(week_of(["AAPL"])).data["AAPL"]
    adjusted = data.get_stock_bars(week_of(["AAPL"], adjustment=Adjustment.SPLIT)).data["AAPL"]
    ratios = [round(before.close / after.close, 3) for before, after in zip(raw, adjusted, strict=True)]
    assert ratios == [4, 4, 4, 1, 1]


def test_quotes(data: Sdk, venue: Venue, http: Http) -> None:
    venue.market.retire("GONE")
    venue.market.set_quote("AAPL", "101.30", "101.34")
    venue.market.set_quote("HALF", "55.10", "0", last="55.20", at=datetime(2026, 11, 20, 15, 20, tzinfo=UTC))
    quotes = data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=["AAPL", "HALF", "GONE"]))
    assert quotes.keys() == {"AAPL", "HALF"}
    assert (quotes["AAPL"].bid_price, quotes["AAPL"].ask_price) == (101.30, 101.34)
    assert quotes["AAPL"].timestamp == venue.now()
    assert (quotes["HALF"].ask_price, quotes["HALF"].ask_size) == (0, 0)
    assert quotes["HALF"].timestamp == datetime(2026, 11, 20, 15, 20, tzinfo=UTC)
    assert http("GET", "/v2/stocks/quotes/latest").status_code == 400


def test_snapshots_are_a_top_level_map(data: Sdk, http: Http, venue: Venue) -> None:
    venue.market.set_quote("AAPL", "101.30", "101.34", "101.33")
    snapshots = data.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols=["AAPL", "MSFT"]))
    assert snapshots["AAPL"].latest_trade.price == 101.33
    assert snapshots["MSFT"].daily_bar.timestamp.day == 20
    assert snapshots["MSFT"].previous_daily_bar.timestamp.day == 19
    raw = http.json("GET", "/v2/stocks/snapshots", symbols="AAPL")
    assert raw.keys() == {"AAPL"}
    assert raw["AAPL"].keys() == {"latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar"}


def test_the_feed_that_is_not_paid_for(data: Sdk, venue: Venue) -> None:
    with pytest.raises(APIError) as error:
        data.get_stock_bars(week_of(["AAPL"], feed=DataFeed.SIP))
    assert (error.value.status_code, error.value.code) == (403, 42210000)
    old = datetime(2026, 11, 19, tzinfo=UTC)
    assert data.get_stock_bars(week_of(["AAPL"], feed=DataFeed.SIP, end=old)).data["AAPL"]
    venue.market.may_read_sip = True
    assert data.get_stock_bars(week_of(["AAPL"], feed=DataFeed.SIP)).data["AAPL"]


@pytest.mark.parametrize(
    "query",
    [
        {"timeframe": "7Parsec"},
        {"limit": 10_001},
        {"limit": "x"},
        {"start": "noon"},
        {"page_token": "?"},
        {"feed": "x"},
        {"symbols": ""},
    ],
)
def test_bad_questions(http: Http, query: dict[str, Any]) -> None:
    question: dict[str, Any] = {"symbols": "AAPL", "timeframe": "1Day"} | query
    assert http("GET", "/v2/stocks/bars", **question).status_code == 400


def test_rate_headers_count_down(http: Http) -> None:
    remaining = [int(http("GET", "/v2/clock").headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert remaining == [199, 198, 197]
    headers = http("GET", "/v2/stocks/quotes/latest", symbols="AAPL").headers
    assert headers["X-RateLimit-Limit"] == "200"
    assert int(headers["X-RateLimit-Reset"]) == int(datetime(2026, 11, 20, 15, 32, tzinfo=UTC).timestamp())
