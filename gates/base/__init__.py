"""Holds what gates, scanner and execution all stand on; standard library only, but for `screen`.

    errors        what ends a command, with one exit code each
    commandline   a command made of verbs
    handover      a command that root typed becomes the service's own
    entrusted     files that root opened before it became another user
    ownership     what root makes in a user's directory becomes that user's
    environment   the environment's values, and all mistakes in one report
    where         the state directory, for every program
    writers       who else may write a file or folder that is to be obeyed
    shipped       folders that ship with the program, in a checkout and in a wheel
    release       which release and commit run
    extras        the command that brings a package this installation was made without
    statistics    win rate, expectancy, drawdown and their like
    settings      what a setting is, and how its text is read
    record        records, made quickly when a process starts
    money         Decimal: reading, printing
    instrument    in which steps something is priced and ordered
    clock         the time, as an argument
    moments       a moment or a span of time, as a person types it
    sessions      which session a moment belongs to
    session_names  the session meant by `today`, `next` or a date
    sessionfile   sessions.json as a table of sessions
    statefile     a state file, read strictly and replaced durably
    below         files below a state directory, reached through no link
    leftovers     temporary files of processes that died
    locks         one process at a time per state directory
    logs          the journal
    repeats       which answers of a loop are printed
    output        how verbs print
    colours       the colours that verbs print in
    columns       words in columns of a given width
    screen        lines on a terminal, drawn by rich
    escape        characters that do not print, as escapes
    streams       standard output that is no longer read
    leaks         parts of a secret, however they are spelled
    replies       one question to another host, within bounds
    outage        why another host gave no answer
    timelimit     the total time of one request
    systemd       what a service tells systemd
    draw          matplotlib without foreign settings
"""
