"""Survivors that were judged: changes that alter nothing that anyone could see, each with the reason.

`judged.txt` has a block for each, a blank line between them: file and function, `- ` the line, `+ ` the line changed,
`= ` the reason. A block whose line is no longer in its function is a mistake, so that the list cannot rot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mutants.changes import Change

Key = tuple[str, str, str, str]
BLOCK = re.compile(r"(?P<path>\S+) (?P<function>\S+)\n- (?P<before>.+)\n\+ (?P<after>.+)\n= (?P<reason>.+)")


class Misjudged(ValueError):
    """A block of the file cannot be read, is there twice, or is about a line that is gone."""


def read(path: Path) -> dict[Key, str]:
    judged: dict[Key, str] = {}
    for block in filter(None, path.read_text("utf-8").strip().split("\n\n")):
        found = BLOCK.fullmatch(block.strip())
        if found is None:
            raise Misjudged(f"{path.name}: no judgement: {block}")
        key = (found["path"], found["function"], found["before"], found["after"])
        if key in judged:
            raise Misjudged(f"{path.name}: judged twice: {block}")
        judged[key] = found["reason"]
    return judged


def refuse_stale(judged: Iterable[Key], changes: Iterable[Change], paths: Iterable[str]) -> None:
    """Refuses judgements about these files that fit no change of theirs."""
    known, looked_at = {change.key for change in changes}, set(paths)
    stale = [key for key in judged if key[0] in looked_at and key not in known]
    if stale:
        raise Misjudged("judged, but no such change is left: " + "; ".join(" ".join(key) for key in stale))
