"""The peer: lumibot's Alpaca broker, its own trading client pointed at the venue, one submit_order each."""

import os
import sys

from alpaca.trading.client import TradingClient
from lumibot.brokers import Alpaca
from lumibot.entities import Asset, Order

key, secret, url = (os.environ[name] for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "APCA_API_BASE_URL"))
broker = Alpaca(
    {"API_KEY": key, "API_SECRET": secret, "PAPER": True},
    connect_stream=False,
    start_orders_thread=False,
    trading_client=TradingClient(key, secret, url_override=url),
)
for symbol in sys.argv[1].split(","):
    order = Order(
        "bench",
        Asset(symbol),
        4,
        "buy",
        limit_price=100.12,
        order_type=Order.OrderType.LIMIT,
        time_in_force="gtc",
    )
    try:
        broker._submit_order(order)
    except Exception as error:  # noqa: BLE001 - what a peer does after the failed submit is its own affair
        print(f"{symbol}: {type(error).__name__}")
sys.stdout.flush()
os._exit(0)
