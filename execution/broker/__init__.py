"""Puts the broker behind a port: our words on this side, a vendor's on the other.

    port        what we ask of a broker
    errors      what can go wrong with one
    http        an HTTP answer in a few words
    alpaca      Alpaca
    simulated   a broker in a file
"""
