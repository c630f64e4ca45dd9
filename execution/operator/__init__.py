"""Carries out what a person decides, for the command line and for every other place where one can type."""
