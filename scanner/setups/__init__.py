"""Finds the setups: from a slice of bars to candidates and reasons, all pure.

    anchors     finds where an AVWAP begins
    avwap       computes anchored VWAPs
    measures    measures every symbol on the evening of the last session
    rules       decides what makes a candidate
    scan        makes one morning's scan
    thresholds  holds what makes a setup
"""
