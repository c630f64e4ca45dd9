"""Protects naked shares, and cancels sells of ours that are in the way of a protection.

What is not ours is never touched: protections go by shares that our own entries bought and that nothing else
explains. A failure of one never keeps the next from being tried. Every naked share that is not
protected now is said, each cycle, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from execution.act.due import Naked, Shares, Standing, in_the_way, marked, naked_entries, shares_of, waited
from execution.act.retries import intended_protection, price_was_refused, resendable, rest_until, sent_again
from execution.act.said import Said, warned
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker, Position
from execution.ledger.absorb import with_protection
from execution.ledger.day import Entry, Ledger, Protection, with_changed
from execution.ledger.lists import Lists
from execution.ledger.notes import LOST
from execution.ledger.reconcile import ONE_SHARE
from execution.ledger.sales import beyond_ours, just_sold
from execution.orders import UNRESOLVED, OrderStatus
from gates.base.record import dataclass, field
from gates.base.sessions import new_york_text
from gates.quotes import SeenQuote, judge_quote, judge_spread

EXPLAIN = "`execution ledger explain {symbol} --shares N --evidence TEXT` once you know why"
LOOK_THERE = "look at the broker's own page"
WIDEST_TO_SELL_PCT = Decimal(1)
"""The janitor sells at the market on its own account only at a quote as narrow as that: no person looks at it."""


@dataclass(slots=True)
class Guard:
    """One round of looking at every share our entries hold. `said` are its lines, `ids` the protections that are
    written down and still have to be sent."""

    broker: Broker
    lists: Lists
    standing: Standing
    max_quote_age_seconds: int
    said: list[Said] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def intend(self, ledger: Ledger, positions: Iterable[Position], untold: frozenset[str]) -> Ledger:
        """The ledger with naked shares marked and protections written down; says what waits, and why."""
        now = self.standing.now
        listed, gone = tuple(positions), just_sold(ledger, self.lists, now)
        shares = shares_of(ledger, listed, untold, gone, self.broker.instrument)
        again, beside = resendable(ledger, shares, self.lists)
        naked = {one.entry.client_order_id: one for one in naked_entries(ledger, beside, self.lists)}
        taken = {one.client_order_id for entry in ledger.everything() for one in entry.protections}
        self._say_differences(shares)
        self._say_leftovers(ledger, [one for one in listed if one.symbol not in shares], gone)
        self._say_doubts(ledger)
        changed = []
        for entry in ledger.everything():
            found = naked.get(entry.client_order_id)
            after = marked(entry, now, found.qty if found is not None else Decimal(0))
            after = self._resent(after, again)
            changed.append(after if found is None else self._protected(after, found, taken))
        return with_changed(ledger, changed)

    def _say_differences(self, shares: Mapping[str, Shares]) -> None:
        for one in shares.values():
            if one.differs:
                remedy = LOOK_THERE if one.found is None else EXPLAIN.format(symbol=one.symbol)
                self.said.append(warned(f"POSITION {one.symbol}: {one}; {remedy}"))

    def _say_leftovers(self, ledger: Ledger, positions: Iterable[Position], gone: Mapping[str, Decimal]) -> None:
        """Symbols whose entries are all sold although shares are held: a split may have made more of ours."""
        for one in positions:
            beyond = beyond_ours(one, gone.get(one.symbol, Decimal(0)), ledger, self.lists)
            if beyond >= ONE_SHARE:
                words = f"expected {one.qty - beyond}, found {one.qty}; {EXPLAIN.format(symbol=one.symbol)}"
                self.said.append(warned(f"POSITION {one.symbol}: {words}"))

    def _say_doubts(self, ledger: Ledger) -> None:
        for entry in ledger.everything():
            if entry.status is OrderStatus.UNKNOWN and entry.order_id is not None:
                self.said.append(warned(f"IN DOUBT {entry.symbol}: {entry.client_order_id}: {LOST}"))

    def _resent(self, entry: Entry, again: Mapping[str, Shares]) -> Entry:
        """Protections in doubt go out again under their own ids while they would be asked for today too. One that
        the broker had once is left to the looks: its id is used."""
        for protection in entry.protections:
            if protection.status not in UNRESOLVED:
                continue
            name, why = protection.client_order_id, "its shares are sold, guarded or not free"
            if protection.order_id is not None:
                why = "the broker had it, and no list shows it now"
            elif name in again:
                why = self._not_again(entry, protection, again[name])
            if why:
                words = f"{name} over {protection.qty} shares is in doubt and not sent again: {why}"
                self.said.append(warned(f"PROTECT WAITS {entry.symbol}: {words}"))
            else:
                self.ids.append(name)
                entry = with_protection(entry, sent_again(protection, self.standing.now))
        return entry

    def _not_again(self, entry: Entry, protection: Protection, shares: Shares) -> str:
        if (why := self.standing.holds_back(entry.symbol)) is not None:
            return why
        if protection.at_market:
            return self._not_at_market(entry, shares)
        return self._wrong_price(entry) if shares.may_be_split else ""

    def _protected(self, entry: Entry, naked: Naked, taken: set[str]) -> Entry:
        if not waited(entry, self.standing.now):
            return entry
        why = self._waits_for(entry, naked)
        if why:
            self._waits(entry, naked.qty, why)
            return entry
        if naked.grant < naked.qty:
            why = "they are not free: other orders hold them, or the position has fewer"
            self._waits(entry, naked.qty - naked.grant, why)
        if naked.grant < naked.shares.instrument.least_qty:
            return entry
        at_market = price_was_refused(entry)
        if at_market and (why := self._not_at_market(entry, naked.shares)):
            self.said.append(warned(f"PROTECT {entry.symbol}: the pair is tried again, not sold at the market: {why}"))
            at_market = False
        after = intended_protection(entry, naked.grant, self.standing.now, at_market, taken)
        new = [one.client_order_id for one in after.protections[len(entry.protections) :]]
        taken |= set(new)
        self.ids += new
        return after

    def _waits_for(self, entry: Entry, naked: Naked) -> str:
        """Why no protection is sent for this entry now, empty when one is."""
        if (why := self.standing.holds_back(entry.symbol)) is not None:
            return why
        if entry.status in UNRESOLVED:
            return f"{entry.client_order_id} is in doubt; `execution ledger settle` says what became of it"
        if entry.client_order_id in self.lists.untold:
            return "the broker did not tell its orders"
        if naked.shares.found is None:
            return f"the position could not be read; {LOOK_THERE}"
        if min(entry.stop_price, entry.target_price) <= 0:
            return f"its stop or its target is not known to us; {LOOK_THERE}"
        if self._freed(entry):
            return "sells of ours without a working stop beside them were told to end first"
        until = rest_until(entry)
        if until is not None and self.standing.now < until:
            return f"the broker refused the last one ({_last_note(entry)}); the next try is at {new_york_text(until)}"
        return self._wrong_price(entry) if naked.shares.may_be_split else ""

    def _freed(self, entry: Entry) -> bool:
        """Whether sells of ours held shares without guarding them; they are told to end."""
        found = in_the_way(entry, self.lists)
        for leg in found:
            words = f"{entry.symbol}: reason={{}} {leg.kind} order_id={leg.order_id}"
            try:
                taken = self.broker.cancel(leg.order_id)
            except BrokerUnreachable as problem:
                self.said.append(warned(f"CANCEL FAILED {words.format(problem)}"))
                continue
            refused = "" if taken else ", the broker refuses to cancel it"
            self.said.append(warned(f"CANCEL ASKED {words.format('no working stop beside it')}{refused}"))
        return bool(found)

    def _waits(self, entry: Entry, qty: Decimal, why: str) -> None:
        self.said.append(warned(f"PROTECT WAITS {entry.symbol}: {qty} shares have no stop; {why}"))

    # ---- prices --------------------------------------------------------------------------------

    def _wrong_price(self, entry: Entry) -> str:
        """Why levels may not fit where the position is not what we expect: a split may have made other shares of
        ours, and only a price between stop and target says that they are still the same."""
        bid, why = self._bid(entry.symbol)
        if bid is None:
            return f"the position differs, and the price cannot be told ({why})"
        if not entry.stop_price < bid < entry.target_price:
            return f"the position differs, and bid {bid} is not between stop and target (a split?)"
        return ""

    def _not_at_market(self, entry: Entry, shares: Shares) -> str:
        """Why nothing is sold at the market, empty when a quote good enough to trade on is at or below the stop."""
        if shares.may_be_split:
            return "the position differs"
        if shares.just_sold > 0:
            return f"others sold {shares.just_sold} shares in the last minutes, which the position may not show yet"
        bid, why = self._bid(entry.symbol)
        if bid is None:
            return why
        return "" if bid <= entry.stop_price else f"bid {bid} is above the stop {entry.stop_price}"

    def _bid(self, symbol: str) -> tuple[Decimal | None, str]:
        try:
            quotes = self.broker.quotes([symbol])
        except BrokerUnreachable as problem:
            return None, str(problem)
        quote = quotes.get(symbol)
        if quote is None:
            return None, quotes.problems.get(symbol, "no quote")
        age = Decimal(str((self.standing.now - quote.at).total_seconds()))
        seen = SeenQuote(quote.bid, quote.ask, age)
        verdict = judge_quote(seen, self.max_quote_age_seconds)
        verdict = judge_spread(seen, WIDEST_TO_SELL_PCT) if verdict.passed else verdict
        return (quote.bid, "") if verdict.passed else (None, verdict.reason)


def _last_note(entry: Entry) -> str:
    return entry.protections[-1].history[-1].note or "no reason given"
