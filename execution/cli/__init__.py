"""Holds one small module per verb; `execution.__main__` finds them and imports only the one asked for.

    run            one cycle, or a loop of them
    watchlist      the session's watchlist, shown or imported
    morning        the morning list
    close_day      the list for after the close
    summary        one session in short
    sweep          what is left of the session's entries, cancelled
    status         whether it runs, in which mode, what was done
    gates          every gate's answer
    why            one symbol explained
    report         one session in full
    export         many sessions as flat rows
    health         one line for monitors
    trades         each trade with all its exits
    performance    many trades, measured together
    equity         the account at each close
    note           a note on a trade, kept
    preflight      what must hold before a LIVE start
    go_nogo        the six boxes before LIVE
    arm            LIVE made possible for a session
    disarm         LIVE taken away
    token          the confirm token alone
    pause          nothing opened until `resume`
    resume         the end of a pause
    kill           no new order leaves
    unkill         the end of a kill
    cancel_all     every open order, cancelled
    flatten        every position, closed
    latches        what is latched, shown or cleared
    ledger         the daily ledger: show, verify, rebuild, settle, explain
    evidence       an incident in one file
    snapshot       this host's set-up, kept
    snapshots      what was kept
    diff           what changed between two snapshots
    rollback       settings and unit files, put back
    drill          a LIVE session in fast-forward
    sim            the simulated broker, steered
    init           the state directory, made
    doctor         every check of this installation
    units          the systemd units: install, diff, uninstall
    watch          whether the service is alive
    failed         a failed unit, told
    completion     what a shell needs to complete verbs and options
    confirm        the typed account number, shared
    refusals       the error that a refusal becomes, shared
    stop_options   what `cancel-all` and `flatten` share
    token_lines    the lines that hand the token to the service
    which_trades   which trades are asked for, shared
"""
