"""The peer of a closed-market cycle: what merely importing the trading client costs."""

import alpaca.trading.client  # noqa: F401 - the import is the work
