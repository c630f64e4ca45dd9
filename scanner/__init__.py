"""Finds candidates before the open and writes them down; no other package loads pandas."""
