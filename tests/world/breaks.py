"""The mends of the defects that reviews found, each taken out again: what the world has to notice by itself.

A break is a few exact replacements in the source. `python -m world.proof` applies one at a time to a copy of the tree
and walks seeds until a promise fails. A text that no longer stands in its file is a test that fails (`test_world`),
so that the table follows the code.
"""

from __future__ import annotations

from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One text replaced; where `when` is said, it makes a difference only if that is true just before its statement."""

    file: str
    old: str
    new: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """One defect put back, in words and in code."""

    name: str
    what: str
    changes: tuple[Change, ...]


def _break(name: str, what: str, *changes: tuple[str, ...]) -> Break:
    return Break(name, what, tuple(Change(*change) for change in changes))


GUARD, SALES, CLOSING = "execution/act/guard.py", "execution/ledger/sales.py", "execution/act/closing.py"
TRACKING, PROTECT, USAGE = "execution/ledger/absorb.py", "execution/act/due.py", "execution/ledger/usage.py"

BREAKS = (
    _break(
        "R1",
        "a protection in doubt is sent again whatever became of its shares",
        (
            GUARD,
            'protection.client_order_id, "its shares are sold, guarded or not free"',
            'protection.client_order_id, ""',
        ),
        (GUARD, "why = self._not_again(entry, protection, again[name])", 'why = ""'),
    ),
    _break(
        "R2",
        "flatten believes a list of positions that lags behind its own sales",
        (
            CLOSING,
            "yield position, min(position.qty - certain, late.get(symbol, ZERO))",
            "yield position, ZERO * certain",
            "min(position.qty - certain, late.get(symbol, ZERO)) > 0",
        ),
    ),
    _break(
        "R3",
        "a fill between two lists takes no place",
        (
            USAGE,
            "or entry.status in WORKING or entry.held_qty > 0:",
            "or entry.status in WORKING:",
            "entry.held_qty > 0",
        ),
        (
            USAGE,
            "symbols |= _occupied_at_broker(ledger, at_broker)",
            "symbols |= set()",
            "not symbols >= _occupied_at_broker(ledger, at_broker)",
        ),
    ),
    _break(
        "R4",
        "shares are protected and sold by the old levels after a split",
        (GUARD, 'return self._wrong_price(entry) if naked.shares.may_be_split else ""', 'return ""'),
        (GUARD, "        if shares.may_be_split:\n", "        if shares.may_be_split and not shares.ours:\n"),
    ),
    _break(
        "R5",
        "an entry counts more shares sold than it bought",
        (TRACKING, "within = min(qty, max(ZERO, entry.held_qty))", "within = qty"),
        (
            "execution/ledger/file.py",
            "        if problem is not None:\n            raise BrokenHistory",
            "        if not self:\n            raise BrokenHistory",
        ),
    ),
    _break(
        "R6",
        "any bid sells at the market, whatever the pair was refused for",
        (
            GUARD,
            'return (quote.bid, "") if verdict.passed else (None, verdict.reason)',
            "return (quote.bid, verdict.reason)",
        ),
        (
            GUARD,
            "at_market = price_was_refused(entry)",
            "at_market = any(one.status.value == 'rejected' for one in entry.protections[-1:])",
        ),
    ),
    _break(
        "R7",
        "an order that was not sent goes out later with the levels it had",
        (
            "execution/planning/attempts.py",
            "return last if same or _was_in_doubt(last) else None",
            "return last if last or same else None",
        ),
        (
            "execution/planning/attempts.py",
            "if (again.stop_price, again.target_price) == levels and",
            "if (again.stop_price, again.target_price) != () or",
        ),
    ),
    _break(
        "R8",
        "an entry of an earlier session that the ledger forgot blocks and counts nothing",
        (
            "execution/ledger/strays.py",
            "return self.works or self.held > 0",
            "return False",
            "self.works or self.held > 0",
        ),
        (
            USAGE,
            "for name, told in earlier.items() if name not in known)",
            "for name, told in earlier.items() if not name)",
            "any(name not in known for name in earlier)",
        ),
    ),
    _break(
        "R9",
        "one odd field of the account or a position takes the whole answer",
        (
            "execution/broker/alpaca/shapes.py",
            "    return Told(tuple(items), tuple(unreadable))\n\n\ndef _position",
            "    if unreadable:\n        raise ShapeUnknown(unreadable[0].what)\n    return Told(tuple(items))\n\n\ndef _position",
        ),
        ("execution/broker/alpaca/shapes.py", "            money[key] = None\n", "            raise\n"),
    ),
    _break(
        "R10",
        "one odd field of an order takes the whole list of orders",
        (
            "execution/broker/alpaca/orders.py",
            '    told = [_told(item) for item in listed(answer, "orders")]\n',
            '    told = [_told(item) for item in listed(answer, "orders")]\n    if any(one.unreadable for one in told):\n        raise ShapeUnknown("an order")\n',
        ),
    ),
    _break(
        "R11",
        "flatten is done beside shares of ours that the positions lack",
        (
            CLOSING,
            "if qty > 0 and symbol not in unread",
            "if qty < 0 and symbol not in unread",
            "any(qty and symbol not in unread for symbol, qty in lacking.items())",
        ),
    ),
    _break(
        "R12",
        "a mark of a clock that was ahead keeps shares naked",
        (
            PROTECT,
            "since = min(entry.naked_since or now, now) if naked > 0 else None",
            "since = (entry.naked_since or now) if naked > 0 else None",
            "entry.naked_since is not None and entry.naked_since > now",
        ),
        (
            PROTECT,
            "entry.naked_since is not None and entry.naked_since != now",
            "entry.naked_since is not None and entry.naked_since < now",
            "entry.naked_since is not None and entry.naked_since > now",
        ),
        (
            "execution/act/closed.py",
            "now = view.clock.now if view.clock is not None and _skewed(closed, view) else closed.now",
            "now = closed.now",
            "view.clock is not None and _skewed(closed, view)",
        ),
    ),
    _break(
        "R13",
        "a target that lost its stop holds its shares for good",
        (GUARD, "found = in_the_way(entry, self.lists)", "found = in_the_way(entry, self.lists)[:0]"),
        (GUARD, "        if naked.grant < naked.qty:\n", "        if 0 < naked.grant < naked.qty:\n"),
    ),
    _break(
        "R14",
        "files that are gone switch guards and janitor off",
        ("execution/act/closed.py", "(not known and holds(live))", "(not known and holds(None))", "not known"),
        ("execution/state/guards.py", "return isinstance(begun, list) and any(", "return begun == 0 and any("),
    ),
    _break(
        "R15",
        "a disarm, a pause or the end of the token's time is not looked at before each order",
        (
            "execution/act/enter.py",
            "closed = _switched_off(service, seen) or _slept(service, seen)",
            'closed = "killed" if presence(service.state.kill_switch).in_force else _slept(service, seen)',
        ),
    ),
    _break(
        "R16",
        "protections that the ledger forgot are never found",
        (
            "execution/act/follow.py",
            "followed = _with_forgotten_protections(with_exits(followed, exits), lists, now)",
            "followed = with_exits(followed, exits)",
        ),
    ),
    _break(
        "R17",
        "a sale by flatten is written down only on its own day",
        (
            SALES,
            "[order for order in _sells(lists) if is_close(order)]",
            '[one for one in _sells(lists) if is_close(one) and f"-{ledger.date_ny:%Y%m%d}-" in one.client_order_id]',
            'any(is_close(one) and f"-{ledger.date_ny:%Y%m%d}-" not in one.client_order_id for one in _sells(lists))',
        ),
    ),
    _break(
        "R18",
        "a sale by hand explains a difference on two days",
        (
            "execution/ledger/rollover.py",
            "return (*ledger.sales, *today)",
            "return () if any(today) else ()",
            "ledger.sales or any(one.order_id is not None for one in ledger.exits)",
        ),
    ),
    _break(
        "P1",
        "guarded is what the ledger's words say",
        (
            "execution/orders.py",
            "{S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.UNKNOWN}\n    ),",
            "{S.PARTIALLY_FILLED, S.FILLED, S.CANCELLED, S.EXPIRED, S.UNKNOWN}\n    ),",
        ),
        (
            TRACKING,
            "and leg.works and (parent_stands or not leg.asleep)",
            "and (leg.works or parent_stands or not leg.asleep)",
        ),
    ),
    _break(
        "P2",
        "a cancel is done when it was asked for",
        (
            "execution/act/cancel.py",
            "return order.status in DONE and order.replaced_by is None",
            "return order.status is not None",
            "not (order.status in DONE and order.replaced_by is None)",
        ),
    ),
    _break(
        "P3",
        "an order that the broker lost works on for ever",
        ("execution/ledger/doubts.py", "        return OrderStatus.UNKNOWN, LOST\n", "        return status, LOOK\n"),
    ),
    _break(
        "P4",
        "a price that was not told is 0",
        (
            TRACKING,
            "price, happened = order.filled_avg_price, min(at, order.updated_at)",
            "price, happened = order.filled_avg_price or ZERO, min(at, order.updated_at)",
            "order.filled_avg_price is None",
        ),
    ),
    _break(
        "P5",
        "a price of a fill that is told later is never taken",
        (
            TRACKING,
            "if more_filled or (order.filled_qty == entry.filled_qty and order.filled_avg_price is not None):",
            "if more_filled:",
        ),
        (
            "execution/act/follow.py",
            "completed(known, lists)",
            "completed(known, Lists())",
        ),
    ),
    _break(
        "P6",
        "an answer about another order is taken for ours",
        (
            "execution/broker/alpaca/orders.py",
            '        if value != asked[key].replace("/", ""):',
            "        if value is None and asked:",
            'value is None or value != asked[key].replace("/", "")',
        ),
        (
            "execution/broker/alpaca/orders.py",
            'if "qty" in asked and found.filled_qty',
            'if "quantity" in asked and found.filled_qty',
        ),
    ),
)
