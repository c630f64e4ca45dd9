"""Fetches, checks and stores the daily bars."""
