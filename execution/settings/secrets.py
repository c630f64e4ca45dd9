"""Hides our secrets, by value and by shape, in every text that leaves the service."""

from __future__ import annotations

from functools import lru_cache

from execution.settings.redaction import Known, hide_text, worth_hiding
from execution.settings.registry import REGISTRY, Settings
from gates.base.settings import Secret


def clean(text: str, settings: Settings) -> str:
    return hide_text(text, _known(settings)) if text else text


def of_settings(settings: Settings) -> dict[str, str]:
    """Each secret value with the variable it belongs to."""
    found: dict[str, str] = {}
    for setting in REGISTRY:
        value = getattr(settings, setting.field)
        if isinstance(value, Secret) and value and worth_hiding(setting.name, value.reveal()):
            found.setdefault(value.reveal(), setting.name)
    return found


@lru_cache(maxsize=1)
def _known(settings: Settings) -> Known:
    return Known(of_settings(settings))
