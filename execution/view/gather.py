"""Everything a cycle looks at before it decides: files first, then the broker.

A look that fails becomes a problem in words inside the facts, never an exception and never an
empty list. This module only reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from execution.act import unreadable
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import (
    Account,
    Broker,
    BrokerClock,
    BrokerOrder,
    Position,
    Told,
    Unreadable,
)
from execution.ledger.day import Ledger, Mode
from execution.ledger.reconcile import known_order_ids
from execution.service import Service
from execution.state import latches
from execution.state.arming import arm_facts
from execution.state.directory import StateRecord
from execution.state.ledgers import Books
from execution.state.presence import presence, read_token
from execution.state.switches import kill_presence, token_file
from gates.base.sessions import Session, new_york_midnight
from gates.facts import EntryFacts, Market, ModeFacts, WatchlistFacts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BrokerView:
    """The broker's answers of this cycle. None goes with a problem in words, never without. `unreadable` names the
    positions and orders that could not be read, `unreadable_open` the open orders among them."""

    clock: BrokerClock | None = None
    account: Account | None = None
    positions: tuple[Position, ...] = ()
    open_orders: tuple[BrokerOrder, ...] = ()
    orders: tuple[BrokerOrder, ...] = ()
    clock_problem: str | None = None
    account_problem: str | None = None
    positions_problem: str | None = None
    orders_problem: str | None = None
    unreadable_positions: tuple[Unreadable, ...] = ()
    unreadable_open: tuple[Unreadable, ...] = ()
    unreadable_orders: tuple[Unreadable, ...] = ()

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        return tuple(dict.fromkeys((*self.unreadable_positions, *self.unreadable_open, *self.unreadable_orders)))

    @property
    def positions_told(self) -> bool:
        """Whether the list of positions was told, but for single ones that name their symbol."""
        return self.positions_problem is None and all(one.symbol is not None for one in self.unreadable_positions)

    @property
    def untold(self) -> frozenset[str]:
        """Symbols whose position was listed and could not be read."""
        return frozenset(one.symbol for one in self.unreadable_positions if one.symbol is not None)

    @property
    def complete(self) -> bool:
        problems = (self.clock_problem, self.account_problem, self.positions_problem, self.orders_problem)
        return all(problem is None for problem in problems)


def ask_broker(broker: Broker, since: datetime, *, without_clock: bool = False) -> BrokerView:
    """Clock first; when that gets no answer the rest is not asked, which keeps a hung broker cheap. With
    `without_clock`, for something of ours may need looking after, it is, unless the account does not answer
    either."""
    clock, problem = asked(broker.clock)
    account, account_problem = asked(broker.account) if problem is None or without_clock else (None, problem)
    if problem is not None and account_problem is not None:
        unasked = f"not asked, {problem}"
        return BrokerView(
            clock_problem=problem, account_problem=unasked, positions_problem=unasked, orders_problem=unasked
        )
    positions, positions_problem = asked(broker.positions)
    open_orders, open_problem = asked(broker.open_orders)
    orders, orders_problem = asked(lambda: broker.orders_since(since))
    return BrokerView(
        clock,
        account,
        positions.items if positions is not None else (),
        open_orders.items if open_orders is not None else (),
        orders.items if orders is not None else (),
        problem,
        account_problem,
        positions_problem,
        open_problem or orders_problem,
        _odd(positions),
        _odd(open_orders),
        _odd(orders),
    )


def _odd(told: Told[Position] | Told[BrokerOrder] | None) -> tuple[Unreadable, ...]:
    return told.unreadable if told is not None else ()


def asked(question: Callable[[], T]) -> tuple[T | None, str | None]:
    """The answer, or the problem in words."""
    try:
        return question(), None
    except BrokerUnreachable as unreachable:
        return None, str(unreachable)
    except Exception as broken:  # noqa: BLE001 - an answer we cannot read is no answer
        return None, f"answer not understood ({type(broken).__name__}: {broken})"


def mode_facts(
    service: Service, now: datetime, session: Session | None, books: Books, view: BrokerView, record: StateRecord
) -> ModeFacts:
    found, written = read_token(token_file(service.state), service.state.tokens)
    if found.found and found.problem is None:
        found = replace(found, written_at=service.clock.written_at(written))
    settings = service.settings
    return ModeFacts(
        now=now,
        table=service.table,
        session=session,
        kill_env=settings.kill_switch,
        kill_file=kill_presence(service.state),
        dry_run=settings.dry_run or service.forced_dry_run,
        live_trading=settings.live_trading,
        token=settings.live_confirm_token.reveal().encode("utf-8", "surrogateescape"),
        token_file=found,
        arm_sessions=settings.live_arm_sessions,
        ledger_problem=books.live.problem,
        account_problem=view.account_problem,
        account_mismatch=account_mismatch(view, record),
        account_told=view.account is not None,
        account_bound=record.account is not None,
        positions_problem=view.positions_problem,
        arm=arm_facts(
            service.state, found.content, settings, view.account.number if view.account is not None else None
        ),
    )


def account_mismatch(view: BrokerView, record: StateRecord) -> str | None:
    if view.account is None or record.account is None or view.account.number == record.account:
        return None
    return f"state dir is bound to {record.account}, broker says {view.account.number}"


def account_is_ours(view: BrokerView, record: StateRecord, live: Ledger | None) -> bool:
    """By its number; while that cannot be asked, by an order it lists under an id the ledger has from the broker.
    A failing call must keep no entry alive and no share naked, and another account's keys must touch nothing."""
    if view.account is not None:
        return account_mismatch(view, record) is None
    if live is None or live.account not in (None, record.account):
        return False
    listed = (order for top in (*view.orders, *view.open_orders) for order in (top, *top.legs))
    ids = {*(order.order_id for order in listed), *(odd.order_id for odd in view.unreadable)}
    return not known_order_ids(live).isdisjoint(ids)


def entry_facts(
    service: Service,
    now: datetime,
    session: Session | None,
    books: Books,
    view: BrokerView,
    record: StateRecord,
    mode: Mode,
    watchlist: WatchlistFacts,
    state_problem: str | None,
) -> EntryFacts:
    book = books.of(mode)
    settings = service.settings
    unresolved = book.ledger.unresolved() if book.ledger is not None else ()
    latched, latches_problem = latches.in_force(service.state.latches)
    return EntryFacts(
        settings_mistakes=len(service.mistakes),
        state_problem=state_problem,
        paused=presence(service.state.paused),
        market=market(service, now, session, view),
        watchlist=watchlist,
        ledger_problem=book.problem,
        account_problem=view.account_problem or (view.account.problem if view.account is not None else None),
        account_mismatch=account_mismatch(view, record),
        account_told=view.account is not None,
        account_bound=record.account is not None,
        account_blocked=view.account.blocked if view.account is not None else None,
        positions_problem=view.positions_problem,
        orders_problem=view.orders_problem or unreadable.of_any_symbol(view.unreadable, book.ledger),
        unresolved=tuple(entry.client_order_id for entry in unresolved),
        seconds_to_close=int((session.closes - now).total_seconds()) if session is not None else 0,
        no_entry_before_close_seconds=settings.no_entry_before_close_seconds,
        latches=latched,
        latches_problem=latches_problem,
    )


def market(service: Service, now: datetime, session: Session | None, view: BrokerView) -> Market:
    clock = view.clock
    return Market(
        session=session,
        table_ends=service.table_ends,
        open_by_table=session is not None and session.contains(now),
        hours_ignored=service.ignore_market_hours,
        broker_problem=view.clock_problem,
        broker_open=clock is not None and clock.is_open,
        broker_day=str(clock.day) if clock is not None else "unknown",
        skew_seconds=Decimal(str((clock.now - now).total_seconds())) if clock is not None else Decimal(0),
        max_skew_seconds=service.settings.max_clock_skew_seconds,
    )


def orders_from(session: Session, books: Books) -> datetime:
    """Since when the broker's orders are of interest: this session's midnight; the previous one's where
    something is carried over from it; and the birth of any entry that is still unfinished."""
    live = books.live.ledger
    if live is None:
        return new_york_midnight(session.day)
    days = [session.day, live.date_ny]
    if any(entry.carries_over for entry in live.everything()) and live.previous is not None:
        days.append(live.previous.date_ny)
    unfinished = [entry.timestamp for entry in live.everything() if entry.unfinished]
    return min([new_york_midnight(min(days)), *unfinished])
