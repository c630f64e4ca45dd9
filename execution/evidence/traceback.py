"""Takes secrets out of a traceback on its way to the terminal or the journal. Loaded only when there is one."""

from __future__ import annotations

from collections.abc import Mapping

from execution.settings.redaction import hide_text
from execution.snapshots.effective import known_secrets, state_of_anyhow


def clean(text: str, environ: Mapping[str, str]) -> str:
    state, _ = state_of_anyhow(environ)
    return hide_text(text, known_secrets(environ, state))
