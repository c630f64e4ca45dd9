"""Every way the venue can fail, laid on one order of the live day."""

from __future__ import annotations

from collections.abc import Callable

from venue import faults
from venue.venue import Venue

ENTRY, PROTECTION = 1, 3
"""Which POST of the day a fault is laid on: the first entry, or the protecting pair."""

FAULTS: dict[str, Callable[[Venue], object]] = {
    "none": lambda venue: None,
    "504": lambda venue: venue.faults.add(faults.accept_then_504(), nth=ENTRY),
    "504 html": lambda venue: venue.faults.add(faults.accept_then_504(html=True), nth=ENTRY),
    "504 hidden": lambda venue: (
        venue.faults.add(faults.accept_then_504(), nth=ENTRY),
        venue.faults.add(faults.hide(4), nth=ENTRY),
    ),
    "reset": lambda venue: venue.faults.add(faults.accept_then_reset(), nth=ENTRY),
    "silence": lambda venue: venue.faults.add(faults.accept_then_silence(), nth=ENTRY),
    "late": lambda venue: venue.faults.add(faults.accept_then_late(), nth=ENTRY),
    "drip": lambda venue: venue.faults.add(faults.slow_drip(), nth=ENTRY),
    "half a body": lambda venue: venue.faults.add(faults.half_body(), nth=ENTRY),
    "garbage": lambda venue: venue.faults.add(faults.garbage(), nth=ENTRY),
    "drop": lambda venue: venue.faults.add(faults.drop(), nth=ENTRY),
    "429": lambda venue: venue.faults.add(faults.rate_limited(), nth=ENTRY),
    "500": lambda venue: venue.faults.add(faults.server_error(), nth=ENTRY),
    "500 accepted": lambda venue: venue.faults.add(faults.server_error(accepts=True), nth=ENTRY),
    "refused": lambda venue: venue.faults.add(faults.refuse(403, 40310000, "insufficient buying power"), nth=ENTRY),
    "clock down once": lambda venue: venue.faults.add(faults.clock_down(), times=4),
    "reads 500": lambda venue: venue.faults.add(faults.server_error(), method="GET", path="/v2/orders*", times=3),
    "protection 504": lambda venue: venue.faults.add(faults.accept_then_504(), nth=PROTECTION),
    "protection reset": lambda venue: venue.faults.add(faults.accept_then_reset(), nth=PROTECTION),
    "protection dropped": lambda venue: venue.faults.add(faults.drop(), nth=PROTECTION),
    "cancel 500": lambda venue: venue.faults.add(faults.server_error(), method="DELETE", path="/v2/orders/*"),
}
SLOW = frozenset({"silence", "late", "drip"})
"""Faults that cost a request's whole time limit, a second of real time each."""
