"""Parses the execution service's settings by the shared rules, then holds them against each other.

Every mistake is in one report: a wrong value, a name that only looks like one of ours, and values
that are right alone and wrong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from execution.settings.registry import REGISTRY, Settings
from gates.base.environment import Mistake, Names, endpoint, half_a_key, near_misses, read_environment, read_values
from gates.base.record import dataclass
from gates.base.settings import STATE_DIR
from gates.base.where import Unplaced, placed

OUR_PREFIXES = ("MAX_", "LIVE_", "KILL_", "DRY_", "ALLOWLIST", "WATCH_")
CLOSED_PREFIXES = ("MAX_LIVE_", "KILL_", "LIVE_", "ALLOWLIST", "DRY_RUN")
NAMES = Names(REGISTRY, OUR_PREFIXES, CLOSED_PREFIXES)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Settings with every wrong value replaced by its safest one, and what was wrong."""

    settings: Settings
    mistakes: tuple[Mistake, ...]
    place: Path | Unplaced
    """Where the state directory lies by these settings."""

    @property
    def fatal(self) -> bool:
        return any(mistake.ends_run for mistake in self.mistakes)


def parse(environ: Mapping[str, str]) -> Parsed:
    """Every setting, and every mistake at once."""
    merged, mistakes = read_environment(environ, REGISTRY, env_file_lines)
    values, wrong = read_values(merged, REGISTRY)
    settings = Settings(**values)
    found = (*mistakes, *wrong, *near_misses(merged, NAMES), *_contradictions(settings))
    place = placed(environ, merged.get(STATE_DIR.name))
    if isinstance(place, Unplaced):
        found = (*found, *place.beside(found))
    return Parsed(settings, found, place)


def env_file_lines(stream: TextIO) -> Iterable[Any]:
    from dotenv.parser import parse_stream  # only when there is such a file

    return parse_stream(stream)


def _contradictions(settings: Settings) -> list[Mistake]:
    """Values that are right alone and wrong together."""
    found = half_a_key(settings.apca_api_key_id, settings.apca_api_secret_key)
    if settings.broker == "alpaca" and not settings.apca_api_key_id:
        remedy = "set APCA_API_KEY_ID and APCA_API_SECRET_KEY, or BROKER=simulated to practise"
        found.append(Mistake("BROKER", "alpaca", remedy, ends_run=True))
    if settings.broker == "auto" and not settings.apca_api_key_id and settings.live_trading:
        remedy = "LIVE_TRADING is on and no Alpaca key is set; set the keys, or BROKER=simulated to practise"
        found.append(Mistake("BROKER", "auto", remedy, ends_run=True))
    if settings.cycle_budget_seconds <= settings.http_timeout_seconds:
        remedy = f"must be more than HTTP_TIMEOUT_SECONDS ({settings.http_timeout_seconds})"
        found.append(Mistake("CYCLE_BUDGET_SECONDS", str(settings.cycle_budget_seconds), remedy))
    if bool(settings.slack_bot_token) is not bool(settings.slack_channel):
        missing = "SLACK_CHANNEL" if settings.slack_bot_token else "SLACK_BOT_TOKEN"
        found.append(Mistake(missing, "(not set)", "set both SLACK_BOT_TOKEN and SLACK_CHANNEL, or neither"))
    if 0 < settings.watch_suspend_seconds <= settings.watch_silent_seconds:
        remedy = f"must be more than WATCH_SILENT_SECONDS ({settings.watch_silent_seconds}), or 0"
        found.append(Mistake("WATCH_SUSPEND_SECONDS", str(settings.watch_suspend_seconds), remedy))
    return found + endpoint(settings.alpaca_paper, settings.apca_api_key_id, settings.apca_api_base_url)
