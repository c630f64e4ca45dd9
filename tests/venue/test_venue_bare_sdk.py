"""Why the adapter exists: what one call of the bare alpaca-py does by itself when the network fails it."""

from __future__ import annotations

import json

import pytest
from alpaca.common.exceptions import APIError
from pydantic import ValidationError

from venue import faults as fault
from venue.sdk import Sdk, simple_request
from venue.venue import Venue


def answers(venue: Venue) -> list[int | None]:
    return [post.answered for post in venue.requests.posts()]


def test_one_call_becomes_four_orders(trading: Sdk, venue: Venue) -> None:
    venue.faults.add(fault.accept_then_504(), times=fault.EVERY)
    with pytest.raises(APIError) as error:
        trading.submit_order(simple_request())
    assert error.value.status_code == 504
    assert answers(venue) == [504, 504, 504, 504]
    assert len(venue.book.orders) == 4


def test_an_id_keeps_it_at_one_order_and_four_posts(trading: Sdk, venue: Venue) -> None:
    venue.faults.add(fault.accept_then_504(), times=fault.EVERY)
    with pytest.raises(APIError):
        trading.submit_order(simple_request("mine"))
    assert len(venue.requests.posts("mine")) == 4
    assert [order.client_order_id for order in venue.book.orders] == ["mine"]


def test_its_own_retry_is_told_that_the_id_is_taken(trading: Sdk, venue: Venue) -> None:
    venue.faults.add(fault.accept_then_504())
    with pytest.raises(APIError) as error:
        trading.submit_order(simple_request("mine"))
    assert (error.value.status_code, error.value.code) == (422, 40010001)
    assert answers(venue) == [504, 422]


def test_it_sends_again_after_429(trading: Sdk, venue: Venue) -> None:
    venue.faults.add(fault.rate_limited(retry_after_seconds=30))
    trading.submit_order(simple_request("mine"))
    assert answers(venue) == [429, 200]


def test_an_html_page_breaks_its_error(trading: Sdk, venue: Venue) -> None:
    venue.faults.add(fault.accept_then_504(html=True), times=fault.EVERY)
    with pytest.raises(APIError) as error:
        trading.submit_order(simple_request("mine"))
    with pytest.raises(json.JSONDecodeError):
        _ = error.value.code


def test_a_status_it_does_not_know_breaks_its_enum(trading: Sdk, venue: Venue) -> None:
    order = trading.submit_order(simple_request("mine"))
    venue.faults.add(fault.unknown_status("quantum_hold", "mine"))
    for look in (trading.get_orders, lambda: trading.get_order_by_id(order.id)):
        with pytest.raises(ValidationError, match="quantum_hold"):
            look()
