"""Speaks to Alpaca: requests out, answers in, the vendor's names ending here."""
