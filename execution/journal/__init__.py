"""Writes what a cycle decided: the lines that people grep, and one file of decisions per session."""
