"""Plays a whole session in fast-forward on the simulated broker, so that nothing of the real day is new.

    script  lists the drill's steps in order
    stage   does the drill's steps in a scratch state directory, as real processes, and says what was seen

Every step is the very command an operator types, in a process of its own.
"""
