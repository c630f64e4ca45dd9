"""Finds candidates before the open and writes them down; pandas lives here and nowhere else."""
