"""Takes secrets out of a traceback of the scanner. Loaded only when there is one."""

from __future__ import annotations

from collections.abc import Mapping

from gates.base.environment import SOUNDS_SECRET, read_environment
from gates.base.leaks import HIDDEN, Leaks
from scanner.settings import REGISTRY, env_file_lines

SHORTEST = 8


def clean(text: str, environ: Mapping[str, str]) -> str:
    """Without any value of environment, `.env` and credentials whose name sounds like a secret's. The scanner
    knows few secrets and may be given those of the execution service in the same file."""
    merged, _ = read_environment(environ, REGISTRY, env_file_lines)
    values = {value: name for name, value in merged.items() if SOUNDS_SECRET.search(name) and len(value) >= SHORTEST}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return Leaks(values).hidden_text(text)
