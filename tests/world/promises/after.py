"""Asked after every command: the ledger, what was said, what is naked, what should be over by now.

What takes time is counted in calm cycles: cycles of the first host in an open session, with a right clock, room
on the disk and lists that tell the present. Odd fields of others and a lost `/v2/account` are calm too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from venue.memory import OPEN, ORDERS, POSITIONS
from venue.orders import ZERO

from execution.ledger.day import Ledger
from execution.state.latches import flatten_of
from gates.base.record import dataclass
from world.broken import Broken
from world.command import Command
from world.promises.books import check_ledger

if TYPE_CHECKING:
    from world.world import World

PATIENCE = 5
"""Calm cycles within which what must be done is done, or a line of each says why not."""
BUG = 70


@dataclass(frozen=True, slots=True)
class Before:
    ledger: Ledger | None
    calm: bool
    naked: dict[str, bool]


def before(world: World, command: Command) -> Before:
    found = command.host.ledger()
    ledger = found if isinstance(found, Ledger) else None
    command.host.entries = {entry.client_order_id for entry in ledger.everything()} if ledger else set()
    command.host.holds = {entry.symbol for entry in ledger.everything() if entry.held_qty > 0} if ledger else set()
    return Before(ledger, _calm(world, command), {})


def after(world: World, command: Command, was: Before) -> None:
    if command.code == BUG:
        raise Broken("no bug", f"{command.name} left with {BUG}: {command.error}")
    _known(command)
    check_ledger(world, command, was.ledger)
    if command.verb in ("flatten", "cancel-all") and command.code == 0:
        _done_is_done(world, command)
    if command.verb == "sweep" and command.code == 0 and not command.disturbed:
        _swept_is_swept(world, command)
    if command.verb == "run" and command.host is world.host:
        calm = was.calm and not command.disturbed and not command.died and _calm(world, command)
        _naked_is_protected_or_told(world, command, calm=calm)
        _over_is_over(world, command, calm=calm)


def _calm(world: World, command: Command) -> bool:
    memory, host = world.broker.book.memory, command.host
    return (
        not memory.empty
        and not any(memory.lag_seconds.values())
        and abs(host.skew) <= timedelta(seconds=2)
        and not world.process.full
        and world.process.full_from is None
        and world.latency < 1
        and world.broker.hours.is_open(world.broker.now())
    )


def _known(command: Command) -> None:
    """What a person who reads along knows from then on."""
    token = command.host.settings["LIVE_CONFIRM_TOKEN"]
    for line in command.lines():
        if "Gate mode=LIVE status=PASS" in line and not token.startswith("arm1-"):
            command.host.known.served.setdefault(token, line[1:11])
        if line.startswith("LATCHED "):
            command.host.known.latched.add(line.split()[1].rstrip(":"))


def _done_is_done(world: World, command: Command) -> None:
    """DONE is true at the broker, as far as the command could know."""
    ours_only, shares = "--ours-only" in command.name, world.shares
    _, _, only = command.name.partition("--symbol ")
    for order in world.broker.book.open_orders():
        ours = order.id in shares.owners
        if only not in ("", order.symbol):
            continue
        if order.parent is not None or order.hidden_looks or (ours_only and not ours):
            continue
        if command.knows(order.told_submitted_ns, OPEN, ORDERS):
            raise Broken("DONE is done", f"{command.name}: {order.client_order_id} {order.symbol} is {order.status}")
    for symbol, held in world.broker.book.account.positions.items() if command.verb == "flatten" else ():
        mine = shares.ours.get(symbol, ZERO) > 0
        if only not in ("", symbol):
            continue
        if ours_only and not mine:
            continue
        told = command.knows(shares.occupied_ns.get(symbol), POSITIONS)
        if told or (mine and symbol in command.host.holds):
            raise Broken("DONE is done", f"{command.name}: {held.qty} {symbol} are held")


def _swept_is_swept(world: World, command: Command) -> None:
    for order, _ in world.shares.entries():
        known = order.client_order_id in command.host.entries or command.knows(order.told_submitted_ns, OPEN)
        if order.is_open and order.status != "pending_cancel" and not order.hidden_looks and known:
            raise Broken("swept is swept", f"sweep left with 0, {order.client_order_id} is {order.status}")


def _naked_is_protected_or_told(world: World, command: Command, *, calm: bool) -> None:
    for symbol in sorted(world.shares.ours):
        naked = world.shares.naked(symbol)
        if naked < 1 or (symbol not in command.host.holds and command.host.known.damaged):
            world.patience.pop(f"naked {symbol}", None)
            continue
        if not calm or not broker_lets(world, symbol):
            continue
        closing = flatten_of(symbol) in command.host.known.latched
        if closing or command.warns_of(symbol) or _told_at_large(command):
            world.patience.pop(f"naked {symbol}", None)
            continue
        if _wait(world, f"naked {symbol}") > PATIENCE:
            raise Broken(
                "naked is protected or told", f"{naked} {symbol} without a stop for {PATIENCE} cycles, no line"
            )


def _told_at_large(command: Command) -> bool:
    """A line that answers for every symbol: a person is closing, or the ledger is not to be relied on."""
    closing = "flatten" in command.host.known.latched
    damaged = command.host.known.damaged and "ledger unavailable" in command.said
    return closing or damaged


def broker_lets(world: World, symbol: str) -> bool:
    """The broker would take an exit: the symbol trades, and nobody else's order holds the shares."""
    book = world.broker.book
    if book.account.suspend_trade or symbol in book.untradable or not book.market.knows(symbol):
        return False
    theirs = [one for one in book.open_orders(symbol) if one.side == "sell" and one.id not in world.shares.owners]
    working = [one for one in book.open_orders(symbol) if one.side == "buy" and one.works]
    return not theirs and not working


def _over_is_over(world: World, command: Command, *, calm: bool) -> None:
    """An entry past its time, or under a kill, is cancelled, or a line of every cycle says why not."""
    ttl = int(command.host.settings["ENTRY_TTL_SECONDS"])
    now = world.broker.timepiece.now_ns()
    for order, _ in world.shares.entries():
        key = f"over {order.id}"
        old = (now - order.submitted_ns) / 1e9 > ttl + 60
        due = order.is_open and not order.hidden_looks and (old or command.host.state.kill_switch.exists())
        if not due:
            world.patience.pop(key, None)
        elif calm:
            if command.warns_of(order.symbol):
                world.patience.pop(key, None)
            elif _wait(world, key) > PATIENCE:
                raise Broken(
                    "over is over", f"{order.client_order_id} is {order.status} for {PATIENCE} cycles, no line"
                )


def _wait(world: World, key: str) -> int:
    world.patience[key] = world.patience.get(key, 0) + 1
    return world.patience[key]
