"""Tells what is new after a cycle, within a budget, whatever became of the cycle.

`tell_after_cycle` wraps a cycle and runs after its lock is released: orders, ledger, decision and heartbeat are
done before the first word, and no other process waits for the lock because Slack hangs. A cycle that fails on its
way tells that. Without a channel nothing is loaded; with nothing new nothing is written or sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from execution.service import Service
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, EXIT_NOT_NOW
from gates.base.record import dataclass

if TYPE_CHECKING:  # a cycle without a channel loads none of it
    from execution.channel.dead_man import Ping
    from execution.notify.outbox import Voice
    from execution.view.look import Look

BUDGET_SECONDS = 3.0


@dataclass(slots=True)
class Ended:
    """How a cycle ended, filled in by it as far as it comes."""

    code: int | None = None
    seen: Look | None = None


@contextmanager
def tell_after_cycle(service: Service, *, is_cycle: bool = True) -> Iterator[Ended]:
    """Around one cycle or sweep: what is new is told once that is over. Raises only what it was given."""
    ended = Ended()
    if service.journal.trouble is not None:
        service.journal.trouble.clear()
    started = _begin(service) if is_cycle else None
    try:
        yield ended
    except Exception as broken:
        _end(service, ended, broken, started, is_cycle=is_cycle)
        raise
    _end(service, ended, None, started, is_cycle=is_cycle)


def tell_failed_start(voice: Voice, broken: Exception) -> None:
    """For a cycle that did not even become one: wrong settings, no state directory."""
    watch = Stopwatch(BUDGET_SECONDS)
    try:
        from execution.channel.dead_man import FAIL, Ping
        from execution.notify.alerts import BLANK
        from execution.notify.changes import news
        from execution.notify.observe import failure_of, of_files
        from execution.notify.outbox import tell_change

        ping = Ping(voice.settings.healthcheck_url, FAIL) if voice.settings.healthcheck_url else None
        failure = failure_of(EXIT_DONE, broken, ())
        _, unkept = news(BLANK, of_files(voice, failure))
        tell_change(voice, lambda before: news(before, of_files(voice, failure)), watch, unkept)
        _wait(voice, ping, watch)
    except Exception as bug:  # noqa: BLE001 - the error that is told here must still be logged and returned
        voice.journal.warning(f"Telling failed ({type(bug).__name__})")


def _begin(service: Service) -> Ping | None:
    """The first ping is sent and not waited for."""
    if not service.settings.healthcheck_url:
        return None
    try:
        from execution.channel.dead_man import START, Ping

        return Ping(service.settings.healthcheck_url, START)
    except Exception as broken:  # noqa: BLE001 - a host that starts no thread still has a cycle to run
        service.journal.warning(f"Dead-man ping not sent ({type(broken).__name__})")
        return None


def _end(service: Service, ended: Ended, broken: Exception | None, started: Ping | None, *, is_cycle: bool) -> None:
    if service.channel is None and started is None:
        return
    watch = Stopwatch(BUDGET_SECONDS)
    try:
        from execution.notify.observe import exit_code_of

        code = exit_code_of(broken) if broken is not None else ended.code or EXIT_DONE
        ping = _last_ping(service, code, started)
        if service.channel is not None:
            _tell_news(service, ended, code, broken, watch, with_heartbeat=is_cycle)
        _wait(service, ping, watch)
    except Exception as bug:  # noqa: BLE001 - telling never breaks trading, not even by a bug of ours
        service.journal.warning(f"Telling failed ({type(bug).__name__})")


def _last_ping(service: Service, code: int, started: Ping | None) -> Ping | None:
    if started is None or code == EXIT_NOT_NOW:  # the process at work pings for itself
        return None
    from execution.channel.dead_man import FAIL, SUCCESS, Ping

    return Ping(service.settings.healthcheck_url, SUCCESS if code == EXIT_DONE else FAIL, started)


def _wait(speaker: Service | Voice, ping: Ping | None, watch: Stopwatch) -> None:
    problem = ping.wait(watch.left_seconds()) if ping is not None else None
    if problem is not None:
        speaker.journal.warning(f"Dead-man ping not taken: {problem}")


def _tell_news(
    service: Service, ended: Ended, code: int, broken: Exception | None, watch: Stopwatch, *, with_heartbeat: bool
) -> None:
    """Compare, remember, send. What is told is read under the lock of alerts.json, so two never tell the same."""
    from execution.channel.messages import Message
    from execution.notify.alerts import BLANK, Alerts
    from execution.notify.changes import news
    from execution.notify.heartbeat import heartbeat_of
    from execution.notify.observe import failure_of, heartbeat_is_due, of_cycle, of_files
    from execution.notify.outbox import tell_change
    from gates.base.record import replace

    minutes = service.settings.slack_heartbeat_minutes if with_heartbeat else 0

    def change(before: Alerts) -> tuple[Alerts, tuple[Message, ...]]:
        stands = of_cycle(service, before, code, ended.seen, broken)
        in_hours = service.table.open_at(stands.now) is not None
        if in_hours and heartbeat_is_due(before, stands.now, minutes):
            rows, lines = heartbeat_of(service, ended.seen)
            stands = replace(stands, heartbeat_rows=rows, heartbeat_lines=lines, heartbeat_minutes=minutes)
        return news(before, stands)

    failure = failure_of(code, broken, service.journal.trouble or ())
    _, unkept = news(BLANK, of_files(service, failure))
    tell_change(service, change, watch, unkept)
