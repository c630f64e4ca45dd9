"""Finds the setups: from a slice of bars to candidates and reasons, all pure.

    thresholds   every threshold in one record
    anchors      where an AVWAP begins
    avwap        anchored VWAPs
    measures     averages, range, anchors and AVWAPs of every symbol
    rules        the checks that make a candidate
    scan         one morning's scan
"""
