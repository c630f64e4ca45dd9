"""Dying at any I/O step: a fork server for cycles that are killed, and the counting of their steps."""
