"""How a broker behaves today, as a test sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fills = Literal["never", "on_accept", "on_next_read"]
Cancels = Literal["taken", "refused", "ignored"]


@dataclass(slots=True)
class Rules:
    """`fill_entries` fills new buys, up to `fill_entries_qty` shares of each when that is set;
    `fill_closes` does the same for market sells. A cancel takes `cancel_takes_reads` reads to show
    `canceled`. `open_lists_omit_held`: a stop leg that says `held` is missing from the flat list of
    open orders, as users of the vendor report; it is found under its parent. A cancel may be refused (422) or
    ignored (204, and nothing happens); legs may sleep on when their cancelled parent is over.
    """

    fill_entries: Fills = "never"
    fill_entries_qty: int | None = None
    fill_closes: Fills = "on_accept"
    cancel_takes_reads: int = 0
    open_lists_omit_held: bool = True
    wash_trades: bool = True
    cancels: Cancels = "taken"
    legs_outlive_parent: bool = False
