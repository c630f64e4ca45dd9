"""Measures what orders earned, from ledgers and archives alone: nothing here is remembered beside them.

    adapter      takes from a ledger's records what a trade wants to know of them
    book         reads the trades of one mode, and names what they are made without
    close        keeps one line per session: the account at the close
    figures      sums up some trades in one row of figures
    fold         makes trades of ledgers
    holding      tells how long a trade was held
    lines        keeps sealed lines in a file, each chained to the one before
    performance  measures many trades together
    progress     tells how far an open position is on its way
    remarks      keeps the operator's notes on trades
    trade        defines a trade: an entry with all its exits
"""
