"""Decides under which id the next order of a symbol goes: the same, the next one, or none. Pure.

The same id stands for the same payload. An order that never left is sent again as it was while its row still asks
for just that, and else makes room for the next id without counting as an attempt. One that was once in doubt keeps
its id in any case, because the broker's refusal of a used id is the last guard against a second entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from execution.broker.port import BracketRequest
from execution.ledger.day import Entry
from execution.orders import DONE, OrderStatus, parse_name
from gates.base.money import show

NEVER_LEFT = frozenset({OrderStatus.INTENDED, OrderStatus.NOT_SENT})


def next_attempt(earlier: Iterable[Entry]) -> int:
    """The number after the highest one used; a rebuilt ledger may not know the lower ones."""
    return 1 + max((_attempt(entry) for entry in earlier), default=0)


def to_send_again(earlier: tuple[Entry, ...], wanted: BracketRequest) -> Entry | None:
    """The last entry when it was not sent and is to go out as it was, if at all; None for a new one. `wanted` is what
    the row asks for now."""
    if not earlier or earlier[-1].status is not OrderStatus.NOT_SENT:
        return None
    last = earlier[-1]
    levels = (last.stop_price, last.target_price, last.limit_price)
    same = levels == (wanted.stop_price, wanted.target_price, wanted.limit_price) and last.qty <= wanted.qty
    return last if same or _was_in_doubt(last) else None


def outlived(again: Entry, wanted: BracketRequest, highest_limit: Decimal) -> str | None:
    """Why an order that was in doubt is not sent again: its row asks for other levels by now. A limit that only the ask
    has moved since is the same level; `highest_limit` is what the row's entry alone allows."""
    levels = (wanted.stop_price, wanted.target_price)
    if (again.stop_price, again.target_price) == levels and again.limit_price in (wanted.limit_price, highest_limit):
        return None
    stored = f"stop {show(again.stop_price)}, limit {show(again.limit_price)}, target {show(again.target_price)}"
    now = f"stop {show(wanted.stop_price)}, limit {show(wanted.limit_price)}, target {show(wanted.target_price)}"
    return f"{again.client_order_id} not_sent was in doubt with {stored}; the row asks for {now}"


def _was_in_doubt(entry: Entry) -> bool:
    """Whether it may have arrived at some time, so that its absence is only what looks at the broker say."""
    return any(event.status not in NEVER_LEFT for event in entry.history)


def blocking(earlier: tuple[Entry, ...], most_attempts: int) -> str | None:
    """The entry that makes another one a double, None when there is none.

    A further attempt needs every earlier one over at the broker without a fill; what was never sent counts for none."""
    for entry in earlier:
        if entry.unfinished or entry.filled_qty > 0:
            return f"{entry.client_order_id} {entry.status.value}"
    ended = tuple(entry for entry in earlier if entry.status in DONE)
    if not ended:
        return None
    last = max(ended, key=_attempt)
    unsent = sum(1 for entry in earlier if entry.status is OrderStatus.NOT_SENT and _attempt(entry) < _attempt(last))
    attempts = _attempt(last) - unsent
    if attempts >= most_attempts:
        return f"{last.client_order_id} {last.status.value}, attempt {attempts} of {most_attempts}"
    return None


def _attempt(entry: Entry) -> int:
    name = parse_name(entry.client_order_id)
    return name.attempt if name is not None else 0
