"""Keeps preflight.json: what the last preflight found, for which session and account.

`arm` refuses without a passing record of the session it arms for, so the record is as strict as a
ledger: unknown fields, another schema or a damaged file are *unreadable* and count as no preflight.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from execution.records import Moment, read_record
from gates.base.statefile import render, replace

SCHEMA = 1


class Preflight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The worst answer of a preflight, and the checks that gave it a FAIL (strict: or a WARN)."""

    schema: int
    at: Moment
    session: date
    account: str | None
    result: Literal["PASS", "WARN", "FAIL"]
    strict: bool
    failing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No FAIL; when asked strictly, no WARN either."""
        return self.result == "PASS" or (self.result == "WARN" and not self.strict)


def read(path: Path) -> Preflight:
    """The record; StateMissing when there is none, StateUnreadable when it cannot be taken at its word."""
    return read_record(path, Preflight, SCHEMA)


def write(path: Path, record: Preflight) -> None:
    replace(path, render(msgspec.to_builtins(record)))
