"""Changes what is at the broker, and the ledger's record of it.

    enter        an approved plan: written, sent, written again
    submit       each intent sent at most once
    follow       the ledger brought up to what became of our orders
    janitor      what reduces risk, whatever the gates say
    cancel       entries whose time is over
    due          which entries to cancel and which shares to protect
    guard        naked shares, protected
    pairs        protections, sent
    retries      how a protection is tried next
    closed       a cycle that opens nothing
    flatten      `cancel-all` and `flatten`
    closing      what those two have to do
    closes       positions, closed once
    suspend      the broker's own switch against new orders
    rebuild      today's ledger, from the broker's record
    remember     what a cycle begins, written down once
    unreadable   answers that could not be read
"""
