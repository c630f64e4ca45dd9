"""Reads and writes the files of the state directory, apart from ledgers."""
