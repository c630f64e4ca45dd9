"""Rows for spreadsheets: stable columns, decimal text, each order and exit once, nothing left out silently."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from support.desk import AAPL, Desk
from support.finished import realized, trade_a_session, until_close

COLUMNS = (
    "row,session,mode,account,symbol,side,qty,status,price,amount,cost,realized,at,filled_at,limit_price,stop_price,"
    "target_price,notional,filled_qty,client_order_id,order_id,beyond,note"
)


@pytest.fixture(scope="module")
def two_days(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str, str]:
    """AAPL bought and stopped out on the first day; MSFT bought on the first and sold on the second."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("two-days"))
    trade_a_session(desk)
    first = desk.session
    desk.next_session(AAPL)
    desk.sim("price", "AAPL", "90.00")
    desk.sim("price", "MSFT", "212.50")
    desk.cycles(2)
    until_close(desk)
    return desk, first, desk.session


def rows_of(desk: Desk, *options: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in desk.ok("export", "--format", "jsonl", *options).out.splitlines()]


def test_each_order_and_exit_stands_once_in_its_own_session(two_days: tuple[Desk, str, str]) -> None:
    desk, first, second = two_days
    found = [(one["row"], one["session"], one["symbol"], one["status"]) for one in rows_of(desk)]
    assert found == [
        ("order", first, "AAPL", "filled"),
        ("order", first, "MSFT", "filled"),
        ("exit", first, "AAPL", "stop"),
        ("exit", second, "MSFT", "target"),
    ]


def test_the_money_adds_up(two_days: tuple[Desk, str, str]) -> None:
    desk, _, _ = two_days
    rows = rows_of(desk)
    for one in rows:
        if one["row"] == "exit":
            assert Decimal(one["amount"]) - Decimal(one["cost"]) == Decimal(one["realized"])
            assert Decimal(one["amount"]) == Decimal(one["price"]) * Decimal(one["qty"])
    total = sum((Decimal(one["realized"]) for one in rows if one["realized"]), Decimal(0))
    assert total == sum((realized(path) for path in [*desk.archives(), desk.ledger_path()]), Decimal(0))


def test_csv_and_json_lines_say_the_same(two_days: tuple[Desk, str, str]) -> None:
    desk, _, _ = two_days
    text = desk.ok("export", "--format", "csv").out
    assert text.splitlines()[0] == COLUMNS
    assert list(csv.DictReader(io.StringIO(text))) == rows_of(desk)


def test_a_range_and_a_file(two_days: tuple[Desk, str, str], tmp_path: Path) -> None:
    desk, first, second = two_days
    assert {one["session"] for one in rows_of(desk, "--from", second)} == {second}
    assert {one["session"] for one in rows_of(desk, "--to", first)} == {first}
    path = tmp_path / "rows.csv"
    said = desk.ok("export", "--format", "csv", "--from", first, "--to", second, "--out", str(path)).out
    assert said == f"Written: {path}, 2 orders and 2 exits, live, from {desk.state}\n"
    assert path.read_text() == desk.ok("export", "--format", "csv").out


def test_rehearsed_orders_are_asked_for_by_name(desk: Desk) -> None:
    desk.env["DRY_RUN"] = "1"
    desk.cycles(2)
    assert rows_of(desk) == []
    rows = rows_of(desk, "--mode", "dry-run")
    assert {one["mode"] for one in rows} == {"DRY_RUN"} and {one["order_id"] for one in rows} == {"dry-run"}


def test_what_cannot_be_read_ends_the_export_with_its_name(two_days: tuple[Desk, str, str], tmp_path: Path) -> None:
    desk, first, second = two_days[0].copy(tmp_path / "broken"), *two_days[1:]
    path = desk.state / "ledger" / "LIVE" / f"{first}.json"
    path.write_text(path.read_text().replace('"AAPL"', '"AAPX"', 1))
    out = tmp_path / "rows.csv"
    done = desk.do("export", "--format", "csv", "--out", str(out))
    assert (done.code, done.out, out.exists()) == (74, "", False)
    assert f"{path}: digest; nothing exported" in done.err
    assert desk.do("export", "--format", "csv", "--from", second).code == 0  # an older one has no rows in it


@pytest.mark.parametrize("lose", ["archive", "current"])
def test_what_is_gone_is_not_left_out(two_days: tuple[Desk, str, str], lose: str, tmp_path: Path) -> None:
    desk, first, _ = two_days[0].copy(tmp_path / "gone"), *two_days[1:]
    path = desk.state / "ledger" / "LIVE" / f"{first}.json" if lose == "archive" else desk.ledger_path()
    path.unlink()
    done = desk.do("export", "--format", "csv")
    assert (done.code, done.out) == (74, "")
    assert (f"follows {first}, whose archive is gone" if lose == "archive" else f"{path}: missing") in done.err


def test_a_stranger_among_the_archives_is_named(two_days: tuple[Desk, str, str], tmp_path: Path) -> None:
    desk = two_days[0].copy(tmp_path / "stranger")
    (desk.state / "ledger" / "LIVE" / "copy.json").touch()
    done = desk.do("export", "--format", "csv")
    assert done.code == 74 and "copy.json" in done.err
    assert "copy.json" in desk.ok("summary").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "20.11.2026"), "--from 20.11.2026: write a date"),
        (("--from", "2026-11-21", "--to", "2026-11-20"), "is later than"),
    ],
)
def test_dates_that_make_no_range(desk: Desk, options: tuple[str, ...], words: str) -> None:
    done = desk.do("export", "--format", "csv", *options)
    assert done.code == 64 and words in done.err
