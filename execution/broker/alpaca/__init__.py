"""Speaks to Alpaca: requests out, answers in, the vendor's names ending here.

    client  answers the port's questions at Alpaca
    fields  reads the single values of Alpaca's JSON; what cannot be read raises ShapeUnknown, naming field and value
    orders  reads Alpaca's orders into our words
    rest    asks one host of Alpaca a question, on alpaca-py's REST client
    shapes  reads Alpaca's JSON into our words and writes ours into theirs, but for orders (`orders`)
"""
