"""Works out what is set, to what, and by whom: the effective settings as a person compares them.

Unlike `parsing.parse` this never ends a run: a broken setting is exactly what an operator wants to keep
and look at, so it is shown as text with its mistake beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from execution.settings.fingerprints import Sealer
from execution.settings.parsing import NAMES, env_file_lines
from execution.settings.redaction import NOTHING_KNOWN, Known, hide_text, is_secret_name, worth_hiding
from execution.settings.registry import REGISTRY
from execution.snapshots.files import FoundFile
from execution.state.directory import StateDir
from execution.state.switches import token_files
from execution.state.where import NOWHERE, state_at, state_dir
from gates.base import entrusted
from gates.base.environment import ENV_FILE, near_misses, read_environment, read_values, read_with_sources
from gates.base.errors import SettingsError
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, read_bytes

OTHERS_OF_OURS = ("SCAN_", "SLACK_", "HEALTHCHECK_", "APCA_", "ALPACA_", "MAX_", "LIVE_", "KILL_", "DRY_", "ALLOWLIST")
"""Names worth keeping though execution's registry does not have them: the scanner's, and misspelt ones."""


@dataclass(frozen=True, slots=True)
class Effective:
    """Every setting's text with where it comes from, and what is wrong with them."""

    merged: Mapping[str, str]
    sources: Mapping[str, str]
    mistakes: tuple[str, ...]


def effective(environ: Mapping[str, str]) -> Effective:
    found = read_with_sources(environ, REGISTRY, env_file_lines)
    _, wrong = read_values(found.texts, REGISTRY)
    mistakes = [str(mistake) for mistake in (*found.mistakes, *wrong, *near_misses(found.texts, NAMES))]
    return Effective(found.texts, {name: source.value for name, source in found.sources.items()}, tuple(mistakes))


def state_of(environ: Mapping[str, str]) -> StateDir:
    """The state directory, or the mistake in its name. A settings file that cannot be read is what a person
    wants to keep and look at, so then it is the one that needs no setting."""
    state, misnamed = state_of_anyhow(environ)
    if misnamed is not None:
        raise SettingsError([misnamed])
    return state


def state_of_anyhow(environ: Mapping[str, str]) -> tuple[StateDir, str | None]:
    """For the evidence: with a name that is none, the directory that needs no setting, if there is one, and why."""
    state = state_dir(environ)
    if isinstance(state, StateDir):
        return state, None
    why = "; ".join(map(str, state.mistakes)) if state.misnamed or state.otherwise is None else None
    return state_at(state.otherwise or NOWHERE, environ), why


def known_secrets(environ: Mapping[str, str], state: StateDir | None, files: Iterable[FoundFile] = ()) -> Known:
    """Every secret value within reach: environment and `.env`, though one hides the other, credentials,
    the token file where `state` is given, and what the kept files assign to a secret's name."""
    only_file, _ = read_environment(_only_env_file(environ), REGISTRY, env_file_lines)
    pairs = [*effective(environ).merged.items(), *environ.items(), *only_file.items(), *_credentials(environ)]
    pairs += [("LIVE_CONFIRM_TOKEN", text) for text in (_token(state) if state is not None else ())]
    names = {value: name for name, value in pairs if is_secret_name(name) and worth_hiding(name, value)}
    nobody = Sealer(b"")
    for file in files:
        for name, raw in nobody.conceal(file.data, NOTHING_KNOWN, is_env=file.is_env).pieces.values():
            value = raw.decode("utf-8", "surrogateescape")
            if worth_hiding(name, value):
                names.setdefault(value, name)
    return Known(names)


def shown_settings(found: Effective, known: Known, sealer: Sealer) -> list[dict[str, object]]:
    """One row per setting: its value, or a secret's fingerprint, and where it is from."""
    rows: list[dict[str, object]] = []
    for setting in REGISTRY:
        text = found.merged.get(setting.name)
        source = found.sources.get(setting.name, "default")
        rows.append(_row(setting.name, setting.default if text is None else text, source, known, sealer))
    registered = {setting.name for setting in REGISTRY}
    for name in sorted(found.merged):
        if name not in registered and name.upper().startswith(OTHERS_OF_OURS):
            rows.append(_row(name, found.merged[name], found.sources[name], known, sealer))
    return rows


def _row(name: str, text: str | None, source: str, known: Known, sealer: Sealer) -> dict[str, object]:
    secret = is_secret_name(name)
    value: str | None = None
    if text:
        value = sealer.fingerprint(text.encode("utf-8", "surrogateescape")) if secret else hide_text(text, known)
    return {"name": name, "value": text if not text else value, "from": source, "secret": secret}


def _only_env_file(environ: Mapping[str, str]) -> dict[str, str]:
    return {ENV_FILE: environ[ENV_FILE]} if environ.get(ENV_FILE) else {}


def _token(state: StateDir) -> tuple[str, ...]:
    found: list[str] = []
    for path in token_files(state):
        with suppress(StateUnreadable):
            found.append(read_bytes(path).decode("utf-8", "surrogateescape"))
    return tuple(one for text in found for one in (text, text.strip()))


def _credentials(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    directory = environ.get("CREDENTIALS_DIRECTORY")
    found = []
    try:
        names = entrusted.names(Path(directory)) if directory else []
    except OSError:
        names = []
    for name in names:
        try:
            text = entrusted.read(Path(str(directory)) / name).decode("utf-8", "surrogateescape")
        except OSError:
            continue
        # A credential is a secret by where it lies, whatever it is called.
        label = name if is_secret_name(name) else f"{name}_CREDENTIAL"
        found += [(label, text), (label, text.removesuffix("\n"))]
    return found
