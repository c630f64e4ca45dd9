"""Telling the operator: what is said, when it was said, and by which channel.

    messages   what a message is and how it looks
    news       what is new since the last telling, from two pictures of the world
    alerts     alerts.json: what was told, and what still waits to go out
    outbox     `tell`: remember, then send, within a budget; the one door for every verb
    port       what a channel is; slack is the one there is
    deadman    the ping that says a cycle went through

Nothing here can stop, delay or change an order: it is called when all that is done, and never raises.
"""
