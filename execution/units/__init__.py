"""Installs the service on a machine with systemd: renders `deploy_examples/` for it, puts them in place, compares them,
removes them again. Nothing of this is on a cycle's path.

    command   runs one verb for root as the service's user
    folders   makes the folders of an installation, and compares owner and mode of those that are there
    install   installs, compares and uninstalls
    pieces    lists what is installed, from which example, to where, and how each place is found before it is written
    place     writes and removes what is installed
    record    keeps /etc/avwap/installed.json
    target    describes the machine that is installed to
    terminal  runs a command on a terminal of its own
    verify    asks systemd about the rendered units before one of them is in place
"""
