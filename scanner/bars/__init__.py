"""Fetches, checks and stores the daily bars.

    source    what we ask of a source of bars
    alpaca    Alpaca as a source
    sample    a made-up market as a source
    batches   many symbols asked about in batches
    pages     a page of Alpaca's bars, from bytes to arrays
    overlap   what came back, against what is known
    store     the file of bars
    update    the stored bars, brought up to the last session
    panel     the bars of all stocks as five rectangles
"""
