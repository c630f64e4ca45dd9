"""Holds the daily ledger: its records, its file, and the pure functions that bring it up to date."""
