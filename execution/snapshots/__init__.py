"""Keeps copies of settings and unit files, compares them, and puts them back.

    difference  compares two snapshots, setting by setting and file by file
    effective   works out what is set, to what, and by whom
    files       finds the files that settings live in
    leeway      judges whether other settings files would let more through, before files are put back while armed
    rollback    puts `.env` and unit files back as a snapshot has them, file by file
    snapshots   writes and reads snapshots/20261124T143002-before-live.json
    store       knows where snapshots lie
    versions    tells which code runs here
"""
