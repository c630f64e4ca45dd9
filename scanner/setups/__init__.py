"""Finds the setups: from a slice of bars to candidates and reasons, all pure."""
