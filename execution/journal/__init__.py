"""Writes what a cycle decided: the lines that people grep, and one file of decisions per session.

    decisions  writes decisions/2026-11-20.jsonl
    lines      makes the journal's lines, as text
    say        writes gate and plan lines into the journal
"""
