"""The scan's arithmetic and its floor, in one process and in turn: all checks on all symbols without writing a
word about the candidates, and bare numpy doing only the cumulative sums of one AVWAP, over the same window and
over all sessions. Counted in processor time, for a neighbour on the machine is no arithmetic."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from scanner.bars import store
from scanner.bars.panel import Panel
from scanner.setups.scan import scan
from scanner.setups.thresholds import Thresholds, window_sessions

ROUNDS = 9
panel, _ = store.load(Path(sys.argv[1]))
universe = set(json.loads(Path(sys.argv[2]).read_text()))
sessions = window_sessions(Thresholds())


def sums(bars: Panel, last: int) -> None:
    high, low, close, volume = (side[:, -last:] for side in (bars.high, bars.low, bars.close, bars.volume))
    money = (high + low + close) / 3.0 * volume
    avwap = np.nancumsum(money, axis=1) / np.nancumsum(volume, axis=1)
    assert avwap.shape == money.shape and np.isfinite(avwap[:, -1]).all()


def arithmetic() -> None:
    assert scan(panel, Thresholds(), universe, most=0).qualified


works: dict[str, Callable[[], None]] = {
    "scan": arithmetic,
    "window": lambda: sums(panel, sessions),
    "whole": lambda: sums(panel, panel.close.shape[1]),
}
taken: dict[str, list[float]] = {name: [] for name in works}
with np.errstate(invalid="ignore"):
    for _ in range(ROUNDS):
        for name, once in works.items():
            began = time.process_time()
            once()
            taken[name].append(time.process_time() - began)
print(json.dumps({**{name: statistics.median(values) for name, values in taken.items()}, "sessions": sessions}))
