"""Turns an allowed watchlist into orders, at most once, and remembers what it did.

    cycle       one cycle, its steps in order
    loop        cycle after cycle in one process
    wiring      the choice of broker, clock, journal and directories
    service     what a cycle works with
    orders      an order's life as a table of moves, and its ids
    records     the shape of what lies on disk
    cli         one module per verb
    operator    what a person decides, carried out
    view        what a cycle goes by, and every gate asked
    planning    from rows to intents
    act         what changes something at the broker
    journal     the lines people grep, and the decisions
    notify      what the operator is told
    checks      what an operator asks before and while trading
    report      one session told for people
    snapshots   settings and unit files, kept and put back
    evidence    an incident in one file without secrets
    drill       a whole session in fast-forward
    units       the installation under systemd
    results     what orders earned
    state       the files of the state directory
    ledger      the daily ledger
    broker      the broker behind a port
    channel     the ways to the operator
    settings    the settings and their secrets
"""

CLEANER = "execution.evidence.traceback"
"""Takes secrets out of a traceback; named and not imported, for it is loaded only when there is one."""
