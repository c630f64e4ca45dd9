"""What can go wrong, one class per different thing an operator must do.

    ExecutionError                      exit
    ├── UsageError                       64   the command line or a file handed to it
    ├── BrokerUnreachable                69   no answer to a question; asked again next cycle
    ├── LockHeld                         75   another process is at work; nothing to do
    └── SettingsError                    78   a variable, named with its value and remedy
    StateUnwritable (gates.statefile)    74   the disk or the directory
    StateUnreadable (gates.statefile)    74   a state file a verb cannot do without
    anything else                        70   a bug of ours

Raised by a broker's submit and caught where orders are sent, never seen outside:

    BrokerRefused                             a clear No; nothing exists at the broker
    BrokerUnclear                             sent, no clear answer; may exist
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_NOT_FINISHED = 1
EXIT_USAGE = 64
EXIT_UNREACHABLE = 69
EXIT_BUG = 70
EXIT_STATE = 74
EXIT_NOT_NOW = 75
EXIT_SETTINGS = 78


class ExecutionError(Exception):
    exit_code = EXIT_BUG


class UsageError(ExecutionError):
    exit_code = EXIT_USAGE


class BrokerUnreachable(ExecutionError):
    exit_code = EXIT_UNREACHABLE


class LockHeld(ExecutionError):
    exit_code = EXIT_NOT_NOW


class SettingsError(ExecutionError):
    exit_code = EXIT_SETTINGS

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class BrokerRefused(Exception):
    """The broker's clear refusal of one order."""


class BrokerUnclear(Exception):
    """The broker may or may not have taken the order."""
