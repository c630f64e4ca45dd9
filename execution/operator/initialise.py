"""Makes a state directory, once, from `state_templates/`, without ever overwriting anything.

A directory with `state.json`, a ledger or an archive is *used*. Into a used directory `init` puts
back what holds no memory (sessions.json, sub-directories, the simulated account of a directory that
has none), and never a ledger: a ledger that is gone was lost, and `ledger rebuild` is the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import msgspec

from execution.broker.kind import BrokerKind, is_simulated
from execution.broker.simulated.broker import SimulatedBroker
from execution.ledger.day import Ledger
from execution.ledger.file import to_bytes
from execution.settings.registry import Settings
from execution.state import guards
from execution.state.directory import SCHEMA, SUBDIRECTORIES, StateDir, StateRecord, require_directory
from execution.state.neighbour import neighbour_words
from execution.wiring import choose_broker
from gates.base import below
from gates.base.errors import UsageError
from gates.base.locks import only_one
from gates.base.sessionfile import load_sessions
from gates.base.sessions import Session, SessionTable
from gates.base.shipped import shipped
from gates.base.statefile import (
    StateMissing,
    StateUnreadable,
    StateUnwritable,
    create,
    make_directory,
    read_bytes,
    sync_directory,
    unused_name,
)
from gates.mode import Mode

TEMPLATES = shipped("state_templates")


def initialise(state: StateDir, settings: Settings, wall: datetime, *, new_account: bool) -> list[str]:
    """Do what is missing and say it, one line each."""
    require_directory(state.root)
    session = _session_at(state, wall)
    _make_root(state.root)
    with only_one(state.lock):
        tightened = state.tighten()
        said = [tightened] if tightened else []
        used = _is_used(state)
        made = _make_tree(state)
        table = load_sessions(state.sessions)
        if new_account and used:
            said += _begin_new_account(state, wall)
        if not used:
            made += guards.begin(state.root, tuple(guards.GUARDS))
        if not used or new_account:
            made += _make_ledgers(state, session.day)  # before state.json: a death in between must not look used
        elif not below.is_there(state.ledger(Mode.LIVE).path):
            said.append("The live ledger is missing and is not made again; `execution ledger rebuild` brings it back.")
        record = _record(state, wall, said)
        chosen = choose_broker(settings, record)
        if chosen.kind is BrokerKind.SIMULATED:
            said += _simulated_account(state, record, wall, table)
    beside = neighbour_words(state)
    said += [beside] if beside is not None else []
    what = f"made {', '.join(made)}" if made else "everything was there"
    return [f"State dir {state.root}: {what}", f"Broker {chosen}", *said]


def _session_at(state: StateDir, wall: datetime) -> Session:
    """The session to begin in, asked before anything is made: a table that ended must not be left behind, or
    refreshing the shipped one would not help."""
    own = below.is_there(state.sessions)
    path = state.sessions if own else TEMPLATES / "sessions.json"
    table = load_sessions(path)
    session = table.current_or_next(wall)
    if session is None:
        remedy = "scanner run" if own else "make sessions"
        raise UsageError(f"the session table ends {table.last_day} ({path}); refresh it with `{remedy}`")
    return session


def _record(state: StateDir, wall: datetime, said: list[str]) -> StateRecord:
    """state.json as it is, or made: bound to the account the live ledger names, if there is one."""
    try:
        return state.read_record()
    except StateMissing:
        account = next((ledger.account for ledger in _ledgers(state) if ledger.account is not None), None)
        if account is not None:
            said.append(f"state.json was missing; made again, bound to account {account} as the ledgers say")
        record = StateRecord(SCHEMA, wall, account, tuple(guards.GUARDS))
        state.write_record(record)
        gone = [name for name, _ in guards.GUARDS.values() if guards.lost(state.root / name)]
        if gone:
            said.append(f"Missing, and not made again: {', '.join(gone)}. What that closes says how to begin it again.")
        return record


def _ledgers(state: StateDir) -> Iterator[Ledger]:
    """Every ledger that can be read, the current ones first, then the newest archives."""
    for mode in Mode:
        with suppress(StateUnreadable):
            yield state.ledger(mode).load()
    for mode in Mode:
        file = state.ledger(mode)
        with suppress(StateUnreadable):
            for day in reversed(file.archived_days()):
                yield file.load_from(file.archive_path(day))


def _simulated_account(state: StateDir, record: StateRecord, wall: datetime, table: SessionTable) -> list[str]:
    if below.is_there(state.simulated_broker):
        return []
    if record.account is not None and not is_simulated(record.account):
        return [
            f"No simulated account was made: the state dir is bound to {record.account}; practise in another one "
            "(AVWAP_STATE_DIR)"
        ]
    if record.account is not None:
        return [
            f"{state.simulated_broker.name} is missing: account {record.account} is gone and is not made again; "
            "`execution init --new-account` begins another"
        ]
    SimulatedBroker.create(state.simulated_broker, wall, table)
    return ["A simulated account with 100000.00 dollars was made."]


def _begin_new_account(state: StateDir, wall: datetime) -> list[str]:
    """Put the old account's files aside and unbind; no order or position of ours may be open."""
    blank = StateRecord(SCHEMA, wall, begun=tuple(guards.GUARDS))
    record = state.read_record() if below.is_there(state.record) else blank
    try:
        ledger = state.ledger(Mode.LIVE).load()
    except StateUnreadable as broken:
        raise UsageError(f"--new-account refused: whether anything is open cannot be told ({broken})") from None
    open_entries = [entry.client_order_id for entry in ledger.everything() if entry.carries_over]
    if open_entries:
        raise UsageError(f"--new-account refused: still open: {', '.join(open_entries)}")
    aside = unused_name(state.root / f"former-{record.account or 'unbound'}-{wall:%Y%m%dT%H%M%S}")
    make_directory(aside)
    state.write_record(msgspec.structs.replace(record, created_at=wall, account=None))
    names = [state.ledger(mode).path.name for mode in Mode] + ["ledger", state.simulated_broker.name]
    try:
        for name in names:
            if below.is_there(state.root / name):
                below.rename(state.root / name, aside / name)
        sync_directory(state.root)
    except OSError as broken:
        raise StateUnwritable(aside, broken) from broken
    _make_tree(state)
    return [f"Ledgers of account {record.account or '(never bound)'} were put aside in {aside}"]


def _is_used(state: StateDir) -> bool:
    """Whether anything here remembers a cycle."""
    traces = [state.record, state.heartbeat, state.simulated_broker, *(state.ledger(mode).path for mode in Mode)]
    if any(below.is_there(path) for path in traces) or below.paths(state.decisions, ".jsonl"):
        return True
    return any(below.paths(state.ledger(mode).archive_dir, ".json") for mode in Mode)


def _make_root(root: Path) -> None:
    for directory in (*reversed(root.parents), root):
        if not below.is_folder(directory):
            make_directory(directory)


def _make_tree(state: StateDir) -> list[str]:
    """Sub-directories and the session table; what was made, in words."""
    made = []
    for name in SUBDIRECTORIES:
        if not below.is_folder(state.root / name):
            make_directory(state.root / name)
            made.append(f"{name}/")
    if create(state.sessions, read_bytes(TEMPLATES / "sessions.json")):
        made.append("sessions.json")
    return made


def _make_ledgers(state: StateDir, day: date) -> list[str]:
    """Blank ledgers from the templates, dated for the session to come."""
    made = []
    for mode in Mode:
        file = state.ledger(mode)
        blank = msgspec.structs.replace(file.load_from(TEMPLATES / file.path.name), date_ny=day)
        if create(file.path, to_bytes(blank)):
            made.append(file.path.name)
    return made
