"""Holds the daily ledger: its records, its file, and the pure functions that bring it up to date.

    day           the ledger and its entries, exits and legs
    file          ledgers on disk
    rollover      the next session's ledger
    chain         every ledger against the one it follows
    consistency   what contradicts itself in a ledger
    absorb        the broker's word, written into an entry
    doubts        orders that a look did not find
    sales         every sale, booked once
    explain       the operator's word about shares
    lists         the broker's lists, joined
    reconcile     ledger and broker, compared
    strays        entries of ours that the ledger does not know
    unreadable    answers that could not be read
    usage         what counts toward the caps
"""
