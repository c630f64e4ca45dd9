"""Which stocks are looked at: holdings files as they are found, assets by what they trade, and bad days."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from support.scanner_desk import AS_OF, MORNING, SYMBOLS, CountingClock, Tape, environment, scanner_at
from venue.faults import EVERY, server_error
from venue.venue import Venue

from gates.base.errors import Unreachable
from gates.base.statefile import StateUnreadable
from scanner import universe
from scanner.bars.source import Asset, SourceFailed
from scanner.holdings import HoldingsOdd, parse_holdings
from scanner.morning import current_universe, fresh_table, refresh_universe
from scanner.universe import UniverseRefresh, UniverseRefused, check_shrink, from_assets, from_holdings, load, save
from scanner.wiring import Scanner, open_scanner

ISHARES = """iShares Russell 3000 ETF
Fund Holdings as of,"Nov 18, 2026"
Inception Date,"May 22, 2000"
\xa0
Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,Location,Exchange,Currency
"AAPL","APPLE INC","Information Technology","Equity","1,049,000,000.00","6.10","1","2","3","United States","NASDAQ","USD"
"BRKB","BERKSHIRE HATHAWAY INC CLASS B","Financials","Equity","1","1","1","2","3","United States","New York Stock Exchange Inc.","USD"
"BF/A","BROWN FORMAN CORP CLASS A","Consumer Staples","Equity","1","1","1","2","3","United States","New York Stock Exchange Inc.","USD"
"MOG A","MOOG INC CLASS A","Industrials","Equity","1","1","1","2","3","United States","New York Stock Exchange Inc.","USD"
"XTSLA","BLK CSH FND TREASURY SL AGENCY","Cash and/or Derivatives","Money Market","1","1","1","2","3","United States","-","USD"
"ESZ6","S&P500 EMINI DEC 26","Cash and/or Derivatives","Futures","1","1","1","2","3","-","Index And Options Market","USD"
"-","CONTRA SOMETHING","Health Care","Equity","1","1","1","2","3","United States","NO MARKET (E.G. UNLISTED)","USD"
"GTXI","GTXI INC - CVR","Health Care","Equity","1","1","1","2","3","United States","NO MARKET (E.G. UNLISTED)","USD"
"2299955D","ACHILLION CVR","Health Care","Equity","1","1","1","2","3","United States","NASDAQ","USD"
"AAPL","APPLE INC","Information Technology","Equity","1","1","1","2","3","United States","NASDAQ","USD"
\xa0
"The content contained herein is owned or licensed by BlackRock"
"""  # noqa: E501 - lines of a file as it is published
REAL = ("AAPL", "BRK.B", "BF.A", "MOG.A", "SPY")


# --- holdings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("real", [(), REAL])
def test_a_holdings_file_as_it_is_published(real: tuple[str, ...]) -> None:
    found = parse_holdings(ISHARES, real)
    assert found.symbols == {"AAPL": "NASDAQ", "BRK.B": "NYSE", "BF.A": "NYSE", "MOG.A": "NYSE"}
    assert found.left_out == {
        "XTSLA": "Money Market",
        "ESZ6": "Futures",
        "GTXI": "listed nowhere",
        "2299955D": "no US stock symbol",
    }


@pytest.mark.parametrize("written", ["BRKB", "BRK.B", "BRK B", "BRK-B", "BRK/B", "brk.b"])
@pytest.mark.parametrize("real", [(), ("BRK.B",)])
def test_brk_b_survives_however_it_is_written(written: str, real: tuple[str, ...]) -> None:
    assert list(parse_holdings(f"Ticker\n{written}\n", real).symbols) == ["BRK.B"]


def test_a_symbol_that_looks_like_a_class_but_is_one_itself_stays() -> None:
    assert list(parse_holdings("Ticker\nAAB\n", ("AAB", "AA.B")).symbols) == ["AAB"]


def test_what_cannot_be_traded_is_named() -> None:
    found = parse_holdings("Ticker\nAAPL\nGONE\n", ("AAPL",))
    assert (list(found.symbols), found.left_out) == (["AAPL"], {"GONE": "not among the tradable assets"})


@pytest.mark.parametrize("text", ["", "Ticker\n", "<html>Access denied</html>", "Ticker,Name\n-,CASH\n", "\ufeff\n"])
def test_what_is_no_list_of_holdings_is_refused(text: str) -> None:
    with pytest.raises(HoldingsOdd):
        parse_holdings(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UniverseRefused, match=r"gone\.csv cannot be read \(No such file"):
        from_holdings(str(tmp_path / "gone.csv"), Tape())
    (tmp_path / "latin.csv").write_bytes(b"Ticker\nCAF\xc9\n")
    with pytest.raises(UniverseRefused, match="not UTF-8"):
        from_holdings(str(tmp_path / "latin.csv"), Tape())


def test_holdings_over_http(venue: Venue) -> None:
    """The venue is no fund, but it answers: what it says is no list, and the address's query stays unsaid."""
    with pytest.raises(SourceFailed, match=r"holdings from 127\.0\.0\.1:\d+: HTTP 401") as caught:
        from_holdings(f"{venue.url}/fund.csv?token=secret", Tape())
    assert "secret" not in str(caught.value)
    venue.close()
    with pytest.raises(SourceFailed, match=r"holdings from 127\.0\.0\.1:\d+: connection refused$"):
        from_holdings(f"{venue.url}/fund.csv", Tape())


# --- assets -------------------------------------------------------------------------------------------


def test_the_most_traded_assets_are_taken() -> None:
    tape = Tape()
    turnover = {symbol: float(_median(tape, symbol)) for symbol in SYMBOLS}
    found = from_assets(tape, frozenset({"NYSE"}), 7, AS_OF, lambda *_: None)
    assert set(found.symbols) == set(sorted(turnover, key=lambda one: (-turnover[one], one))[:7])
    assert list(found.symbols) == sorted(found.symbols)


def _median(tape: Tape, symbol: str) -> float:
    import numpy as np

    known = tape.panel.upto(AS_OF, 20)
    row = known.row(symbol)
    assert row is not None
    return float(np.median(known.close[row] * known.volume[row]))


def test_only_stocks_of_the_exchanges_asked_for() -> None:
    listed = [Asset("AAPL", "NASDAQ"), Asset("BRK.B", "NYSE"), Asset("OTCX", "OTC"), Asset("BTC/USD", "NYSE")]
    found = from_assets(Tape(listed=listed), frozenset({"NYSE"}), 100, AS_OF, lambda *_: None)
    assert (found.symbols, found.left_out) == ({"BRK.B": "NYSE"}, {"BTC/USD": "no US stock symbol"})
    with pytest.raises(UniverseRefused, match="no stock on ARCA"):
        from_assets(Tape(listed=listed), frozenset({"ARCA"}), 100, AS_OF, lambda *_: None)


def test_a_batch_that_fails_fails_the_universe() -> None:
    """The most traded of those that happened to answer are not the most traded."""

    def down(_symbols: object) -> None:
        raise SourceFailed("bars: down")

    with pytest.raises(SourceFailed):
        from_assets(Tape(before=down), frozenset({"NYSE"}), 5, AS_OF, lambda *_: None)


# --- what is kept -------------------------------------------------------------------------------------


def stocks(count: int) -> UniverseRefresh:
    return UniverseRefresh("tape", dict.fromkeys(SYMBOLS[:count], "NYSE"))


def test_it_is_kept_as_it_was(tmp_path: Path) -> None:
    saved = save(tmp_path / "universe.json", stocks(5), MORNING)
    assert load(tmp_path / "universe.json") == saved
    assert saved.age_days(MORNING + timedelta(days=3, hours=1)) == 3


@pytest.mark.parametrize(
    "change", [{"symbols": {"AAPL": ""}}, {"schema": 2}, {"surprise": 1}, {"refreshed_at": "soon"}]
)
def test_a_file_that_was_changed_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "universe.json"
    save(path, stocks(5), MORNING)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(StateUnreadable):
        load(path)


@pytest.mark.parametrize(("count", "refused"), [(16, False), (15, True), (0, True), (20, False)])
def test_a_fifth_fewer_stocks_is_a_failure_and_no_news(tmp_path: Path, count: int, refused: bool) -> None:
    before = save(tmp_path / "universe.json", stocks(20), MORNING)
    if refused:
        with pytest.raises(UniverseRefused, match="--accept-shrink"):
            check_shrink(before, stocks(count))
    else:
        check_shrink(before, stocks(count))


def kept_scanner(venue: Venue, state: Path, days_ago: int) -> Scanner:
    scanner = scanner_at(venue, state)
    save(
        scanner.universe,
        UniverseRefresh("alpaca sip assets", {"AAPL": "NASDAQ"}),
        venue.now() - timedelta(days=days_ago),
    )
    return scanner


def now_used(scanner: Scanner) -> universe.Universe:
    table = fresh_table(scanner)
    _, as_of = scanner.session_and_as_of(table)
    return current_universe(scanner, scanner.source(table), as_of, offline=False)


def test_a_young_universe_is_used_and_nobody_asked(venue: Venue, state: Path) -> None:
    assert list(now_used(kept_scanner(venue, state, 6)).symbols) == ["AAPL"]
    assert venue.requests.select() == []


def test_an_old_universe_is_refreshed(venue: Venue, state: Path) -> None:
    scanner = kept_scanner(venue, state, 7)
    assert set(now_used(scanner).symbols) == set(venue.market.universe)
    assert load(scanner.universe).refreshed_at == venue.now()


def test_the_last_good_one_is_used_with_its_age_said(
    venue: Venue, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scanner = kept_scanner(venue, state, 9)
    before = scanner.universe.read_bytes()
    venue.faults.add(server_error(), method="GET", path="/v2/assets", times=EVERY)
    assert list(now_used(scanner).symbols) == ["AAPL"]
    said = capsys.readouterr().out
    assert "universe not refreshed" in said and "9 days ago" in said and "HTTP 500" in said
    assert scanner.universe.read_bytes() == before


def test_without_a_last_good_one_it_fails(venue: Venue, state: Path) -> None:
    venue.faults.add(server_error(), method="GET", path="/v2/assets", times=EVERY)
    with pytest.raises(Unreachable):
        now_used(scanner_at(venue, state))
    assert not scanner_at(venue, state).universe.exists()


def test_made_up_stocks_are_never_used_for_real_ones(venue: Venue, state: Path) -> None:
    scanner = scanner_at(venue, state)
    save(scanner.universe, UniverseRefresh("sample market assets", {"ZAAA": "NASDAQ"}), venue.now())
    assert set(now_used(scanner).symbols) == set(venue.market.universe)


def test_a_shrunken_source_keeps_the_last_good_one(venue: Venue, state: Path) -> None:
    scanner = scanner_at(venue, state)
    many = dict.fromkeys([*SYMBOLS, *venue.market.universe], "NYSE")
    save(scanner.universe, UniverseRefresh("alpaca sip assets", many), venue.now() - timedelta(days=8))
    assert set(now_used(scanner).symbols) == set(many)
    table = fresh_table(scanner)
    _, as_of = scanner.session_and_as_of(table)
    refresh_universe(scanner, scanner.source(table), as_of, load(scanner.universe), accept_shrink=True)
    assert set(load(scanner.universe).symbols) == set(venue.market.universe)


def test_holdings_are_held_against_the_assets(venue: Venue, state: Path, tmp_path: Path) -> None:
    (tmp_path / "fund.csv").write_text("Ticker,Exchange\nAAPL,NASDAQ\nBRKB,New York Stock Exchange Inc.\nNOPE,NYSE\n")
    venue.market.universe = ["AAPL", "BRK.B", "MSFT"]
    clock = CountingClock(venue.now())
    chosen = environment(state, venue, SCAN_UNIVERSE_HOLDINGS=str(tmp_path / "fund.csv"))
    found = now_used(open_scanner(chosen, clock=clock))
    assert (list(found.symbols), found.source) == (["AAPL", "BRK.B"], "holdings fund.csv")


# --- what is no universe --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'Ticker,Name\nAAPL,"half a row',
        "Ticker,Name\nAAPL,x\n\0MSFT,y\n",
        "Ticker,Name\nAAPL," + "x" * 200_000 + "\n",
    ],
    ids=["a quote that does not end", "a zero byte", "a cell without end"],
)
def test_a_damaged_file_is_refused_and_no_bug(tmp_path: Path, text: str) -> None:
    (tmp_path / "fund.csv").write_text(text)
    with pytest.raises(UniverseRefused, match=r"fund\.csv"):
        universe.from_holdings(str(tmp_path / "fund.csv"), Tape())


def test_a_first_universe_of_a_few_that_answered_is_none() -> None:
    """Empty answers are answers; but the most traded of a handful are not the most traded."""
    tape = Tape()
    for symbol in SYMBOLS[4:]:
        tape.lose(symbol)
    with pytest.raises(UniverseRefused, match="bars of only 4 of 20 stocks"):
        from_assets(tape, frozenset(["NYSE"]), 10, AS_OF, lambda *_: None)


def test_without_any_bars_there_is_no_universe() -> None:
    tape = Tape()
    for symbol in SYMBOLS:
        tape.lose(symbol)
    with pytest.raises(UniverseRefused, match="bars of only 0 of 20 stocks"):
        from_assets(tape, frozenset(["NYSE"]), 10, AS_OF, lambda *_: None)


@pytest.mark.parametrize("kept", ["sample market assets", "alpaca sip assets"])
def test_a_fund_that_was_just_chosen_is_asked_at_once(venue: Venue, state: Path, tmp_path: Path, kept: str) -> None:
    (tmp_path / "fund.csv").write_text("Ticker,Exchange\nAAPL,NASDAQ\n")
    chosen = environment(state, venue, SCAN_UNIVERSE_HOLDINGS=str(tmp_path / "fund.csv"))
    scanner = open_scanner(chosen, clock=CountingClock(venue.now()))
    save(scanner.universe, UniverseRefresh(kept, {"ZAAA": "NASDAQ", "ZAAB": "NASDAQ"}), venue.now())
    assert now_used(scanner).source == "holdings fund.csv"


def test_a_fund_that_is_no_longer_chosen_is_not_used(venue: Venue, state: Path) -> None:
    scanner = scanner_at(venue, state)
    save(scanner.universe, UniverseRefresh("holdings fund.csv", {"AAPL": "NASDAQ"}), venue.now())
    assert now_used(scanner).source == "alpaca sip assets"


def test_holdings_with_oddities() -> None:
    text = (
        '\ufeffFund Holdings as of,"Nov 19, 2026"\nShares Outstanding,"1,000.00"\n \n'
        'Ticker,Name,Sector,Asset Class,"Weight (%)",Exchange\n'
        '"aapl","APPLE INC, ""the"" maker",IT,Equity,"1,2",NASDAQ\n'
        "AAPL,APPLE INC,IT,Equity,1,NASDAQ\n"
        "BRK-B,BERKSHIRE,Fin,Equity,1,New York Stock Exchange Inc.\n"
        "USD,US DOLLAR,Cash,Cash,0.1,-\n"
        "XTSLA,BLK CSH,Cash,Money Market,0.1,-\n"
        "RTYZ6,RUSSELL 2000 DEC,Cash,Futures,0.0,CME\n"
        "-,NOTHING,Other,Equity,0,NO MARKET (E.G. UNLISTED)\n"
        "P5N994,ESCROW,Health,Equity,0,NO MARKET (E.G. UNLISTED)\n"
        '\u00a0\n"The content, as such, is copyright."\n'
    )
    found = parse_holdings(text)
    assert found.symbols == {"AAPL": "NASDAQ", "BRK.B": "NYSE"}
    assert found.left_out.keys() == {"USD", "XTSLA", "RTYZ6", "P5N994"}
