"""Knows the state directory: where each file lies, whether it was ever used, whose account it is bound to.

`state.json` says the directory is in use. From then on nothing in it is created again: a ledger
that is gone from a used directory was lost, and only `ledger rebuild` brings it back.
"""

from __future__ import annotations

import os
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from execution.ledger.file import LedgerFile
from execution.records import Record, to_record
from execution.state import tokens
from execution.state.guards import RECORD, STATE_SCHEMA
from gates.base import below
from gates.base.leftovers import clear_leftovers
from gates.base.record import dataclass
from gates.base.statefile import (
    StateMissing,
    StateUnreadable,
    make_directory,
    read_document,
    render,
    replace,
)
from gates.mode import Mode

SCHEMA = STATE_SCHEMA
SUBDIRECTORIES = ("ledger", "ledger/LIVE", "ledger/DRY_RUN", "watchlists", "decisions")


class StateRecord(Record, frozen=True):
    """state.json: since when this directory is used, for which account, which guard files it has begun."""

    schema: int
    created_at: datetime
    account: str | None = None
    begun: tuple[str, ...] = ()


RUNBOOK_STATE = Path("/root/avwap_r3k_scanner/state")
"""The path that the runbook prints."""


@dataclass(frozen=True, slots=True)
class StateDir:
    root: Path
    switches: Path | None = None
    """Root's own folder for kill file and token, where there is one (`execution.state.switches`)."""
    runbook: Path = RUNBOOK_STATE

    def __post_init__(self) -> None:
        below.know(self.root)

    @property
    def kill_switch(self) -> Path:
        return self.root / "KILL_SWITCH"

    @property
    def paused(self) -> Path:
        return self.root / "PAUSED"

    @property
    def token(self) -> Path:
        return self.root / "live_confirm_token.txt"

    @property
    def record(self) -> Path:
        return self.root / RECORD

    @property
    def sessions(self) -> Path:
        return self.root / "sessions.json"

    @property
    def lock(self) -> Path:
        return self.root / "execution.lock"

    @property
    def heartbeat(self) -> Path:
        return self.root / "heartbeat.json"

    @property
    def latches(self) -> Path:
        return self.root / "latches.json"

    @property
    def tokens(self) -> Path:
        return self.root / tokens.FILE

    @property
    def alerts(self) -> Path:
        return self.root / "alerts.json"

    @property
    def alerts_lock(self) -> Path:
        return self.root / "alerts.lock"

    @property
    def arm(self) -> Path:
        return self.root / "live_arm.json"

    @property
    def preflight(self) -> Path:
        return self.root / "preflight.json"

    @property
    def drill(self) -> Path:
        return self.root / "drill.json"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def watchlists(self) -> Path:
        return self.root / "watchlists"

    @property
    def decisions(self) -> Path:
        return self.root / "decisions"

    @property
    def summaries(self) -> Path:
        return self.root / "summaries"

    @property
    def equity(self) -> Path:
        return self.root / "equity.jsonl"

    @property
    def notes(self) -> Path:
        return self.root / "notes.jsonl"

    @property
    def simulated_broker(self) -> Path:
        return self.root / "simulated_broker.json"

    def ledger(self, mode: Mode) -> LedgerFile:
        return LedgerFile(self.root, mode)

    def watchlist(self, day: date) -> Path:
        return self.watchlists / f"{day}.json"

    def read_record(self) -> StateRecord:
        document = read_document(self.record, SCHEMA, 1)
        if ("begun" in document) is not (document["schema"] == SCHEMA):
            raise StateUnreadable(self.record, f"is no record of schema {document['schema']} (begun)")
        return to_record(self.record, document, StateRecord)

    def write_record(self, record: StateRecord) -> None:
        replace(self.record, render(msgspec.to_builtins(msgspec.structs.replace(record, schema=SCHEMA))))

    def tighten(self) -> str | None:
        """Close a directory others can look into; says what it did."""
        with below.folder(self.root) as opened:
            mode = stat.S_IMODE(os.fstat(opened).st_mode)
            if not mode & 0o077:
                return None
            found = f"state directory {self.root} is open to others ({mode:04o})"
            try:
                os.fchmod(opened, 0o700)
            except OSError as broken:
                return f"{found} and cannot be closed: {broken.strerror}"
        return f"{found}; closed to 0700"

    def make_subdirectories(self) -> None:
        for name in SUBDIRECTORIES:
            make_directory(self.root / name)

    def clear_leftovers(self) -> None:
        for directory in (self.root, *(self.root / name for name in SUBDIRECTORIES)):
            clear_leftovers(directory)


def record_or_blank(state: StateDir) -> StateRecord:
    """The record; where it cannot be read, one that is bound as the live ledger says, else to nothing."""
    try:
        return state.read_record()
    except StateUnreadable:
        pass
    try:
        account = state.ledger(Mode.LIVE).load().account
    except StateUnreadable:
        account = None
    return StateRecord(SCHEMA, datetime.min.replace(tzinfo=UTC), account)


def record_for_a_cycle(state: StateDir) -> tuple[StateRecord, str | None]:
    """The record, and what is wrong with it. One that is damaged, or lost where the sealed live ledger names the
    account, opens nothing and keeps nothing from being looked after. A directory never initialised is no place."""
    try:
        return require_used(state), None
    except StateUnreadable as broken:
        stand_in = record_or_blank(state)
        if broken.path != state.root:
            return stand_in, f"{broken}; move it away and run `execution init`"
        if stand_in.account is None or below.is_there(state.record):
            raise
        return stand_in, f"{state.record}: missing; run `execution init`"


def require_used(state: StateDir) -> StateRecord:
    """The record of a directory that `init` has made, else what to do about it."""
    try:
        return state.read_record()
    except StateMissing:
        raise StateUnreadable(state.root, "is not an initialised state directory; run `execution init`") from None
    except StateUnreadable:
        require_directory(state.root)
        if not below.may_enter(state.root):
            whose = f"belongs to {_owner(state.root)}; run this as that user, with sudo -u for instance"
            raise StateUnreadable(state.root, whose) from None
        raise


def _owner(path: Path) -> str:
    """A name for people; the number where there is none."""
    import pwd

    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def require_directory(root: Path) -> None:
    """A file where the state directory should be is named, not stumbled over."""
    if os.path.exists(root) and not os.path.isdir(root):
        raise StateUnreadable(root, "is not a directory; name one with AVWAP_STATE_DIR")
