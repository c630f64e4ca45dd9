"""Makes intents of the watchlist's rows: which order, at what price, how many shares, or why none.

    rows       the rows, before the order gates
    prices     quotes and bars for them
    trigger    the entry rule and the limit price
    sizing     how many shares
    attempts   under which id
    plan       approved intents and refusals
"""
