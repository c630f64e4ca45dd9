"""Defines what ends a command: one class, and one exit code, per different thing an operator must do.

    OperatorError                       exit
    ├── UsageError                       64   the command line or a file handed to it
    ├── Unreachable                      69   no answer from a machine that is not ours
    ├── LockHeld                         75   another process is at work; nothing to do
    └── SettingsError                    78   a variable, named with its value and remedy
    StateUnwritable (gates.base.statefile)    74   the disk or the directory
    StateUnreadable (gates.base.statefile)    74   a state file a verb cannot do without
    anything else                        70   a bug of ours
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


class OperatorError(Exception):
    exit_code = EXIT_BUG


class UsageError(OperatorError):
    exit_code = EXIT_USAGE


class Unreachable(OperatorError):
    exit_code = EXIT_UNREACHABLE


class LockHeld(OperatorError):
    exit_code = EXIT_NOT_NOW


class SettingsError(OperatorError):
    exit_code = EXIT_SETTINGS

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
