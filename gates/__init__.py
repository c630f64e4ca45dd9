"""Decides what must be true before we trade: pure rules over frozen facts, standard library only.

    base        the floor that the scanner and the execution service stand on too
    verdict     the answer every gate gives, and how answers are put together
    facts       all that a cycle knows when it asks the gates
    catalog     every gate in printing order, with its question
    mode        LIVE or a rehearsal, from the answers of the mode gates
    switches    kill, DRY_RUN, LIVE_TRADING, the confirm token, pause
    inputs      settings, the open market, agreeing clocks, a fresh watchlist
    integrity   whether ledger, account and positions can be trusted
    breakers    what is latched until a person clears it
    exposure    one order: its symbol, its size, the caps
    price       one order: its trigger, its limit, its levels
    quotes      whether a quote is good enough to trade on
"""
