"""A stretch of days as a list of events: drawn from a seed, or read from a file, and played the same each time.

An event is its name and a few plain values. What it is about (which order, which leg) is a number that is
taken modulo what there is when it happens, so that a script stays playable when events are taken out of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gates.base.record import dataclass

Event = tuple[Any, ...]
Setup = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    seed: int
    setup: Setup
    events: tuple[Event, ...]

    def with_events(self, events: tuple[Event, ...]) -> Script:
        return Script(self.seed, self.setup, events)

    def text(self) -> str:
        lines = ",\n  ".join(json.dumps(event) for event in self.events)
        return (
            f'{{"seed": {self.seed}, "setup": {json.dumps(self.setup, sort_keys=True)}, "events": [\n  {lines}\n]}}\n'
        )


def read(path: Path) -> Script:
    found = json.loads(path.read_text())
    return Script(found["seed"], found["setup"], tuple(map(_event, found["events"])))


def _event(item: Any) -> Any:
    return tuple(map(_event, item)) if isinstance(item, list) else item
