"""The peer: the same bars through alpaca-py's data client, its data frames, and pandas' Parquet."""

import json
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
from alpaca.data.enums import Adjustment, DataFeed
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.requests import StockBarsRequest
from alpaca.data.timeframe import TimeFrame

root, symbols, first = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), date.fromisoformat(sys.argv[3])
client = StockHistoricalDataClient(os.environ["KEY"], os.environ["SECRET"], url_override=os.environ["URL"])
began = time.perf_counter()
frames = []
for start in range(0, len(symbols), 200):
    request = StockBarsRequest(
        symbol_or_symbols=symbols[start : start + 200],
        timeframe=TimeFrame.Day,
        start=datetime.combine(first, datetime.min.time(), UTC),
        end=datetime(2026, 11, 20, 21, tzinfo=UTC),
        adjustment=Adjustment.SPLIT,
        feed=DataFeed.SIP,
    )
    frames.append(client.get_stock_bars(request).df)
frame = pd.concat(frames)
frame.to_parquet(root / "bars.parquet")
seconds = time.perf_counter() - began
last = round(float(frame.groupby(level=0)["close"].last().sum()), 2)
print(json.dumps({"seconds": seconds, "found": [len(frame), last]}))
