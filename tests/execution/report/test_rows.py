"""Rows of orders and exits: once each, as known today, under the session they belong to."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from support.facts import TABLE, new_york
from support.trading import DAY, NOW, YESTERDAY, S, entry, ident, ledger

from execution.ledger.day import Event, Exit, Ledger
from execution.report.rows import COLUMNS, csv_lines, rows
from gates.base.sessions import counted_in

D = Decimal
SESSION_OF = counted_in(TABLE)


def of(*ledgers: Ledger, first: date = date.min, last: date = date.max) -> tuple[dict[str, str], ...]:
    return rows(ledgers, first, last, SESSION_OF)


def test_an_order_carried_on_stands_once_under_its_own_session_as_it_became() -> None:
    young = entry("AAPL", S.WORKING, day=YESTERDAY)
    old = entry("AAPL", S.FILLED, day=YESTERDAY, filled=4, history=(*young.history, Event(NOW, S.FILLED)))
    (row,) = of(ledger(carried=(old,)), ledger(young, date_ny=YESTERDAY))
    assert (row["session"], row["status"], row["filled_qty"], row["price"]) == (str(YESTERDAY), "filled", "4", "101.30")
    assert row["filled_at"] == "2026-11-20T15:31:00.000Z"
    assert row["amount"] == "405.20"


def test_an_order_without_a_fill_has_no_price_and_no_amount() -> None:
    (row,) = of(ledger(entry("AAPL", S.CANCELLED)))
    assert (row["price"], row["amount"], row["filled_at"], row["filled_qty"]) == ("", "", "", "0")


def test_an_exit_seen_late_stands_under_the_session_it_happened_in() -> None:
    late = Exit("AAPL", "stop", D(4), D("97.90"), new_york("2026-11-19 15:59"), ident(day=YESTERDAY), D("-13.60"))
    today = Exit("KO", "target", D(4), D("53.00"), NOW, ident("KO"), D("5.00"))
    found = of(ledger(exits=(late, today)))
    assert [(one["session"], one["symbol"]) for one in found] == [(str(YESTERDAY), "AAPL"), (str(DAY), "KO")]
    assert [one["symbol"] for one in of(ledger(exits=(late, today)), first=DAY)] == ["KO"]
    assert [one["symbol"] for one in of(ledger(exits=(late, today)), last=DAY - timedelta(days=1))] == ["AAPL"]
    assert (found[0]["amount"], found[0]["cost"], found[0]["realized"]) == ("391.60", "405.20", "-13.60")


def test_numbers_are_digits_whatever_their_exponent() -> None:
    odd = Exit("AAPL", "stop", D(4), D("1E+2"), NOW, ident(), D("0E-9"))
    (row,) = of(ledger(exits=(odd,)))
    assert (row["price"], row["realized"]) == ("100", "0.000000000")


def test_what_is_not_known_of_an_exit_is_empty() -> None:
    untold = Exit("AAPL", "foreign", D(4), None, NOW, ident(), None, note="=sold by hand")
    unbought = Exit("IBM", "stop", D(4), D("97.90"), NOW, ident("IBM"), None)
    over = Exit("KO", "stop", D(4), D("97.90"), NOW, ident("KO"), None, beyond=True)
    found = of(ledger(exits=(untold, unbought, over)))
    names = ("price", "amount", "cost", "realized", "beyond", "note")
    assert [tuple(one[name] for name in names) for one in found] == [
        ("", "", "", "", "", "=sold by hand"),
        ("97.90", "391.60", "", "", "", ""),
        ("97.90", "391.60", "", "", "yes", ""),
    ]
    assert [one["note"] for one in csv.DictReader(csv_lines(found))] == ["'=sold by hand", "", ""]


def test_shares_of_a_cancelled_order_were_filled_when_its_end_was_seen() -> None:
    (row,) = of(ledger(entry("AAPL", S.CANCELLED, filled=3, history=(Event(NOW, S.CANCELLED),))))
    assert (row["filled_qty"], row["filled_at"]) == ("3", "2026-11-20T15:31:00.000Z")


def test_every_row_has_every_column_and_a_comma_breaks_none() -> None:
    (row,) = of(ledger(entry(), account='PA"3,TEST'))
    assert tuple(row) == COLUMNS
    header, line = csv_lines([row])
    assert header == ",".join(COLUMNS)
    assert '"PA""3,TEST"' in line


def test_a_spreadsheet_takes_no_word_for_a_formula_and_every_number_for_one() -> None:
    hostile = msgspec.structs.replace(entry(), order_id='=cmd|" /C calc"!A0')
    loss = Exit("AAPL", "stop", D(4), D("97.90"), NOW, ident(), D("-13.60"))
    found = of(ledger(hostile, exits=(loss,), account="@SUM(A1)"))
    read = list(csv.DictReader(csv_lines(found)))
    assert [one["order_id"] for one in read] == ['\'=cmd|" /C calc"!A0', ""]
    assert {one["account"] for one in read} == {"'@SUM(A1)"}
    assert read[1]["realized"] == "-13.60"
    assert found[0]["order_id"] == hostile.order_id, "JSON lines have it as it is"
