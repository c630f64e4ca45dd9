"""Cancels what is over and protects what is naked: the janitor's writes at the broker.

What is not ours is never touched: cancels go by our ids, protections by shares that our own entries bought and
that nothing else explains. A failure of one never keeps the next from being tried. Every naked share that is not
protected now is said, each cycle, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from execution.broker.port import Broker, Position
from execution.doubts import LOST
from execution.errors import BrokerRefused, BrokerUnreachable
from execution.ledger import Entry, Ledger, Protection, with_changed
from execution.lists import Lists
from execution.orders import UNRESOLVED, OrderStatus
from execution.protect import (
    Naked,
    Shares,
    Standing,
    in_the_way,
    intended_protection,
    marked,
    may_resend,
    naked_entries,
    price_was_refused,
    rest_until,
    sent_again,
    shares_of,
    waited,
)
from execution.tracking import with_protection
from gates.quotes import QuoteBounds, SeenQuote, judge_quote
from gates.sessions import new_york_text

EXPLAIN = "`execution ledger explain {symbol} --shares N --evidence TEXT` once you know why"


@dataclass(slots=True)
class Guard:
    """One round of looking at every share our entries hold. `said` are its lines, `ids` the protections that are
    written down and still have to be sent."""

    broker: Broker
    lists: Lists
    standing: Standing
    bounds: QuoteBounds
    said: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def intend(self, ledger: Ledger, positions: Iterable[Position], untold: frozenset[str]) -> Ledger:
        """The ledger with naked shares marked and protections written down; says what waits, and why."""
        shares = shares_of(ledger, positions, untold)
        naked = {one.entry.client_order_id: one for one in naked_entries(ledger, shares, self.lists)}
        self._say_differences(shares)
        self._say_doubts(ledger)
        changed = []
        for entry in ledger.everything():
            found = naked.get(entry.client_order_id)
            after = marked(entry, self.standing.now, found.qty if found is not None else Decimal(0))
            after = self._resent(after, shares.get(entry.symbol))
            changed.append(after if found is None else self._protected(after, found))
        return with_changed(ledger, changed)

    def _say_differences(self, shares: Mapping[str, Shares]) -> None:
        for one in shares.values():
            if one.differs:
                self.said.append(f"POSITION {one.symbol}: {one}; {EXPLAIN.format(symbol=one.symbol)}")

    def _say_doubts(self, ledger: Ledger) -> None:
        for entry in ledger.everything():
            if entry.status is OrderStatus.UNKNOWN and entry.order_id is not None:
                self.said.append(f"IN DOUBT {entry.symbol}: {entry.client_order_id}: {LOST}")

    def _resent(self, entry: Entry, shares: Shares | None) -> Entry:
        """Protections in doubt go out again under their own ids while they would be asked for today too."""
        for protection in entry.protections:
            if protection.status not in UNRESOLVED:
                continue
            why = self._not_again(entry, protection, shares)
            if why is None:
                self.ids.append(protection.client_order_id)
                entry = with_protection(entry, sent_again(protection, self.standing.now))
            else:
                name = protection.client_order_id
                self._waits(entry, protection.qty, f"{name} is in doubt and not sent again: {why}")
        return entry

    def _not_again(self, entry: Entry, protection: Protection, shares: Shares | None) -> str | None:
        if self.standing.holds_back is not None:
            return self.standing.holds_back
        if shares is None or not may_resend(entry, protection, shares, self.lists):
            return "its shares are sold, guarded or not free"
        if not protection.at_market:
            return self._wrong_price(entry) if shares.differs else None
        if shares.differs:
            return "the position differs, so nothing is sold at the market"
        return None if self._stop_passed(entry) else "the market is not known to have passed the stop"

    def _protected(self, entry: Entry, naked: Naked) -> Entry:
        if not waited(entry, self.standing.now):
            return entry
        why = self._waits_for(entry, naked)
        if why is not None or naked.grant < naked.qty:
            rest = naked.qty if why is not None else naked.qty - naked.grant
            self._waits(entry, rest, why or "they are not free: other orders hold them, or the position has fewer")
        if why is not None or naked.grant < 1:
            return entry
        at_market = price_was_refused(entry) and not naked.shares.differs and self._stop_passed(entry)
        after = intended_protection(entry, naked.grant, self.standing.now, at_market)
        self.ids += [one.client_order_id for one in after.protections[len(entry.protections) :]]
        return after

    def _waits_for(self, entry: Entry, naked: Naked) -> str | None:
        """Why no protection is sent for this entry now, None when one is."""
        if self.standing.holds_back is not None:
            return self.standing.holds_back
        if entry.status in UNRESOLVED:
            return f"{entry.client_order_id} is in doubt; `execution ledger settle` says what became of it"
        if entry.client_order_id in self.lists.untold:
            return "the broker did not tell its orders"
        if self._freed(entry):
            return "sells of ours without a working stop beside them were told to end first"
        until = rest_until(entry)
        if until is not None and self.standing.now < until:
            return f"the broker refused the last one ({_last_note(entry)}); the next try is at {new_york_text(until)}"
        return self._wrong_price(entry) if naked.shares.differs else None

    def _freed(self, entry: Entry) -> bool:
        """Whether sells of ours held shares without guarding them; they are told to end."""
        found = in_the_way(entry, self.lists)
        for leg in found:
            what = f"CANCEL {entry.symbol}: reason=no working stop beside it {leg.kind} order_id={leg.order_id}"
            try:
                self.broker.cancel(leg.order_id)
            except (BrokerUnreachable, BrokerRefused) as problem:
                what = f"CANCEL FAILED {entry.symbol}: reason={problem} {leg.kind} order_id={leg.order_id}"
            self.said.append(what)
        return bool(found)

    def _waits(self, entry: Entry, qty: Decimal, why: str) -> None:
        self.said.append(f"PROTECT WAITS {entry.symbol}: {qty} shares have no stop; {why}")

    # ---- prices --------------------------------------------------------------------------------

    def _wrong_price(self, entry: Entry) -> str | None:
        """Why levels may not fit where the position is not what we expect: a split may have made other shares of
        ours, and only a price between stop and target says that they are still the same."""
        bid, why = self._bid(entry.symbol)
        if bid is None:
            return f"the position differs, and the price cannot be told ({why})"
        if not entry.stop_price < bid < entry.target_price:
            return f"the position differs, and bid {bid} is not between stop and target (a split?)"
        return None

    def _stop_passed(self, entry: Entry) -> bool:
        """Whether a quote good enough to trade on is at or below the stop; says so when there is none."""
        bid, why = self._bid(entry.symbol)
        if bid is None:
            self.said.append(f"PROTECT {entry.symbol}: the pair is tried again, not sold at the market: {why}")
        return bid is not None and bid <= entry.stop_price

    def _bid(self, symbol: str) -> tuple[Decimal | None, str]:
        try:
            quote = self.broker.quotes([symbol]).get(symbol)
        except BrokerUnreachable as problem:
            return None, str(problem)
        if quote is None:
            return None, "no quote"
        age = Decimal(str((self.standing.now - quote.at).total_seconds()))
        verdict = judge_quote(SeenQuote(quote.bid, quote.ask, age), self.bounds)
        return (quote.bid, "") if verdict.passed else (None, verdict.reason)


def _last_note(entry: Entry) -> str:
    return entry.protections[-1].history[-1].note or "no reason given"
