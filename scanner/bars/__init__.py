"""Fetches, checks and stores the daily bars.

    alpaca   fetches Alpaca's daily bars and list of assets, on alpaca-py's REST client
    batches  asks a source about many symbols
    overlap  compares fetched bars with what was asked for and with the stored ones
    pages    reads a page of Alpaca's daily bars, from bytes to arrays without an object per bar
    panel    holds the daily bars of the whole universe as five rectangles
    sample   makes up a market that comes with the program
    source   says where bars and the list of stocks come from
    store    keeps daily bars on disk
    update   brings the stored bars up to the last completed session, asking for no more than is missing
"""
