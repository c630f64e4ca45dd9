"""Changes what is at the broker: entries, cancels, protections, closes, and the ledger's record of each.

    cancel      cancels entries whose time is over, and says what became of each
    cancel_all  cancels every order that is meant, and waits until all are over
    closed      runs the janitor alone, for a cycle that may open nothing
    closes      closes what is held
    closing     works out what `cancel-all` and `flatten` have to do, from the broker's own lists
    due         decides what of ours must be cancelled and what must be protected
    enter       writes approved orders down as intents, sends them, writes down the results
    flatten     cancels and closes, for `cancel-all` and `flatten`, from the broker's lists, whatever else is broken
    follow      brings the ledger up to what the broker says of our orders
    guard       protects what is naked, and ends sells of ours that are in the way of it
    janitor     looks after what is at the broker
    keep_close  keeps the account as it is after the close
    pairs       sends protections that are written down
    rebuild     makes today's live ledger anew, from the broker's record and the newest archive
    remember    records which guard files were begun and which session a token serves
    retries     decides what is tried next to protect an entry, by what was tried before
    said        holds one line of the janitor for the journal, and its level
    stop        looks at the broker's lists for one call of `cancel-all` or `flatten`
    submit      sends each intent at most once
    suspend     asks the broker to refuse every new order of the account, and reads back whether it does
    unreadable  cancels orders of ours that could not be read whole
"""
