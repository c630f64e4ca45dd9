"""Keeps the broker behind a port: our words on this side, a vendor's on the other.

    errors     defines the three ways in which a broker fails to answer
    http       says in a few words what an HTTP answer, or its absence, means (`gates.base.replies` asks for it)
    kind       names the kinds of broker that a service may work with, and says of an account whose it is
    port       says what we ask of a broker
    alpaca     speaks to Alpaca
    simulated  simulates a broker in a file
"""
