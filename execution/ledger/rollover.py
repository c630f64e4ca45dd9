"""Begins the next session's ledger: chained to the last one, with everything that is not over. Pure."""

from __future__ import annotations

from datetime import date

from execution.ledger.day import SCHEMA, Ledger, Previous, Sale
from gates.mode import Mode


def rolled_over(ledger: Ledger, sha256: str, day: date) -> Ledger:
    """The next session's ledger: chained to this one, carrying what is not over."""
    is_live = ledger.mode is Mode.LIVE  # a rehearsal's entries count as positions for their own session only
    carried = tuple(entry for entry in ledger.everything() if is_live and entry.carries_over)
    symbols = {entry.symbol for entry in carried}
    return Ledger(
        SCHEMA,
        day,
        ledger.mode,
        ledger.account,
        Previous(ledger.date_ny, sha256),
        carried,
        sales=tuple(sale for sale in sales_of(ledger) if sale.symbol in symbols),
        words=ledger.words,
    )


def sales_of(ledger: Ledger) -> tuple[Sale, ...]:
    """Sales that exits were written for; they may be listed again while an entry that is older than them is carried."""
    today = (Sale(one.order_id, one.symbol, one.qty, one.at) for one in ledger.exits if one.order_id is not None)
    return (*ledger.sales, *today)
