"""Carries out what a person decides, for the command line and for every other place where one can type.

    arm_terms   works out for which sessions and until when LIVE is armed, and whether a passing preflight covers it
    initialise  makes a state directory, once, from `state_templates/`, without ever overwriting anything
"""
