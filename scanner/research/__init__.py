"""Replays past mornings and measures what became of their rows.

    replay     each past morning's list, and its rows
    outcomes   the bracket rule on the bars that came after
"""
