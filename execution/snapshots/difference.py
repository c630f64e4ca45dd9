"""Compares two snapshots, setting by setting and file by file.

A secret's change is said and its value is not: both sides carry fingerprints only, and those of one
state directory can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff
from enum import Enum

from execution.snapshots.snapshots import KeptFile, KeptSetting, Snapshot
from gates.base.record import dataclass

SECRET = "(secret)"


class ChangeKind(Enum):
    FACT = "fact"
    MISTAKE = "mistake"
    SETTING = "setting"
    VERSION = "version"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class SnapshotChange:
    """One thing that is different: what it was and what it is; None when it was, or is, not there."""

    kind: ChangeKind
    name: str
    before: str | None
    after: str | None
    note: str = ""
    lines: tuple[str, ...] = ()


def differences(before: Snapshot, after: Snapshot) -> list[SnapshotChange]:
    return [*_facts(before, after), *_settings(before, after), *_files(before.files, after.files),
            *_texts(ChangeKind.VERSION, before.versions, after.versions)]  # fmt: skip


def file_changes(before: Iterable[KeptFile], after: Iterable[KeptFile]) -> list[SnapshotChange]:
    return list(_files(before, after))


def _facts(before: Snapshot, after: Snapshot) -> Iterable[SnapshotChange]:
    for name in ("host", "account", "state_dir", "session"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield SnapshotChange(ChangeKind.FACT, name, old, new)
    if before.key != after.key:
        yield SnapshotChange(
            ChangeKind.FACT, "fingerprints", "of one key", "of another", "every secret and file looks changed"
        )
    for mistake in sorted({*before.mistakes} ^ {*after.mistakes}):
        here = mistake in before.mistakes
        yield SnapshotChange(ChangeKind.MISTAKE, "settings", mistake if here else None, None if here else mistake)


def _settings(before: Snapshot, after: Snapshot) -> Iterable[SnapshotChange]:
    old = {row.name: row for row in before.settings}
    new = {row.name: row for row in after.settings}
    for name in (*old, *(name for name in new if name not in old)):
        one, other = old.get(name), new.get(name)
        if _value(one) == _value(other):
            continue
        secret = (one or other or _NOBODY).secret
        note = _said_of_secret(_value(one), _value(other)) if secret else ""
        yield SnapshotChange(ChangeKind.SETTING, name, _shown(one), _shown(other), note)


_NOBODY = KeptSetting("", None, "", False)


def _value(row: KeptSetting | None) -> str | None:
    return row.value if row is not None else None


def _shown(row: KeptSetting | None) -> str | None:
    if row is None or row.value is None:
        return None
    return SECRET if row.secret and row.value else row.value


def _said_of_secret(before: str | None, after: str | None) -> str:
    if not before:
        return "secret set; not shown"
    return "secret changed; not shown" if after else "secret removed"


def _files(before: Iterable[KeptFile], after: Iterable[KeptFile]) -> Iterable[SnapshotChange]:
    old, new = {file.key: file for file in before}, {file.key: file for file in after}
    for key in sorted({*old, *new}):
        one, other = old.get(key), new.get(key)
        if one is None or other is None:
            note = "not there before" if one is None else "no longer there"
            yield SnapshotChange(ChangeKind.FILE, key, _path(one), _path(other), note, _lines(one, other))
            continue
        notes = [f"mode {one.mode}, now {other.mode}"] if one.mode != other.mode else []
        lines = _lines(one, other)
        if one.problem != other.problem:
            notes.append(f"{one.problem or 'readable'}, now {other.problem or 'readable'}")
        elif one.digest != other.digest and not lines:
            notes.append("content differs, shown text does not")
        if notes or lines:
            yield SnapshotChange(ChangeKind.FILE, key, one.path, other.path, "; ".join(notes), lines)


def _path(file: KeptFile | None) -> str | None:
    return file.path if file is not None else None


def _lines(before: KeptFile | None, after: KeptFile | None) -> tuple[str, ...]:
    old, new = ((file.text or "").splitlines() if file else [] for file in (before, after))
    return tuple(list(unified_diff(old, new, lineterm="", n=1))[2:])


def _texts(kind: ChangeKind, before: dict[str, str], after: dict[str, str]) -> Iterable[SnapshotChange]:
    for name in (*before, *(name for name in after if name not in before)):
        if before.get(name) != after.get(name):
            yield SnapshotChange(kind, name, before.get(name), after.get(name))
