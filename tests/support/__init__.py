"""Holds what tests of several rooms share: records to be spoiled one field at a time, desks, and how tests run.

facts            what every gate allows, and a small session table
trading          entries, orders and whole planning worlds
checks           what every check passes
panels           made-up bars for the scanner
scan_reference   the scan a second time, as a loop
sessions         the sessions that desks trade on
simulated        a simulated broker with a clock that is set
broker           a broker that answers as it was told to, and keeps a diary
voice            a voice with a Slack of our own at its other end
desk             a state directory, and verbs run on it as processes
place            a state directory in the middle of a session, and the simulated broker behind it
finished         a finished LIVE session at a desk
keeping          a desk with settings files and a forest of secrets
server           a desk as root finds it on a server
scanner_desk     the scanner's desk: a tape of bars, clocks that count
host             what a test takes over from its machine
forkserver       starts a command as the fork of a process with everything imported
records          has every record's initialiser compiled before a process is forked
terminal         a pseudo-terminal whose words are all read
archives         years of archived ledgers
cases            how many cases a property test draws
bombs            replies that are small on the wire and vast when unpacked
appearance       prints what a process finds around itself
rendezvous       meets another process at a pipe
wheel            the wheel and the sdist, and a user with the programs installed
"""
