"""Packs all that is known about an incident into one file without secrets."""
