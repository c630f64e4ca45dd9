"""Begins the next session's ledger: chained to the last one, with everything that is not over. Pure."""

from __future__ import annotations

from datetime import date

from execution.ledger import SCHEMA, Entry, Ledger, Mode, Previous, Sale


def rolled_over(ledger: Ledger, sha256: str, day: date) -> Ledger:
    """The next session's ledger: chained to this one, carrying what is not over."""
    carried = tuple(entry for entry in ledger.everything() if entry.carries_over)
    if ledger.mode is Mode.DRY_RUN:
        carried = ()  # a rehearsal's entries count as positions for their own session only
    return Ledger(
        SCHEMA,
        day,
        ledger.mode,
        ledger.account,
        Previous(ledger.date_ny, sha256),
        carried,
        sales=_sales_to_remember(ledger, carried),
        words=ledger.words,
    )


def _sales_to_remember(ledger: Ledger, carried: tuple[Entry, ...]) -> tuple[Sale, ...]:
    """Sales that may be listed again while an entry that is older than them is carried."""
    today = (Sale(one.order_id, one.symbol, one.qty, one.at) for one in ledger.exits if one.order_id is not None)
    symbols = {entry.symbol for entry in carried}
    return tuple(sale for sale in (*ledger.sales, *today) if sale.symbol in symbols)
