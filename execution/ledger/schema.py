"""Reads the ledgers of every schema there was, as they would be in the newest. Pure.

    2  an entry has `origin`, an event `asked_at`, `answered_at` and `fee`, an exit `fee`
    1  the first

A ledger is written in the newest schema alone, by the first cycle that changes it; a finished session's archive is
never written again, so its digest, which the next session's ledger bears, holds for ever. A field of a later schema in
an older ledger is unknown there, as any other is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from execution.ledger.day import SCHEMA

OLDER = (1,)
NEW = {1: frozenset({"origin", "asked_at", "answered_at", "fee"})}
"""By schema, names of fields that came after it. None of them stands anywhere in a ledger of that schema."""


def as_newest(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the number of the newest schema; ValueError where it holds what its own schema has not."""
    schema = document["schema"]
    for name in _names(document) if schema in NEW else ():
        if name in NEW[schema]:
            raise ValueError(f"schema {schema} has no field `{name}`")
    return {**document, "schema": SCHEMA}


def _names(document: object) -> Iterator[str]:
    """The names of all fields of a document, however deep: a loop, because a file may be deeper than a stack."""
    left = [document]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            yield from one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
