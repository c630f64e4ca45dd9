"""Reads the settings, and keeps their secrets out of everything that leaves the service.

    registry       every setting in one table
    parsing        the environment, parsed and held against itself
    redaction      secrets taken out of any bytes
    secrets        secrets taken out of what we say
    spellings      how one value may stand in a file
    fingerprints   a mark in a secret's place
"""
