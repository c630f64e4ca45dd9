"""Writes and reads snapshots/20261124T143002-before-live.json: how this host was set up at one moment.

One sealed document each: the effective settings, the `.env`, our unit files with their drop-ins, the
versions, the session. Secrets are marks (`fingerprints`). A snapshot is written once and never changed, so
that what was kept before an accident still says so after it. `now` is a snapshot that was not written.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from execution.records import Record, to_record
from execution.settings.fingerprints import Sealer, open_sealer
from execution.settings.redaction import Known, hide_text
from execution.snapshots.effective import effective, known_secrets, shown_settings, state_of
from execution.snapshots.files import FoundFile, Places, places
from execution.snapshots.store import Store, store_of
from execution.snapshots.versions import versions
from execution.state.directory import StateDir
from execution.wiring import open_service
from gates.base import below
from gates.base.clock import wall_now
from gates.base.errors import OperatorError, UsageError
from gates.base.leftovers import clear_leftovers
from gates.base.record import dataclass
from gates.base.sessionfile import load_sessions
from gates.base.statefile import (
    SEAL,
    StateMissing,
    StateUnreadable,
    create,
    digest_of_rest,
    parse_document,
    read_bytes,
    render,
    sealed,
)

SCHEMA = 1
NOW = "now"
BEFORE_ROLLBACK = "before-rollback"
IDENT = re.compile(r"[0-9]{8}T[0-9]{6}(?:-[A-Za-z0-9_.-]{1,48})?")
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


class KeptSetting(Record, frozen=True, rename={"source": "from"}):
    """A setting's text, or the fingerprint of a secret; None when it is not set and has no default."""

    name: str
    value: str | None
    source: str
    secret: bool


class KeptFile(Record, frozen=True):
    """One file with marks for its secrets, or why there is no text of it."""

    place: str
    name: str
    path: str
    mode: str
    digest: str
    text: str | None = None
    problem: str | None = None

    @property
    def key(self) -> str:
        return f"{self.place}/{self.name}"


class Snapshot(Record, frozen=True):
    schema: int
    id: str
    label: str | None
    key: str
    taken_at: datetime
    host: str
    state_dir: str
    account: str | None
    session: str | None
    settings: tuple[KeptSetting, ...]
    mistakes: tuple[str, ...]
    files: tuple[KeptFile, ...]
    versions: dict[str, str]

    def file(self, key: str) -> KeptFile | None:
        return next((file for file in self.files if file.key == key), None)


@dataclass(frozen=True)
class Host:
    """What a snapshot is made of: the environment, the state directory, and where the files lie."""

    environ: Mapping[str, str]
    store: Store
    places: Places

    @property
    def state(self) -> StateDir:
        return self.store.state

    def found(self) -> list[FoundFile]:
        return self.places.find()

    def known(self, files: list[FoundFile]) -> Known:
        return known_secrets(self.environ, None if self.store.is_roots else self.state, files)


def host_of(environ: Mapping[str, str], units: str | None) -> Host:
    """The host with a state directory that is there."""
    state = state_of(environ)
    if not below.is_folder(state.root):
        raise StateUnreadable(state.root, "is not an initialised state directory; run `execution init`")
    return Host(environ, store_of(state), places(environ, Path(units).absolute() if units else None))


def moment(host: Host) -> datetime:
    """`now` by the clock cycles go by; with settings that open no service, and for root, by the wall's."""
    if host.store.is_roots:
        return wall_now()
    try:
        return open_service(host.environ).clock.now()
    except (OperatorError, StateUnreadable):
        return wall_now()


def take(host: Host, now: datetime, label: str | None) -> Snapshot:
    """Keep the present durably under a name of its own."""
    if label is not None and not LABEL.fullmatch(label):
        raise UsageError("--label: write up to 40 letters, digits, points, dashes and underscores")
    host.store.prepare()
    sealer = open_sealer(host.store.folder, make=True)
    clear_leftovers(host.store.folder)
    present = look(host, sealer, now)
    stem = f"{now.astimezone(UTC):%Y%m%dT%H%M%S}{f'-{label}' if label else ''}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    for ident in names:
        kept = msgspec.structs.replace(present, id=ident, label=label)
        if create(path_of(host.store, ident), render(sealed(to_document(kept)))):
            return kept
    raise AssertionError("count never ends")


def look(host: Host, sealer: Sealer, now: datetime) -> Snapshot:
    """The present as a snapshot, not written."""
    files = host.found()
    known = host.known(files)
    settings = effective(host.environ)
    return Snapshot(
        schema=SCHEMA,
        id=NOW,
        label=None,
        key=sealer.name,
        taken_at=now.astimezone(UTC).replace(microsecond=0),
        host=socket.gethostname(),
        state_dir=str(host.state.root),
        account=None if host.store.is_roots else _account(host.state),
        session=None if host.store.is_roots else _session(host.state, now),
        settings=msgspec.convert(shown_settings(settings, known, sealer), tuple[KeptSetting, ...]),
        mistakes=tuple(hide_text(mistake, known) for mistake in settings.mistakes),
        files=tuple(_kept(file, sealer, known) for file in files),
        versions=versions(),
    )


def listed(store: Store) -> list[Snapshot | StateUnreadable]:
    """Every snapshot, oldest first; one that cannot be read stands there with its reason."""
    store.check()
    found: list[Snapshot | StateUnreadable] = []
    kept = below.paths(store.folder, ".json")
    for path in sorted(kept, key=lambda path: (path.stem[:15], below.look(path).st_mtime_ns)):
        try:
            found.append(_load(path))
        except StateUnreadable as broken:
            found.append(broken)
    return found


def latest(store: Store) -> Snapshot:
    """The newest that was taken on purpose: what a rollback keeps before it begins is its undo."""
    wanted = [one for one in listed(store) if isinstance(one, Snapshot) and one.label != BEFORE_ROLLBACK]
    if not wanted:
        raise UsageError(f"there is no snapshot in {store.folder}{store.disowned('')}")
    return wanted[-1]


def load(store: Store, ident: str) -> Snapshot:
    """By its id, or by a label only one snapshot has."""
    store.check()
    if LABEL.fullmatch(ident) and not IDENT.fullmatch(ident):
        stems = [path.stem for path in below.paths(store.folder, ".json")]
        labelled = [stem for stem in stems if stem[15:] == f"-{ident}"]
        if len(labelled) > 1:
            raise UsageError(f"{len(labelled)} snapshots are labelled {ident}: {', '.join(labelled)}; write the id")
        ident = labelled[0] if labelled else ident
    if not IDENT.fullmatch(ident):
        why = store.disowned(f"-{ident}")
        raise UsageError(f"{ident!r} is no snapshot's id or label; `execution snapshots` lists them{why}")
    try:
        return _load(path_of(store, ident))
    except StateMissing:
        why = store.disowned(ident)
        raise UsageError(f"there is no snapshot {ident}; `execution snapshots` lists them{why}") from None


def path_of(store: Store, ident: str) -> Path:
    return store.folder / f"{ident}.json"


def to_document(snapshot: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(snapshot)
    return document


def _load(path: Path) -> Snapshot:
    document = parse_document(path, read_bytes(path))
    if document.get("schema") != SCHEMA:
        raise StateUnreadable(path, f"has schema {document.get('schema')!r}, want {SCHEMA}")
    if document.pop(SEAL, None) != digest_of_rest(document):
        raise StateUnreadable(path, "digest does not match its content")
    snapshot = to_record(path, document, Snapshot)
    if snapshot.id != path.stem:
        raise StateUnreadable(path, f"calls itself {snapshot.id}")
    return snapshot


def _kept(file: FoundFile, sealer: Sealer, known: Known) -> KeptFile:
    text = None
    if file.problem is None:
        text = sealer.conceal(file.data, known, is_env=file.is_env).data.decode("utf-8", "backslashreplace")
    digest = sealer.digest(file.data)
    return KeptFile(file.place, file.name, str(file.path), f"{file.mode:04o}", digest, text, file.problem)


def _account(state: StateDir) -> str | None:
    with suppress(StateUnreadable):
        return state.read_record().account
    return None


def _session(state: StateDir, now: datetime) -> str | None:
    with suppress(StateUnreadable):
        session = load_sessions(state.sessions).current_or_next(now)
        return str(session.day) if session is not None else None
    return None
