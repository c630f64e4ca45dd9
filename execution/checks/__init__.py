"""Answers what an operator must know before and while money is at stake.

    catalog       every check, and which verb asks which
    facts         what the checks go by
    gather        the facts, gathered
    finding       a question and its answer
    ask           the way of every verb of checks
    show          answers as a table or as JSON
    machine       checks of directory, disk, clocks, timers
    setup         checks of settings, secrets, switches, versions
    trading       checks of broker, feed, ledgers, positions
    slack         whether the operator can be told
    liveness      whether a cycle runs when one is due
    daily         the runbook's daily lists
    go_no_go      the runbook's six boxes before LIVE
    host          what this machine can tell
    past          what earlier cycles and drills left behind
    heartbeat     the heartbeat as it lies on disk
    silence       what `execution watch` finds
    nagios        an answer as a Nagios plugin's line
    preflight     preflight.json
    open_anyhow   the service, opened as far as it goes

No check sends an order or changes what a cycle goes by.
"""
