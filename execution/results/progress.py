"""Tells how far an open position is on its way: its stop, its target, its R, and the part of the way it went. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from execution.ledger.day import Entry
from execution.results.adapter import plan_of
from execution.results.trade import ZERO, total
from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Of all the shares of one symbol. `way` is 1 at the target and -1 at the stop, and None where its entries have
    different ones."""

    stops: tuple[Decimal, ...]
    targets: tuple[Decimal, ...]
    r: Decimal | None
    way: Decimal | None


NOWHERE = Progress((), (), None, None)


def progress(entries: Iterable[Entry], price: Decimal | None) -> Progress:
    """Of these entries of a symbol at this price."""
    held = [one for one in entries if one.held_qty > 0]
    stops = tuple(sorted({stop for one in held if (stop := stop_of(one))}))
    targets = tuple(sorted({target for one in held if (target := target_of(one))}))
    return Progress(stops, targets, _r(held, price), _way(held, price, stops, targets))


def stop_of(entry: Entry) -> Decimal | None:
    """The stop that guards it: that of a pair of ours that works, else the bracket's. None at the market's price."""
    pairs = [one for one in entry.protections if one.unfinished]
    return pairs[-1].stop_price if pairs else plan_of(entry).stop


def target_of(entry: Entry) -> Decimal | None:
    pairs = [one for one in entry.protections if one.unfinished]
    return pairs[-1].target_price if pairs else plan_of(entry).target


def _gain(entry: Entry, price: Decimal | None) -> Decimal | None:
    return (
        None if price is None or entry.filled_avg_price is None else (price - entry.filled_avg_price) * entry.held_qty
    )


def _r(held: Iterable[Entry], price: Decimal | None) -> Decimal | None:
    gains, risks = [], []
    for one in held:
        risk = plan_of(one).risk
        gains.append(_gain(one, price))
        risks.append(None if risk is None else risk * one.held_qty)
    gained, risked = total(gains), total(risks)
    return gained / risked if gained is not None and risked else None


def _way(
    held: list[Entry], price: Decimal | None, stops: tuple[Decimal, ...], targets: tuple[Decimal, ...]
) -> Decimal | None:
    """From what was paid to the target, or to the stop."""
    gained, qty = total(_gain(one, price) for one in held), sum((one.held_qty for one in held), ZERO)
    if price is None or gained is None or not qty or len(stops) != 1 or len(targets) != 1:
        return None
    paid = price - gained / qty
    whole = targets[0] - paid if gained >= 0 else paid - stops[0]
    return gained / qty / whole if whole > 0 else None
