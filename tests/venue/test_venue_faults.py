"""Every fault, as the real client meets it, and what the book knows meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from alpaca.common.exceptions import APIError

from venue import faults as fault
from venue.sdk import Sdk, simple_request
from venue.talker import Http, RawClient
from venue.venue import Venue

Body = Callable[..., dict[str, Any]]


def answers(venue: Venue) -> list[int | None]:
    return [post.answered for post in venue.requests.posts()]


class TestAcceptedButNotAnswered:
    def test_reset(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.accept_then_reset())
        with pytest.raises(requests.ConnectionError, match="reset"):
            trading.submit_order(simple_request("mine"))
        assert answers(venue) == [None]
        assert trading.get_order_by_client_id("mine").status == "new"

    def test_silence_lasts_until_the_client_hangs_up(self, venue: Venue, bracket: Body) -> None:
        venue.faults.add(fault.accept_then_silence())
        client = RawClient(venue)
        client.ask("POST", "/v2/orders", bracket())
        venue.wait_until_holding()
        assert venue.book.find("avx-20261120-AAPL-entry-1").status == "new"
        assert answers(venue) == [None]
        client.close()

    def test_silence_runs_into_the_clients_timeout(self, http: Http, venue: Venue, bracket: Body) -> None:
        venue.faults.add(fault.accept_then_silence())
        with pytest.raises(requests.ReadTimeout):
            http("POST", "/v2/orders", bracket(), timeout=0.05)
        assert len(venue.book.orders) == 3

    def test_late(self, http: Http, venue: Venue, bracket: Body) -> None:
        venue.faults.add(fault.accept_then_late())
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(http.json, "POST", "/v2/orders", bracket())
            venue.wait_until_holding()
            assert answers(venue) == [None]
            venue.book.fill("avx-20261120-AAPL-entry-1")
            venue.release()
            assert answer.result()["status"] == "pending_new"
        assert answers(venue) == [200]

    def test_half_a_body(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.half_body())
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            trading.submit_order(simple_request("mine"))
        assert len(venue.book.orders) == 1

    def test_garbage(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.garbage())
        with pytest.raises(requests.exceptions.JSONDecodeError):
            trading.submit_order(simple_request("mine"))
        assert len(venue.book.orders) == 1

    def test_slow_drip(self, venue: Venue, bracket: Body) -> None:
        venue.faults.add(fault.slow_drip(interval_seconds=0.0001))
        client = RawClient(venue)
        client.ask("POST", "/v2/orders", bracket())
        venue.wait_until_holding()
        assert client.sock.recv(10) == b"HTTP/1.1 2"
        assert len(venue.book.orders) == 3
        client.close()

    def test_a_drip_that_is_waited_for_is_whole(self, http: Http, venue: Venue) -> None:
        venue.faults.add(fault.slow_drip(interval_seconds=0.0), method="GET", path="/v2/clock")
        assert http.json("GET", "/v2/clock")["is_open"] is True

    def test_500_may_have_been_accepted_or_not(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.server_error(accepts=True), client_order_id="booked")
        venue.faults.add(fault.server_error(), client_order_id="lost")
        for name in ("booked", "lost"):
            with pytest.raises(APIError) as error:
                trading.submit_order(simple_request(name))
            assert (error.value.status_code, error.value.code) == (500, 50010000)
        assert [order.client_order_id for order in venue.book.orders] == ["booked"]


class TestNotAccepted:
    def test_drop(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.drop())
        with pytest.raises(requests.ConnectionError):
            trading.submit_order(simple_request("mine"))
        assert (answers(venue), venue.book.orders) == ([None], [])

    def test_silence(self, http: Http, venue: Venue) -> None:
        venue.faults.add(fault.silence(), method="GET", path="/v2/account", times=fault.EVERY)
        with pytest.raises(requests.ReadTimeout):
            http("GET", "/v2/account", timeout=0.05)

    def test_refuse(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.refuse(403, 40310000, "insufficient buying power"))
        with pytest.raises(APIError) as error:
            trading.submit_order(simple_request("mine"))
        assert (error.value.status_code, error.value.code) == (403, 40310000)
        assert venue.book.orders == []


class TestHiding:
    def test_each_look_in_vain_counts(self, trading: Sdk, http: Http, venue: Venue) -> None:
        venue.faults.add(fault.hide(3))
        order = trading.submit_order(simple_request("mine"))
        with pytest.raises(APIError) as error:
            trading.get_order_by_client_id("mine")
        assert (error.value.status_code, error.value.code) == (404, 40410000)
        assert http("GET", f"/v2/orders/{order.id}").status_code == 404
        assert trading.get_orders() == []
        assert [order.client_order_id for order in trading.get_orders()] == ["mine"]

    def test_a_hidden_id_is_taken_all_the_same(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.hide(fault.EVERY))
        trading.submit_order(simple_request("mine"))
        with pytest.raises(APIError) as error:
            trading.submit_order(simple_request("mine"))
        assert error.value.status_code == 422
        assert trading.get_orders() == []
        venue.book.reveal()
        assert len(trading.get_orders()) == 1

    def test_together_with_another_fault(self, trading: Sdk, http: Http, venue: Venue) -> None:
        venue.faults.add(fault.hide(1))
        venue.faults.add(fault.accept_then_reset())
        with pytest.raises(requests.ConnectionError):
            trading.submit_order(simple_request("mine"))
        assert venue.requests.posts()[0].faults == ("hide", "accept_then_reset")
        looks = [http("GET", "/v2/orders:by_client_order_id", client_order_id="mine").status_code for _ in range(2)]
        assert looks == [404, 200]


class TestTheClock:
    def test_off(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.clock_offset(600))
        assert trading.get_clock().timestamp == venue.now() + timedelta(minutes=10)
        venue.faults.clear()
        assert trading.get_clock().timestamp == venue.now()

    @pytest.mark.parametrize("is_open", [True, False])
    def test_forced(self, trading: Sdk, venue: Venue, is_open: bool) -> None:
        venue.faults.add(fault.clock_open_forced(is_open))
        venue.faults.add(fault.clock_offset(-1))
        clock = trading.get_clock()
        assert (clock.is_open, clock.timestamp) == (is_open, venue.now() - timedelta(seconds=1))

    def test_down(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.clock_down())
        with pytest.raises(APIError) as error:
            trading.get_clock()
        assert error.value.status_code == 503
        assert trading.get_account().account_number == "PA3VENUE0001"


class TestRules:
    def test_nth_and_times(self, http: Http, venue: Venue) -> None:
        rule = venue.faults.add(fault.server_error(), method="GET", path="/v2/*", nth=2, times=2)
        assert [http("GET", "/v2/clock").status_code for _ in range(5)] == [200, 500, 500, 200, 200]
        assert (rule.seen, rule.fired) == (5, 2)

    def test_symbol_and_id(self, trading: Sdk, venue: Venue) -> None:
        venue.faults.add(fault.refuse(422, 42210000, "no"), symbol="MSFT", times=fault.EVERY)
        venue.faults.add(fault.refuse(422, 42210000, "no"), client_order_id="avx-*", times=fault.EVERY)
        for name, symbol in (("a", "MSFT"), ("avx-1", "AAPL")):
            with pytest.raises(APIError):
                trading.submit_order(simple_request(name, symbol))
        assert trading.submit_order(simple_request("b", "AAPL")).client_order_id == "b"

    def test_a_rule_can_go(self, http: Http, venue: Venue) -> None:
        rule = venue.faults.add(fault.server_error(), method="GET", path="*", times=fault.EVERY)
        assert http("GET", "/v2/clock").status_code == 500
        venue.faults.remove(rule)
        assert http("GET", "/v2/clock").status_code == 200

    def test_something_happens_at_this_very_request(self, trading: Sdk, venue: Venue, tmp_path: Path) -> None:
        kill_file = tmp_path / "KILL_SWITCH"
        heard: list[int] = []
        venue.faults.add(fault.call(lambda _request: kill_file.touch()), nth=2)
        venue.faults.add(fault.call(lambda _request: heard.append(len(venue.book.orders)), first=True), nth=2)
        trading.submit_order(simple_request("one"))
        assert not kill_file.exists()
        trading.submit_order(simple_request("two"))
        assert (kill_file.exists(), heard) == (True, [1])

    def test_answers_can_be_rewritten(self, http: Http, venue: Venue) -> None:
        venue.faults.add(fault.rewrite(lambda account: account | {"equity": "NaN"}, path="/v2/account"))
        venue.faults.add(fault.rewrite(lambda bars: bars | {"bars": {}}, path="/v2/stocks/bars"))
        assert http.json("GET", "/v2/account")["equity"] == "NaN"
        assert http.json("GET", "/v2/stocks/bars", symbols="AAPL", timeframe="1Day", start="2026-11-16")["bars"] == {}
