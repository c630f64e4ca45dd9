"""Gathers what a cycle goes by and asks every gate about it. Changes nothing."""
