"""Asks for the account number where real money moves, on a terminal or by `--confirm`."""

from __future__ import annotations

import argparse
import sys

from gates.base.errors import UsageError


def add_confirm(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--confirm", metavar="ACCOUNT", help="the account number; asked for on a terminal")


def confirmed(given: str | None, account: str, what: str) -> str:
    """The number of this very account, given or typed now; UsageError for anything else."""
    if given is None and sys.stdin.isatty():
        sys.stdout.write(f"\nType the account number ({account}) to {what}: ")
        sys.stdout.flush()
        given = sys.stdin.readline().strip()
    if given is None:
        raise UsageError(f"nothing was done; add --confirm {account} to {what}")
    if given != account:
        raise UsageError(f"nothing was done; {given!r} is not the account number ({account})")
    return given
