"""Makes intents of the watchlist's rows: which order, at what price, how many shares, or why none.

    attempts  decides under which id the next order of a symbol goes
    plan      makes approved intents and refusals of rows and facts
    prices    fetches quotes and bars for the rows still possible
    rows      puts the rows of the watchlist before the order gates
    sizing    works out how many whole shares the risk budget, the caps and the account allow, whichever is least
    trigger   decides whether the price has done what the entry rule waits for, and what we pay at most
"""
