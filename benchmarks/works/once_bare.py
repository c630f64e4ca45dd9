"""The peer: bracket orders as alpaca-py's own documentation sends them, one submit_order each."""

import os
import sys

from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderClass, OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest, StopLossRequest, TakeProfitRequest

key, secret, url = (os.environ[name] for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "APCA_API_BASE_URL"))
trading = TradingClient(key, secret, url_override=url)
for symbol in sys.argv[1].split(","):
    order = LimitOrderRequest(
        symbol=symbol,
        qty=4,
        side=OrderSide.BUY,
        time_in_force=TimeInForce.GTC,
        limit_price=100.12,
        order_class=OrderClass.BRACKET,
        take_profit=TakeProfitRequest(limit_price=110),
        stop_loss=StopLossRequest(stop_price=95),
    )
    try:
        trading.submit_order(order)
    except APIError as error:
        print(f"{symbol}: {type(error).__name__}")
