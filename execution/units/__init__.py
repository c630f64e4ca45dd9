"""Installs the service on a machine with systemd, from `deploy_examples/`; a cycle loads none of it.

    target     the machine, and the examples rendered for it
    pieces     what is installed, from where, to where
    install    install, compare, uninstall
    folders    the folders, their owners and modes
    place      files and links, written and removed
    record     installed.json: what was written
    verify     what systemd says of the units
    command    one verb, run for root as the service's user
    terminal   a command on a terminal of its own
"""
