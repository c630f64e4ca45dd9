"""Reads the settings, and keeps their secrets out of everything that leaves the service.

    fingerprints  replaces a secret in a kept text by a mark that names its variable and a keyed digest of its value
    parsing       parses the execution service's settings by the shared rules, then holds them against each other
    redaction     takes secrets out of any bytes
    registry      lists every setting with its type, default, bounds and help, in one table
    secrets       takes secrets out of every word that leaves the service, by value and by shape
    spellings     lists how one value may stand in a file
"""
