"""What two sessions earned, as an operator asks: trades, performance, equity, notes; on sessions really walked."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.desk import AAPL, Desk, digest_of_rest
from support.finished import summary, trade_a_session, trade_the_next_session, until_close

from execution.report.tables import signed_percent

D = Decimal


@pytest.fixture(scope="module")
def evening(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The evening of a LIVE session after its sweep: AAPL stopped out, MSFT held."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("evening"))
    trade_a_session(desk)
    desk.ok("sweep")
    return desk


@pytest.fixture(scope="module")
def next_evening(evening: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One session later: MSFT reached its target, nothing was bought."""
    desk = evening.copy(tmp_path_factory.mktemp("next-evening"))
    trade_the_next_session(desk)
    desk.ok("sweep")
    return desk


def told(desk: Desk, verb: str, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.ok(verb, "--json", *options).out)
    return found


def lines(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (desk.state / "equity.jsonl").read_text().splitlines()]


# --- trades ---------------------------------------------------------------------------------------


def test_a_trade_that_ended_and_one_that_is_open(evening: Desk) -> None:
    aapl, msft = told(evening, "trades")["trades"]
    (entry,) = (one for one in evening.ledger()["entries"] if one["symbol"] == "AAPL")
    (sale,) = evening.ledger()["exits"]
    assert (aapl["symbol"], aapl["state"], aapl["how"], msft["symbol"], msft["state"]) == (
        "AAPL", "ended", "stop", "MSFT", "open",
    )  # fmt: skip
    assert aapl["id"] == entry["client_order_id"] and aapl["account"] == evening.ledger()["account"]
    assert D(aapl["slippage"]) == D(entry["filled_avg_price"]) - D(entry["limit_price"])
    (exit_,) = aapl["exits"]
    assert D(exit_["planned"]) == D(entry["stop_price"]) and D(exit_["price"]) == D(sale["price"])
    assert D(aapl["slippage_of_stop"]) == D(entry["stop_price"]) - D(sale["price"])
    risk = (D(entry["limit_price"]) - D(entry["stop_price"])) * D(entry["qty"])
    assert D(aapl["risk"]) == risk
    assert abs(D(aapl["r"]) - D(sale["realized"]) / risk) < D("0.0001")
    assert (aapl["sessions"], msft["sessions"]) == (1, 1) and 0 < D(aapl["hours"]) < D(msft["hours"]) <= D("6.5")
    assert (msft["realized"], msft["r"], msft["exits"]) == ("0", None, [])
    assert D(aapl["slippage_of_quote"]) == D(aapl["price"]) - D(aapl["quote"])
    unknown = ("setup", "anchor", "mean_volume")  # of a list made by hand
    assert [aapl[name] for name in unknown] == [None] * len(unknown)


def test_the_table_and_the_rows_say_the_same(evening: Desk) -> None:
    shown = evening.ok("trades").out
    whole = told(evening, "trades")
    rows = list(csv.DictReader(io.StringIO(evening.ok("trades", "--csv").out)))
    assert shown.startswith("LIVE: 2 trades, 2 sessions, ")
    assert "setup, anchor." in shown
    trades, exits = ([row for row in rows if row["row"] == kind] for kind in ("trade", "exit"))
    assert len(trades) == 2 and len(exits) == 1
    for row, one in zip(trades, whole["trades"], strict=True):
        for name in ("id", "symbol", "state", "how", "bought", "held", "stop", "target", "realized", "hours"):
            assert row[name] == str(one[name]), name
        assert one["id"] in shown
    assert exits[0]["realized"] == whole["trades"][0]["exits"][0]["realized"]


def test_an_order_that_bought_nothing_is_no_trade_and_a_rehearsal_is_another_ledgers(evening: Desk) -> None:
    rehearsed = told(evening, "trades", "--mode", "dry-run")
    assert (rehearsed["mode"], rehearsed["trades"]) == ("DRY_RUN", [])
    assert evening.do("trades", "--csv", "--json").code == 64
    assert evening.do("trades", "--since", "yesterday").code == 64
    assert told(evening, "trades", "--since", "2083-01-01")["trades"] == []


def test_a_carried_trade_ends_in_a_later_session(next_evening: Desk) -> None:
    _, msft = told(next_evening, "trades")["trades"]
    assert (msft["state"], msft["how"], msft["sessions"]) == ("ended", "target", 2)
    assert D(msft["r"]) > 1 and D(msft["slippage"]) <= 0
    assert msft["exits"][0]["session"] == next_evening.session != msft["session"]
    assert told(next_evening, "trades", "--since", next_evening.session)["trades"] == []


def test_a_note_stands_beside_its_trade_and_is_chained(evening: Desk, tmp_path: Path) -> None:
    desk = evening.copy(tmp_path / "desk")
    ident = told(desk, "trades")["trades"][0]["id"]
    assert "Noted on" in desk.ok("note", ident, "gap over the stop").out
    desk.ok("note", ident, "second thought,\n on two lines")
    assert told(desk, "trades")["trades"][0]["notes"] == ["gap over the stop", "second thought, on two lines"]
    assert "gap over the stop; second thought, on two lines" in desk.ok("trades").out
    first, second = map(json.loads, (desk.state / "notes.jsonl").read_text().splitlines())
    assert (first["previous"], second["previous"]) == (None, first["sha256"])
    assert all(one["sha256"] == digest_of_rest(one) for one in (first, second))
    assert (desk.state / "notes.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("ident", "text", "why"),
    [
        ("avx-20821106-KO-entry-1", "never sent", "is in no ledger"),
        ("AAPL", "which one", "is in no ledger"),
        ("", "  ", "the note is empty"),
        ("", "x" * 1001, "1001 characters, 1000 are the most"),
    ],
)
def test_a_note_that_is_not_taken(evening: Desk, ident: str, text: str, why: str) -> None:
    done = evening.do("note", ident or told(evening, "trades")["trades"][0]["id"], text)
    assert done.code == 64 and why in done.err
    assert not (evening.state / "notes.jsonl").exists()


# --- equity ---------------------------------------------------------------------------------------


def test_the_sweep_keeps_one_line_of_the_close(evening: Desk) -> None:
    (line,) = lines(evening)
    assert line["session"] == evening.session and line["account"] == evening.ledger()["account"]
    assert line["sha256"] == digest_of_rest(line) and line["previous"] is None
    assert line["ledger"] == evening.ledger()["sha256"]
    assert D(line["realized"]) == D(evening.ledger()["exits"][0]["realized"]) and line["fees"] is None
    (held,) = line["positions"]
    assert (held["symbol"], held["qty"], held["ours"]) == ("MSFT", held["ours"], held["qty"])
    assert D(line["equity"]) == D(line["cash"]) + D(held["market_value"])
    assert (evening.state / "equity.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_second_sweep_keeps_no_second_line(evening: Desk, tmp_path: Path) -> None:
    desk = evening.copy(tmp_path / "desk")
    before = (desk.state / "equity.jsonl").read_bytes()
    assert not desk.ok("sweep").has("Close of")
    assert (desk.state / "equity.jsonl").read_bytes() == before


def test_the_next_line_is_chained_and_explains_the_equity(next_evening: Desk) -> None:
    first, second = lines(next_evening)
    assert second["previous"] == first["sha256"] and second["sha256"] == digest_of_rest(second)
    whole = told(next_evening, "equity")
    assert whole["problems"] == [] and whole["not_known"] == []
    last = whole["sessions"][-1]
    assert D(last["change"]) == D(second["equity"]) - D(first["equity"])
    assert D(last["other"]) == 0, "sales of ours and prices of what we hold explain all of it"
    shown = next_evening.ok("equity").out
    assert f"{D(second['equity']):,.2f}" in shown and "SPY" in shown and "▁█" in shown


@pytest.mark.parametrize("hours", ["+15h", "-2h"])
def test_a_sweep_at_another_time_keeps_no_close(quiet_morning: Desk, tmp_path: Path, hours: str) -> None:
    """The next morning's prices are not the close's; while the session runs there is none."""
    desk = quiet_morning.copy(tmp_path / "desk")
    trade_a_session(desk)
    desk.sim("clock", hours) if hours.startswith("+") else desk.sim("clock", "next")
    desk.do("sweep")
    assert not (desk.state / "equity.jsonl").exists()
    assert told(desk, "equity")["sessions"] == []
    assert "no close was kept yet" in desk.ok("equity").out


def test_a_session_without_a_sweep_is_not_known(next_evening: Desk, tmp_path: Path) -> None:
    desk = next_evening.copy(tmp_path / "desk")
    swept = [line["session"] for line in lines(desk)]
    for sweeps in (False, True):
        desk.next_session(AAPL)
        until_close(desk)
        if sweeps:
            desk.ok("sweep")
    whole = told(desk, "equity")
    days = [one["session"] for one in whole["sessions"]]
    assert (len(days), days[:2]) == (4, swept) and whole["not_known"] == [days[2]]
    assert whole["sessions"][2]["close"] is None and whole["sessions"][3]["change"] is None
    shown = desk.ok("equity").out
    assert f"Not known, no sweep kept the close: {days[2]}." in shown and "·" in shown


def test_a_torn_line_and_a_changed_one_are_named_and_hide_no_other(next_evening: Desk, tmp_path: Path) -> None:
    desk = next_evening.copy(tmp_path / "desk")
    path = desk.state / "equity.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first.replace(b'"cash": "', b'"cash": "1') + second + b'{"schema": 1, "torn')
    whole = told(desk, "equity")
    assert [one["session"] for one in whole["sessions"]] == [json.loads(second)["session"]]
    assert [problem.partition(": ")[0] for problem in whole["problems"]] == [
        "equity.jsonl line 1", "equity.jsonl line 2", "equity.jsonl line 3",
    ]  # fmt: skip
    assert "digest does not match its content" in whole["problems"][0]
    assert "does not follow the line before" in whole["problems"][1]
    desk.next_session(AAPL)
    until_close(desk)
    desk.ok("sweep")
    assert len(told(desk, "equity")["sessions"]) == 2, "the torn line was closed, and the chain goes on behind it"


def test_the_summary_the_morning_after_shows_values(evening: Desk, tmp_path: Path) -> None:
    desk = evening.copy(tmp_path / "desk")
    tonight = summary(desk)
    desk.next_session(AAPL)
    desk.sim("price", "MSFT", "150.00")
    later = summary(desk)
    assert later["session"] == tonight["session"] and later["positions_problem"] is None
    for name in ("equity", "unrealized", "positions"):
        assert later[name] == tonight[name], name
    assert later["equity_kept_at"] is not None and tonight["equity_kept_at"] is None
    assert "after the close, " in desk.ok("summary").out
    (desk.state / "equity.jsonl").unlink()
    assert summary(desk)["equity"] is None


def test_positions_show_stop_target_r_and_the_way(evening: Desk) -> None:
    (held,) = summary(evening)["positions"]
    (entry,) = (one for one in evening.ledger()["entries"] if one["symbol"] == "MSFT")
    assert (held["stops"], held["targets"]) == ([entry["stop_price"]], [entry["target_price"]])
    gain, paid = D(held["price"]) - D(held["bought_at"]), D(held["bought_at"])
    assert abs(D(held["r"]) - gain / (D(entry["limit_price"]) - D(entry["stop_price"]))) < D("0.001")
    room = D(entry["target_price"]) - paid if gain > 0 else paid - D(entry["stop_price"])
    assert abs(D(held["way"]) - gain / room) < D("0.001")
    (position,) = json.loads(evening.ok("status", "--json").out)["positions"]
    assert position["ours"] == {name: held[name] for name in ("stops", "targets", "r", "way")}
    for verb in ("summary", "status"):
        shown = evening.ok(verb).out
        assert " way" in shown and signed_percent(D(held["way"])) + " %" in shown


# --- performance ----------------------------------------------------------------------------------


def test_performance_counts_what_is_open_at_its_mark(evening: Desk) -> None:
    found = told(evening, "performance")
    (line,) = lines(evening)
    assert (found["all"]["trades"], found["all"]["ended"], found["all"]["open"]) == (2, 1, 1)
    assert found["marked_at"] == evening.session and found["without_mark"] == []
    assert D(found["open"]["result"]) == D(line["unrealized"])
    assert D(found["all"]["result"]) == D(line["realized"]) + D(line["unrealized"])
    assert found["ended"]["win_rate"] == "0.0000" and found["sharpe"] is None
    assert D(found["drawdown"]["dollars"]) == -D(line["realized"])
    assert found["drawdown"]["of"] == {"equity": line["equity"], "session": line["session"]}
    shown = evening.ok("performance").out
    assert "at the close of" in shown and "NO-DATA (2 sessions, 20 are the fewest)" in shown


@pytest.mark.parametrize("by", ["setup", "anchor", "symbol", "weekday", "exit"])
def test_performance_by(next_evening: Desk, by: str) -> None:
    found = told(next_evening, "performance", "--by", by)
    assert sum(one["trades"] for one in found["groups"]) == found["all"]["trades"] == 2
    assert sum(D(one["result"]) for one in found["groups"]) == D(found["all"]["result"])
    assert f"by {by}" in next_evening.ok("performance", "--by", by).out


def test_performance_as_a_page(next_evening: Desk, tmp_path: Path) -> None:
    page = tmp_path / "performance.html"
    assert "Written:" in next_evening.ok("performance", "--by", "exit", "--html", str(page)).out
    text = page.read_text()
    assert "performance of 2 trades".capitalize() in text and "data:image/png" in text and "<script" not in text
    assert next_evening.do("performance", "--html", str(page), "--json").code == 64


def test_before_anything_was_traded(quiet_morning: Desk) -> None:
    assert quiet_morning.ok("trades").out.startswith("LIVE: 0 trades")
    shown = quiet_morning.ok("performance").out
    assert "NO-DATA" in shown and "0.0 %" not in shown
    assert told(quiet_morning, "performance")["all"]["trades"] == 0


def test_the_equity_as_a_picture(next_evening: Desk, tmp_path: Path) -> None:
    next_evening.ok("equity", "--png", str(tmp_path / "equity.png"))
    assert (tmp_path / "equity.png").read_bytes().startswith(b"\x89PNG")
