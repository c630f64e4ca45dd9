"""Packs all that is known about an incident into one file without secrets.

    bundle     writes a tar of cleaned files that says what is in it and what is not
    collect    collects all that is known about an incident into one file without secrets
    pack       packs the evidence of an incident into one file: since when, where to, and what came out
    traceback  takes secrets out of a traceback on its way to the terminal or the journal
    unit       asks systemd about one unit that failed, and takes secrets out of its last lines
"""
