"""Gathers what a cycle goes by and asks every gate about it. Changes nothing.

    broker_view  asks the broker everything a cycle goes by
    condition    names the one thing an operator must know first
    gather       gathers the gates' facts
    look         looks at everything once, and asks every gate about it
    watchlist    reads the list of exactly the session that is traded, or says why there is none
    world        holds what a cycle knows when it looks
"""
