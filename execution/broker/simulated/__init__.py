"""Simulates a broker in a file: an account to learn and rehearse with."""
