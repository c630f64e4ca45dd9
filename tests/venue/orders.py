"""One order as the venue remembers it, and what befalls it.

A bracket is a parent and its legs. Legs sleep (`held`) until the parent is *completely* filled; then
the target is `new` while the stop goes on saying `held` although it works. One leg's fill cancels
the other, a leg's partial fill shrinks the other, and a cancel of any one takes the whole group. An
OCO pair is a target with one leg, its stop, both awake from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

TERMINAL = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
PENDING = frozenset({"pending_new", "pending_cancel", "pending_replace"})
IDLE = frozenset({"suspended", "stopped", "calculated"})
"""Open, and not eligible for trading."""
ZERO = Decimal(0)
SUBMITTED_AFTER_NS = 5_500_000
"""By how much a later look tells a later `submitted_at` than the answer to the POST did (recorded)."""


class Refusal(Exception):
    """The venue says no, the way the vendor says it: an HTTP status and a code in the body."""

    def __init__(self, status: int, code: int, message: str, **details: object) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.payload: dict[str, object] = {"code": code, "message": message, **details}


def refused_field(message: str) -> Refusal:
    return Refusal(422, 40010001, message)


def refused_rule(message: str, **details: object) -> Refusal:
    return Refusal(422, 42210000, message, **details)


def forbidden(message: str, **details: object) -> Refusal:
    return Refusal(403, 40310000, message, **details)


def not_found(message: str) -> Refusal:
    return Refusal(404, 40410000, message)


@dataclass(slots=True, eq=False)
class Order:
    """`qty` is None for an order by notional amount until it fills. Times are nanoseconds."""

    id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    submitted_ns: int
    qty: Decimal | None = None
    notional: Decimal | None = None
    time_in_force: str = "day"
    order_class: str = "simple"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    extended_hours: bool = False
    status: str = "new"
    filled_qty: Decimal = ZERO
    filled_avg_price: Decimal | None = None
    updated_ns: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    replaces: str | None = None
    replaced_by: str | None = None
    parent: Order | None = None
    legs: list[Order] = field(default_factory=list)
    hidden_looks: int = 0
    reads_until_cancelled: int | None = None
    is_dead: bool = False
    """Over, whatever its status says: it fills no more, and there is nothing to cancel."""
    hides_price: bool = False
    """Filled, and its average price is not told yet."""

    def __post_init__(self) -> None:
        self.updated_ns = self.updated_ns or self.submitted_ns

    @property
    def told_submitted_ns(self) -> int:
        return self.submitted_ns + SUBMITTED_AFTER_NS

    @property
    def root(self) -> Order:
        return self.parent or self

    @property
    def group(self) -> list[Order]:
        return [self.root, *self.root.legs]

    @property
    def is_open(self) -> bool:
        return self.status not in TERMINAL and not self.is_dead

    @property
    def is_stop(self) -> bool:
        return self.type in ("stop", "stop_limit")

    @property
    def is_asleep(self) -> bool:
        """A leg of an entry that is not completely filled protects nobody."""
        return self.parent is not None and self.parent.order_class != "oco" and self.parent.status != "filled"

    @property
    def works(self) -> bool:
        return self.is_open and self.status not in IDLE and not self.is_asleep

    @property
    def remaining(self) -> Decimal:
        return (self.qty or ZERO) - self.filled_qty

    @property
    def rivals(self) -> list[Order]:
        """The exits that this exit's fill cancels."""
        if self.root.order_class == "oco":
            return [order for order in self.group if order is not self]
        return [] if self.parent is None else [leg for leg in self.parent.legs if leg is not self]

    def end(self, status: str, at_ns: int) -> None:
        self.status = status
        self.ended["failed" if status == "rejected" else status] = at_ns
        self.updated_ns = at_ns
        self.reads_until_cancelled = None


def fill(order: Order, qty: Decimal, price: Decimal, at_ns: int) -> None:
    """Record an execution and let it work on the group. The caller moves money and shares."""
    if not order.works:
        raise ValueError(f"{order.client_order_id} cannot fill: it is {'asleep' if order.is_open else order.status}")
    if order.qty is None and order.notional is not None:
        order.qty = qty
    if not ZERO < qty <= order.remaining:
        raise ValueError(f"{order.client_order_id} has {order.remaining} left, cannot fill {qty}")
    paid = (order.filled_avg_price or ZERO) * order.filled_qty + price * qty
    order.filled_qty += qty
    order.filled_avg_price = paid / order.filled_qty
    order.updated_ns = at_ns
    if order.remaining:
        order.status = "pending_cancel" if order.status == "pending_cancel" else "partially_filled"
    else:
        order.end("filled", at_ns)
        _wake(order)
    for rival in order.rivals:
        _yield_to(order, rival, at_ns)


def cancel_group(order: Order, at_ns: int) -> None:
    end_group(order, "canceled", at_ns)


def end_group(order: Order, status: str, at_ns: int) -> None:
    for member in order.group:
        if member.is_open:
            member.end(status, at_ns)


def ask_cancel(order: Order, reads: int, at_ns: int) -> list[Order]:
    """Show `pending_cancel` for so many reads before the cancel is done; a fill may still win."""
    asked = [member for member in order.group if member.is_open and member.reads_until_cancelled is None]
    for member in asked:
        member.status, member.reads_until_cancelled, member.updated_ns = "pending_cancel", reads, at_ns
    return asked


def still_cancelling(order: Order, at_ns: int) -> bool:
    """One read goes by. False when the cancel is done, or came too late."""
    if order.reads_until_cancelled is None:
        return False
    if order.reads_until_cancelled == 0:
        order.end("canceled", at_ns)
        return False
    order.reads_until_cancelled -= 1
    return True


def _wake(parent: Order) -> None:
    for leg in parent.legs:
        leg.reads_until_cancelled = None
        leg.status = "held" if leg.is_stop and len(parent.legs) > 1 else "new"


def _yield_to(winner: Order, rival: Order, at_ns: int) -> None:
    if not rival.is_open:
        return
    if winner.status == "filled":
        rival.end("canceled", at_ns)
    else:
        rival.qty = rival.filled_qty + winner.remaining
        rival.updated_ns = at_ns


def shares_promised(orders: list[Order]) -> Decimal:
    """Shares that open sells hold; a pair whose fills exclude each other holds them once."""
    held: dict[str, Decimal] = {}
    for order in orders:
        if order.side == "sell" and order.works:
            held[order.root.id] = max(held.get(order.root.id, ZERO), order.remaining)
    return sum(held.values(), ZERO)
