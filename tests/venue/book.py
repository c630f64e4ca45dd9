"""The exchange and the account behind the wire: what exists, whatever any client was told.

Everything here happens under one lock, so two clients that race see one of two orders of events.
Nothing fills by itself: a test says `fill`, moves the price through a resting order, or sets
`rules` to fill entries as they come. `seed_order` and `seed_position` put things there that no
client of this test has sent.
"""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Literal
from uuid import UUID

from . import checks
from .drafts import Draft, read_draft
from .holdings import Account
from .hours import Hours
from .market import Market
from .memory import Memory
from .moments import NEW_YORK, Timepiece
from .orders import TERMINAL, ZERO, Order, ask_cancel, cancel_group, end_group, fill, shares_promised, still_cancelling
from .placing import place, reached
from .replacing import replacement
from .rules import Rules

MOST_ORDERS = 100_000


class Book:
    def __init__(self, market: Market, hours: Hours, timepiece: Timepiece, seed: int = 7) -> None:
        self.lock = threading.RLock()
        self.market = market
        self.hours = hours
        self.timepiece = timepiece
        self.account = Account()
        self.rules = Rules()
        self.memory = Memory()
        self.untradable: set[str] = set()
        self.not_fractionable: set[str] = set()
        self.orders: list[Order] = []
        self._live: list[Order] = []
        self._filling: list[Order] = []
        self._cancelling: list[Order] = []
        self._by_id: dict[str, Order] = {}
        self._by_client_id: dict[str, Order] = {}
        self._random = Random(seed)

    # ---- what a client may ask for -------------------------------------------------------------

    def submit(self, draft: Draft) -> Order:
        """Accept an order or raise the refusal. Its legs are born with it."""
        with self.lock:
            checks.check(draft, self._desk())
            order = self._place(draft)
            sells = draft.side == "sell"
            when = self.rules.fill_closes if sells and draft.type == "market" else self.rules.fill_entries
            if sells and draft.type != "market":
                return order
            if when == "on_next_read":
                self._filling.append(order)
            elif when == "on_accept":
                self._fill_as_ruled(order)
            return order

    def cancel(self, order: Order) -> None:
        with self.lock:
            if self.rules.cancel_takes_reads:
                self._cancelling += ask_cancel(order, self.rules.cancel_takes_reads, self.timepiece.stamp())
            elif self.rules.legs_outlive_parent and order.legs:
                order.end("canceled", self.timepiece.stamp())
            else:
                cancel_group(order, self.timepiece.stamp())

    def replace(self, order: Order, changes: dict[str, Any]) -> Order:
        """A new order in the old one's place, with a new id."""
        with self.lock:
            new = replacement(order, changes, self._new_id, self._by_client_id, self.timepiece.stamp())
            self._enter(new)
            return new

    def on_read(self) -> None:
        """Called before every read of orders, positions or the account: what was due by now, happens."""
        with self.lock:
            filling, self._filling = self._filling, []
            for order in filling:
                self._fill_as_ruled(order)
            self._cancelling = [order for order in self._cancelling if still_cancelling(order, self.timepiece.stamp())]

    # ---- what a test makes happen --------------------------------------------------------------

    def find(self, which: Order | str) -> Order:
        """By order, order id or client order id; hidden ones too. KeyError when there is none."""
        if isinstance(which, Order):
            return which
        with self.lock:
            return self._by_id[which] if which in self._by_id else self._by_client_id[which]

    def get(self, *, order_id: str = "", client_order_id: str = "") -> Order | None:
        with self.lock:
            return self._by_id.get(order_id) or self._by_client_id.get(client_order_id)

    def fill(self, which: Order | str, qty: object = None, price: object = None) -> Order:
        """Fill the rest of an order, or `qty` of it, at its own price unless another is given."""
        with self.lock:
            order = self.find(which)
            at = Decimal(str(price)) if price is not None else self._own_price(order)
            amount = Decimal(str(qty)) if qty is not None else self._rest(order, at)
            fill(order, amount, at, self.timepiece.stamp())
            self.account.apply_fill(order.symbol, order.side, amount, at)
            return order

    def move_price(self, symbol: str, bid: object, ask: object, last: object = None) -> list[Order]:
        """Quote the symbol and fill every working order the new price reaches; say which."""
        with self.lock:
            quote = self.market.set_quote(symbol, bid, ask, last)
            filled: list[Order] = []
            for order in self.open_orders(symbol):
                if order.works and (price := reached(order, quote.bid, quote.ask, quote.last)) is not None:
                    filled.append(self.fill(order, price=price))
            return filled

    def end(self, which: Order | str, status: Literal["expired", "rejected", "canceled"]) -> Order:
        """The exchange ends an order, and what is left of its group with it."""
        with self.lock:
            order = self.find(which)
            end_group(order, status, self.timepiece.stamp())
            return order

    def close_day(self) -> list[Order]:
        """Expire the day orders, as the exchange does after the bell."""
        with self.lock:
            due = [order for order in self.open_orders() if order.time_in_force == "day" and order.works]
            return [self.end(order, "expired") for order in due if order.is_open]

    def set_status(self, which: Order | str, status: str) -> Order:
        """Any word, any time: for states that no method here leads to."""
        with self.lock:
            order = self.find(which)
            if status in TERMINAL:
                order.end(status, self.timepiece.stamp())
            elif order not in self._live:
                self._live.append(order)
            order.status = status
            return order

    def split(self, symbol: str, ratio: object, day: date | None = None) -> None:
        with self.lock:
            self.account.split(symbol, Decimal(str(ratio)))
            self.market.split(symbol, day or self.timepiece.now().astimezone(NEW_YORK).date(), ratio)

    def reveal(self) -> None:
        """End all hiding."""
        with self.lock:
            for order in self.orders:
                order.hidden_looks = 0

    def seed_position(self, symbol: str, qty: object, avg_price: object) -> None:
        with self.lock:
            self.account.hold(symbol, Decimal(str(qty)), Decimal(str(avg_price)))

    def seed_order(self, *, status: str = "new", **body: Any) -> Order:
        """An order that is simply there, unasked and unchecked; `body` as one would POST it."""
        usual = {"side": "buy", "type": "limit" if "limit_price" in body else "market", "time_in_force": "day"}
        with self.lock:
            order = self._place(read_draft(usual | body))
            order.status = status
            return order

    # ---- questions -----------------------------------------------------------------------------

    def available(self, symbol: str) -> Decimal:
        return self.account.qty(symbol) - shares_promised(self.open_orders(symbol))

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        with self.lock:
            self._live = [order for order in self._live if order.is_open]
            return [order for order in self._live if symbol in (None, order.symbol)]

    def unprotected(self, symbol: str) -> Decimal:
        """Shares held that no working stop would sell: nakedness, in shares."""
        with self.lock:
            stops = [order for order in self.open_orders(symbol) if order.is_stop and order.works]
            return max(ZERO, self.account.qty(symbol) - sum((stop.remaining for stop in stops), ZERO))

    # ---- machinery -----------------------------------------------------------------------------

    def _desk(self) -> checks.Desk:
        return checks.Desk(
            self.account,
            self.market,
            self.open_orders(),
            self._by_client_id,
            self.untradable,
            self.not_fractionable,
            self.rules.wash_trades,
        )

    def _enter(self, order: Order) -> None:
        if len(self.orders) >= MOST_ORDERS:
            raise OverflowError(f"the venue holds {MOST_ORDERS} orders and no more")
        self.orders.append(order)
        self._live.append(order)
        self._by_id[order.id] = order
        self._by_client_id[order.client_order_id] = order

    def _place(self, draft: Draft) -> Order:
        order = place(draft, self._new_id, self.timepiece.stamp())
        for member in order.group:
            self._enter(member)
        return order

    def _new_id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _fill_as_ruled(self, order: Order) -> None:
        if not order.works:
            return
        most = self.rules.fill_entries_qty if order.side == "buy" else None
        price = self._own_price(order)
        qty = self._rest(order, price)
        self.fill(order, qty if most is None else min(qty, Decimal(most)), price)

    def _own_price(self, order: Order) -> Decimal:
        quote = self.market.quote(order.symbol)
        return order.limit_price or order.stop_price or (quote.ask if order.side == "buy" else quote.bid)

    def _rest(self, order: Order, price: Decimal) -> Decimal:
        if order.qty is None and order.notional is not None:
            return (order.notional / price).quantize(Decimal("0.000000001"))
        return order.remaining
