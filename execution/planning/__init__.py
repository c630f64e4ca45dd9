"""Makes intents of the watchlist's rows: which order, at what price, how many shares, or why none."""
