"""Replays past mornings and measures what became of their rows.

    outcomes  follows a row of a past list on the daily bars that came after, by the bracket rule
    replay    replays past mornings
"""
