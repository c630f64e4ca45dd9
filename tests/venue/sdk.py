"""What the venue's tests say to alpaca-py, and how they read its errors."""

from __future__ import annotations

from typing import Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.enums import OrderClass, OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, StopLossRequest, TakeProfitRequest

ENTRY = "avx-20261120-AAPL-entry-1"
Sdk = Any
"""A client of alpaca-py. It types every answer as a model or a dict, which helps no reader of a test."""


def entry_request(client_order_id: str = ENTRY, **changes: Any) -> LimitOrderRequest:
    """The ordinary entry: 4 AAPL at 101.35 in a bracket of 97.90 and 108.10, good till cancelled."""
    usual = {
        "symbol": "AAPL",
        "qty": 4,
        "side": OrderSide.BUY,
        "limit_price": 101.35,
        "time_in_force": TimeInForce.GTC,
        "order_class": OrderClass.BRACKET,
        "take_profit": TakeProfitRequest(limit_price=108.10),
        "stop_loss": StopLossRequest(stop_price=97.90),
        "client_order_id": client_order_id,
    }
    return LimitOrderRequest(**(usual | changes))


def simple_request(client_order_id: str | None = None, symbol: str = "AAPL") -> LimitOrderRequest:
    return LimitOrderRequest(
        symbol=symbol, qty=1, side="buy", limit_price=10, time_in_force="day", client_order_id=client_order_id
    )


def failure(error: pytest.ExceptionInfo[APIError]) -> tuple[int, int]:
    return error.value.status_code, error.value.code
