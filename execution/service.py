"""Holds what a cycle works with; `wiring` puts it together and hands it to everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from execution.broker.kind import BrokerChoice, BrokerKind
from execution.broker.port import Broker
from execution.settings.registry import Settings
from execution.state.directory import StateDir
from gates.base.clock import Clock, Stopwatch
from gates.base.environment import Mistake
from gates.base.logs import Journal
from gates.base.record import dataclass
from gates.base.sessions import SessionTable

if TYPE_CHECKING:  # a cycle with nothing to say does not load what it would be said by
    from execution.channel.port import Channel

BrokerFor = Callable[[Stopwatch], Broker]
"""A broker that keeps within what is left of a cycle's time."""

ChannelFor = Callable[[], "Channel"]
"""The channel to the operator, put together only when there is something to say."""


@dataclass(frozen=True, slots=True)
class Service:
    settings: Settings
    mistakes: tuple[Mistake, ...]
    state: StateDir
    table: SessionTable
    table_problem: str | None
    clock: Clock
    journal: Journal
    chosen: BrokerChoice
    broker: BrokerFor
    begin_cycle: Callable[[], None]
    forced_dry_run: bool = False
    ignore_market_hours: bool = False
    channel: ChannelFor | None = None

    @property
    def on_simulator(self) -> bool:
        return self.chosen.kind is BrokerKind.SIMULATED

    @property
    def broker_name(self) -> str:
        """The broker and why it is this one, for people."""
        return str(self.chosen)

    @property
    def table_ends(self) -> str:
        return self.table_problem or str(self.table.last_day)
