"""Asked of every order that leaves: may it, is it the list's, does it fit the caps, are its shares there?

What counts is what the command could have known: an answer it had been given, of that moment or later, or a
ledger of its own. What came about while it was looking is nobody's fault.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from venue.memory import FIND, OPEN, ORDERS, POSITIONS
from venue.orders import ZERO, Order

from execution.orders import OrderName, parse_name
from execution.state.latches import symbol_of
from gates.base.statefile import StateUnreadable
from scanner.watchlist import load_watchlist
from world.broken import Broken
from world.command import Command, Flags

if TYPE_CHECKING:
    from world.world import World

CENT = Decimal("0.01")


def check(world: World, command: Command, body: dict[str, Any], flags: Flags, *, is_new: bool) -> None:
    name = parse_name(str(body.get("client_order_id")))
    if name is None:
        return
    order = world.broker.book.get(client_order_id=str(name))
    accepted = order if is_new else None
    if name.leg == "entry":
        _may_leave(world, command, name, flags)
        _as_listed(world, command, name, body)
        if accepted is not None:
            world.stops.setdefault(name.symbol, []).append(Decimal(body["stop_loss"]["stop_price"]))
            _once(world, name)
            _within_caps(world, command, accepted)
        command.host.entries.add(str(name))
    elif accepted is not None:
        _shares_are_there(world, command, accepted)
        if name.leg == "protect":
            _protects(world, command, accepted)
    elif order is None:
        _nothing_gone_is_offered(world, command, name)


def _may_leave(world: World, command: Command, name: OrderName, flags: Flags) -> None:
    """Nothing leaves after a kill, pause, disarm, latch or `until` that the command could see."""
    what = f"{name} left"
    if flags.killed:
        raise Broken("a stop stops", f"{what} after KILL_SWITCH was there")
    if flags.paused:
        raise Broken("a pause pauses", f"{what} after PAUSED was there")
    if flags.token is None:
        raise Broken("disarmed is disarmed", f"{what} without a token file")
    if flags.until is not None and flags.at >= flags.until:
        raise Broken("LIVE ends when armed to", f"{what} at {flags.at:%H:%M:%S}, armed until {flags.until:%H:%M:%S}")
    latched = sorted(one for one in flags.latched if symbol_of(one) in (None, name.symbol))
    if latched:
        raise Broken("latched until cleared", f"{what} while latched: {', '.join(latched)}")
    if not flags.token.startswith(b"arm1-"):
        served = command.host.known.served.setdefault(flags.token.decode(), str(name.day))
        if served != str(name.day):
            raise Broken("a token serves one session", f"{what} by a token that served {served}")


def _as_listed(world: World, command: Command, name: OrderName, body: dict[str, Any]) -> None:
    """Levels are those of the row as it stands in the list now."""
    try:
        rows = {row.symbol: row for row in load_watchlist(command.host.state.watchlist(name.day)).rows}
    except StateUnreadable:
        rows = {}
    row = rows.get(name.symbol)
    if row is None:
        raise Broken("only what is listed", f"{name} left, and the list has no such row")
    stop, target = Decimal(body["stop_loss"]["stop_price"]), Decimal(body["take_profit"]["limit_price"])
    if (stop, target) != (row.stop, row.target):
        raise Broken("levels of the list", f"{name} has stop {stop} target {target}, the row {row.stop} {row.target}")


def _once(world: World, name: OrderName) -> None:
    """One entry of a symbol and session, whatever the attempt; the world allows one attempt."""
    same = [order.client_order_id for order, owner in world.shares.entries()
            if (owner.name.day, owner.name.symbol) == (name.day, name.symbol)]  # fmt: skip
    if len(same) > 1:
        raise Broken("one entry of a symbol and session", f"{same}")


def _known(world: World, command: Command, order: Order) -> bool:
    """Whether the command could have known of this order of ours."""
    if order.client_order_id in command.host.entries:
        return True
    if order.root.hidden_looks or order.client_order_id in world.hidden:
        return False
    return command.knows(order.told_submitted_ns, OPEN, ORDERS)


def _within_caps(world: World, command: Command, sent: Order) -> None:
    """No cap is exceeded by what the command could have known, this order included."""
    settings, book = command.host.settings, world.broker.book
    name = world.shares.owners[sent.id].name
    orders, gross, of_symbol = 1, _notional(sent), _notional(sent)
    occupied, bought_today = set(), ZERO
    for order, owner in world.shares.entries():
        if order is sent or not _known(world, command, order):
            continue
        today = owner.name.day == name.day
        if order.is_open:
            occupied.add(order.symbol)
        if today:
            orders, gross = orders + 1, gross + _notional(order)
        if order.symbol == sent.symbol:
            of_symbol += _notional(order) if today else (order.limit_price or ZERO) * order.remaining * order.is_open
            bought_today += order.filled_qty if today else ZERO
    for symbol, held in book.account.positions.items():
        if _holding_known(world, command, symbol):
            occupied.add(symbol)
            if symbol == sent.symbol:
                of_symbol += max(ZERO, held.qty - bought_today - sent.filled_qty) * held.avg_entry_price
    limits = {
        "orders/day": (Decimal(orders), settings["MAX_LIVE_ORDERS_PER_DAY"]),
        "positions": (Decimal(len(occupied | {sent.symbol})), settings["MAX_LIVE_POSITIONS"]),
        "gross notional": (gross, settings["MAX_LIVE_GROSS_NOTIONAL"]),
        "notional per symbol": (of_symbol, "1000"),
    }
    for what, (used, limit) in limits.items():
        if used > Decimal(limit) + CENT:
            raise Broken("caps hold", f"{name}: {used} {what} at a cap of {limit} (occupied {sorted(occupied)})")


def _holding_known(world: World, command: Command, symbol: str) -> bool:
    if world.broker.oddities.has("position", symbol):
        return False
    if command.knows(world.shares.occupied_ns.get(symbol), POSITIONS):
        return True
    if symbol in command.host.holds and world.shares.ours.get(symbol):
        return True
    for order, _ in world.shares.entries():
        if order.symbol == symbol and order.filled_qty and world.shares.ours.get(symbol):
            filled = world.shares.filled_ns.get(order.id)
            if _known(world, command, order) and command.knows(filled, ORDERS):
                return True
    return False


def _notional(order: Order) -> Decimal:
    whole = order.is_open or order.status == "filled"
    return (order.limit_price or ZERO) * ((order.qty or ZERO) if whole else order.filled_qty)


def _shares_are_there(world: World, command: Command, order: Order) -> None:
    """No sale of ours makes the account short, nor sells what an answer said is gone."""
    held = world.broker.book.account.qty(order.symbol)
    if held >= 0:
        return
    before, shares = held + order.filled_qty, world.shares
    by_order = () if order.symbol in shares.strange else (ORDERS, f"{FIND} {order.symbol}")
    if before <= 0 and command.knows(shares.changed_before.get(order.symbol), POSITIONS, *by_order):
        raise Broken("never short", f"{order.client_order_id} sold {order.filled_qty}, {before} were held, now {held}")
    world.shares.strange.setdefault(order.symbol, world.broker.timepiece.now_ns())


def _nothing_gone_is_offered(world: World, command: Command, name: OrderName) -> None:
    """A sale that the broker refuses was not of shares that an answer had said are gone."""
    shares = world.shares
    gone = world.broker.book.account.qty(name.symbol) <= 0
    if gone and command.knows(shares.changed_ns.get(name.symbol), POSITIONS):
        raise Broken("nothing gone is offered", f"{name}: no {name.symbol} is held, and the command had read that")


def _protects(world: World, command: Command, order: Order) -> None:
    """A sale at the market only when the stop was passed; a pair only around the price."""
    symbol, stops = order.symbol, world.stops.get(order.symbol)
    quote = world.broker.market.quote(symbol)
    if command.disturbed or not stops:
        return
    stop = max(stops)
    if order.type == "market" and quote.bid > stop + CENT:
        raise Broken(
            "no sale above the stop", f"{order.client_order_id} sells at the market; bid {quote.bid}, stop {stop}"
        )
    split_ns = world.splits.get(symbol)
    if order.type == "limit" and (order.limit_price or ZERO) <= quote.bid and command.knows(split_ns, POSITIONS):
        raise Broken("no sale at a price of before the split",
                     f"{order.client_order_id} has target {order.limit_price}, bid {quote.bid}")  # fmt: skip
