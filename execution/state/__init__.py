"""Reads and writes the files of the state directory, apart from ledgers.

    directory   where each file lies, and state.json
    ledgers     both ledgers of a cycle, opened
    heartbeat   heartbeat.json
    latches     latches.json
    guards      the guard files a directory has begun
    markers     KILL_SWITCH and PAUSED, put up and taken down
    presence    a marker file or a token, looked at
    switches    every place where a kill file counts
    neighbour   the state directory the runbook prints
    arming      the token and the record `arm` makes
    tokens      tokens.json
    inventory   what stays open when a person stops the service
"""
