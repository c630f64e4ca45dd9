"""Asks what an operator must know before and while money is at stake: questions, findings, and their record.

    ask          does what the verbs of checks have in common
    catalog      lists every check in printing order, with its question in plain words, and which verb asks which
    daily        asks the runbook's daily lists, before the open and after the close, about the session's traces
    facts        holds all that the checks go by, gathered before the first is asked
    finding      defines a question, its answer, and how answers are put together
    gather       gathers the facts
    go_no_go     ticks the six boxes of the runbook before LIVE (its section 3.5)
    heartbeat    reads the heartbeat from disk, and whether a cycle is due
    host         asks this machine
    liveness     judges whether a cycle runs when one is due, for the doctor and for `health`, which asks nothing else
    machine      checks the machine
    nagios       says a check's answer as a Nagios plugin does
    open_anyhow  opens the service for verbs that look at what may be broken
    past         reads what earlier cycles and drills left
    preflight    keeps preflight.json
    setup        checks what was set up
    show         shows answers
    silence      finds what `execution watch` tells
    slack        asks whether the operator can be told
    trading      checks what trades

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
