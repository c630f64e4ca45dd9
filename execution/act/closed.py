"""Runs the janitor alone, for a cycle that may open nothing: outside the session, on clocks that disagree, without a
session table.

Our own table says that the session is over while the clocks agree; else the broker says
it, because a host on a wrong clock knows nothing of the session, and a skew of six seconds once cancelled every entry
six hours before the close. What the janitor judges by time it then judges by the broker's clock.
"""

from __future__ import annotations

from datetime import date, datetime

from execution.act.janitor import look_after
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker, BrokerClock
from execution.journal.say import say_unreadable
from execution.ledger.day import Ledger
from execution.service import Service
from execution.state.directory import StateRecord
from execution.state.ledgers import Ledgers
from execution.view.broker_view import BrokerView, account_is_ours, account_mismatch, ask_broker
from execution.view.world import World
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, EXIT_STATE, EXIT_UNREACHABLE
from gates.base.record import dataclass, replace
from gates.base.sessions import new_york_day, new_york_midnight, new_york_text


@dataclass(frozen=True, slots=True)
class Round:
    """A cycle or a sweep that opens nothing, as far as it is known before the broker is asked."""

    service: Service
    ledgers: Ledgers
    record: StateRecord
    now: datetime
    is_sweep: bool = False

    @property
    def live(self) -> Ledger | None:
        return self.ledgers.live.ledger

    @property
    def day(self) -> date:
        """The session whose entries may rest at the broker."""
        return self.live.date_ny if self.live is not None else new_york_day(self.now)


def ask(
    service: Service, since: datetime, watch: Stopwatch, *, without_clock: bool = False
) -> tuple[BrokerView, Broker | None]:
    """The broker's answers, and the broker; None with the reason in the view when there is none to be had."""
    try:
        broker = service.broker(watch)
    except BrokerUnreachable as unreachable:
        return BrokerView(clock_problem=str(unreachable)), None
    asked_at = service.clock.now()
    view = replace(ask_broker(broker, since, without_clock=without_clock), asked_at=asked_at)
    say_unreadable(service, view)
    return view, broker


def holds(live: Ledger | None) -> bool:
    """Whether something of ours needs looking after, as far as the ledger knows."""
    return live is not None and any(entry.carries_over for entry in live.everything())


def after_hours(closed: Round, watch: Stopwatch) -> int:
    """Runs the janitor outside the session, so that no entry of ours rests at the broker then. The broker is asked by a
    sweep, and else only when the ledger knows of an unfinished entry, or cannot be read and might; without a session
    table also when it knows of shares, because the exchange may be open."""
    service, live = closed.service, closed.live
    known = service.table.current_or_next(closed.now) is not None
    code = EXIT_STATE if service.table_problem is not None else EXIT_DONE
    unfinished = live is None or any(entry.unfinished for entry in live.everything())
    if not (closed.is_sweep or unfinished or (not known and holds(live))):
        return code
    view, broker = ask(service, new_york_midnight(closed.day), watch, without_clock=not known)
    if broker is None or (view.clock is None and (known or view.account is None)):
        service.journal.warning(f"Broker unreachable ({view.clock_problem}); entries not swept.")
        return code or EXIT_UNREACHABLE
    if known and not _skewed(closed, view):
        code = look_after_closed(closed, view, broker, session_over=True) or code
        return _kept(closed, view) or code if closed.is_sweep else code
    return skip(closed, view, broker) or code


def _kept(closed: Round, view: BrokerView) -> int:
    """Keeps the account at the close, if it is ours; a cycle loads none of what that needs."""
    from execution.act.keep_close import keep_close

    ours = view.account is not None and account_is_ours(view, closed.record, closed.live)
    return keep_close(closed.service, view, closed.now) if ours else EXIT_DONE


def skip(closed: Round, view: BrokerView, broker: Broker) -> int:
    """The janitor's round by the broker's clock; while that does not answer, nothing is over but by its own time."""
    over = broker_says_over(view.clock, closed.day) if view.clock is not None else None
    if over is not None:
        closed.service.journal.warning(f"Session {closed.day} is over by the broker's clock ({over}).")
    return look_after_closed(closed, view, broker, session_over=over is not None)


def look_after_closed(closed: Round, view: BrokerView, broker: Broker, *, session_over: bool) -> int:
    """The janitor's round where nothing is opened, whatever the reason. A sweep is not finished while entries that
    should end still work."""
    service, ledgers, record = closed.service, closed.ledgers, closed.record
    if account_is_ours(view, record, closed.live):
        now = view.clock.now if view.clock is not None and _skewed(closed, view) else closed.now
        left = look_after(service, broker, World(now, None, record, ledgers, view), session_over=session_over).left
        if left and closed.is_sweep:
            return EXIT_NOT_FINISHED
    else:
        mismatch = account_mismatch(view, record)
        service.journal.warning(f"account unavailable ({mismatch or view.account_problem}); entries not swept.")
    return EXIT_DONE if view.complete else EXIT_UNREACHABLE


def broker_says_over(clock: BrokerClock, day: date) -> str | None:
    """Why entries of session `day` are over by the broker's own word, None when they are not."""
    if not clock.is_open:
        return f"it says closed, {new_york_text(clock.now)}"
    return None if clock.day == day else f"it says {clock.day}"


def _skewed(closed: Round, view: BrokerView) -> bool:
    """Whether the two clocks are too far from each other for ours to be believed."""
    if view.clock is None:
        return False
    return abs((view.clock.now - closed.now).total_seconds()) > closed.service.settings.max_clock_skew_seconds
