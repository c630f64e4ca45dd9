"""The story of a session as its operator reads it, on sessions really walked: summary, report, page."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.desk import AAPL, KO, Desk, read_json
from support.finished import realized, summary, trade_a_session, trade_the_next_session, until_close

from gates.base.sessionfile import load_sessions


@pytest.fixture(scope="module")
def evening(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The evening of a LIVE session: AAPL stopped out, MSFT held."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("evening"))
    trade_a_session(desk)
    return desk


@pytest.fixture(scope="module")
def next_evening(evening: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One session later: what was carried reached its target, nothing was bought."""
    desk = evening.copy(tmp_path_factory.mktemp("next-evening"))
    trade_the_next_session(desk)
    return desk


@pytest.fixture
def closed(evening: Desk, tmp_path: Path) -> Desk:
    return evening.copy(tmp_path / "desk")


# --- the evening ----------------------------------------------------------------------------------


def test_after_the_close_it_is_todays_session(evening: Desk) -> None:
    told = summary(evening)
    ledger = evening.ledger()
    assert (told["session"], told["finished"], told["mode"]) == (evening.session, True, "LIVE")
    assert Decimal(told["realized"]) == realized(evening.ledger_path()) < 0
    assert [one["symbol"] for one in told["positions"]] == ["MSFT"]
    (held,) = told["positions"]
    gain = (Decimal(held["price"]) - Decimal(held["bought_at"])) * Decimal(held["qty"])
    assert Decimal(told["unrealized"]) == gain
    live = told["ledgers"]["LIVE"]
    assert live["sha256"] == ledger["sha256"]
    assert live["used"]["orders"] == 2 and told["limits"]["orders_per_day"] == 2
    assert told["decisions"]["refused"]["caps.orders_per_day"] == {"KO": "max orders/day reached (2 of 2)"}
    assert told["decisions"]["problem"] is None


def test_what_it_prints_is_for_a_trader_and_writes_nothing(evening: Desk) -> None:
    before = evening.digest()
    said = evening.ok("summary").out
    assert evening.digest() == before
    lines = {line.split("  ")[0]: line for line in said.partition("\norders\n")[0].splitlines()}
    assert said.startswith("LIVE: summary of Monday ")
    assert "; 1 exit" in lines["realised"] and "1 position held" in lines["unrealised"]
    assert "orders 2 of 2, positions 1 of 5" in lines["caps used"]
    assert "cap on orders/day 1" in lines["refused"]
    assert lines["entries closed"].endswith("1 of 390 min: paused 1")
    assert evening.ledger()["sha256"] in lines["LIVE ledger"]
    assert re.search(r"^AAPL +stop +\d+ +96\.\d\d +1\d:\d\d +-\d+\.\d\d$", said, re.MULTILINE)
    assert str(evening.state) in said
    assert all(line == line.rstrip() for line in said.splitlines())


def test_the_report_has_every_order_with_its_life(evening: Desk) -> None:
    said = evening.ok("report").out
    assert said.startswith("LIVE: report of Monday ")
    for entry in evening.ledger()["entries"]:
        block = said.partition(f"{entry['client_order_id']}, order {entry['order_id']}\n")[2].partition("\n\n")[0]
        assert block.count(" entry ") == len(entry["history"]) + 1
        for event in entry["history"]:
            assert f"entry   {event['status']}" in block
        for leg in entry["legs"]:
            assert leg["order_id"] in block
    assert "max orders/day reached (2 of 2)" in said
    assert json.loads(evening.ok("report", "--json").out) == summary(evening)


# --- the days after -------------------------------------------------------------------------------


def test_a_carried_position_is_sold_on_the_day_it_is_sold(evening: Desk, next_evening: Desk) -> None:
    first, second = summary(next_evening, "--date", evening.session), summary(next_evening)
    assert first["realized"] == summary(evening)["realized"]
    assert first["ledgers"]["LIVE"]["sha256"] == evening.ledger()["sha256"]
    assert [one["kind"] for one in second["ledgers"]["LIVE"]["exits"]] == ["target"]
    assert second["ledgers"]["LIVE"]["orders"] == []
    assert [one["symbol"] for one in second["ledgers"]["LIVE"]["carried"]] == ["MSFT"]
    points = second["curve"]["points"]
    assert [point["day"] for point in points][-2:] == [evening.session, next_evening.session]
    assert Decimal(points[-1]["total"]) == Decimal(first["realized"]) + Decimal(second["realized"])
    assert first["curve"]["points"] == points[:-1]


def test_before_the_next_open_the_positions_are_still_that_sessions(closed: Desk) -> None:
    day = closed.session
    closed.sim("clock", "+8h")  # past midnight
    told = summary(closed)
    assert (told["session"], told["positions_problem"]) == (day, None)
    assert told["unrealized"] is not None


def test_in_the_next_session_the_last_one_is_told_and_its_positions_are_unknown(closed: Desk) -> None:
    day = closed.session
    closed.next_session(AAPL)
    told = summary(closed)
    assert told["session"] == day
    assert told["unrealized"] is None and "later session" in told["positions_problem"]
    assert told["positions"][0]["price"] is None
    assert "not known; the broker tells positions of this moment only" in closed.ok("summary").out
    running = summary(closed, "--date", "today")
    assert (running["session"], running["finished"]) == (closed.session, False)


def test_a_stop_filled_after_the_last_cycle_counts_on_its_own_day(live_desk: Desk) -> None:
    """Seen by the first cycle of the next session, and so written into that one's ledger."""
    day = live_desk.session
    live_desk.cycles(2)
    live_desk.sim("price", "AAPL", "96.50")  # the host is down from here on
    live_desk.next_session(KO)
    live_desk.cycles(2)
    first, second = summary(live_desk, "--date", day), summary(live_desk, "--date", "today")
    late = second["ledgers"]["LIVE"]["exits_of_earlier_sessions"]
    assert [one["symbol"] for one in first["ledgers"]["LIVE"]["exits"]] == ["AAPL"] and first["realized"][0] == "-"
    assert [one["symbol"] for one in late] == ["AAPL"] and second["realized"] == "0"
    assert [Decimal(one["realized"]) for one in second["curve"]["points"][-2:]] == [Decimal(first["realized"]), 0]
    assert "counted on the day it happened" in live_desk.ok("summary", "--date", "today").out


# --- other days -----------------------------------------------------------------------------------


def test_a_rehearsal_says_so_first_and_shows_no_profit(desk: Desk) -> None:
    desk.env["DRY_RUN"] = "1"
    desk.cycles(2)
    until_close(desk)
    said = desk.ok("summary").out
    assert said.startswith("DRY_RUN: summary of Monday ")
    assert "none; a rehearsal, nothing was bought or sold" in said
    assert "orders, rehearsed" in said and "realised" not in said
    assert desk.ledger("DRY_RUN")["sha256"] in said


def test_a_day_without_orders(live_desk: Desk) -> None:
    (live_desk.state / "PAUSED").touch()
    live_desk.cycle()
    until_close(live_desk)
    told, said = summary(live_desk), live_desk.ok("summary").out
    assert (told["realized"], told["unrealized"]) == ("0", "0")
    assert "0 orders, 0 fills" in said and re.search("^on now +PAUSED$", said, re.MULTILINE)
    assert told["decisions"]["closed"][0]["gate"] == "paused"
    assert told["decisions"]["closed_minutes"] == 16 * 60 - (10 * 60 + 31)


def test_what_is_latched_is_on_the_sheet(live_desk: Desk) -> None:
    live_desk.cycles(2)
    account = read_json(live_desk.state / "state.json")["account"]
    live_desk.do("flatten", "--confirm", account)
    live_desk.sim("clock", "+10m")
    live_desk.cycle()
    until_close(live_desk)
    said = live_desk.ok("summary").out
    assert re.search(r"^latched +\d+ min \(latched: flatten ", said, re.MULTILINE)
    assert re.search(r"^on now +.*latched: flatten \(set ", said, re.MULTILINE)
    kinds = {one["kind"] for one in summary(live_desk)["ledgers"]["LIVE"]["exits"]}
    assert kinds == {"flatten"}
    (live_desk.state / "latches.json").write_text("{}")
    assert "latches not known (" in live_desk.ok("summary").out


def test_a_half_day_ends_at_thirteen(live_desk: Desk) -> None:
    table = load_sessions(live_desk.state / "sessions.json")
    session = table.after(date.fromisoformat(live_desk.session))
    while session is not None and not session.is_half_day:
        session = table.after(session.day)
    assert session is not None
    live_desk.sim("clock", f"{session}T12:30")
    live_desk.import_watchlist(AAPL)
    live_desk.sim("price", "AAPL", "100.10")
    (live_desk.state / "PAUSED").touch()
    live_desk.arm()
    live_desk.cycle()
    live_desk.sim("clock", f"{session}T13:05")
    told = summary(live_desk)
    assert (told["session"], told["half_day"], told["finished"]) == (str(session), True, True)
    assert told["decisions"]["closed_minutes"] == 29  # 12:31 to 13:00
    assert live_desk.ok("summary").out.splitlines()[0].endswith(", half-day")


def test_a_session_in_which_no_cycle_ran(evening: Desk, tmp_path: Path) -> None:
    desk = evening.copy(tmp_path / "away")
    desk.sim("clock", "next")
    missed = desk.session
    desk.sim("clock", "+8h")
    told, said = summary(desk), desk.ok("summary").out
    assert (told["session"], told["mode"], told["realized"]) == (missed, None, None)
    assert said.startswith("NO CYCLE RAN: summary of Tuesday ")
    assert "no cycle ran in this session" in said


def test_in_the_very_first_session_it_is_that_one(desk: Desk) -> None:
    record = read_json(desk.state / "state.json")
    record["created_at"] = f"{desk.session}T14:45:00Z"  # init this morning
    (desk.state / "state.json").write_text(json.dumps(record))
    assert summary(desk)["session"] == desk.session


# --- what cannot be read --------------------------------------------------------------------------


def test_an_unreadable_archive_is_named_and_never_a_zero(next_evening: Desk, evening: Desk, tmp_path: Path) -> None:
    desk = next_evening.copy(tmp_path / "broken")
    path = desk.state / "ledger" / "LIVE" / f"{evening.session}.json"
    path.write_text(path.read_text().replace('"AAPL"', '"AAPX"', 1))
    told = summary(desk, "--date", evening.session)
    assert (told["realized"], told["unrealized"]) == (None, None)
    assert told["ledgers"]["LIVE"]["problem"] == "digest"
    assert f"LIVE ledger {path}: digest." in desk.ok("summary", "--date", evening.session).out
    today = summary(desk)
    assert Decimal(today["realized"]) > 0
    assert str(path) in " ".join(today["curve"]["left_out"])
    assert "realised in all  not known; see the notes" in desk.ok("summary").out


def test_an_unreadable_ledger_of_today(closed: Desk) -> None:
    closed.ledger_path().write_bytes(b"")
    told, said = summary(closed), closed.ok("summary").out
    assert (told["realized"], told["ledgers"]["LIVE"]["used"]) == (None, None)
    assert "unreadable: is empty" in said
    assert "0.00" not in said


def test_a_removed_archive_is_missed(next_evening: Desk, evening: Desk, tmp_path: Path) -> None:
    desk = next_evening.copy(tmp_path / "gone")
    (desk.state / "ledger" / "LIVE" / f"{evening.session}.json").unlink()
    assert f"follows {evening.session}, whose archive is gone" in desk.ok("summary").out


def test_a_rebuilt_ledger_tells_the_same_profit_and_that_it_was_rebuilt(live_desk: Desk) -> None:
    live_desk.cycles(2)
    live_desk.sim("price", "AAPL", "96.50")
    live_desk.cycles(2)
    before = summary(live_desk, "--date", "today")
    live_desk.ledger_path().unlink()
    live_desk.ok("ledger", "rebuild")
    after = summary(live_desk, "--date", "today")
    assert before["realized"] == after["realized"] != "0"
    assert after["unrealized"] == before["unrealized"]
    assert (
        "Adopted from the broker's record, as after a rebuilt ledger: AAPL"
        in live_desk.ok("summary", "--date", "today").out
    )


def test_no_decision_file_is_not_known_and_not_nothing(closed: Desk) -> None:
    (closed.state / "decisions" / f"{closed.session}.jsonl").unlink()
    told, said = summary(closed), closed.ok("summary").out
    assert told["decisions"]["closed_minutes"] is None
    for fact in ("mode", "entries closed", "refused"):
        assert re.search(rf"^{fact} +not known \(decisions: .*is missing\)$", said, re.MULTILINE)
    assert said.startswith("LIVE: ")  # the ledger knows


def test_a_broker_that_does_not_answer_leaves_positions_unknown(closed: Desk) -> None:
    closed.sim("outage", "on")
    told, said = summary(closed), closed.ok("summary").out
    assert told["unrealized"] is None and Decimal(told["realized"]) < 0
    assert re.search(r"^unrealised +not known; positions not read \(", said, re.MULTILINE)
    assert "counted from our ledger alone" in said


def test_an_hour_without_the_broker_is_an_hour_of_closed_entries(live_desk: Desk) -> None:
    live_desk.cycle()
    live_desk.sim("outage", "on")
    assert live_desk.do("run").code == 69
    live_desk.sim("clock", "+59m")
    live_desk.sim("outage", "off")
    live_desk.cycle()
    closed = {one["gate"]: one["minutes"] for one in summary(live_desk, "--date", "today")["decisions"]["closed"]}
    assert closed["broker_clock"] == 60


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yesterday", "write a date such as 2026-11-20"),
        ("2082-12-25", "is no session of the exchange"),
        ("2083-11-24", "opens 2083-11-24 09:30:00 EST"),
    ],
)
def test_a_date_that_cannot_be_told(evening: Desk, text: str, words: str) -> None:
    done = evening.do("summary", "--date", text)
    assert done.code == 64
    assert words in done.err


# --- the page -------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Every tag and everything it refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.references += [value or "" for name, value in attributes if name in ("src", "href", "srcset", "data")]


def test_the_page_needs_nothing_else(next_evening: Desk, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    next_evening.ok("summary", "--html", str(path))
    text = path.read_text()
    page = Page(text)
    assert page.tags.isdisjoint({"script", "link", "iframe", "form"})
    assert [one.split(",")[0] for one in page.references] == ["data:image/png;base64"]
    assert "http" not in text.replace("http-equiv", "") and "@import" not in text
    assert 'name="viewport"' in text and "prefers-color-scheme: dark" in text
    assert next_evening.ledger()["sha256"] in text
    assert path.stat().st_mode & 0o077 == 0


def test_a_page_is_written_whole_or_not_at_all(evening: Desk, tmp_path: Path) -> None:
    done = evening.do("summary", "--html", str(tmp_path / "gone" / "page.html"))
    assert done.code == 74
    assert "cannot write" in done.err and done.out == ""


def test_words_of_brokers_are_not_html(live_desk: Desk, tmp_path: Path) -> None:
    live_desk.sim("behave", "AAPL", "reject", "--text", "<script>alert(1)</script> & more")
    live_desk.cycles(2)
    path = tmp_path / "page.html"
    (live_desk.state / "decisions" / f"{live_desk.session}.jsonl").write_text(
        json.dumps(
            {
                "at": f"{live_desk.session}T10:31:00-05:00", "mode": "LIVE", "mode_gates": [],
                "entry_gates": [["market", "FAIL", "x", "<script>alert(1)</script>"]],
                "approved": [], "refused": {"KO": "<b>"}, "reasons": {},
            }
        )
    )  # fmt: skip
    live_desk.ok("summary", "--date", "today", "--html", str(path))
    assert "<script" not in path.read_text()
    assert "&lt;script&gt;" in path.read_text()
