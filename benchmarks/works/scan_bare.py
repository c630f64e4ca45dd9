"""The floor: bare numpy doing only the cumulative sums of an AVWAP, over the same window and over all sessions."""

import json
import sys
import time
from pathlib import Path

import numpy as np

from scanner import store
from scanner.panel import Panel
from scanner.thresholds import Thresholds, window_sessions

panel, _ = store.load(Path(sys.argv[1]))
window = window_sessions(Thresholds())


def sums(bars: Panel, last: int) -> float:
    began = time.perf_counter()
    high, low, close, volume = (side[:, -last:] for side in (bars.high, bars.low, bars.close, bars.volume))
    money = (high + low + close) / 3.0 * volume
    avwap = np.nancumsum(money, axis=1) / np.nancumsum(volume, axis=1)
    taken = time.perf_counter() - began
    assert avwap.shape == money.shape and np.isfinite(avwap[:, -1]).all()
    return taken


part = sums(panel, window)
print(json.dumps({"window": part, "whole": sums(panel, panel.close.shape[1]), "sessions": window}))
