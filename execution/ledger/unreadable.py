"""Says what of the broker's answers could not be read, and which symbols it closes to entries. Pure.

An odd field may be of any order or position, ours or not. It closes its symbol to entries, or all of them where
no symbol is told, and it keeps neither a kill nor the operator from getting out: a cancel needs the id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from execution.broker.port import BrokerOrder, Position, Told, Unreadable
from execution.ledger.day import Ledger
from execution.orders import parse_name


def line(odd: Unreadable) -> str:
    ids = [f"{name}={value}" for name, value in (("order_id", odd.order_id), ("client_order_id", odd.client_order_id))
           if value is not None]  # fmt: skip
    return " ".join((f"UNREADABLE {odd.symbol or '(no symbol)'}: {odd.what}", *ids))


def locks(found: Iterable[Unreadable]) -> Mapping[str, str]:
    """Why a symbol gets no entry, per symbol that is told."""
    reasons: dict[str, str] = {}
    for odd in found:
        if odd.symbol is not None:
            reasons.setdefault(odd.symbol, f"not understood at the broker ({odd.what})")
    return reasons


def of_any_symbol(found: Iterable[Unreadable], ledger: Ledger | None) -> str | None:
    """Why no symbol gets an entry: what cannot be read may be about any of them, or it is an order of ours that
    counts toward the caps and that only the broker knows."""
    known = ledger.by_id() if ledger is not None else {}
    for odd in found:
        if odd.symbol is None:
            return f"not understood, and no symbol told: {odd.what}"
        if is_ours(odd) and odd.client_order_id not in known:
            return f"not understood, and ours: {odd.client_order_id} {odd.what}"
    return None


def is_ours(odd: Unreadable) -> bool:
    return parse_name(odd.client_order_id or "") is not None


def is_close(odd: Unreadable) -> bool:
    name = parse_name(odd.client_order_id or "")
    return name is not None and name.leg == "flatten"


def may_be_ours(odd: Unreadable) -> bool:
    return odd.client_order_id is None or is_ours(odd)


def in_the_way(
    positions: Told[Position] | None, open_orders: Told[BrokerOrder], may_work: Iterable[Unreadable], *, ours_only: bool
) -> tuple[Unreadable, ...]:
    """What keeps getting out from being done: open orders that may be in it, others that `may_work` although the list
    of open ones lacks them, and positions without a quantity."""
    found = dict.fromkeys((*open_orders.unreadable, *(one for one in may_work if not one.is_over)))
    odd = [one for one in found if is_ours(one) or not ours_only]
    if positions is not None:
        counted = {position.symbol for position in positions}
        odd += [one for one in positions.unreadable if one.symbol not in counted]
    return tuple(odd)
