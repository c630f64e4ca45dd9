"""Six sessions in a row: what is unfinished or held travels on, still blocking, still ours.

A roll-over archives the finished session before it begins the next one, chained by digest, so that an
entry resting over night, an order in doubt and a position held for days are known every morning.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise

from support.desk import AAPL, KO, LIVE, MSFT, Desk, read_sealed


def carried(desk: Desk) -> dict[str, str]:
    return {entry["symbol"]: entry["status"] for entry in desk.ledger()["carried"]}


def open_entry_ids(desk: Desk, symbol: str) -> list[str]:
    return [order["client_order_id"] for order in desk.taken() if order["symbol"] == symbol]


def test_six_sessions_in_a_row(live_desk: Desk) -> None:
    desk = live_desk
    first = desk.session
    desk.sim("behave", "MSFT", "rest")
    desk.sim("behave", "KO", "lose-reply")
    desk.sim("behave", "KO", "hide", "--number", "2")
    assert desk.cycle().submitted == ["AAPL", "MSFT"]
    assert set(desk.entries().values()) == {"submitted", "unknown"}

    second = desk.next_session("GE,80.00,78.00,85.00")
    desk.sim("price", "GE", "80.10")
    desk.arm()
    blocked = desk.cycle()
    assert carried(desk) == {"AAPL": "filled", "MSFT": "cancelled", "KO": "unknown"}, "MSFT's time was over"
    assert read_sealed(desk.archives()[-1])["entries"][1]["status"] == "submitted", "it rested over night"
    assert blocked.reason == LIVE
    assert f"unresolved orders (1, limit 0): avx-{first.replace('-', '')}-KO-entry-1" in blocked.line("Gate entries")
    assert (blocked.submitted, len(desk.taken())) == ([], 3)
    settled = desk.cycle()
    assert carried(desk) == {"AAPL": "filled", "MSFT": "cancelled", "KO": "filled"}
    assert settled.submitted == ["GE"]
    assert "not ours" not in settled.said

    for _ in range(3):
        day = desk.next_session(AAPL, KO)
        desk.arm()
        held = desk.cycles(2)
        assert set(carried(desk)) == {"AAPL", "KO", "GE"}, day
        assert held.submitted == [], "what is held fills its symbol's cap"
        assert "max notional per symbol reached" in held.said
        assert "not ours" not in held.said and "locked" not in held.said

    sixth = desk.next_session("GM,10.00,9.70,10.60")
    desk.sim("price", "GM", "9.80")  # waits below its entry, whatever the walk of that day would do
    desk.arm()
    desk.cycle()
    desk.sim("price", "AAPL", "106.50")
    sold = desk.cycles(3)
    assert "EXIT AAPL: kind=target qty=9" in sold.said
    assert set(carried(desk)) == {"AAPL", "KO", "GE"}
    exits = desk.ledger()["exits"]
    assert [(one["symbol"], one["kind"], one["entry"][4:12]) for one in exits] == [
        ("AAPL", "target", first.replace("-", ""))
    ]
    assert exits[0]["at"].startswith(sixth)

    seventh = desk.next_session()
    desk.cycle()
    assert set(carried(desk)) == {"KO", "GE"}
    days = [path.stem for path in desk.archives()]
    assert days[-6:] == [*days[-6:-1], sixth] and days[-6] == first and days[-5] == second and seventh not in days
    sold_on = [path.stem for path in desk.archives() if read_sealed(path)["exits"]]
    assert sold_on == [sixth]
    desk.check_books()
    assert desk.ok("ledger", "verify").out.count("PASS") == 2 * (len(days) + 1)


def rests_over_night(desk: Desk) -> None:
    """An AAPL entry of yesterday evening that works on, its time not over, and AAPL on the list again."""
    listed = json.loads((desk.state / "sessions.json").read_bytes())["sessions"]
    coming = [day for day in listed if day > desk.session]
    evening, morning = next(
        pair for pair in pairwise(coming) if date.fromisoformat(pair[1]) - date.fromisoformat(pair[0]) == timedelta(1)
    )
    desk.env["ENTRY_TTL_SECONDS"] = "86400"
    desk.sim("behave", "AAPL", "rest")
    desk.sim("clock", f"{evening}T12:00")
    desk.import_watchlist(AAPL)
    desk.arm()
    assert desk.cycle().submitted == ["AAPL"]
    desk.sim("clock", f"{morning}T10:30")
    desk.import_watchlist(AAPL)
    desk.arm()


def test_a_working_entry_of_yesterday_is_not_joined_by_another_one(live_desk: Desk) -> None:
    """Two entries of one symbol at once would be twice its cap when both fill."""
    rests_over_night(live_desk)
    done = live_desk.cycles(2)
    assert carried(live_desk) == {"AAPL": "working"}
    assert done.submitted == [], f"a second AAPL entry beside {open_entry_ids(live_desk, 'AAPL')}"


def test_per_symbol_holds_over_night(live_desk: Desk) -> None:
    """The shares at the broker never cost more than the cap, whatever rests and fills when."""
    rests_over_night(live_desk)
    live_desk.cycle()
    live_desk.sim("clear")
    live_desk.cycles(3)
    shown = json.loads(live_desk.ok("status", "--json").out)["positions"]
    (position,) = [one for one in shown if one["symbol"] == "AAPL"]
    assert float(position["market_value"]) <= 1000.0, position


def test_an_exit_between_two_sessions_is_dated_when_it_happened(live_desk: Desk) -> None:
    """Sold in the afternoon, seen next morning: the day of a loss must not depend on the timer."""
    assert live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL").submitted == ["AAPL"]
    day = live_desk.session
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    live_desk.sim("price", "AAPL", "96.00")
    live_desk.next_session()
    live_desk.cycle()
    (sold,) = live_desk.ledger()["exits"]
    assert (sold["symbol"], sold["kind"]) == ("AAPL", "stop")
    assert sold["at"].startswith(day), f"sold on {day}, written down as of {sold['at']}"


def test_a_partly_filled_entry_is_carried_and_stays_ours(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "partial", "--number", "4")
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    live_desk.next_session(KO)
    live_desk.arm()
    done = live_desk.cycle()
    assert carried(live_desk) == {"AAPL": "cancelled"}, "the rest of it was over time"
    assert live_desk.ledger()["carried"][0]["filled_qty"] == "4"
    assert "not ours" not in done.said and done.submitted == ["KO"]


def test_an_altered_archive_is_found_and_named(live_desk: Desk) -> None:
    live_desk.cycle()
    for _ in range(2):
        live_desk.next_session()
        live_desk.cycle()
    archive = live_desk.archives()[-2]
    archive.write_text(archive.read_text().replace('"qty": "9"', '"qty": "1"'))
    done = live_desk.do("ledger", "verify")
    assert done.code == 2
    assert f"LIVE     {archive.stem}" in done.out and "digest does not match its content" in done.out
    archive.unlink()
    missing = live_desk.do("ledger", "verify", "--json")
    assert missing.code == 2
    problems = [row["problem"] for row in json.loads(missing.out)["ledgers"] if row["problem"]]
    assert problems == [f"does not follow the archive of {archive.stem}"]


def test_a_half_finished_rollover_with_another_content_blocks_until_rebuilt(live_desk: Desk) -> None:
    """The archive's place is taken by something else: nothing is overwritten, LIVE is blocked."""
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    day = live_desk.session
    place = live_desk.state / "ledger" / "LIVE" / f"{day}.json"
    live_desk.rewrite_ledger(lambda document: document.update(account=None), seal=True)
    other = live_desk.ledger_path().read_bytes()
    place.write_bytes(other)
    account = live_desk.ledger("DRY_RUN")["account"]
    live_desk.rewrite_ledger(lambda document: document.update(account=account), seal=True)
    live_desk.next_session(MSFT)
    live_desk.arm()
    done = live_desk.cycle()
    assert done.mode == "DRY_RUN"
    assert "archive already exists with other content" in done.reason
    assert place.read_bytes() == other
    live_desk.ok("ledger", "rebuild")
    assert live_desk.cycle().submitted == ["MSFT"]
    assert carried(live_desk) == {"AAPL": "filled"}


def test_a_holiday_and_a_half_day_are_sessions_of_the_table(live_desk: Desk) -> None:
    """Thanksgiving has no session, the day after closes at 13:00."""
    table = json.loads((live_desk.state / "sessions.json").read_bytes())
    half_day, close = next((day, at) for day, at in sorted(table["early_closes"].items()) if day > live_desk.session)
    live_desk.sim("clock", f"{half_day}T12:50")
    live_desk.import_watchlist(AAPL)
    live_desk.arm()
    done = live_desk.cycle()
    assert done.line("Gate entries").startswith("Gate entries status=FAIL reason=too close to the close (")
    live_desk.sim("clock", f"{half_day}T{close}")
    assert live_desk.cycle().has("Market closed; skipping cycle.")
    assert live_desk.taken() == []
