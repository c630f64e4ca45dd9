"""Finds candidates before the open and writes them down; no other package loads pandas.

    morning     the scan from start to end, its steps in order
    wiring      the choice of source, clock and directories
    settings    the scanner's settings in one table
    universe    which stocks are looked at
    holdings    a fund's holdings as a list of stocks
    bars        daily bars: fetched, checked, stored
    setups      from bars to candidates and reasons
    artifacts   the files a scan leaves behind
    watchlist   the dated watchlist: the door to execution
    research    past mornings and their outcomes
    calendar    the exchange's sessions, written down
    chart       pictures of a symbol and of a replay
    progress    how far long work is
    traceback   a traceback without secrets
    cli         one module per verb
"""
