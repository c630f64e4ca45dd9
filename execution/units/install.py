"""Installs, compares and uninstalls the service's files, each as a list of steps in order.

Nothing is written before every reason against it has been heard. What a person has edited or removed is theirs
and stays as it is, which is said and leaves with exit 1; `--overwrite` takes it back.
"""

from __future__ import annotations

import compileall
import os
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from execution.units import folders, record
from execution.units import place as units_place
from execution.units.folders import Mend
from execution.units.pieces import (
    DROP_INS,
    RECORD,
    SETTINGS,
    SYSTEM,
    Piece,
    UnitFileState,
    UnitLink,
    digest,
    found,
    link_problem,
    links,
    pieces,
)
from execution.units.target import Target
from execution.units.verify import complaints
from gates.base.errors import UsageError
from gates.base.record import dataclass

BACK = (
    "DRY_RUN and the examples are back in it; a drop-in of your own, such as 40-canary.conf with its caps, is not: "
    "put it back before you arm"
)
PACKAGES = ("execution", "gates", "scanner")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is and what there should be."""

    pieces: list[tuple[Piece, UnitFileState]]
    links: list[tuple[UnitLink, str | None]]
    folders: list[Mend]
    complaints: list[str] | None

    @property
    def settled(self) -> bool:
        """Nothing to do and nothing in the way."""
        quiet = all(state in (UnitFileState.SAME, UnitFileState.YOURS) for _, state in self.pieces)
        return quiet and not self.folders and all(problem is None for _, problem in self.links)

    @property
    def drop_ins_are_gone(self) -> bool:
        """Whether every drop-in and every example of one is gone, as after `systemctl revert`."""
        states = [state for piece, state in self.pieces if piece.is_drop_in]
        return bool(states) and all(state is UnitFileState.REMOVED for state in states)


@dataclass(frozen=True, slots=True)
class InstallResult:
    """What was done, one line each, and what was left alone."""

    said: list[str]
    kept: list[str]
    first: bool = False


def compare(target: Target) -> Comparison:
    problems = list(target.problems())
    if problems:
        raise UsageError("\n".join(problems))
    wanted = pieces(target)
    known = record.load(target).files
    return Comparison(
        [(piece, found(piece, target, known)) for piece in wanted],
        [(link, link_problem(link, target)) for link in links(target)],
        folders.wrong(target),
        complaints(wanted, target),
    )


def install(target: Target, *, overwrite: bool = False) -> InstallResult:
    if target.is_this_machine and os.geteuid() != 0:
        raise UsageError("units install writes to /etc and makes a user: say sudo, or --root DIR to only look at it")
    seen = compare(target)
    if seen.complaints:
        raise UsageError("\n".join(["systemd does not understand these units; nothing was written", *seen.complaints]))
    said = [line for line in (units_place.make_user(target),) if line]
    installed = record.load(target)
    first = not installed.files
    said += folders.make(target, installed)
    kept: list[str] = []
    for one in folders.wrong(target):
        (said if folders.mend(target, one) else kept).append(str(one))
    gone = seen.drop_ins_are_gone
    kept += [f"{SYSTEM}/{DROP_INS} was emptied; {BACK}"] if gone else []
    for piece, state in seen.pieces:
        if state.kept and not overwrite and not (gone and piece.is_drop_in):
            kept.append(f"{piece.path} was {state} by a person and stays so; --overwrite takes it back")
        elif state not in (UnitFileState.SAME, UnitFileState.YOURS):
            said.append(f"{'wrote' if state is UnitFileState.ABSENT else 'rewrote'} {piece.path}")
            units_place.write(piece, target, installed)
    for link, problem in seen.links:
        if problem is not None:
            kept.append(problem)
        elif units_place.make_link(link, target, installed):
            said.append(f"linked {link.path} to {link.leads_to}")
    record.save(target, installed)
    _tell_the_machine(target)
    return InstallResult(said, kept, first)


def uninstall(target: Target) -> InstallResult:
    """Only what the record says was installed, and of that only what is still as it was installed."""
    if target.is_this_machine and os.geteuid() != 0:
        raise UsageError("units uninstall removes files from /etc: say sudo")
    installed = record.load(target)
    if not installed.files:
        raise UsageError(f"{target.inside(RECORD)} is not there: nothing was installed by `execution units install`")
    if units_place.systemd_runs(target):
        names = [
            Path(path).name for path in installed.files if path.endswith((".timer", ".service")) and "@" not in path
        ]
        units_place.run_tool("systemctl", "disable", "--now", "--quiet", *names, check=False)
    said, kept = [], []
    for path, written in list(installed.files.items()):
        place = target.inside(path)
        if place.is_file() and digest(place.read_bytes()) != written:
            kept += [f"{path} was edited and is left"] if path != SETTINGS else []
            said += [f"{path} is yours and stays"] if path == SETTINGS else []
            continue
        said += [f"removed {path}"] if units_place.remove_file(path, target) else []
        del installed.files[path]
    for path, leads_to in list(installed.links.items()):
        place = target.inside(path)
        if place.is_symlink() and os.readlink(place) == leads_to and units_place.remove_file(path, target):
            said.append(f"removed the link {path}")
        del installed.links[path]
    if kept:
        record.save(target, installed)
    else:
        units_place.remove_file(RECORD, target)
    yours = {folder.path for folder in folders.FOLDERS if folder.ours}
    for path in units_place.remove_empty(installed.directories, target):
        (said if path in yours else kept).append(f"{path} is not empty and is left")
    if units_place.systemd_runs(target):
        units_place.run_tool("systemctl", "daemon-reload")
    return InstallResult(said, kept)


def differences(seen: Comparison, target: Target) -> Iterator[str]:
    """What install would change, and what a person has changed, as unified diffs."""
    for piece, state in seen.pieces:
        if state in (UnitFileState.SAME, UnitFileState.YOURS):
            continue
        place = target.inside(piece.path)
        there = place.read_text(errors="replace").splitlines() if place.is_file() else []
        wanted = piece.content.decode().splitlines()
        yield from unified_diff(there, wanted, f"{place} (there, {state})", f"{place} (to be)", lineterm="")


def _tell_the_machine(target: Target) -> None:
    """Compiled once by root, as the service may not write beside its own code; and systemd looks again."""
    if target.is_this_machine:
        for package in PACKAGES:
            compileall.compile_dir(target.checkout / package, quiet=2)
    if units_place.systemd_runs(target):
        units_place.run_tool("systemctl", "daemon-reload")
