"""Holds one small module per verb; `scanner.__main__` finds them and imports only the one asked for.

    run         refresh the bars, find setups, write the watchlist
    show        the list, or one symbol explained
    universe    the list of stocks, shown or refreshed
    bars        the stored bars, shown or updated
    plot        a picture of one symbol
    replay      what past mornings' lists would have been
    completion  what a shell needs to complete verbs and options
    mark        what stands on tables and pictures of made-up bars
    stored      a scan of what is stored, shared by `show` and `plot`
"""
