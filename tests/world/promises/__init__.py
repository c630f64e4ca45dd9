"""The promises, held against the broker's truth.

sending   when an order leaves: may it, at these levels, within the caps, for shares that are there
after     when a command is over: the ledger, what was said, what is naked, what should be over
ending    when all trouble is over: everything explained, everything out, everything quiet
"""
