"""Tells one session from what lies on disk and at the broker: for summary, report and export.

    chart         draws the equity curve as a PNG: a bar per session, a line for their sum
    closed_gates  reads a session's decisions
    curve         sums realised profit and loss, session by session
    detail        writes the operator's long report
    document      makes plain data of a session's report, for `--json`
    equity        shows the account at each close, with SPY beside it
    export        gives the orders and exits of many sessions as rows, or an error that names the broken ledger
    message       makes one message of a session's report
    notes         says what has to be known to read a day's numbers rightly, a sentence each
    older         makes a ledger's document as an older release reads it
    page          writes a session's report as one HTML file that needs nothing else
    performance   words the performance of many trades for a trader
    results       works out what sales brought, and what has to be said beside the numbers
    rows          makes flat rows of the orders and exits of many sessions, for spreadsheets and taxes
    send          sends the summary to Slack
    session       derives the report of one session from its ledgers, its decisions and the broker's positions
    sheet         words a session's report for a trader
    sources       reads what a session's report is made of
    standing      makes plain data of how things stand now, for `status`, `gates` and `why`
    tables        makes a session's tables as text cells
    terminal      shows a report on a terminal
    trades        shows trades: table, document, flat rows
    why           explains what the next cycle would do with one symbol
"""
