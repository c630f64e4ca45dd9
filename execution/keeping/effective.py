"""What is set, to what, and by whom: the effective settings as a person needs them in a comparison.

Unlike `config.parse` this never ends a run: a broken setting is exactly what somebody wants to keep
and look at, so it is shown as text with its mistake beside it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from execution.config import NAMES
from execution.config import _env_file_lines as env_file_lines
from execution.keeping.redaction import Known, hide_text, is_secret_name, worth_hiding
from execution.settings import REGISTRY
from execution.statedir import StateDir
from gates.common.environment import (
    CHECKOUT,
    ENV_FILE,
    near_misses,
    read_environment,
    read_values,
    state_directory,
)
from gates.common.errors import SettingsError
from gates.common.settings import STATE_DIR, Unfit
from gates.statefile import StateUnreadable, read_bytes

SCANNER_PREFIX = "SCAN_"


@dataclass(frozen=True, slots=True)
class Effective:
    """Every setting's text with where it comes from, and what is wrong with them."""

    merged: Mapping[str, str]
    sources: Mapping[str, str]
    mistakes: tuple[str, ...]


def effective(environ: Mapping[str, str]) -> Effective:
    merged, unreadable = read_environment(environ, REGISTRY, env_file_lines)
    _, wrong = read_values(merged, REGISTRY)
    mistakes = [str(mistake) for mistake in (*unreadable, *wrong, *near_misses(merged, NAMES))]
    sources = {name: "environment" if name in environ else ".env" for name in merged}
    directory = environ.get("CREDENTIALS_DIRECTORY")
    for setting in REGISTRY if directory else ():
        if setting.secret and os.path.exists(Path(str(directory)) / setting.name):
            sources[setting.name] = "credential"
    return Effective(merged, sources, tuple(mistakes))


def env_file(environ: Mapping[str, str]) -> Path:
    named = environ.get(ENV_FILE)
    return Path(named).absolute() if named else CHECKOUT / ".env"


def state_of(environ: Mapping[str, str]) -> StateDir:
    """The state directory, or the one mistake that keeps it from being known."""
    text = effective(environ).merged.get(STATE_DIR.name)
    try:
        return StateDir(state_directory(STATE_DIR.parse(text), environ))
    except Unfit as unfit:
        raise SettingsError([f"{STATE_DIR.name}={text or '(empty)'}: {unfit}"]) from None


def state_of_anyhow(environ: Mapping[str, str]) -> tuple[StateDir, str | None]:
    """For the evidence: with a directory that cannot be known, the default one and why."""
    try:
        return state_of(environ), None
    except SettingsError as wrong:
        return StateDir(state_directory("", environ)), str(wrong)


def known_secrets(environ: Mapping[str, str], state: StateDir, more: Mapping[str, str] | None = None) -> Known:
    """Every secret value within reach: environment and `.env`, though one hides the other, credentials,
    the token file; `more` are those found in unit files."""
    only_file, _ = read_environment(_only_env_file(environ), REGISTRY, env_file_lines)
    pairs = [*effective(environ).merged.items(), *environ.items(), *only_file.items(), *_credentials(environ)]
    names = {
        value: name for name, value in pairs if is_secret_name(name) and worth_hiding(name, value)
    }
    names |= {value: name for value, name in (more or {}).items() if worth_hiding(name, value)}
    try:
        token = read_bytes(state.token).decode("utf-8", "surrogateescape")
    except StateUnreadable:
        token = ""
    for text in (token, token.strip()):
        if worth_hiding("LIVE_CONFIRM_TOKEN", text):
            names.setdefault(text, "LIVE_CONFIRM_TOKEN")
    return Known(names)


def shown_settings(found: Effective, known: Known, fingerprint: Mapping[str, str]) -> list[dict[str, object]]:
    """One row per setting of the registry: value, whether it is the default, where it is from."""
    rows: list[dict[str, object]] = []
    for setting in REGISTRY:
        text = found.merged.get(setting.name)
        value = fingerprint.get(setting.name) if setting.secret else text if text is None else hide_text(text, known)
        rows.append({
            "name": setting.name,
            "value": setting.default if text is None else value,
            "default": text is None or text == setting.default,
            "from": found.sources.get(setting.name, "default"),
        })  # fmt: skip
    return rows


def _only_env_file(environ: Mapping[str, str]) -> dict[str, str]:
    return {ENV_FILE: environ[ENV_FILE]} if environ.get(ENV_FILE) else {}


def _credentials(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    directory = environ.get("CREDENTIALS_DIRECTORY")
    found = []
    try:
        names = sorted(os.listdir(directory)) if directory else []
    except OSError:
        names = []
    for name in names:
        try:
            text = (Path(str(directory)) / name).read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            continue
        # A credential is a secret by where it lies, whatever it is called.
        label = name if is_secret_name(name) else f"{name}_CREDENTIAL"
        found += [(label, text), (label, text.removesuffix("\n"))]
    return found
