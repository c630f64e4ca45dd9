"""Chooses broker, clock, journal and directories; no other place does.

Live, paper and simulation are told apart here and nowhere else. What is chosen is a value, said in one line
(`BrokerChoice`), and a choice that would have to be guessed is a settings error instead.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from execution.broker.kind import BrokerChoice, BrokerKind, is_simulated
from execution.broker.port import Broker
from execution.service import BrokerFor, ChannelFor, Service
from execution.settings.parsing import Parsed, parse
from execution.settings.registry import Settings
from execution.state.directory import StateDir, StateRecord, record_for_a_cycle, record_or_blank, require_used
from execution.state.where import state_at
from gates.base.clock import Clock, Stopwatch, WallClock
from gates.base.environment import Mistake
from gates.base.errors import SettingsError
from gates.base.logs import Journal, writes_to_journald
from gates.base.sessionfile import load_sessions
from gates.base.sessions import SessionTable
from gates.base.settings import LIVE_HOST, PAPER_HOST, is_alpacas
from gates.base.statefile import StateUnreadable
from gates.base.where import Unplaced

if TYPE_CHECKING:
    from execution.channel.port import Channel
    from execution.notify.outbox import Voice

MOST_TROUBLE = 12


def read_settings(environ: Mapping[str, str]) -> tuple[Parsed, StateDir]:
    """Settings and state dir, or every mistake at once when one of them names broker or directory."""
    parsed = parse(environ)
    if parsed.fatal or isinstance(parsed.place, Unplaced):
        raise SettingsError([str(mistake) for mistake in parsed.mistakes])
    return parsed, state_at(parsed.place, environ)


def open_service(
    environ: Mapping[str, str],
    *,
    dry_run: bool = False,
    ignore_market_hours: bool = False,
    clock: Clock | None = None,
    any_record: bool = False,
    damaged_record: bool = False,
) -> Service:
    """Everything a cycle or a reading verb works with. `clock` stands in for the wall clock of a real
    broker, so that a journey can be walked at any time of day. `any_record` is for getting out: a lost or
    damaged state.json prevents no close; `damaged_record` for a cycle, whose janitor goes on."""
    parsed, state = read_settings(environ)
    settings = parsed.settings
    record = _record(state, any_record, damaged_record)
    chosen = choose_broker(settings, record)
    on_simulator = chosen.kind is BrokerKind.SIMULATED
    table, table_problem = _sessions(state)
    clock, broker, begin = _simulated(state, table) if on_simulator else _alpaca(settings, clock)
    return Service(
        settings=settings,
        mistakes=parsed.mistakes,
        state=state,
        table=table,
        table_problem=table_problem,
        clock=clock,
        journal=_journal(clock, settings, environ),
        chosen=chosen,
        broker=broker,
        begin_cycle=begin,
        forced_dry_run=dry_run or (ignore_market_hours and not on_simulator),
        ignore_market_hours=ignore_market_hours,
        channel=channel_for(settings),
    )


def _record(state: StateDir, any_record: bool, damaged_record: bool) -> StateRecord:
    if any_record:
        return record_or_blank(state)
    return record_for_a_cycle(state)[0] if damaged_record else require_used(state)


def channel_for(settings: Settings) -> ChannelFor | None:
    """The way to the operator, None where none is set. Its client is imported when there is something to say."""
    if not settings.tells:
        return None

    def channel() -> Channel:
        from execution.channel.slack import Bot, Webhook

        if settings.slack_bot_token and settings.slack_channel:
            return Bot(settings.slack_bot_token, settings.slack_channel, settings.slack_api_base_url)
        return Webhook(settings.slack_webhook_url)

    return channel


def open_voice(environ: Mapping[str, str]) -> Voice | None:
    """Enough to tell that a cycle could not even begin. None where no message is wanted, or where it is
    not known which directory remembers what was told."""
    parsed = parse(environ)
    settings = parsed.settings
    if not settings.tells and not settings.healthcheck_url:
        return None
    if isinstance(parsed.place, Unplaced):
        return None
    from execution.notify.outbox import Voice

    clock = WallClock()
    state = state_at(parsed.place, environ)
    return Voice(settings, state, clock, _journal(clock, settings, environ), channel_for(settings))


def choose_broker(settings: Settings, record: StateRecord) -> BrokerChoice:
    """The broker and why it is this one. `auto` never falls back to the simulator for an account
    that was real, nor while LIVE_TRADING is on."""
    money = ("paper" if settings.alpaca_paper else "REAL MONEY") + _elsewhere(settings)
    if settings.broker == "alpaca":
        return BrokerChoice(BrokerKind.ALPACA, f"BROKER=alpaca, {money}")
    if settings.broker == "simulated":
        return BrokerChoice(BrokerKind.SIMULATED, "BROKER=simulated")
    if settings.apca_api_key_id:
        return BrokerChoice(BrokerKind.ALPACA, f"auto: an Alpaca key is set, {money}")
    if record.account is not None and not is_simulated(record.account):
        remedy = (
            f"no Alpaca key is set and the state dir is bound to account {record.account}; "
            "set APCA_API_KEY_ID and APCA_API_SECRET_KEY"
        )
        raise SettingsError([str(Mistake("BROKER", "auto", remedy))])
    return BrokerChoice(BrokerKind.SIMULATED, "auto: no Alpaca key is set")


def _simulated(state: StateDir, table: SessionTable) -> tuple[Clock, BrokerFor, Callable[[], None]]:
    """The simulator, imported when it is the broker: a real broker's cycle has no use for it."""
    from execution.broker.simulated.paced import HeldWall, PacedClock, simulated_broker

    wall = HeldWall()
    broker = simulated_broker(state.simulated_broker, state.watchlist, table, wall)
    clock = PacedClock(broker, table, wall)
    return clock, lambda watch: broker, clock.begin_cycle


def _sessions(state: StateDir) -> tuple[SessionTable, str | None]:
    """The table; an unreadable one knows no session, so nothing is ever open by it."""
    try:
        return load_sessions(state.sessions), None
    except StateUnreadable as broken:
        return SessionTable(()), f"unreadable: {broken}"


def _alpaca(settings: Settings, clock: Clock | None) -> tuple[Clock, BrokerFor, Callable[[], None]]:
    """The real broker on the wall clock. Its HTTP client is imported when a cycle asks for it."""

    def broker(watch: Stopwatch) -> Broker:
        from execution.broker.alpaca.client import AlpacaBroker, AlpacaHost, AlpacaPaperBroker

        paper = settings.alpaca_paper
        keys = (settings.apca_api_key_id, settings.apca_api_secret_key)
        kind = AlpacaPaperBroker if paper else AlpacaBroker
        return kind(
            name="alpaca paper" if paper else "alpaca live",
            trading=AlpacaHost(_host(settings), *keys),
            data=AlpacaHost(settings.apca_api_data_url, *keys),
            feed=settings.alpaca_data_feed,
            timeout_seconds=settings.http_timeout_seconds,
            left_seconds=watch.left_seconds,
        )

    return clock or WallClock(), broker, lambda: None


def _host(settings: Settings) -> str:
    return settings.apca_api_base_url or (PAPER_HOST if settings.alpaca_paper else LIVE_HOST)


def _elsewhere(settings: Settings) -> str:
    """Which hosts get the keys, where they are none of Alpaca's."""
    hosts = dict.fromkeys((_host(settings), settings.apca_api_data_url))
    strange = [host for host in hosts if not is_alpacas(host)]
    return f", at {' and '.join(strange)}, not Alpaca's" if strange else ""


def endpoint_of(service: Service) -> str:
    """Where orders go, for a person to read before confirming."""
    return str(service.state.simulated_broker) if service.on_simulator else _host(service.settings)


def _journal(clock: Clock, settings: Settings, environ: Mapping[str, str]) -> Journal:
    return Journal(
        now=clock.now,
        as_json=settings.log_format == "json",
        under_journald=writes_to_journald(environ, sys.stdout),
        trouble=deque(maxlen=MOST_TROUBLE),
    )
