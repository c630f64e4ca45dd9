"""Replays past mornings and measures what became of their rows."""
