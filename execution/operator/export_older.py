"""Writes every ledger as an older release reads it, into a directory of its own: the way back from an upgrade.

The ledgers there are stay as they are, archives above all. Either all of them are written or none: what the older
schema cannot hold is named, each with its session and its order.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from execution.ledger.day import SCHEMA
from execution.ledger.file import LedgerFile
from execution.ledger.schema import OLDER
from execution.operator.refusal import Cause, Refusal
from execution.report.older import SHAPES, older, older_account
from execution.state.directory import StateDir
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.base.statefile import (
    SEAL,
    StateMissing,
    create,
    make_directory,
    read_document,
    read_sealed,
    render,
)
from gates.mode import Mode

NAMED = 8
ACCOUNT_SCHEMAS = (2, 1)
"""Of the simulated broker's record."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Says which files were written."""

    written: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class NotExported(Refusal):
    pass


def export_older(state: StateDir, schema: int, to: Path | None) -> Exported | NotExported:
    """`to` is a new directory, else one in the state directory that is named for the schema."""
    if schema not in SHAPES:
        why = f"{schema}: ledgers here have schema {SCHEMA}, and {', '.join(map(str, SHAPES))} can be written"
        return NotExported(Cause.REQUEST, why, "schema")
    folder = to if to is not None else state.root / f"ledger-schema-{schema}"
    if folder.exists():
        return NotExported(Cause.REQUEST, f"{folder} is there already; name a new directory", "to")
    with only_one(state.lock):
        files, unheld = _as_older(state, schema)
    if unheld:
        more = f" and {len(unheld) - NAMED} more" if len(unheld) > NAMED else ""
        return NotExported(Cause.STATE, f"schema {schema} cannot hold {'; '.join(unheld[:NAMED])}{more}")
    for name in ("", "ledger", *(f"ledger/{mode.value}" for mode in Mode)):
        make_directory(folder / name)
    for name, data in files.items():
        create(folder / name, data)
    return Exported(tuple(folder / name for name in files))


def _as_older(state: StateDir, schema: int) -> tuple[dict[str, bytes], list[str]]:
    """The bytes of each file by its name in a state directory, and what cannot be held."""
    files: dict[str, bytes] = {}
    unheld: list[str] = []
    for mode in Mode:
        ledgers, renamed = state.ledger(mode), dict[str, str]()
        for path in _paths(ledgers):
            document = read_sealed(path, SCHEMA, *OLDER)
            made = older(document, schema, renamed)
            renamed[document[SEAL]] = made.document[SEAL]
            files[str(path.relative_to(state.root))] = render(made.document)
            unheld += [f"{mode.value} {what}" for what in made.unheld]
    with suppress(StateMissing):
        account = read_document(state.simulated_broker, *ACCOUNT_SCHEMAS)
        files[state.simulated_broker.name] = render(older_account(account))
    return files, unheld


def _paths(ledgers: LedgerFile) -> list[Path]:
    """The archives, oldest first, then the current ledger; each is read, so that none goes on that cannot be trusted.
    A rehearsal's that is missing is begun again by any release."""
    found = [*map(ledgers.archive_path, ledgers.archived_days()), ledgers.path]
    for path in found:
        try:
            ledgers.load_from(path)
        except StateMissing:
            if ledgers.mode is Mode.DRY_RUN and path == ledgers.path:
                return found[:-1]
            raise
    return found
