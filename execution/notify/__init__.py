"""Tells the operator what is new, once, and remembers that it was told.

    after_cycle    tells what is new after a cycle, within a budget, whatever became of the cycle
    alerts         keeps alerts.json
    changes        finds what is new since the last telling, by comparing what was told with how things stand
    heartbeat      makes the heartbeat message
    observe        gathers how things stand at the end of a cycle, for `changes` to compare with what was told
    order_changes  finds what became of orders since the last telling, from the ledgers themselves
    outbox         keeps messages until they are sent, and sends them in order
    situation      holds how things stand, and compares it with what was told
    unit_failed    tells that a systemd unit failed, once an hour for each unit

It cannot stop, delay or change an order: it is called when all that is done, and never raises.
"""
