"""Reads and writes the files of the state directory, apart from ledgers.

    arming     makes and reads the second key of `arm`
    directory  knows the state directory
    guards     lists the guard files
    heartbeat  keeps heartbeat.json
    inventory  says what stays open when a person stops the service
    latches    keeps latches.json
    ledgers    opens both ledgers of a cycle, judges them for the session, rolls them over
    markers    creates and removes the files KILL_SWITCH and PAUSED
    neighbour  looks at the state directory whose path the runbook prints, where it is not the one in force
    presence   looks for a marker file, and reads a confirm token as it lies there
    switches   finds every place where a kill file counts, and the token file that counts
    tokens     keeps tokens.json
    where      opens the state directory in force, or says why it is not known
"""
