"""A voice with a Slack of our own at the other end, for the tests of everything that tells."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from venue.slack import Slack

from execution.channel.messages import Message, MessageLevel
from execution.notify import alerts
from execution.notify.alerts import Alerts
from execution.notify.outbox import Voice
from execution.settings.parsing import parse
from execution.settings.registry import Settings
from execution.state.directory import StateDir
from execution.wiring import channel_for
from gates.base.logs import Journal
from gates.base.record import dataclass, field

NOW = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)


@dataclass
class SetClock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def written_at(self, file_time: float) -> datetime:
        return datetime.fromtimestamp(file_time, UTC)

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Desk:
    """A directory, a clock that is set, and what was logged."""

    root: Path
    environ: dict[str, str]
    clock: SetClock = field(default_factory=SetClock)
    out: io.StringIO = field(default_factory=io.StringIO)

    @property
    def settings(self) -> Settings:
        return parse({"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated", **self.environ}).settings

    @property
    def voice(self) -> Voice:
        settings = self.settings
        journal = Journal(self.clock.now, out=self.out, err=self.out)
        return Voice(settings, StateDir(self.root), self.clock, journal, channel_for(settings))

    @property
    def alerts(self) -> Alerts:
        return alerts.load_or_put_aside(self.root / "alerts.json")[0]

    @property
    def log(self) -> str:
        return self.out.getvalue()


def desk(root: Path, environ: dict[str, str]) -> Desk:
    root.mkdir(parents=True, exist_ok=True)
    return Desk(root, dict(environ))


def message(title: str = "Order filled: AAPL", at: datetime = NOW, **changes: object) -> Message:
    good: dict[str, object] = {
        "kind": "order.filled",
        "level": MessageLevel.INFO,
        "mode": "DRY_RUN",
        "title": title,
        "at": at,
        "rows": (("symbol", "AAPL"), ("shares", "4")),
    }
    return Message(**{**good, **changes})  # type: ignore[arg-type]


def environ_of(slack: Slack, way: str) -> dict[str, str]:
    return slack.webhook_env if way == "webhook" else slack.bot_env
