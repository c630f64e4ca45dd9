"""The peer: what one writes with alpaca-py's clients to read the same as one cycle."""

import os
import sys

from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.requests import StockLatestQuoteRequest
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import QueryOrderStatus
from alpaca.trading.requests import GetOrdersRequest

key, secret, url = (os.environ[name] for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "APCA_API_BASE_URL"))
trading = TradingClient(key, secret, url_override=url)
data = StockHistoricalDataClient(key, secret, url_override=url)
trading.get_clock()
trading.get_account()
trading.get_all_positions()
trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=500, nested=True))
trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, limit=500, nested=True))
symbols = sys.argv[1].split(",")
quotes = data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=symbols, feed="iex"))
print(len(quotes), "quotes")
