"""Carries out what a person decides, for the command line and for every other place where one can type.

    arm_terms    for which sessions and until when LIVE is armed
    initialise   a state directory, made once
"""
