"""Promise 1, the watchlist: only a whole, sealed list that names this very session opens anything.

File times mean nothing. A list handed in by a person is taken whole or not at all, with every bad
cell named by line and column.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta

from support.desk import AAPL, HEADER, KO, LIVE, MSFT, Desk, NewDesk, digest_of_rest, read_json, side_by_side


def _shifted(day: str, days: int) -> str:
    return str(date.fromisoformat(day) + timedelta(days))


def _of_day(desk: Desk, day: str, *, named: str) -> None:
    """A right list whose session is another day, lying under some name."""
    document = read_json(desk.watchlist_path())
    document["session"] = day
    desk.watchlist_path().unlink()
    desk.watchlist_path(named).write_text(json.dumps(document))


def _yesterdays(desk: Desk) -> None:
    _of_day(desk, _shifted(desk.session, -1), named=_shifted(desk.session, -1))


def _tomorrows(desk: Desk) -> None:
    _of_day(desk, _shifted(desk.session, 1), named=_shifted(desk.session, 1))


def _of_1999(desk: Desk) -> None:
    _of_day(desk, "1999-11-19", named="1999-11-19")


def _of_1999_touched(desk: Desk) -> None:
    _of_1999(desk)
    os.utime(desk.watchlist_path("1999-11-19"))


def _yesterdays_renamed(desk: Desk) -> None:
    _of_day(desk, _shifted(desk.session, -1), named=desk.session)


def _tomorrows_renamed(desk: Desk) -> None:
    _of_day(desk, _shifted(desk.session, 1), named=desk.session)


def _torn(desk: Desk) -> None:
    whole = desk.watchlist_path().read_bytes()
    desk.watchlist_path().write_bytes(whole[: len(whole) // 2])


def _empty(desk: Desk) -> None:
    desk.watchlist_path().write_bytes(b"")


def _gone(desk: Desk) -> None:
    shutil.rmtree(desk.state / "watchlists")


def _price_edited(desk: Desk) -> None:
    path = desk.watchlist_path()
    path.write_text(path.read_text().replace('"100.00"', '"100.05"'))


def _sealed_with_stop_above_entry(desk: Desk) -> None:
    document = read_json(desk.watchlist_path())
    document["rows"][0]["stop"] = "101.00"
    document["sha256"] = digest_of_rest({"rows": document["rows"]})  # of something else: wrong on purpose
    desk.watchlist_path().write_text(json.dumps(document))


def _a_float(desk: Desk) -> None:
    path = desk.watchlist_path()
    path.write_text(path.read_text().replace('"100.00"', "100.00"))


def _a_link(desk: Desk) -> None:
    aside = desk.watchlist_path().rename(desk.root / "list.json")
    desk.watchlist_path().symlink_to(aside)


USELESS = {
    _yesterdays: "watchlist stale (session {before}, expected {today})",
    _tomorrows: "watchlist of a later session (session {after}, expected {today})",
    _of_1999: "watchlist stale (session 1999-11-19, expected {today})",
    _of_1999_touched: "watchlist stale (session 1999-11-19, expected {today})",
    _yesterdays_renamed: "watchlist stale (session {before}, expected {today})",
    _tomorrows_renamed: "watchlist of a later session (session {after}, expected {today})",
    _torn: "watchlist unreadable ({today}.json: is not valid JSON",
    _empty: "watchlist unreadable ({today}.json: is empty)",
    _gone: "watchlist missing (expected {today})",
    _price_edited: "watchlist unreadable ({today}.json: digest does not match its rows)",
    _sealed_with_stop_above_entry: "watchlist unreadable ({today}.json: ",
    _a_float: "watchlist unreadable ({today}.json: is not valid JSON (number 100.00 is not written as text",
    _a_link: "watchlist unreadable ({today}.json: is a link)",
}


def test_a_list_that_is_not_this_sessions_opens_nothing_and_says_why(another: NewDesk) -> None:
    def journey(spoil: Callable[[Desk], None]) -> None:
        desk = another(spoil.__name__)
        today = desk.session
        spoil(desk)
        done = desk.cycle()
        reason = USELESS[spoil].format(today=today, before=_shifted(today, -1), after=_shifted(today, 1))
        assert done.reason == LIVE, "staleness closes entries, not the mode"
        assert done.line("Gate watchlist").startswith(f"Gate watchlist status=FAIL reason={reason}"), done.said
        assert done.line("Gate entries").startswith(f"Gate entries status=FAIL reason={reason}"), done.said
        assert done.submitted == [] and desk.taken() == []

    side_by_side(USELESS, journey)


def test_a_stale_list_still_lets_the_held_be_looked_after(live_desk: Desk) -> None:
    assert live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL").submitted == ["AAPL"]
    _of_1999(live_desk)
    done = live_desk.cycle()
    assert "FILLED AAPL: filled=9 of 9" in done.said
    assert done.submitted == []


BAD = f"""{HEADER},Note
AAPL,100.00,97.00,106.00,fine
MSFT,200.00,201.00,212.00,stop above entry
KO,50.00,48.50,49.00,target below entry
AAPL,101.00,97.00,106.00,twice
NVDA,nan,97.00,106.00,not a number
COST,-5,97.00,106.00,negative
F,11.02,"10,71",11.64,comma
GM,1e2,$97,inf,three at once
brk.b,100.00,97.00,106.00,small letters are fine
TOO LONG A NAME,100.00,97.00,106.00,no symbol
IBM,100.00,97.00,106.00
XOM,100.00,100.00,106.00,stop at entry
"""

PROBLEMS = (
    "line 3: stop 201.00 is not below entry 200.00",
    "line 4: target 49.00 is not above entry 50.00",
    "line 5, Symbol: AAPL stands in line 2 already",
    "line 6, Entry_Level: 'nan' is not a plain number above 0",
    "line 7, Entry_Level: '-5' is not a plain number above 0",
    "line 8, Stop_Loss: '10,71' is not a plain number above 0",
    "line 9, Entry_Level: '1e2' is not a plain number above 0",
    "line 9, Stop_Loss: '$97' is not a plain number above 0",
    "line 9, Target_R2: 'inf' is not a plain number above 0",
    "line 11, Symbol: 'TOO LONG A NAME' is not a US stock symbol",
    "line 12: has 4 cells, the header has 5",
    "line 13: stop 100.00 is not below entry 100.00",
)


def test_every_bad_cell_is_told_at_once_and_nothing_is_imported(desk: Desk) -> None:
    file = desk.root / "bad.csv"
    file.write_text(BAD)
    before = desk.digest()
    done = desk.do("watchlist", "import", str(file), "--session", "next")
    assert done.code == 64
    for problem in PROBLEMS:
        assert sum(problem in line for line in done.err.splitlines()) == 1, f"{problem}\n{done.err}"
    assert f"nothing imported ({len(PROBLEMS)} problems)" in done.err
    assert desk.digest() == before


def test_files_that_are_no_list(desk: Desk) -> None:
    before = desk.digest()
    for content, words in (
        (b"", "empty file"),
        (b"Symbol,Entry_Level,Target_R2\nAAPL,1,2\n", "column Stop_Loss is missing"),
        (b"Symbol,Symbol,Entry_Level,Stop_Loss,Target_R2\n", "column Symbol stands there twice"),
        (b"Symbol,Entry_Level\xff", "not UTF-8"),
        (HEADER.encode() + b'\n"AAPL,100', "not readable as CSV"),
    ):
        file = desk.root / "bad.csv"
        file.write_bytes(content)
        done = desk.do("watchlist", "import", str(file), "--session", "next")
        assert done.code == 64, done.said
        assert words in done.err
    assert desk.do("watchlist", "import", str(desk.root / "none.csv"), "--session", "next").code == 64
    assert desk.do("watchlist", "import", str(desk.csv(AAPL)), "--session", "1999-11-19").code == 64
    assert desk.do("watchlist", "import", str(desk.csv(AAPL)), "--session", "tomorrow").code == 64
    assert desk.digest() == before


def test_a_list_is_not_replaced_unless_told_to(desk: Desk) -> None:
    same = desk.import_watchlist(AAPL, MSFT, KO)
    assert "the same 3 rows are there already" in same.out
    other = desk.csv(AAPL)
    refused = desk.do("watchlist", "import", str(other), "--session", "today")
    assert refused.code == 64 and "say --replace" in refused.err
    assert len(read_json(desk.watchlist_path())["rows"]) == 3
    assert "replaced, 1 rows" in desk.ok("watchlist", "import", str(other), "--session", "today", "--replace").out
    assert desk.cycle().submitted == ["AAPL"]


def test_a_list_handed_in_for_the_next_session_serves_only_that(live_desk: Desk) -> None:
    live_desk.watchlist_path().unlink()
    live_desk.import_watchlist(AAPL, session="next")
    assert "watchlist of a later session" in live_desk.cycle().line("Gate watchlist")
    live_desk.next_session()
    live_desk.arm()
    assert live_desk.cycle().submitted == ["AAPL"]
