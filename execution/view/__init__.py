"""Gathers what a cycle goes by and asks every gate about it. Changes nothing.

    world         what a cycle knows when it looks
    gather        files first, then the broker
    broker_view   every question to the broker, once
    watchlist     the session's list
    look          one look, and every gate asked
    condition     what keeps entries closed, the gravest first
"""
