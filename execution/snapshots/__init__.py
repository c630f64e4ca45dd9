"""Keeps copies of settings and unit files, compares them, and puts them back.

    snapshots    a snapshot and its file
    store        where snapshots lie
    files        the files that settings live in
    effective    what is set, to what, and by whom
    versions     which code runs here
    difference   what changed between two
    loosening    whether other files would let more through
    rollback     files, put back
"""
