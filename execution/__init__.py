"""Turns an allowed watchlist into orders, at most once, and remembers what it did."""

CLEANER = "execution.evidence.traceback"
"""Takes secrets out of a traceback; named and not imported, for it is loaded only when there is one."""
