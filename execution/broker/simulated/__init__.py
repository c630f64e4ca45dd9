"""Simulates a broker in a file: an account to learn and rehearse with.

    broker    the port, answered from the file
    record    the file simulated_broker.json
    orders    an order's life there
    account   positions, cash and buying power
    market    prices: a seeded walk, or a tape
    clock     a clock that stands until it is advanced
    paced     the same clock, moving with the cycles
    faults    time, prices and misbehaviour on request
"""
