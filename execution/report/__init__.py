"""Tells one session from what lies on disk and at the broker: for summary, report and export.

    sources        what a story is made of, read
    session        the story of one session
    closed_gates   what a session's decisions closed and refused
    results        what sales brought
    curve          profit and loss, session by session
    notes          what has to be known to read the numbers
    sheet          the story in a trader's words
    tables         the tables of a sheet
    terminal       a sheet on a terminal
    page           a story as an HTML file
    message        a story as a message
    document       a story as plain data
    detail         the long report
    chart          the equity curve as a picture
    rows           orders and exits as flat rows
    send           the summary to Slack
"""
