"""Creates a kill file, so that no new order leaves.

No broker is asked and none is loaded; the broker's own suspend is set by the verb (`kill --broker`). So a kill can be
asked for from a place that reaches no broker at all.
"""

from __future__ import annotations

from pathlib import Path

from execution.operator.refusal import Cause, Refusal
from execution.operator.word import PersonsWord
from execution.state.directory import StateDir
from execution.state.inventory import stays_open
from execution.state.markers import put_up
from execution.state.presence import presence
from execution.state.switches import root_kill_file
from gates.base.record import dataclass
from gates.base.statefile import StateUnwritable


@dataclass(frozen=True, slots=True)
class Killed:
    """Says what became of the file, what stays open at the broker, and what lies in root's own folder."""

    said: tuple[str, ...]
    stays: str
    root_file: Path | None
    """Root's own place for a kill file, None where there is no such folder."""
    root_kills: bool
    """Whether a kill file is in force there too."""


class NotKilled(Refusal):
    __slots__ = ()


def kill(state: StateDir, word: PersonsWord) -> Killed | NotKilled:
    """Create the kill file, before anything else. Neither network, lock nor valid settings are needed."""
    try:
        said = put_up(state.kill_switch, word.at, word.by, word.why)
    except StateUnwritable as broken:
        return NotKilled(Cause.STATE, str(broken))
    root = root_kill_file(state)
    return Killed(tuple(said), stays_open(state), root, root is not None and presence(root).in_force)
