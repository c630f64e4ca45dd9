"""Makes approved intents and refusals of rows and facts, each with its reasons. Pure.

Approved and Refused are different types, so only what every gate allowed can be sent. Rows are
taken in the list's order and every approved one counts against the caps of the next. A row that
merely waits for its trigger is refused too, and marked, so that the journal stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from execution.broker.port import Account, Bar, BracketRequest, Quote
from execution.ledger.day import Entry, EntryOrigin, Event
from execution.ledger.reconcile import Reconciliation
from execution.ledger.usage import SessionUsage
from execution.orders import OrderStatus, entry_id
from execution.planning.attempts import blocking, next_attempt, outlived, to_send_again
from execution.planning.sizing import Room, risk_budget, size
from execution.planning.trigger import limit_price, trigger
from gates.base.instrument import Instrument, plain
from gates.base.record import dataclass, field, replace
from gates.base.sessions import Session
from gates.catalog import ORDER_GATES, STANDING_GATES
from gates.facts import Limits, OrderFacts
from gates.quotes import NO_USABLE_QUOTE
from gates.verdict import Answer, Verdict, ask_all, refusals, strictest
from scanner.watchlist import Row


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """All that planning knows about this cycle. `earlier` are this session's entries by symbol;
    `doubles` is what else makes an entry of a symbol a second one, in words."""

    now: datetime
    session: Session
    limits: Limits
    account: Account
    usage: SessionUsage
    earlier: Mapping[str, tuple[Entry, ...]]
    doubles: Mapping[str, str]
    reconciliation: Reconciliation
    quotes: Mapping[str, Quote]
    quote_problems: Mapping[str, str]
    bars: Mapping[str, tuple[Bar, ...]]
    instruments: Mapping[str, Instrument]
    """What each row's symbol is, as the broker has it."""
    untold: str | None = None
    """What of positions and orders the broker did not tell, in words."""
    latched: Mapping[str, str] | None = field(default_factory=dict)
    """The latches of single symbols in words, None when they cannot be told."""


@dataclass(frozen=True, slots=True)
class Approved:
    """An intent every gate allowed."""

    request: BracketRequest
    facts: OrderFacts
    answers: tuple[Answer, ...]
    resent: bool
    row: Row

    @property
    def symbol(self) -> str:
        return self.request.symbol


@dataclass(frozen=True, slots=True)
class Refused:
    symbol: str
    answers: tuple[Answer, ...]

    @property
    def verdict(self) -> Verdict:
        return strictest(self.answers, "")

    @property
    def waiting(self) -> bool:
        """Nothing stands against it but the price: not worth a journal line every minute. Without a usable
        quote the price is not known, which is."""
        failed = {answer.gate: answer.verdict.code for answer in refusals(self.answers)}
        standing = failed.keys().isdisjoint(gate.name for gate in STANDING_GATES)
        return "trigger" in failed and standing and failed.get("quote") != NO_USABLE_QUOTE


@dataclass(frozen=True, slots=True)
class Plan:
    approved: tuple[Approved, ...]
    refused: tuple[Refused, ...]


def by_symbol(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in entries:
        found[entry.symbol] = (*found.get(entry.symbol, ()), entry)
    return found


def possible_rows(rows: Iterable[Row], facts: PlanFacts) -> tuple[Row, ...]:
    """Rows that no standing gate refuses; only they are worth a quote."""
    return tuple(
        row for row in rows if not refusals(ask_all(STANDING_GATES, _order_facts(row, facts, facts.usage).facts))
    )


def make_plan(rows: Iterable[Row], facts: PlanFacts) -> Plan:
    usage, planned = facts.usage, set(facts.doubles)
    approved: list[Approved] = []
    refused: list[Refused] = []
    for row in rows:
        candidate = _order_facts(row, facts, usage)
        if row.symbol in planned and candidate.facts.earlier_entry is None:
            again = replace(candidate.facts, earlier_entry=f"{candidate.request.client_order_id} planned above")
            candidate = replace(candidate, facts=again)
        answers = ask_all(ORDER_GATES, candidate.facts)
        if refusals(answers):
            refused.append(Refused(row.symbol, answers))
            continue
        planned.add(row.symbol)
        approved.append(Approved(candidate.request, candidate.facts, answers, candidate.resent, row))
        request = candidate.request
        usage = usage.plus(request.client_order_id, row.symbol, request.limit_price * request.qty)
    return Plan(tuple(approved), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The order a row would become, and all its gates want to know."""

    request: BracketRequest
    facts: OrderFacts
    resent: bool


def _order_facts(row: Row, facts: PlanFacts, usage: SessionUsage) -> _Candidate:
    limits, earlier = facts.limits, facts.earlier.get(row.symbol, ())
    quote, instrument = facts.quotes.get(row.symbol), facts.instruments[row.symbol]
    counted = usage.for_symbol(row.symbol)
    max_risk = risk_budget(facts.account.equity or Decimal(0), limits.risk_per_trade_pct)
    buying_power = (facts.account.buying_power or Decimal(0)) - (usage.gross - facts.usage.gross)
    highest, limit = (
        limit_price(instrument, row.entry, ask, limits.max_chase_pct, limits.price_collar_pct)
        for ask in (None, quote.ask if quote else None)
    )
    stop, target = instrument.round_up(row.stop), instrument.round_down(row.target)
    fit = size(instrument, limit, stop, Room(max_risk, buying_power, limits.caps, counted))
    name = entry_id(facts.session.day, row.symbol, next_attempt(earlier))
    request, size_note = BracketRequest(name, row.symbol, fit.qty, limit, stop, target), fit.note
    blocked = blocking(earlier, limits.max_entry_attempts)
    again = to_send_again(earlier, request)
    if again is not None:
        blocked = blocked or outlived(again, request, highest)
        request, size_note = request_of(again), "as first intended"
    fired = trigger(limits.entry_trigger, row.entry, quote, facts.bars.get(row.symbol, ()), facts.session, facts.now)
    order = OrderFacts(
        symbol=row.symbol,
        instrument=instrument,
        qty=request.qty,
        size_note=size_note,
        limit=request.limit_price,
        stop=request.stop_price,
        target=request.target_price,
        row_entry=row.entry,
        trigger_met=fired.met,
        trigger_note=fired.note,
        bid=quote.bid if quote else None,
        ask=quote.ask if quote else None,
        quote_age_seconds=Decimal(str((facts.now - quote.at).total_seconds())) if quote else None,
        quote_problem=None if quote else facts.quote_problems.get(row.symbol, "the broker sent none"),
        limits=limits,
        max_risk=max_risk,
        buying_power=buying_power,
        earlier_entry=blocked or facts.doubles.get(row.symbol),
        foreign=facts.reconciliation.foreign.get(row.symbol),
        lock=facts.reconciliation.locks.get(row.symbol),
        usage=counted,
        untold=facts.untold,
        latched=facts.latched.get(row.symbol) if facts.latched is not None else None,
        latches_known=facts.latched is not None,
    )
    return _Candidate(request, order, again is not None)


def request_of(entry: Entry) -> BracketRequest:
    """The order as it was stored; sending again sends exactly this."""
    return BracketRequest(
        entry.client_order_id,
        entry.symbol,
        plain(entry.qty),
        entry.limit_price,
        entry.stop_price,
        entry.target_price,
    )


def intended_entry(approved: Approved, now: datetime) -> Entry:
    request = approved.request
    return Entry(
        client_order_id=request.client_order_id,
        order_id=None,
        symbol=request.symbol,
        side="buy",
        qty=request.qty,
        limit_price=request.limit_price,
        notional=request.limit_price * request.qty,
        stop_price=request.stop_price,
        target_price=request.target_price,
        timestamp=now,
        status=OrderStatus.INTENDED,
        history=(Event(now, OrderStatus.INTENDED),),
        origin=_origin(approved),
    )


def _origin(approved: Approved) -> EntryOrigin:
    row, facts = approved.row, approved.facts
    return EntryOrigin(
        row.entry, facts.bid, facts.ask, row.setup, row.anchor, row.anchor_date, row.avg_volume, row.score
    )
