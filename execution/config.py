"""From environment to settings: strict, one-sided, and all mistakes in one report.

The environment wins over `.env`; a credential file of systemd (`$CREDENTIALS_DIRECTORY/NAME`) wins
over both. Names are checked as well as values: `MAX_LIVE_ORDERS=1` is a cap somebody believes in,
so a stranger under our prefixes is a mistake and never ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from execution.settings import BY_NAME, REGISTRY, Setting, Settings, Unfit

CHECKOUT = Path(__file__).resolve().parent.parent
OUR_PREFIXES = ("MAX_", "LIVE_", "KILL_", "DRY_", "ALLOWLIST")
PAPER_HOST = "https://paper-api.alpaca.markets"
LIVE_HOST = "https://api.alpaca.markets"
CLOSED_PREFIXES = ("MAX_LIVE_", "KILL_", "LIVE_", "ALLOWLIST", "DRY_RUN")
NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
SOUNDS_SECRET = re.compile("TOKEN|SECRET|KEY|PASS|WEBHOOK|CREDENTIAL")
ENV_FILE = "AVWAP_ENV_FILE"


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
class Parsed:
    """Settings with every wrong value replaced by its safest one, and what was wrong."""

    settings: Settings
    mistakes: tuple[Mistake, ...]

    @property
    def fatal(self) -> bool:
        return any(mistake.ends_run for mistake in self.mistakes)


def read_environment(environ: Mapping[str, str]) -> tuple[dict[str, str], list[Mistake]]:
    """The process environment over `.env` over nothing, credentials on top; with what was unreadable."""
    from_file, mistakes = _read_env_file(environ)
    merged = {**from_file, **environ}
    directory = environ.get("CREDENTIALS_DIRECTORY")
    for setting in REGISTRY if directory else ():
        if not setting.secret:
            continue
        path = Path(str(directory)) / setting.name
        try:
            merged[setting.name] = path.read_bytes().decode("utf-8").removesuffix("\n")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as broken:
            remedy = f"credential {path} cannot be read ({type(broken).__name__}); mend or remove it"
            mistakes.append(Mistake(setting.name, "(credential)", remedy, ends_run=True))
    return merged, mistakes


def parse(environ: Mapping[str, str]) -> Parsed:
    """Every setting, and every mistake at once."""
    merged, mistakes = read_environment(environ)
    values: dict[str, object] = {}
    for setting in REGISTRY:
        text = merged.get(setting.name, setting.default)
        try:
            values[setting.field] = setting.parse(text)
        except Unfit as unfit:
            mistakes.append(Mistake(setting.name, _shown(setting, text), str(unfit), setting.names_broker))
            values[setting.field] = _safest(setting)
    settings = Settings(**values)  # type: ignore[arg-type]
    mistakes += _near_misses(merged)
    mistakes += _contradictions(settings)
    return Parsed(settings, tuple(mistakes))


def state_directory(settings: Settings, environ: Mapping[str, str]) -> Path:
    """AVWAP_STATE_DIR, else the one systemd made for us, else `state/` in the checkout."""
    named = settings.avwap_state_dir or environ.get("STATE_DIRECTORY", "")
    return Path(named).absolute() if named else CHECKOUT / "state"


def _shown(setting: Setting, text: str | None) -> str:
    if setting.secret:
        return "(secret)"
    return "(empty)" if text == "" else str(text)[:80]


def _safest(setting: Setting) -> object:
    """What a wrong value is replaced with while the janitor still runs: zero caps, else the default."""
    return setting.when_wrong if setting.when_wrong is not None else setting.parse(setting.default)


def _contradictions(settings: Settings) -> list[Mistake]:
    """Values that are right alone and wrong together."""
    found = []
    if bool(settings.apca_api_key_id) is not bool(settings.apca_api_secret_key):
        missing = "APCA_API_SECRET_KEY" if settings.apca_api_key_id else "APCA_API_KEY_ID"
        found.append(Mistake(missing, "(not set)", "set both halves of the Alpaca key or neither", ends_run=True))
    if settings.broker == "alpaca" and not settings.apca_api_key_id:
        remedy = "set APCA_API_KEY_ID and APCA_API_SECRET_KEY, or BROKER=simulated to practise"
        found.append(Mistake("BROKER", "alpaca", remedy, ends_run=True))
    if settings.broker == "auto" and not settings.apca_api_key_id and settings.live_trading:
        remedy = "LIVE_TRADING is on and no Alpaca key is set; set the keys, or BROKER=simulated to practise"
        found.append(Mistake("BROKER", "auto", remedy, ends_run=True))
    if settings.cycle_budget_seconds <= settings.http_timeout_seconds:
        remedy = f"must be more than HTTP_TIMEOUT_SECONDS ({settings.http_timeout_seconds})"
        found.append(Mistake("CYCLE_BUDGET_SECONDS", str(settings.cycle_budget_seconds), remedy))
    return found + _endpoint(settings)


def _endpoint(settings: Settings) -> list[Mistake]:
    """Key kind, host and ALPACA_PAPER must tell the same story: paper or real money."""
    paper, word = settings.alpaca_paper, "1" if settings.alpaca_paper else "0"
    key, host = settings.apca_api_key_id.reveal(), settings.apca_api_base_url
    found = []
    if key.startswith("PK") and not paper:
        found.append("the key is a paper key (PK…); set ALPACA_PAPER=1 or use a live key")
    if key.startswith("AK") and paper:
        found.append("the key is a live key (AK…); set ALPACA_PAPER=0 to trade real money, or use a paper key")
    if host == LIVE_HOST and paper:
        found.append(f"APCA_API_BASE_URL is the live host; set ALPACA_PAPER=0 or use {PAPER_HOST}")
    if host == PAPER_HOST and not paper:
        found.append(f"APCA_API_BASE_URL is the paper host; set ALPACA_PAPER=1 or use {LIVE_HOST}")
    return [Mistake("ALPACA_PAPER", word, remedy, ends_run=True) for remedy in found]


def _near_misses(environ: Mapping[str, str]) -> list[Mistake]:
    """Names that look like ours and are not: each with the nearest right one."""
    found = []
    for name in sorted(environ):
        upper = name.upper()
        if name in BY_NAME:
            continue
        folded = next((known for known in BY_NAME if _fold(known) == _fold(name)), None)
        if folded is None and not upper.startswith(OUR_PREFIXES):
            continue
        nearest = folded or min(
            BY_NAME, key=lambda known: (not known.startswith(upper), _edits(upper, known), known)
        )
        if folded or upper.startswith(CLOSED_PREFIXES) or _edits(upper, nearest) <= 2:
            setting = BY_NAME[nearest]
            shown = "(not shown)" if setting.secret or SOUNDS_SECRET.search(upper) else _shown(setting, environ[name])
            found.append(Mistake(name, shown, f"no such setting; did you mean {nearest}?", setting.names_broker))
    return found


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").upper()


def _edits(one: str, other: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]


def _read_env_file(environ: Mapping[str, str]) -> tuple[dict[str, str], list[Mistake]]:
    """`.env` of the checkout, or the file AVWAP_ENV_FILE names. A line that cannot be read is a mistake."""
    named = environ.get(ENV_FILE)
    path = Path(named) if named else CHECKOUT / ".env"
    if not os.path.lexists(path):
        if named:
            return {}, [Mistake(ENV_FILE, named, "no such file; name an existing one or unset it", ends_run=True)]
        return {}, []
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    mistakes = []
    try:
        with path.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as broken:
        return {}, [Mistake(str(path), "(file)", f"cannot be read ({type(broken).__name__})", ends_run=True)]
    for binding in bindings:
        text = binding.original.string
        where = f"{path} line {binding.original.line + len(text) - len(text.lstrip(chr(10)))}"
        well_named = binding.key is None or NAME.fullmatch(binding.key) is not None
        if binding.error or not well_named or (binding.key is not None and binding.value is None):
            mistakes.append(Mistake(where, "(unreadable)", "write NAME=value", ends_run=True))
        elif binding.key is not None and binding.value is not None:
            if binding.key in values:
                mistakes.append(Mistake(where, binding.key, "set twice; keep one line", ends_run=True))
            values[binding.key] = binding.value
    return values, mistakes
