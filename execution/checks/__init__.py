"""Asks what an operator must know before and while money is at stake: questions, findings, and their record.

    ask          gathers the facts and asks a list of checks, for every verb of checks
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
    trade        checks what trades
    watch       judges whether the service is alive, acts on a silence while LIVE, and tells what is new

No check sends an order or changes what a cycle goes by.
"""
