"""Changes what is at the broker: entries, cancels, protections, closes, and the ledger's record of each."""
