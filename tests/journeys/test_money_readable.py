"""One thing that cannot be read, at the venue: it is named, it closes its symbol, and it traps nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from crash.desk import PRICES, Desk, NewDesk
from venue import faults
from venue.venue import Venue

from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, EXIT_UNREACHABLE

AAPL, MSFT, NVDA = (f"avx-20261120-{symbol}-entry-1" for symbol in PRICES)
ACCOUNT = "PA3VENUE0001"
FLATTEN = ("flatten", "--confirm", ACCOUNT)
CANCEL_ALL = ("cancel-all", "--confirm", ACCOUNT)
MISSING = object()


@pytest.fixture
def desk(at_venue: NewDesk, venue: Venue) -> Desk:
    """AAPL bought and bracketed, MSFT and NVDA resting; somebody else holds KO and works an order in TSLA."""
    made = at_venue(MAX_LIVE_ORDERS_PER_DAY="3")
    assert made.cycle().exit_code == EXIT_DONE
    venue.book.fill(AAPL)
    venue.book.seed_position("KO", 3, "60.00")
    venue.book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id="theirs")
    return made


def tell(desk: Desk, path: str, key: str, value: object, when: Callable[[dict[str, Any]], bool] | None = None) -> None:
    """Every answer on `path` says `value` for `key` of the things picked; MISSING leaves the key out."""

    def change(payload: Any) -> Any:
        if isinstance(payload, list):
            return [change(item) for item in payload]
        if not isinstance(payload, dict) or (when is not None and not when(payload)):
            return payload
        rest = {name: told for name, told in payload.items() if name != key}
        return rest if value is MISSING else rest | {key: value}

    desk.venue.faults.add(faults.rewrite(change, path=path))


def of_order(client_order_id: str) -> Callable[[dict[str, Any]], bool]:
    return lambda payload: payload.get("client_order_id") == client_order_id


def of_symbol(symbol: str) -> Callable[[dict[str, Any]], bool]:
    return lambda payload: payload.get("symbol") == symbol


def is_open(desk: Desk, client_order_id: str) -> bool:
    return desk.venue.book.find(client_order_id).is_open


def held(desk: Desk) -> dict[str, int]:
    return {symbol: int(position.qty) for symbol, position in desk.venue.book.account.positions.items()}


ORDERS, POSITIONS, ACCOUNTS = "/v2/orders*", "/v2/positions", "/v2/account"
ODD_ORDER = [
    ("filled_qty", None),
    ("filled_qty", "NaN"),
    ("symbol", MISSING),
    ("symbol", None),
    ("side", None),
    ("type", MISSING),
    ("submitted_at", None),
    ("updated_at", None),
    ("limit_price", MISSING),
    ("limit_price", "1e400"),
    ("status", None),
    ("qty", {}),
    ("legs", "none"),
]


# --- R10: a kill is heard, whatever an order of somebody else says ---------------------------------


@pytest.mark.parametrize(("key", "value"), ODD_ORDER)
def test_a_kill_cancels_ours_beside_an_odd_order_of_somebody_else(desk: Desk, key: str, value: object) -> None:
    tell(desk, ORDERS, key, value, of_order("theirs"))
    desk.state.kill_switch.touch()
    assert desk.cycle().exit_code == EXIT_DONE
    assert not is_open(desk, MSFT) and not is_open(desk, NVDA), desk.said()
    assert is_open(desk, "theirs")


@pytest.mark.parametrize(("key", "value"), [("filled_qty", "x"), ("symbol", None), ("legs", 3), ("status", "")])
def test_a_kill_cancels_an_odd_order_of_ours_by_its_id(desk: Desk, key: str, value: object) -> None:
    tell(desk, ORDERS, key, value, of_order(MSFT))
    desk.state.kill_switch.touch()
    outcome = desk.cycle()
    assert not is_open(desk, MSFT) and not is_open(desk, NVDA), outcome.output
    assert "UNREADABLE MSFT: order: " in outcome.output
    assert f"CANCEL MSFT: reason=kill switch active client_order_id={MSFT}" in outcome.output


def test_an_odd_order_of_ours_ends_with_its_time_by_the_ledger(desk: Desk) -> None:
    tell(desk, ORDERS, "submitted_at", "yesterday", of_order(MSFT))
    outcomes = [desk.cycle() for _ in range(3)]
    assert not is_open(desk, MSFT)
    assert any("CANCEL MSFT: reason=not filled in time" in outcome.output for outcome in outcomes)


def test_naked_shares_are_protected_beside_an_odd_order(desk: Desk) -> None:
    desk.venue.book.fill(MSFT, qty=2)
    tell(desk, ORDERS, "filled_qty", "?", of_order("theirs"))
    for _ in range(4):
        assert desk.cycle().exit_code == EXIT_DONE
    assert not is_open(desk, MSFT) and desk.venue.book.unprotected("MSFT") == 0, desk.said()


# --- entries: its symbol is closed, and all where none is told --------------------------------------


def test_an_odd_order_closes_its_symbol_and_no_other(at_venue: NewDesk, venue: Venue) -> None:
    desk = at_venue(MAX_LIVE_ORDERS_PER_DAY="3")
    venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id="theirs")
    tell(desk, ORDERS, "filled_qty", "x", of_order("theirs"))
    outcome = desk.cycle()
    assert outcome.output.count("UNREADABLE MSFT: order: filled_qty 'x'") == 1, outcome.output
    why = "symbol locked (not understood at the broker (order: filled_qty 'x'))"
    assert f"Gate order MSFT status=FAIL reason={why}" in outcome.output
    assert desk.our_orders() == [AAPL, NVDA]


@pytest.mark.parametrize("path", [ORDERS, POSITIONS])
def test_something_odd_without_a_symbol_closes_all(at_venue: NewDesk, venue: Venue, path: str) -> None:
    desk = at_venue()
    venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id="theirs")
    venue.book.seed_position("KO", 3, "60.00")
    tell(desk, path, "symbol", None)
    outcome = desk.cycle()
    assert desk.our_orders() == []
    assert "Gate entries status=FAIL reason=orders unavailable (not understood, and no symbol told: " in outcome.output
    assert "UNREADABLE (no symbol): " in outcome.output


def test_an_odd_order_of_ours_that_no_ledger_knows_closes_all(at_venue: NewDesk, venue: Venue) -> None:
    """It counts toward the caps, and how much cannot be told."""
    desk = at_venue()
    venue.book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id="avx-20261120-TSLA-entry-1")
    tell(desk, ORDERS, "filled_qty", "x")
    outcome = desk.cycle()
    assert "reason=orders unavailable (not understood, and ours: avx-20261120-TSLA-entry-1" in outcome.output
    assert desk.our_orders() == ["avx-20261120-TSLA-entry-1"]


@pytest.mark.parametrize("value", [None, "NaN", "1e400", MISSING])
@pytest.mark.parametrize("key", ["equity", "buying_power"])
def test_money_that_is_not_told_closes_entries_and_nothing_else(at_venue: NewDesk, key: str, value: object) -> None:
    desk = at_venue()
    tell(desk, ACCOUNTS, key, value)
    outcome = desk.cycle()
    assert outcome.exit_code == EXIT_DONE
    assert f"reason=account unavailable (not understood: {key} " in outcome.output
    assert desk.our_orders() == [] and "Traceback" not in outcome.output


# --- R9: getting out needs account number, symbol and quantity --------------------------------------


def test_getting_out_needs_no_money_of_the_account(desk: Desk) -> None:
    tell(desk, ACCOUNTS, "equity", None)
    tell(desk, ACCOUNTS, "buying_power", "NaN")
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert held(desk) == {} and desk.venue.book.open_orders() == []


def test_getting_out_without_the_account_goes_by_the_ledgers(desk: Desk) -> None:
    desk.venue.faults.add(faults.server_error(), method="GET", path=ACCOUNTS, times=faults.EVERY)
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert "the broker does not tell the account (account: HTTP 500" in outcome.output
    assert f"); {ACCOUNT} by the ledger" in outcome.output
    assert held(desk) == {} and desk.venue.book.open_orders() == []


def test_the_confirm_text_is_the_ledgers_account_then(desk: Desk) -> None:
    desk.venue.faults.add(faults.server_error(), method="GET", path=ACCOUNTS, times=faults.EVERY)
    assert desk.cycle(verb=("flatten", "--confirm", "PA3SOMEBODY")).exit_code not in (EXIT_DONE, EXIT_UNREACHABLE)
    assert held(desk) == {"AAPL": 9, "KO": 3}


def test_whose_account_it_is_cannot_be_told_where_nothing_of_ours_is_listed(at_venue: NewDesk, venue: Venue) -> None:
    desk = at_venue()
    venue.book.seed_position("KO", 3, "60.00")
    desk.cycle()
    venue.book.orders.clear()
    venue.faults.add(faults.server_error(), method="GET", path=ACCOUNTS, times=faults.EVERY)
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_UNREACHABLE
    assert "use the broker's own page" in outcome.output
    assert held(desk) == {"KO": 3}


@pytest.mark.parametrize(("key", "value"), [("avg_entry_price", None), ("qty_available", "x"), ("market_value", {})])
@pytest.mark.parametrize("symbol", ["KO", "AAPL"])
def test_getting_out_needs_no_price_of_a_position(desk: Desk, symbol: str, key: str, value: object) -> None:
    tell(desk, POSITIONS, key, value, of_symbol(symbol))
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert held(desk) == {} and desk.venue.book.open_orders() == []


@pytest.mark.parametrize(("key", "value"), ODD_ORDER)
@pytest.mark.parametrize("whose", ["theirs", MSFT])
def test_getting_out_beside_an_odd_order(desk: Desk, whose: str, key: str, value: object) -> None:
    tell(desk, ORDERS, key, value, of_order(whose))
    outcome = desk.cycle(verb=FLATTEN)
    assert held(desk) == {} and desk.venue.book.open_orders() == [], outcome.output
    assert outcome.exit_code == EXIT_DONE, outcome.output


@pytest.mark.parametrize(("key", "value"), ODD_ORDER)
def test_cancelling_all_beside_an_odd_order(desk: Desk, key: str, value: object) -> None:
    tell(desk, ORDERS, key, value, of_order("theirs"))
    outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert desk.venue.book.open_orders() == []


def test_an_odd_order_of_somebody_else_stays_with_ours_only(desk: Desk) -> None:
    tell(desk, ORDERS, "filled_qty", "x", of_order("theirs"))
    outcome = desk.cycle(verb=(*FLATTEN, "--ours-only"))
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert is_open(desk, "theirs") and held(desk) == {"KO": 3}


@pytest.mark.parametrize("value", ["x", None, "1e400"])
def test_a_position_whose_quantity_cannot_be_read_is_not_done(desk: Desk, value: object) -> None:
    tell(desk, POSITIONS, "qty", value, of_symbol("KO"))
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_NOT_FINISHED
    assert held(desk) == {"KO": 3}, "the rest goes"
    assert "LEFT UNREADABLE KO: position: qty " in outcome.output and "NOT DONE." in outcome.output


def test_an_odd_close_of_ours_is_left_to_work_and_said(desk: Desk) -> None:
    """Of its own last call: the shares are on their way, and whether they are gone is told by the next call."""
    desk.venue.book.seed_order(
        symbol="KO", qty=3, side="sell", limit_price="99", client_order_id="avx-20261120-KO-flatten-1"
    )
    tell(desk, ORDERS, "filled_qty", "x", of_order("avx-20261120-KO-flatten-1"))
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_NOT_FINISHED
    assert is_open(desk, "avx-20261120-KO-flatten-1") and held(desk) == {"KO": 3}
    assert desk.cycle(verb=CANCEL_ALL).exit_code == EXIT_DONE
    assert not is_open(desk, "avx-20261120-KO-flatten-1")


def test_an_order_without_an_id_is_not_done(desk: Desk) -> None:
    tell(desk, ORDERS, "id", None, of_order("theirs"))
    outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_NOT_FINISHED
    assert "LEFT UNREADABLE TSLA: order: id None client_order_id=theirs" in outcome.output


def test_a_rebuild_leaves_out_no_order_that_may_be_ours(desk: Desk) -> None:
    tell(desk, ORDERS, "filled_qty", "x", of_order(MSFT))
    path = desk.state.ledger(desk.ledger().mode).path
    path.unlink()
    outcome = desk.cycle(verb=("rebuild",))
    assert outcome.exit_code != EXIT_DONE and not path.exists()
    assert "an order that may be ours cannot be read (UNREADABLE MSFT: order: filled_qty 'x' " in outcome.output


# --- quotes (R23, R24) -------------------------------------------------------------------------------


QUOTES = "/v2/stocks/quotes/latest"


def quote_of(symbol: str, **changes: object) -> faults.Fault:
    return faults.rewrite(
        lambda told: {"quotes": {**told["quotes"], symbol: {**told["quotes"][symbol], **changes}}}, path=QUOTES
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"bp": None}, "no usable quote (quote not understood (bp None))"),
        ({"t": "2026-11-20"}, "no usable quote (quote not understood (t without a zone '2026-11-20'))"),
        ({"ap": 0}, "no usable quote (bid 100.1, ask 0)"),
    ],
)
def test_one_bad_quote_is_its_symbols_alone(
    at_venue: NewDesk, venue: Venue, changes: dict[str, object], why: str
) -> None:
    desk = at_venue()
    venue.faults.add(quote_of("AAPL", **changes))
    outcome = desk.cycle()
    assert f"Gate order AAPL status=FAIL reason={why} code=quote" in outcome.output
    assert desk.our_orders() == [MSFT, NVDA]


def test_an_answer_that_is_not_understood_is_the_reason_of_every_no(at_venue: NewDesk, venue: Venue) -> None:
    desk = at_venue()
    venue.faults.add(faults.rewrite(lambda told: {"quotes": []}, path=QUOTES))
    outcome = desk.cycle()
    for symbol in PRICES:
        why = "no usable quote (stocks/quotes/latest: answer not understood (quotes []))"
        assert f"Gate order {symbol} status=FAIL reason={why} code=quote" in outcome.output
    assert desk.our_orders() == []
