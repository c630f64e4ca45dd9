"""Speaks to Alpaca: requests out, answers in; the vendor's names end here.

    client   the port, answered by Alpaca
    rest     one host of Alpaca and how it is asked
    shapes   Alpaca's JSON in our words, and ours in theirs
    orders   Alpaca's orders in our words
    fields   single values of the JSON
"""
