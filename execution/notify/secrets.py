"""Every word that leaves goes through here: no secret of ours, by value or by shape.

A webhook's address is a secret as a whole and in its path, because error texts of HTTP clients name
host and path apart.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from execution.keeping.redaction import Known, hide_text, worth_hiding
from execution.settings import REGISTRY, Settings
from gates.common.settings import Secret

SHORTEST_PATH = 12
"""A shorter path, such as /ping, is a word and no secret."""


def clean(text: str, settings: Settings) -> str:
    return hide_text(text, _known(settings)) if text else text


def of_settings(settings: Settings) -> dict[str, str]:
    """Each secret value with the variable it belongs to, addresses also by their path."""
    found: dict[str, str] = {}
    for setting in REGISTRY:
        value = getattr(settings, setting.field)
        if not isinstance(value, Secret) or not value:
            continue
        text = value.reveal()
        path = urlsplit(text).path.rstrip("/") if text.startswith("http") else ""
        for one in (text, text.rstrip("/"), path, path.lstrip("/")):
            whole = one == text
            if worth_hiding(setting.name, one) and (whole or len(one) >= SHORTEST_PATH):
                found.setdefault(one, setting.name)
    return found


@lru_cache(maxsize=1)
def _known(settings: Settings) -> Known:
    return Known(of_settings(settings))
