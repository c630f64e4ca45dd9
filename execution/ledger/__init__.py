"""Holds the daily ledger: its records, its file, and the pure functions that bring it up to date.

    absorb       writes what the broker says about an order of ours into its entry
    chain        checks the chain of a mode's ledgers
    consistency  says what contradicts itself in a ledger
    day          holds the daily ledger
    doubts       decides what a look that found no order proves
    explain      enters the operator's word about shares that nothing else explains into the account of shares
    fees         writes what the broker told of an order's fees into events and exits
    file         keeps ledgers on disk
    fills        tells from an entry's history when shares of it were bought
    lists        joins the lists of one moment
    moments      writes into what is new in a history when the broker was asked and when it had answered
    notes        writes the notes that our own events bear, and tells from a note what its event is
    quick        reads a sealed file as quickly as can be where it is as we write it
    reconcile    compares ledger and broker, as an assertion
    rollover     begins the next session's ledger
    sales        books every sale that explains shares of ours
    schema       reads the ledgers of every schema there was
    shelf        reads every ledger of a mode
    strays       finds entries of ours at the broker that the ledger does not know
    unreadable   says what of the broker's answers could not be read, and which symbols it closes to entries
    usage        counts what already fills the caps
"""
