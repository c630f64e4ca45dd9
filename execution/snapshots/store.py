"""Knows where snapshots lie: in the state directory, and root's own in a folder that root alone writes.

A snapshot in the state directory was made by whoever owns that directory, who can forge it: seal and key lie beside
it. So root puts files back from its own snapshots only, and while it works on the directory of another user it reads
nothing that this user wrote: not the account, not the session, not the token.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from execution.state.directory import StateDir
from execution.state.presence import presence
from execution.state.switches import token_files
from gates.base import below, entrusted
from gates.base.handover import foreign_owner
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, StateUnwritable, make_directory
from gates.facts import Presence

ROOTS_OWN = Path("/etc/avwap/snapshots")
TOKEN = "LIVE_CONFIRM_TOKEN"


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of snapshots; `owner` is the other user whose state directory root works on, if it is one."""

    state: StateDir
    folder: Path
    owner: str | None = None

    @property
    def is_roots(self) -> bool:
        return self.owner is not None

    @property
    def lock(self) -> Path:
        """The cycle's, so that none reads half of what is put back; root's own where the cycle's is another user's."""
        return self.folder / "rollback.lock" if self.is_roots else self.state.lock

    def prepare(self) -> None:
        if not self.is_roots:
            return
        try:
            os.makedirs(self.folder.parent, 0o755, exist_ok=True)
        except OSError as broken:
            raise StateUnwritable(self.folder, broken) from broken
        make_directory(self.folder)
        self.check()

    def check(self) -> None:
        """What others may write is no place of root's."""
        if not self.is_roots or not below.is_there(self.folder):
            return
        info = below.look(self.folder)
        if not below.is_folder(self.folder) or info.st_uid != 0 or info.st_mode & 0o022:
            raise StateUnreadable(self.folder, "is not a folder that root alone writes; nothing in it is believed")

    def disowned(self, pattern: str) -> str:
        """Why a snapshot that only the state directory has is not used; empty where it has none such."""
        if not self.is_roots:
            return ""
        found = [path.stem for path in below.paths(self.state.snapshots, ".json") if path.stem.endswith(pattern)]
        if not found:
            return ""
        where = f"{self.state.snapshots}/{found[0]}.json"
        return f"; {where} was made by {self.owner}, and root puts back only what root kept in {self.folder}"

    def armed(self, environ: Mapping[str, str]) -> list[str]:
        """The names of what makes LIVE possible now."""
        places = [*token_files(self.state), self.state.arm]
        found = [path.name for path in places if presence(path) is not Presence.ABSENT]
        credentials = environ.get("CREDENTIALS_DIRECTORY")
        if credentials and any(entrusted.is_there(Path(credentials) / f"{ahead}{TOKEN}") for ahead in ("", "avwap_")):
            found.append(f"credential {TOKEN}")
        return found


def store_of(state: StateDir) -> Store:
    owner = foreign_owner(state.root)
    if owner is None:
        return Store(state, state.snapshots)
    below.know(ROOTS_OWN.parent)
    return Store(state, ROOTS_OWN, owner.name)
