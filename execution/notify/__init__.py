"""Tells the operator what is new.

    after_cycle     the last step of a cycle
    situation       how things stand, against what was told
    observe         how things stand, seen at a cycle's end
    changes         what is new since the last telling
    order_changes   what became of orders since then
    heartbeat       the heartbeat message
    alerts          alerts.json: what was told, and what still waits to go out
    outbox          `tell`: remember, then send, within a budget; all that tells goes through it

It cannot stop, delay or change an order: it is called when all that is done, and never raises.
"""
