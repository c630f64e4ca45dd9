"""Lists what is installed, from which example, to where, and how each place is found before it is written.

Whose a file is, is told by the digest of what was written last: a file that differs from it was edited by
a person, and is never written over unasked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from execution.state import directory as state_directory
from execution.units.target import Target
from gates.base.record import dataclass
from gates.base.shipped import shipped

EXAMPLES = shipped("deploy_examples")
SUFFIX = ".example"
SYSTEM = "/etc/systemd/system"
SETTINGS = "/etc/avwap/execution.env"
RECORD = "/etc/avwap/installed.json"
SWITCHES = "/etc/avwap/switches"
CREDENTIALS = "/etc/avwap/credentials"
"""What the units read that trade or ask the broker, and the command line."""
FOR_TELLING = "/etc/avwap/credentials.d/telling"
"""What every unit reads that tells: Slack, the ping. The failure unit reads no more."""
FOR_SCANNER = "/etc/avwap/credentials.d/scanner"
"""What the scanner reads: a key that only has to see data."""
RUNBOOK_STATE = str(state_directory.RUNBOOK_STATE)
DROP_INS = "execution.service.d"
ACTIVE_DROP_IN = "10-dry-run.conf"
"""The one drop-in that is in force from the start; of each there is a copy that ends in .example, for `cp`."""


class UnitFileState(StrEnum):
    """What stands where a piece belongs."""

    ABSENT = "new"
    SAME = "same"
    OURS = "changed"
    EDITED = "edited"
    REMOVED = "removed"
    YOURS = "yours"

    @property
    def kept(self) -> bool:
        """Whether a person decided it so; it is written over only when that is asked for."""
        return self in (UnitFileState.EDITED, UnitFileState.REMOVED)


@dataclass(frozen=True, slots=True)
class Piece:
    """A file as it should be. `once`: made when absent, the operator's from then on."""

    path: str
    content: bytes
    mode: int = 0o644
    once: bool = False

    @property
    def is_drop_in(self) -> bool:
        return Path(self.path).parent.name == DROP_INS


@dataclass(frozen=True, slots=True)
class UnitLink:
    path: str
    leads_to: str
    why: str


def pieces(target: Target) -> list[Piece]:
    return [
        *_units(target),
        *_drop_ins(target),
        Piece(SETTINGS, _render(EXAMPLES / "execution.env.example", target), once=True),
        *(
            Piece(f"/usr/local/bin/{name}", _render(EXAMPLES / "command.example", target), 0o755)
            for name in ("execution", "scanner")
        ),
    ]


def links(target: Target) -> list[UnitLink]:
    why = "a command started in the checkout reads the same settings"
    return [
        *([UnitLink(f"{target.checkout}/.env", SETTINGS, why)] if target.has_checkout else []),
        UnitLink(
            RUNBOOK_STATE, str(target.state_dir), "a touch KILL_SWITCH in the runbook's path lands in the state dir"
        ),
        UnitLink(f"{SYSTEM}/execution-loop.service.d", f"{SYSTEM}/{DROP_INS}", "the loop obeys the same drop-ins"),
    ]


def found(piece: Piece, target: Target, last_written: Mapping[str, str]) -> UnitFileState:
    path = target.inside(piece.path)
    known = last_written.get(piece.path)
    if not os.path.lexists(path):
        return UnitFileState.REMOVED if known is not None and not piece.once else UnitFileState.ABSENT
    if piece.once:
        return UnitFileState.YOURS
    if path.is_symlink() or not path.is_file():
        return UnitFileState.EDITED
    there = path.read_bytes()
    if there == piece.content:
        return UnitFileState.SAME
    return UnitFileState.OURS if digest(there) == known else UnitFileState.EDITED


def link_problem(link: UnitLink, target: Target) -> str | None:
    """What is in the way of a link, or None."""
    path = target.inside(link.path)
    if not os.path.lexists(path) or (path.is_symlink() and os.readlink(path) == link.leads_to):
        return None
    is_what = f"a link to {os.readlink(path)}" if path.is_symlink() else "a directory" if path.is_dir() else "a file"
    return (
        f"{link.path} is {is_what}, so it cannot lead to {link.leads_to} ({link.why}); "
        "move what is in it there, remove it, and install again"
    )


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _units(target: Target) -> Iterator[Piece]:
    for kind in ("service", "timer"):
        for example in sorted(EXAMPLES.glob(f"*.{kind}{SUFFIX}")):
            yield Piece(f"{SYSTEM}/{example.name.removesuffix(SUFFIX)}", _render(example, target))


def _drop_ins(target: Target) -> Iterator[Piece]:
    for example in sorted((EXAMPLES / DROP_INS).glob(f"*.conf{SUFFIX}")):
        yield Piece(f"{SYSTEM}/{DROP_INS}/{example.name}", _render(example, target))
    yield Piece(
        f"{SYSTEM}/{DROP_INS}/{ACTIVE_DROP_IN}", _render(EXAMPLES / DROP_INS / f"{ACTIVE_DROP_IN}{SUFFIX}", target)
    )


def _render(example: Path, target: Target) -> bytes:
    return target.rendered(example.read_text(encoding="utf-8")).encode()
