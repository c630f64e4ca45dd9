"""The adapter against the venue: the real alpaca-py client over a real socket, every fault."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from alpaca.common.exceptions import APIError
from support import host
from venue import faults
from venue.bars import Bar as VenueBar
from venue.venue import Venue
from venue.wire import Response

from execution.broker.alpaca.client import (
    ORDERS_PER_PAGE,
    SYMBOLS_PER_REQUEST,
    AlpacaBroker,
    AlpacaHost,
    AlpacaPaperBroker,
)
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import BracketRequest
from execution.orders import OrderStatus
from gates.base.record import replace
from gates.base.settings import Secret

NAME = "avx-20261120-AAPL-entry-1"
REQUEST = BracketRequest(NAME, "AAPL", Decimal(4), Decimal("101.35"), Decimal("97.90"), Decimal("108.10"))


@pytest.fixture
def venue() -> Iterator[Venue]:
    with Venue() as running:
        running.book.move_price("AAPL", "101.00", "101.02", "101.01")
        yield running


def broker_at(venue: Venue, timeout_seconds: float = 5, left: Callable[[], float] = lambda: 45.0) -> AlpacaBroker:
    def rest() -> AlpacaHost:
        return AlpacaHost(venue.url, Secret(venue.key), Secret(venue.secret))

    return AlpacaBroker("alpaca paper", rest(), rest(), "iex", timeout_seconds, left)


def test_clock_account_and_positions_come_in_our_words(venue: Venue) -> None:
    venue.book.seed_position("MSFT", 3, "400.50")
    broker = broker_at(venue)
    clock, account = broker.clock(), broker.account()
    assert (clock.now, clock.is_open, str(clock.day)) == (venue.now(), True, "2026-11-20")
    assert account.number.startswith("PA3") and account.blocked is None
    assert isinstance(account.equity, Decimal) and account.buying_power > 0
    (position,) = broker.positions()
    assert (position.symbol, position.qty, position.qty_available) == ("MSFT", Decimal(3), Decimal(3))
    assert position.avg_entry_price == Decimal("400.50")


def test_a_bracket_is_sent_whole_and_its_ids_are_text(venue: Venue) -> None:
    order = broker_at(venue).submit(REQUEST)
    assert isinstance(order.order_id, str) and order.client_order_id == NAME
    assert (order.status, order.qty, order.limit_price) == (OrderStatus.SUBMITTED, Decimal(4), Decimal("101.35"))
    (post,) = venue.requests.posts(NAME)
    assert post.body == {
        "symbol": "AAPL",
        "qty": "4",
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "limit_price": "101.35",
        "order_class": "bracket",
        "take_profit": {"limit_price": "108.10"},
        "stop_loss": {"stop_price": "97.90"},
        "client_order_id": NAME,
    }


def test_a_found_bracket_has_its_legs_and_an_absent_one_is_none(venue: Venue) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    found = broker.find(NAME)
    assert found is not None
    assert {(leg.kind, leg.stop_price or leg.limit_price) for leg in found.legs} == {
        ("stop", Decimal("97.90")),
        ("target", Decimal("108.10")),
    }
    assert broker.find("avx-20261120-MSFT-entry-1") is None


def test_legs_after_the_fill_work_though_the_stop_says_held(venue: Venue) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    venue.book.fill(NAME)
    found = broker.find(NAME)
    assert found is not None and found.status is OrderStatus.FILLED
    assert [leg.status for leg in found.legs] == [OrderStatus.WORKING, OrderStatus.WORKING]


WITHHELD_SECONDS = 1.0
"""How long an answer that never comes whole is waited for: time to ask, even on a machine that is busy."""

ACCEPTED = {
    "504 as JSON": faults.accept_then_504(),
    "504 as a page": faults.accept_then_504(html=True),
    "reset": faults.accept_then_reset(),
    "silence": faults.accept_then_silence(),
    "late": faults.accept_then_late(),
    "half a body": faults.half_body(),
    "slow drip": faults.slow_drip(),
    "garbage": faults.garbage(),
    "500": faults.server_error(accepts=True),
    "429": faults.rate_limited(accepts=True),
}


@pytest.mark.parametrize("fault", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted_without_a_clear_answer_is_one_post_and_unclear(venue: Venue, fault: faults.Fault) -> None:
    venue.faults.add(fault)
    broker = broker_at(venue, timeout_seconds=WITHHELD_SECONDS)
    with pytest.raises(BrokerUnclear):
        broker.submit(REQUEST)
    assert host.eventually(lambda: len(venue.requests.posts()) == 1)
    assert host.eventually(lambda: [one.client_order_id for one in venue.book.orders].count(NAME) == 1)
    venue.faults.clear()
    assert broker_at(venue).find(NAME) is not None


NOT_ACCEPTED = {
    "dropped": faults.drop(),
    "silence": faults.silence(),
    "500": faults.server_error(),
    "429": faults.rate_limited(),
}


@pytest.mark.parametrize("fault", NOT_ACCEPTED.values(), ids=NOT_ACCEPTED.keys())
def test_what_may_not_have_arrived_is_unclear_and_not_sent_again(venue: Venue, fault: faults.Fault) -> None:
    venue.faults.add(fault)
    with pytest.raises(BrokerUnclear):
        broker_at(venue, timeout_seconds=WITHHELD_SECONDS).submit(REQUEST)
    assert host.eventually(lambda: len(venue.requests.posts()) == 1)
    assert venue.book.orders == []


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, 40310000, "insufficient buying power"),
        (403, 40310000, "new orders are rejected by user request"),
        (422, 42210000, "sub-penny increment does not fulfill minimum pricing criteria"),
        (422, 40010001, "qty must be an integer"),
        (401, 40110000, "request is not authorized"),
    ],
)
def test_a_clear_no_is_refused_with_its_words(venue: Venue, status: int, code: int, message: str) -> None:
    venue.faults.add(faults.refuse(status, code, message))
    with pytest.raises(BrokerRefused, match=message):
        broker_at(venue).submit(REQUEST)
    assert len(venue.requests.posts()) == 1


def test_a_duplicate_id_is_looked_up_and_not_refused(venue: Venue) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    with pytest.raises(BrokerUnclear, match="client_order_id must be unique"):
        broker.submit(REQUEST)


def test_a_refusal_without_json_is_unclear(venue: Venue) -> None:
    page = faults.Fault("page", accepts=False, instead=faults.Response(403, raw=b"<html>no</html>"))
    venue.faults.add(page)
    with pytest.raises(BrokerUnclear):
        broker_at(venue).submit(REQUEST)


READS: dict[str, Callable[[AlpacaBroker], object]] = {
    "clock": lambda broker: broker.clock(),
    "account": lambda broker: broker.account(),
    "positions": lambda broker: broker.positions(),
    "open orders": lambda broker: broker.open_orders(),
    "find": lambda broker: broker.find(NAME),
    "quotes": lambda broker: broker.quotes(["AAPL"]),
}
BROKEN_READS = {
    "500": faults.server_error(),
    "reset": faults.accept_then_reset(),
    "garbage": faults.garbage(),
    "another shape": faults.garbage(raw=b'{"surprise": [1]}'),
    "a bare number": faults.garbage(raw=b"3"),
}
WITHHELD = {
    "silence": faults.silence(),
    "half a body": faults.half_body(),
    "drip": faults.slow_drip(interval_seconds=0.2),
}


@pytest.mark.parametrize("fault", BROKEN_READS.values(), ids=BROKEN_READS.keys())
@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_read_is_asked_twice_and_then_unreachable_never_empty(
    venue: Venue, read: Callable[[AlpacaBroker], object], fault: faults.Fault
) -> None:
    venue.faults.add(fault, method="GET", path="*", times=faults.EVERY)
    with pytest.raises(BrokerUnreachable):
        read(broker_at(venue))
    assert len(venue.requests) == 2


@pytest.mark.parametrize("fault", WITHHELD.values(), ids=WITHHELD.keys())
def test_a_read_whose_answer_does_not_come_whole_is_asked_twice(venue: Venue, fault: faults.Fault) -> None:
    venue.faults.add(fault, method="GET", path="*", times=faults.EVERY)
    with pytest.raises(BrokerUnreachable):
        broker_at(venue, timeout_seconds=WITHHELD_SECONDS).account()
    assert host.eventually(lambda: len(venue.requests) == 2)


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_read_that_fails_once_is_answered_the_second_time(
    venue: Venue, read: Callable[[AlpacaBroker], object]
) -> None:
    venue.faults.add(faults.server_error(), method="GET", path="*", times=1)
    read(broker_at(venue))


def test_keys_that_are_refused_are_said_without_being_shown(venue: Venue) -> None:
    rest = AlpacaHost(venue.url, Secret("PKWRONG"), Secret("a-very-secret-key"))
    broker = AlpacaBroker("alpaca paper", rest, rest, "iex", 5, lambda: 45.0)
    with pytest.raises(BrokerUnreachable, match="401") as refused:
        broker.account()
    assert "PKWRONG" not in str(refused.value) and "a-very-secret-key" not in str(refused.value)
    assert len(venue.requests) == 1


def test_seven_hundred_orders_are_all_read_once_each(venue: Venue) -> None:
    for number in range(700):
        venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id=f"foreign-{number}")
        venue.advance(0.01)
    orders = broker_at(venue).orders_since(venue.now() - timedelta(hours=1))
    assert len({order.client_order_id for order in orders}) == len(orders) == 700
    assert len(venue.requests) == 2


def test_orders_of_one_moment_at_the_end_of_a_page_are_not_lost(venue: Venue) -> None:
    for number in range(498):
        venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id=f"foreign-{number}")
        venue.advance(0.01)
    for number in range(498, 505):
        venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id=f"foreign-{number}")
    assert len(broker_at(venue).orders_since(venue.now() - timedelta(hours=1))) == 505


def test_an_unknown_status_works_unrecognised(venue: Venue) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    venue.faults.add(faults.unknown_status("pending_quantum_review", NAME))
    found = broker.find(NAME)
    assert found is not None
    assert (found.status, found.unrecognised) == (OrderStatus.WORKING, "pending_quantum_review")


def test_when_the_budget_is_used_up_nothing_is_asked(venue: Venue) -> None:
    broker = broker_at(venue, left=lambda: 0.0)
    with pytest.raises(BrokerUnreachable, match="budget used up"):
        broker.clock()
    assert len(venue.requests) == 0


def test_a_dripping_answer_ends_with_its_whole_time(venue: Venue) -> None:
    venue.faults.add(faults.slow_drip(), method="GET", path="/v2/clock", times=faults.EVERY)
    with pytest.raises(BrokerUnreachable, match=r"no complete answer within 0\.2s"):
        broker_at(venue, timeout_seconds=0.2).clock()


def test_a_cancel_says_whether_it_was_taken_and_fails_with_a_silent_broker(venue: Venue) -> None:
    broker = broker_at(venue)
    order = broker.submit(REQUEST)
    assert [broker.cancel(order.order_id) for _ in range(2)] == [True, False]
    assert broker.cancel("00000000-0000-4000-8000-000000000000") is False
    venue.faults.add(faults.refuse(422, 42210000, "order is not cancelable"), method="DELETE", path="*")
    assert broker.cancel(order.order_id) is False
    venue.faults.add(faults.server_error(), method="DELETE", path="*")
    with pytest.raises(BrokerUnreachable):
        broker.cancel(order.order_id)


def test_an_exit_pair_is_a_target_with_its_stop_and_never_beyond_what_is_free(venue: Venue) -> None:
    venue.book.seed_position("AAPL", 4, "101.00")
    broker = broker_at(venue)
    pair = broker.submit_exit("avx-20261120-AAPL-protect-1", "AAPL", 4, Decimal("97.90"), Decimal("108.10"))
    assert pair.kind == "target" and [leg.kind for leg in pair.legs] == ["stop"]
    assert venue.book.unprotected("AAPL") == 0
    with pytest.raises(BrokerRefused):
        broker.submit_exit("avx-20261120-AAPL-protect-2", "AAPL", 1, Decimal("97.90"), Decimal("108.10"))


def three_bars_each(venue: Venue, symbols: list[str]) -> datetime:
    """As many as a cycle may be answered with: two closed intervals and the one that is running. From when."""
    start = venue.now() - timedelta(minutes=30)
    bars = [VenueBar.at(start + timedelta(minutes=10 * number), 20, 20.5, 19.5, 20.25) for number in range(3)]
    for symbol in symbols:
        venue.market.set_bars(symbol, "10Min", bars)
    return start


@pytest.mark.parametrize(("rows", "batches"), [(5, 1), (200, 1), (201, 1), (500, 1), (501, 2)])
def test_quotes_and_bars_take_one_request_each_for_five_hundred_symbols(venue: Venue, rows: int, batches: int) -> None:
    broker, symbols = broker_at(venue, timeout_seconds=30), [f"S{number}" for number in range(rows)]
    start = three_bars_each(venue, symbols)
    assert set(broker.quotes(symbols)) == set(symbols)
    assert len(venue.requests) == batches
    bars = broker.bars(symbols, start, 10)
    assert len(venue.requests) == 2 * batches
    assert set(bars) == set(symbols) and {len(listed) for listed in bars.values()} == {3}
    assert all(isinstance(bar.close, Decimal) for listed in bars.values() for bar in listed)


def test_the_longest_address_is_half_of_what_servers_commonly_take(venue: Venue) -> None:
    """Symbols of six characters, longer than nearly all there are, and a comma takes three."""
    symbols = [f"BRK{chr(65 + number // 26)}.{chr(65 + number % 26)}" for number in range(SYMBOLS_PER_REQUEST)]
    broker = broker_at(venue, timeout_seconds=30)
    broker.quotes(symbols)
    broker.bars(symbols, three_bars_each(venue, symbols), 10)
    lengths = [len(urlencode(entry.query)) for entry in venue.requests]
    assert len(lengths) == 2 and max(lengths) < 5_000


def test_the_bare_trading_client_makes_four_orders_where_ours_makes_one(venue: Venue) -> None:
    """Why this adapter exists: the SDK retries the POST that was accepted."""
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import OrderSide, TimeInForce
    from alpaca.trading.requests import LimitOrderRequest

    bare = TradingClient(venue.key, venue.secret, url_override=venue.url)
    bare._retry_wait = 0  # it would sleep 3 s between its tries; the number of tries is its own
    rule = venue.faults.add(faults.accept_then_504(), times=faults.EVERY)
    limit = LimitOrderRequest(
        symbol="AAPL", qty=4, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=101.35
    )
    with pytest.raises(APIError):
        bare.submit_order(limit)
    assert len(venue.book.orders) == 4
    venue.faults.remove(rule)
    venue.faults.add(faults.accept_then_504())
    with pytest.raises(BrokerUnclear):
        broker_at(venue).submit(REQUEST)
    assert len(venue.requests.posts(NAME)) == 1


@pytest.mark.processes
def test_the_adapter_loads_no_pandas() -> None:
    code = "import sys, execution.broker.alpaca.client; sys.exit(any(m in sys.modules for m in ('pandas', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_suspend_is_set_read_back_and_refuses_closes_too(venue: Venue) -> None:
    venue.book.seed_position("MSFT", 3, "400.50")
    broker = broker_at(venue)
    resting = broker.submit(REQUEST)
    assert broker.is_suspended() is False
    assert broker.suspend(True) is True and broker.is_suspended() is True
    assert broker.account().blocked == "trade_suspended_by_user"
    with pytest.raises(BrokerRefused, match="new orders are rejected by user request"):
        broker.close("MSFT", 3, "avx-20261120-MSFT-flatten-1")
    broker.cancel(resting.order_id)
    assert broker.suspend(False) is False and broker.account().blocked is None


@pytest.mark.parametrize("fault", [faults.accept_then_504(), faults.accept_then_silence(), faults.garbage()])
def test_a_suspend_without_an_answer_is_told_by_reading_it_back(venue: Venue, fault: faults.Fault) -> None:
    venue.faults.add(fault, method="PATCH", path="*")
    assert broker_at(venue, timeout_seconds=3).suspend(True) is True
    assert venue.book.account.suspend_trade


@pytest.mark.parametrize("fault", [faults.server_error(), faults.silence(), faults.refuse(403, 40310000, "no")])
def test_a_suspend_that_did_not_arrive_is_never_called_done(venue: Venue, fault: faults.Fault) -> None:
    venue.faults.add(fault, method="PATCH", path="*")
    with pytest.raises(BrokerUnreachable, match="account/configurations"):
        broker_at(venue, timeout_seconds=3).suspend(True)
    assert len([entry for entry in venue.requests if entry.method == "PATCH"]) == 1
    assert not venue.book.account.suspend_trade


# --- an answer is about our order, and a refusal of an id the broker knows is none (P6, R21) ---------


ANOTHER = [{"client_order_id": "other"}, {"symbol": "TSLA"}, {"side": "sell"}, {"qty": "50", "filled_qty": "50"}]


@pytest.mark.parametrize("changes", ANOTHER)
def test_a_post_answered_with_another_order_is_unclear(venue: Venue, changes: dict[str, str]) -> None:
    venue.faults.add(faults.rewrite(lambda told: told | changes, method="POST", path="/v2/orders"))
    with pytest.raises(BrokerUnclear, match="answer not understood"):
        broker_at(venue).submit(REQUEST)
    assert len(venue.requests.posts()) == 1


@pytest.mark.parametrize("changes", [*ANOTHER[:3], {"filled_qty": "50"}])
@pytest.mark.parametrize("path", ["/v2/orders:by_client_order_id", "/v2/orders/*"])
def test_a_look_up_answered_with_another_order_is_no_answer(venue: Venue, path: str, changes: dict[str, str]) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    venue.faults.add(faults.rewrite(lambda told: told | changes, path=path))
    with pytest.raises(BrokerUnreachable, match="answer not understood"):
        broker.find(NAME)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_of_an_id_the_broker_knows_is_looked_up(venue: Venue, status: int) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    venue.faults.add(faults.refuse(status, 40310000, "insufficient buying power"))
    with pytest.raises(BrokerUnclear, match="but the broker knows the id"):
        broker.submit(REQUEST)


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_of_an_id_the_broker_does_not_know_is_clear(venue: Venue, status: int) -> None:
    venue.faults.add(faults.refuse(status, 40310000, "not for you"))
    with pytest.raises(BrokerRefused, match="not for you"):
        broker_at(venue).submit(REQUEST)


def test_a_refusal_that_cannot_be_looked_up_is_unclear(venue: Venue) -> None:
    venue.faults.add(faults.refuse(422, 42210000, "no"))
    venue.faults.add(faults.server_error(), method="GET", path="*", times=faults.EVERY)
    with pytest.raises(BrokerUnclear, match="not known whether an earlier one exists"):
        broker_at(venue).submit(REQUEST)


def test_keys_that_are_refused_are_not_looked_up(venue: Venue) -> None:
    venue.faults.add(faults.refuse(401, 40110000, "unauthorized"))
    with pytest.raises(BrokerRefused):
        broker_at(venue).submit(REQUEST)
    assert len(venue.requests) == 1


def test_a_404_that_is_no_word_of_the_broker_is_unclear(venue: Venue) -> None:
    venue.faults.add(faults.Fault("page", accepts=False, instead=Response(404, raw=b"<html>not found</html>")))
    with pytest.raises(BrokerUnclear):
        broker_at(venue).submit(REQUEST)


# --- lists -------------------------------------------------------------------------------------------


def cut_at_five_hundred_with_legs(told: Any) -> Any:
    """A page as a broker cuts it whose `limit` counts legs too."""
    kept, size = [], 0
    for item in told:
        size += 1 + len(item["legs"] or ())
        if size > ORDERS_PER_PAGE:
            break
        kept.append(item)
    return kept


def test_brackets_are_all_read_where_the_limit_counts_legs(venue: Venue) -> None:
    venue.book.account.cash = Decimal(10_000_000)
    broker = broker_at(venue)
    for number in range(200):
        broker.submit(replace(REQUEST, client_order_id=f"theirs-{number}"))
        venue.advance(0.01)
    broker.submit(REQUEST)
    venue.faults.add(faults.rewrite(cut_at_five_hundred_with_legs, path="/v2/orders"))
    for orders in (broker.open_orders(), broker.orders_since(venue.now() - timedelta(hours=1))):
        assert len(orders) == 201 and NAME in {order.client_order_id for order in orders}


def test_a_full_page_that_never_moves_on_is_no_answer(venue: Venue) -> None:
    for number in range(ORDERS_PER_PAGE + 1):
        venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id=f"foreign-{number}")
    first: list[Any] = []
    venue.faults.add(faults.rewrite(lambda told: first or first.extend(told) or told, path="/v2/orders"))
    with pytest.raises(BrokerUnreachable, match="do not end after 500"):
        broker_at(venue).open_orders()


def test_an_ordinary_list_is_one_question(venue: Venue) -> None:
    broker = broker_at(venue)
    broker.submit(REQUEST)
    before = len(venue.requests)
    assert len(broker.open_orders()) == 1 and len(venue.requests) == before + 1


def test_an_odd_item_is_named_beside_the_others(venue: Venue) -> None:
    venue.book.seed_position("MSFT", 3, "400.50")
    venue.book.seed_position("KO", 3, "60")
    broker = broker_at(venue)
    odd = {"KO": {"qty": "?"}}
    venue.faults.add(
        faults.rewrite(lambda told: [item | odd.get(item["symbol"], {}) for item in told], path="/v2/positions")
    )
    told = broker.positions()
    assert [position.symbol for position in told] == ["MSFT"]
    assert [(odd.symbol, odd.what) for odd in told.unreadable] == [("KO", "position: qty '?'")]


# --- account and crypto -------------------------------------------------------------------------------


def test_a_paper_account_may_call_itself_that(venue: Venue) -> None:
    venue.book.account.status = "PAPER_ONLY"
    rest = AlpacaHost(venue.url, Secret(venue.key), Secret(venue.secret))
    assert AlpacaPaperBroker("alpaca paper", rest, rest, "iex", 5, lambda: 45.0).account().blocked is None
    assert broker_at(venue).account().blocked == "status PAPER_ONLY"


def test_crypto_is_sold_until_cancelled(venue: Venue) -> None:
    venue.book.seed_position("MSFT", 3, "400.50")
    venue.faults.add(
        faults.rewrite(lambda told: [item | {"asset_class": "crypto"} for item in told], path="/v2/positions")
    )
    broker = broker_at(venue)
    broker.positions()
    broker.close("MSFT", Decimal(3), "avx-20261120-MSFT-flatten-1")
    assert venue.requests.posts()[-1].body["time_in_force"] == "gtc"


def test_pages_of_bars_that_never_end_are_no_answer(venue: Venue) -> None:
    page = Response(200, {"bars": {"AAPL": []}, "next_page_token": "more"})
    fault = dataclasses.replace(faults.garbage(), instead=page)
    venue.faults.add(fault, method="GET", path="/v2/stocks/bars", times=faults.EVERY)
    with pytest.raises(BrokerUnreachable, match="stocks/bars do not end after 100 pages"):
        broker_at(venue).bars(["AAPL"], venue.now() - timedelta(minutes=30), 5)
    assert len(venue.requests.select("GET", "/v2/stocks/bars")) == 100
