"""Simulates a broker in a file: an account to learn and rehearse with.

    account  derives the simulated broker's account from its orders
    broker   simulates a broker in a file
    clock    keeps the simulated broker's clock
    faults   does what only a simulation can
    market   makes prices for the simulated broker
    orders   moves orders through their life at the simulated broker, as pure functions over its list of orders
    paced    lets cycles use the simulated broker
    record   reads and writes what the simulated broker remembers, `simulated_broker.json`, strictly
"""
