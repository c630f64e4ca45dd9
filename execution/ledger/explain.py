"""Enters the operator's word about shares that nothing else explains into the account of shares. Pure.

The ledger and the position differ by a number of shares. Are fewer there than ours, the word says that so many of
ours are gone; are more there, it says that so many are held and not ours. A word never explains more shares than
the difference, and what it cost stays not known unless the operator gives a price.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from execution.ledger.absorb import realized
from execution.ledger.day import Exit, Ledger, Word, with_changed, with_exits
from execution.ledger.reconcile import expected_positions, explained_shares
from gates.base.record import dataclass

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the operator said: how many shares of a symbol, on what evidence, and at what price if they were sold."""

    symbol: str
    shares: Decimal
    evidence: str
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NotExplained:
    """Why a word cannot be entered."""

    why: str


def explained(ledger: Ledger, found: Decimal, word: Explanation, at: datetime) -> Ledger | NotExplained:
    """The ledger with the word in it; `found` is the position as the broker tells it."""
    ours = expected_positions(ledger).get(word.symbol, ZERO)
    more = found - ours - explained_shares(ledger).get(word.symbol, ZERO)
    if found < ours:
        return _gone(ledger, ours, max(ZERO, found), word, at)
    if word.shares > more:
        return NotExplained(_too_many(word, ours, found, max(ZERO, more)))
    return msgspec.structs.replace(ledger, words=(*ledger.words, Word(word.symbol, word.shares, at, word.evidence)))


def _gone(ledger: Ledger, ours: Decimal, found: Decimal, word: Explanation, at: datetime) -> Ledger | NotExplained:
    """So many of our shares are no longer held, the oldest first."""
    if word.shares > ours - found:
        return NotExplained(_too_many(word, ours, found, ours - found))
    left = word.shares
    for entry in ledger.everything():
        qty = min(left, entry.held_qty) if entry.symbol == word.symbol else ZERO
        if qty <= 0:
            continue
        left -= qty
        result = realized(entry, word.price, qty)
        sold = Exit(word.symbol, "foreign", qty, word.price, at, entry.client_order_id, result, note=word.evidence)
        changed = msgspec.structs.replace(entry, exited_qty=entry.exited_qty + qty)
        ledger = with_exits(with_changed(ledger, [changed]), [sold])
    return ledger


def _too_many(word: Explanation, ours: Decimal, found: Decimal, most: Decimal) -> str:
    return f"{word.symbol}: expected {ours}, found {found}, so {most} shares are unexplained; --shares {word.shares}"
