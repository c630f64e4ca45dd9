"""Writes what a cycle decided: the lines that people grep, and one file of decisions per session.

    lines       the lines, as text
    say         the lines, at their priorities
    decisions   the file of decisions
"""
