"""Parses the environment into values: strict, one-sided, and all mistakes in one report.

The environment wins over `.env`; a credential file of systemd (`$CREDENTIALS_DIRECTORY/NAME`, or
`avwap_NAME` and `telling_NAME`, as systemd calls what it took from whole directories of them) wins over both. Names are
checked as well as values: `MAX_LIVE_ORDERS=1` is a cap its writer believes in, so a stranger under our
prefixes is a mistake and never ignored.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from gates.base import entrusted
from gates.base.escape import printable
from gates.base.record import dataclass
from gates.base.settings import LIVE_HOST, PAPER_HOST, Secret, Setting, Unfit
from gates.base.writers import not_ours_alone, written_by_others

CHECKOUT = Path(__file__).resolve().parent.parent.parent
"""The folder that holds the packages: a checkout, or where a wheel was unpacked (`is_checkout` tells)."""
NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
SOUNDS_SECRET = re.compile("TOKEN|SECRET|KEY|PASS|WEBHOOK|CREDENTIAL")
ENV_FILE = "AVWAP_ENV_FILE"
LONGEST_SHOWN = 20
"""So much of a wrong value says which it is. A key pasted into the wrong variable is longer."""
LIKE_A_KEY = re.compile(r"(?=[A-Za-z_+]*[0-9])(?=[0-9_+]*[A-Za-z])[A-Za-z0-9_+]{12,}")

ReadLines = Callable[[TextIO], Iterable[Any]]
"""python-dotenv's parse_stream; handed in, because `gates` imports the standard library only."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong variable: its name, what it says, what to write instead."""

    name: str
    shown_value: str
    remedy: str
    ends_run: bool = False

    def __str__(self) -> str:
        return f"{self.name}={self.shown_value}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Names:
    """Which names are settings, which prefixes are ours, and under which of them a stranger is a mistake."""

    registry: Sequence[Setting]
    ours: tuple[str, ...]
    closed: tuple[str, ...]

    @property
    def by_name(self) -> dict[str, Setting]:
        return {setting.name: setting for setting in self.registry}


class SettingSource(Enum):
    """Where a variable was found; the value is how it is kept and shown."""

    ENVIRONMENT = "environment"
    FILE = ".env"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class Merged:
    """Every variable's text, where each is from, and what could not be read."""

    texts: dict[str, str]
    sources: dict[str, SettingSource]
    mistakes: list[Mistake]


def read_environment(
    environ: Mapping[str, str], registry: Iterable[Setting], read_lines: ReadLines
) -> tuple[dict[str, str], list[Mistake]]:
    """The process environment over `.env` over nothing, credentials on top; with what was unreadable."""
    found = read_with_sources(environ, registry, read_lines)
    return found.texts, found.mistakes


def read_with_sources(environ: Mapping[str, str], registry: Iterable[Setting], read_lines: ReadLines) -> Merged:
    """The same with where each is from. A credential that cannot be read still says that it is meant to be one."""
    from_file, mistakes = _read_env_file(environ, read_lines)
    merged = {**from_file, **environ}
    sources = dict.fromkeys(from_file, SettingSource.FILE) | dict.fromkeys(environ, SettingSource.ENVIRONMENT)
    directory = environ.get("CREDENTIALS_DIRECTORY")
    for setting, path in _credentials(registry, Path(directory)) if directory else ():
        try:
            merged[setting.name] = entrusted.read(path).decode("utf-8").removesuffix("\n")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as broken:
            remedy = f"credential {path} cannot be read ({type(broken).__name__}); mend or remove it"
            mistakes.append(Mistake(setting.name, "(credential)", remedy, ends_run=True))
        sources[setting.name] = SettingSource.CREDENTIAL
    return Merged(merged, sources, mistakes)


def _credentials(registry: Iterable[Setting], directory: Path) -> list[tuple[Setting, Path]]:
    """Where a secret may lie, the plainer name last, so that it wins: it was given for this unit alone."""
    secrets = [setting for setting in registry if setting.secret]
    return [
        (setting, directory / f"{prefix}{setting.name}") for setting in secrets for prefix in ("telling_", "avwap_", "")
    ]


def read_values(merged: Mapping[str, str], registry: Iterable[Setting]) -> tuple[dict[str, Any], list[Mistake]]:
    """Every setting by its field, a wrong one replaced by its safest value, and what was wrong."""
    values: dict[str, Any] = {}
    mistakes = []
    for setting in registry:
        text = merged.get(setting.name, setting.default)
        try:
            values[setting.field] = setting.parse(text)
        except Unfit as unfit:
            mistakes.append(Mistake(setting.name, shown(setting, text), str(unfit), setting.names_broker))
            values[setting.field] = _safest(setting)
    return values, mistakes


def is_checkout(folder: Path = CHECKOUT) -> bool:
    """Whether the packages lie in the repository's tree; an unpacked wheel has no `state_templates/` beside them."""
    return (folder / "state_templates").is_dir()


def env_file_of(environ: Mapping[str, str], code: Path = CHECKOUT) -> Path:
    """The file that stands under the environment: what AVWAP_ENV_FILE names, else `.env` of the checkout, else, for an
    installed program, `.env` of the current directory if that is ours. /dev/null where there is none of these."""
    named = environ.get(ENV_FILE)
    if named:
        return Path(named).absolute()
    folder = code if is_checkout(code) else _own_directory()
    return folder / ".env" if folder is not None else Path(os.devnull)


def _own_directory() -> Path | None:
    """The current directory, if only its user and root can put a file into it and it is no part of the program."""
    try:
        here, info = Path.cwd(), os.stat(".")
    except OSError:
        return None
    return None if in_program(here) or written_by_others(info) is not None else here


def in_program(path: Path) -> bool:
    """Whether it lies, links followed, where the program is installed. Where that is / itself, nothing does."""
    return f"{os.path.realpath(path)}/".startswith(f"{os.path.realpath(sys.prefix)}/")


def shown(setting: Setting, text: str | None) -> str:
    """A wrong value as far as it may be shown: its beginning, and only its length where it may be a key."""
    if setting.secret:
        return "(secret)"
    if text is None or text == "":
        return "(empty)" if text == "" else str(text)
    if "@" in text or any(LIKE_A_KEY.search(word) for word in text.split()):
        return f"(not shown, {len(text)} characters)"
    return printable(text) if len(text) <= LONGEST_SHOWN else f"{printable(text[:LONGEST_SHOWN])}…"


def _safest(setting: Setting) -> object:
    """What a wrong value is replaced with while the janitor still runs: zero caps, else the default."""
    return setting.when_wrong if setting.when_wrong is not None else setting.parse(setting.default)


def half_a_key(key_id: Secret, secret_key: Secret) -> list[Mistake]:
    if bool(key_id) is bool(secret_key):
        return []
    missing = "APCA_API_SECRET_KEY" if key_id else "APCA_API_KEY_ID"
    return [Mistake(missing, "(not set)", "set both halves of the Alpaca key or neither", ends_run=True)]


def endpoint(paper: bool, key_id: Secret, host: str) -> list[Mistake]:
    """Key kind, host and ALPACA_PAPER must tell the same story: paper or real money."""
    key, found = key_id.reveal(), []
    if key.startswith("PK") and not paper:
        found.append("the key is a paper key (PK…); set ALPACA_PAPER=1 or use a live key")
    if key.startswith("AK") and paper:
        found.append("the key is a live key (AK…); set ALPACA_PAPER=0 to trade real money, or use a paper key")
    if host == LIVE_HOST and paper:
        found.append(f"APCA_API_BASE_URL is the live host; set ALPACA_PAPER=0 or use {PAPER_HOST}")
    if host == PAPER_HOST and not paper:
        found.append(f"APCA_API_BASE_URL is the paper host; set ALPACA_PAPER=1 or use {LIVE_HOST}")
    return [Mistake("ALPACA_PAPER", "1" if paper else "0", remedy, ends_run=True) for remedy in found]


def near_misses(environ: Mapping[str, str], names: Names) -> list[Mistake]:
    """Names that look like ours and are not: each with the nearest right one."""
    found, known_names = [], names.by_name
    for name in sorted(environ):
        upper = name.upper()
        if name in known_names:
            continue
        folded = next((known for known in known_names if _fold(known) == _fold(name)), None)
        if folded is None and not upper.startswith(names.ours):
            continue
        nearest = folded or min(
            known_names, key=lambda known: (not known.startswith(upper), edits(upper, known), known)
        )
        if folded or upper.startswith(names.closed) or edits(upper, nearest) <= 2:
            setting = known_names[nearest]
            text = "(not shown)" if setting.secret or SOUNDS_SECRET.search(upper) else shown(setting, environ[name])
            found.append(Mistake(name, text, f"no such setting; did you mean {nearest}?", setting.names_broker))
    return found


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").upper()


def edits(one: str, other: str) -> int:
    """How many letters must be put in, left out or exchanged to make one of the other."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]


def _read_env_file(environ: Mapping[str, str], read_lines: ReadLines) -> tuple[dict[str, str], list[Mistake]]:
    """The values of the settings file in force. A line that cannot be read is a mistake."""
    named, path = environ.get(ENV_FILE), env_file_of(environ)
    if not entrusted.is_there(path):
        if named:
            return {}, [Mistake(ENV_FILE, named, "no such file; name an existing one or unset it", ends_run=True)]
        return {}, []
    values: dict[str, str] = {}
    mistakes = []
    try:
        data, info = entrusted.read_and_look(path)
        problem = not_ours_alone(info)
        if problem is not None:
            return {}, [Mistake(str(path), "(file)", problem, ends_run=True)]
        bindings = list(read_lines(StringIO(data.decode("utf-8"), newline=None)))
    except (OSError, UnicodeDecodeError) as broken:
        return {}, [Mistake(str(path), "(file)", f"cannot be read ({type(broken).__name__})", ends_run=True)]
    for binding in bindings:
        text = binding.original.string
        where = f"{path} line {binding.original.line + len(text) - len(text.lstrip(chr(10)))}"
        key, value = binding.key, binding.value
        if key is None and not binding.error:
            continue  # a comment or a blank line
        if key is None or value is None or NAME.fullmatch(key) is None:
            mistakes.append(Mistake(where, "(unreadable)", "write NAME=value", ends_run=True))
            continue
        if key in values:
            mistakes.append(Mistake(where, key, "set twice; keep one line", ends_run=True))
        values[key] = value
    return values, mistakes
