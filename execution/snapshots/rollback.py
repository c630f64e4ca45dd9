"""Puts `.env` and unit files back as a snapshot has them, file by file, everything checked before the first.

A snapshot holds no secret, so each is filled from the files that lie here, where its fingerprint
agrees; one byte that would differ from what was kept refuses the whole. What is replaced stays beside
its successor as `NAME.before-ID`: nothing is lost, and a second call finds every secret the first one
had. So a death between two files needs no log to be repaired: the same call again finishes it, and the
snapshot taken before the first undoes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from execution.settings.fingerprints import SALT, Sealer, fill, open_sealer
from execution.snapshots.files import BEFORE, FoundFile, in_turn, staged, tuple_of
from execution.snapshots.leeway import loosened
from execution.snapshots.snapshots import BEFORE_ROLLBACK, Host, KeptFile, Snapshot, take
from execution.snapshots.store import Store
from gates.base import below
from gates.base.errors import EXIT_NOT_FINISHED, OperatorError
from gates.base.record import dataclass
from gates.base.statefile import FILE_MODE, StateUnreadable, StateUnwritable, read_bytes, replace, sync_directory

PENDING = "rollback-pending"


class RollbackRefused(OperatorError):
    """Says why no file was changed."""

    exit_code = EXIT_NOT_FINISHED


@dataclass(frozen=True)
class RollbackStep:
    """One file to be written, or put aside when the snapshot does not have it."""

    key: str
    path: Path
    content: bytes | None
    mode: int
    owner: tuple[int, int] | None

    def __repr__(self) -> str:
        return f"Step({self.key})"


@dataclass(frozen=True)
class RollbackPlan:
    """What is to be done, and what only a person can do."""

    steps: tuple[RollbackStep, ...]
    by_hand: tuple[str, ...]
    loosens: tuple[str, ...]


def make_plan(host: Host, target: Snapshot) -> RollbackPlan:
    """Every step worked out, or RollbackRefused with all that is in the way."""
    for kept in target.files:
        _path(host, kept.key)
    present = host.found()
    known = host.known(present)
    sealer = open_sealer(host.store.folder, make=False)
    if sealer.name != target.key:
        salt = host.store.folder / SALT
        raise RollbackRefused(f"{salt} is not the key {target.id} was taken with; nothing was changed, edit by hand")
    pieces = {
        digest: piece
        for file in (*present, *host.places.asides(present, (kept.key for kept in target.files)))
        for digest, piece in sealer.conceal(file.data, known, is_env=file.is_env).pieces.items()
    }
    steps: list[RollbackStep] = []
    by_hand: list[str] = []
    lacking: list[str] = []
    here = {file.key: file for file in present}
    for key in in_turn({*here, *(file.key for file in target.files)}):
        old, new = here.get(key), target.file(key)
        if _same(old, new, sealer) or host.places.is_second_name(key):
            continue
        path = _path(host, key)
        reason = _out_of_reach(path, old, new, host)
        if reason is not None:
            by_hand.append(f"{path}: {reason}")
            continue
        content, missing = fill(new.text or "", pieces) if new is not None else (None, [])
        if missing:
            lacking += [f"{path}: {name} is another one now, or gone" for name in sorted(set(missing))]
        elif new is not None and sealer.digest(content or b"") != new.digest:
            lacking.append(f"{path}: cannot be put together as it was")
        steps.append(_step(key, path, content, old, new))
    if lacking:
        what = "the snapshot holds no secrets, and these are not at hand:"
        raise RollbackRefused(
            "\n".join([what, *lacking, "Nothing was changed. Restore the secret first, or edit by hand."])
        )
    return RollbackPlan(tuple(steps), tuple(by_hand), tuple(_loosens(present, steps)))


def refuse_while_armed(host: Host, plan: RollbackPlan) -> None:
    armed = host.store.armed(host.environ)
    if armed and plan.loosens:
        lines = [f"armed ({', '.join(armed)}), and this is not tighter than now:", *plan.loosens]
        raise RollbackRefused("\n".join([*lines, "Nothing was changed. Disarm first."]))


def carry_out(host: Host, target: Snapshot, plan: RollbackPlan, now: datetime) -> Snapshot:
    """Keep the present, write every file beside its place, then put one after the other into it."""
    tidy(host)
    before = take(host, now, BEFORE_ROLLBACK)
    try:
        for step in plan.steps:
            _stage(step)
        replace(_pending(host.store), f"{target.id} {before.id}\n".encode("ascii"))
        for step in plan.steps:
            _put(step, before.id)
    finally:
        tidy(host)
    finished(host)
    return before


def tidy(host: Host) -> None:
    """Nothing with a secret in it is left half-way."""
    for path in host.places.leftovers():
        with suppress(OSError):
            os.unlink(path)


def finished(host: Host) -> None:
    """The files are as a snapshot has them: no rollback is cut short any more."""
    with suppress(FileNotFoundError):
        below.unlink(_pending(host.store))


def cut_short(store: Store) -> tuple[str, str] | None:
    """The snapshot a rollback died on its way to, and the one taken before it."""
    try:
        words = read_bytes(_pending(store)).decode("ascii", "replace").split()
    except StateUnreadable:
        return None
    return (words[0], words[1]) if len(words) == 2 else ("?", "?")


def commands_afterwards(plan: RollbackPlan) -> list[str]:
    """What systemd must be told, when a unit file changed; a running loop reads `.env` when it starts."""
    names = [tuple_of(step.key)[1].partition("/")[0].removesuffix(".d") for step in plan.steps]
    units = dict.fromkeys(name for name in names if name != ".env")
    if not units:
        return ["systemctl try-restart execution.service"] if plan.steps else []
    return ["systemctl daemon-reload", *(f"systemctl try-restart {name}" for name in units)]


def _pending(store: Store) -> Path:
    return store.folder / PENDING


def _same(old: FoundFile | None, new: KeptFile | None, sealer: Sealer) -> bool:
    if old is None or new is None:
        return old is None and new is None
    if old.problem is not None or new.problem is not None:
        return old.problem == new.problem and sealer.digest(old.data) == new.digest
    return sealer.digest(old.data) == new.digest


def _path(host: Host, key: str) -> Path:
    try:
        return host.places.path_of(*tuple_of(key))
    except ValueError as strange:
        raise RollbackRefused(f"{strange}; nothing was changed") from None


def _out_of_reach(path: Path, old: FoundFile | None, new: KeptFile | None, host: Host) -> str | None:
    """Why a person must do it."""
    for side, when in ((old, "now"), (new, "in the snapshot")):
        if side is not None and side.problem is not None:
            return f"{side.problem} ({when})"
    directory = path.parent if path.parent.is_dir() else path.parent.parent
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"{directory} is not writable for this user; run it as the owner, or edit by hand"
    if host.store.is_roots and (uid := os.stat(directory).st_uid) != 0:
        return f"{directory} belongs to uid {uid}, who could lead root elsewhere; put it back as that user"
    return None


def _step(key: str, path: Path, content: bytes | None, old: FoundFile | None, new: KeptFile | None) -> RollbackStep:
    """The mode of what lies there, else the kept one; what holds a secret is made private."""
    if old is not None:
        info = os.lstat(old.path)
        return RollbackStep(key, path, content, old.mode, (info.st_uid, info.st_gid))
    mode = int(new.mode, 8) & 0o666 if new is not None else 0o600
    secret = new is not None and "[redacted " in (new.text or "")
    return RollbackStep(key, path, content, mode & 0o600 if secret else mode, None)


def _loosens(present: list[FoundFile], steps: list[RollbackStep]) -> list[str]:
    before = {(file.place, file.name): file.data for file in present}
    after = dict(before)
    for step in steps:
        if step.content is None:
            after.pop(tuple_of(step.key), None)
        else:
            after[tuple_of(step.key)] = step.content
    return loosened(before, after)


def _stage(step: RollbackStep) -> None:
    """The whole content, durable, beside where it will lie."""
    if step.content is None:
        return
    waiting = staged(step.path)
    try:
        if not step.path.parent.is_dir():
            os.mkdir(step.path.parent, 0o755)
            sync_directory(step.path.parent.parent)
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with open(handle, "wb") as file:
            file.write(step.content)
            if step.owner is not None and step.owner != (os.geteuid(), os.getegid()):
                os.chown(handle, *step.owner)
            os.chmod(handle, step.mode)
            file.flush()
            os.fsync(handle)
    except OSError as broken:
        raise StateUnwritable(waiting, broken) from broken


def _put(step: RollbackStep, ident: str) -> None:
    try:
        with suppress(FileNotFoundError):
            os.link(step.path, step.path.with_name(f"{step.path.name}{BEFORE}{ident}"))
        if step.content is None:
            os.unlink(step.path)
        else:
            os.rename(staged(step.path), step.path)
        sync_directory(step.path.parent)
    except OSError as broken:
        raise StateUnwritable(step.path, broken) from broken
