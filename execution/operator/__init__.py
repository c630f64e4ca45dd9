"""Carries out what a person decides, for the command line and for every other place where one can type.

Each function takes a request and returns a frozen record of what it did, or a refusal that says why it did nothing. No
text is printed here: the verb, the page and the chat each make their own of the record.

    arm           arms LIVE for the sessions of the terms that a person confirmed
    arm_terms     works out what would be armed, and what a person reads of it
    disarm        takes LIVE away
    export_older  writes every ledger as an older release reads it, beside the ones there are
    import_list   takes a hand-made or foreign list for the watchlist of a session
    initialise    makes a state directory, once, from `state_templates/`, without ever overwriting anything
    kill          creates a kill file
    note          keeps a person's note on a trade
    pause         creates PAUSED and removes it
    preflight     judges the answers of a preflight, and keeps the record that `arm` goes by
    refusal       defines a refused request and its causes
    roll_back     puts files back as a snapshot has them, as they were shown
    settle        enters a person's word into the live ledger: an order, shares, or all of it made anew
    simulate      carries out what a person does at the simulated broker: its clock, its prices, what goes wrong
    stop          shows what `cancel-all` or `flatten` would do, and has it done
    token         makes the confirm token alone, and hands its text on
    unkill        removes the kill files when no other cause is in force
    unlatch       ends one latch on a person's word
    word          holds a person's word: who says it, when and why
"""
