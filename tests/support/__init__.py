"""Holds what tests of several rooms share.

forkserver     starts a command as the fork of a process that has everything imported
appearance     says what a process finds around itself, for the fork server's test
rendezvous     meets another process at a pipe, for the same
"""
