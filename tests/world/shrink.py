"""A failing script made short: events are taken out as long as the same promise breaks."""

from __future__ import annotations

from collections.abc import Callable

from world.script import Script

MOST_EVENTS = 20
MOST_TRIES = 600


def shrunk(script: Script, still_breaks: Callable[[Script], bool]) -> Script:
    """First half of it at a time, then quarters, down to single events, again until nothing can go."""
    tries = 0
    size = max(1, len(script.events) // 2)
    while True:
        at, smaller = 0, False
        while at < len(script.events):
            if tries >= MOST_TRIES:
                return script
            candidate = script.with_events(script.events[:at] + script.events[at + size :])
            tries += 1
            if still_breaks(candidate):
                script, smaller = candidate, True
            else:
                at += size
        if size == 1 and not smaller:
            return script
        if not smaller or size > len(script.events):
            size = max(1, size // 2)
