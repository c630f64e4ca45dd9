"""Turns an allowed watchlist into orders, at most once, and remembers what it did."""
