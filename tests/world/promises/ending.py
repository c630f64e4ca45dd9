"""When all trouble is over: the operator does what a person would, and then everything is explained and quiet.

First the service is left alone for some calm cycles; what it says of the shares must then be the broker's
truth. Then everything is closed by `flatten`, which must come to an end.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from venue.orders import ZERO

from execution.ledger.day import Ledger
from execution.orders import UNRESOLVED
from world import hands
from world.broken import Broken
from world.command import Command
from world.promises.after import broker_lets

if TYPE_CHECKING:
    from world.world import World

CALM_CYCLES = 8
ATTEMPT = re.compile(r"-[0-9]+$")
ASKED = re.compile(r"execution ledger (settle|explain) ([A-Za-z0-9.-]+)")
"""What a line asks a person to say."""
CALLS = (5, 5, 960, 5)
"""Seconds after each call of flatten; one pause is long enough for any doubt about a list that may lag."""
UNREACHABLE = 69
"""What a cycle may leave with as long as somebody else's order or position cannot be read as a whole."""
REVIVED = frozenset({"suspended", "stopped", "calculated", "marked_for_review", "done_for_day"})
A_SHARE_OF_A_CENT = Decimal("0.005")


def settle(world: World) -> None:
    _heal(world)
    _mend(world)
    commands = [_cycle(world) for _ in range(CALM_CYCLES)]
    _readable(world, commands[-1])
    _nothing_in_doubt(world, commands[-1])
    _explained(world, commands[-1])
    _guarded(world, commands[-1])
    _prices_told(world)
    _quiet(commands[-2:])
    _say_what_is_known(world, commands[-1])
    _get_out(world)


def _heal(world: World) -> None:
    """The broker is well again, but for what others left on the account."""
    book = world.broker.book
    world.broker.faults.clear()
    world.fault_rules.clear()
    world.during.clear()
    world.process.die_at = world.process.full_from = None
    world.make_room()
    book.memory.lag_seconds.clear()
    book.memory.empty.clear()
    book.rules.cancels, book.rules.cancel_takes_reads, book.rules.legs_outlive_parent = "taken", 0, False
    book.rules.fill_entries = "never"
    book.untradable.clear()
    world.broker.oddities.clear("quote")
    world.latency = 0.05
    world.host.skew = timedelta(0)
    for order in book.orders:
        order.hides_price = False
        if order.is_dead:
            order.status = "canceled"
        elif order.is_open and order.status in REVIVED:
            order.status = "new"
    now = world.broker.now()
    if not world.broker.hours.is_open(now) or world.broker.hours.next_close(now) - now < timedelta(hours=1):
        world.happen(("morning", 5))


def _mend(world: World) -> None:
    """What a person does who reads the lines: init, rebuild where told, kill, pause and latches ended."""
    hands.init(world)
    if not isinstance(world.host.ledger(), Ledger) or _must_rebuild(world):
        world.broker.oddities.clear("account")  # nothing but the account says whose the orders are
        hands.rebuild(world)
    hands.clear_latches(world)
    hands.unkill(world)
    hands.resume(world)
    world.shares.look()


def _must_rebuild(world: World) -> bool:
    found = _cycle(world)
    return "ledger unavailable" in found.said


def _cycle(world: World) -> Command:
    world.advance(70)
    return world.command("run", world.host, lambda: hands.run_cycle(world.host.service(world.keys, damaged=True)))


def _say_what_is_known(world: World, command: Command) -> None:
    """The operator settles and explains what the lines ask for; then they ask no more."""
    asked = _asked(world, command)
    for verb, name in asked:
        if verb == "settle":
            _settled(world, name)
        else:
            _explained_by_hand(world, name)
    if not asked:
        return
    last = [_cycle(world) for _ in range(2)][-1]
    if still := _asked(world, last):
        raise Broken("a person has a way out", f"said {asked}, and the lines still ask: {still}")


def _asked(world: World, command: Command) -> list[tuple[str, str]]:
    """After a split a person closes; to explain it would leave levels of before the split in force."""
    found = {(verb, name) for line in command.lines() for verb, name in ASKED.findall(line)}
    return sorted((verb, name) for verb, name in found if name not in world.splits)


def _settled(world: World, name: str) -> None:
    order = world.broker.book.get(client_order_id=name)
    filled = order.filled_qty if order is not None else ZERO
    hands.ledger_verb(world, "settle", id=name, status="cancelled", filled_qty=f"{filled:f}")


def _explained_by_hand(world: World, symbol: str) -> None:
    ledger = world.host.ledger()
    assert isinstance(ledger, Ledger)
    ours = sum((entry.held_qty for entry in ledger.everything() if entry.symbol == symbol), ZERO)
    words = sum((word.shares for word in getattr(ledger, "words", ()) if word.symbol == symbol), ZERO)
    found = world.broker.book.account.qty(symbol)
    shares = ours - found if found < ours else found - ours - words
    world.explained.add(symbol)
    hands.ledger_verb(world, "explain", symbol=symbol, shares=f"{shares:f}")


def _readable(world: World, command: Command) -> None:
    if not isinstance(world.host.ledger(), Ledger):
        raise Broken("a lost ledger is rebuilt", f"after rebuild: {world.host.ledger()}")
    if command.code != 0 and not (command.code == UNREACHABLE and world.broker.oddities.any()):
        raise Broken("quiet at the end", f"the last cycle left with {command.code}: {_last_line(command)}")


def _last_line(command: Command) -> str:
    return (command.lines() or [""])[-1]


def _nothing_in_doubt(world: World, command: Command) -> None:
    ledger = world.host.ledger()
    assert isinstance(ledger, Ledger)
    for entry in ledger.everything():
        lost = _is_lost(world, entry.client_order_id)
        in_doubt = entry.status in UNRESOLVED or any(one.status in UNRESOLVED for one in entry.protections)
        if in_doubt and not (lost and "settle" in command.said):
            raise Broken("nothing in doubt at the end", f"{entry.client_order_id} is {entry.status.value}")
        if lost and entry.unfinished and not in_doubt and "settle" not in command.said:
            raise Broken("a lost order is told", f"{entry.client_order_id} is {entry.status.value}, the broker lost it")


def _is_lost(world: World, client_order_id: str) -> bool:
    order = world.broker.book.get(client_order_id=client_order_id)
    return order is not None and bool(order.hidden_looks)


def _explained(world: World, command: Command) -> None:
    """Every share bought is held, sold or explained, exactly once; and at what it was sold for."""
    ledger, host, shares = world.host.ledger(), world.host, world.shares
    assert isinstance(ledger, Ledger)
    held: dict[str, Decimal] = {}
    for entry in ledger.everything():
        held[entry.symbol] = held.get(entry.symbol, ZERO) + entry.held_qty
    for symbol in sorted(shares.ours.keys() | held.keys()):
        ours, booked = shares.ours.get(symbol, ZERO), held.get(symbol, ZERO)
        if (
            ours == booked
            or (host.known.damaged and not booked)
            or (not booked and _bought_elsewhere(world, ledger, symbol))
            or any(_is_lost(world, str(o.name)) for o in shares.owners.values())
        ):
            continue
        unknowable = symbol in shares.strange or symbol in shares.mixed
        if not (unknowable and (command.warns_of(symbol) or symbol in world.explained)):
            raise Broken("every share is explained", f"{symbol}: the ledger holds {booked}, the truth is {ours}")
    if not host.known.damaged:
        _money(world)


def _bought_elsewhere(world: World, here: Ledger, symbol: str) -> bool:
    """Whether the other host bought them in an earlier session: here such an entry blocks its symbol and counts, and
    the other host's ledger is the one that explains its shares."""
    there = world.hosts[1].ledger()
    known = there.everything() if isinstance(there, Ledger) else ()
    names = [owner.name for owner in world.shares.owners.values() if owner.name.symbol == symbol]
    entered = {entry.client_order_id for entry in known}
    return bool(names) and all(
        name.day < here.date_ny and str(name) in entered for name in names if name.leg == "entry"
    )


def _money(world: World) -> None:
    """What was got for the shares of a symbol is what the exits of the ledger say, when all prices are known."""
    shares, book = world.shares, world.broker.book
    exits = [one for day in world.host.exits.values() for one in day]
    for symbol in {one.symbol for one in exits} - shares.strange.keys() - shares.mixed:
        mine = [one for one in exits if one.symbol == symbol]
        sells = [order for order in book.orders if order.symbol == symbol and order.side == "sell" and order.filled_qty]
        bought = [
            order
            for order in book.orders
            if order.symbol == symbol and order.side == "buy" and order.id in shares.owners
        ]
        if any(one.price is None or one.realized is None for one in mine) or shares.ours.get(symbol):
            continue
        paid = sum((order.filled_qty * (order.filled_avg_price or ZERO) for order in bought), ZERO)
        got = sum((order.filled_qty * (order.filled_avg_price or ZERO) for order in sells), ZERO)
        told, true = sum((one.realized for one in mine), ZERO), got - paid
        if abs(told - true) > A_SHARE_OF_A_CENT * sum((order.filled_qty for order in sells), Decimal(1)):
            raise Broken("results are true", f"{symbol}: realized {told} in the ledger, {true} in truth")


def _guarded(world: World, command: Command) -> None:
    """What is ours, and nothing but ours, has its stop by now; a line is enough only where a person has to look."""
    ledger, shares = world.host.ledger(), world.shares
    assert isinstance(ledger, Ledger)
    lost = {owner.name.symbol for owner in shares.owners.values() if _is_lost(world, str(owner.name))}
    for symbol, naked in ((symbol, shares.naked(symbol)) for symbol in sorted(shares.ours.keys() - lost)):
        person = symbol in shares.strange or symbol in shares.mixed or symbol in world.splits
        price = world.broker.book.market.quote(symbol).bid
        levels = [
            (one.stop_price, one.target_price)
            for one in ledger.everything()
            if one.symbol == symbol and one.held_qty > 0
        ]
        between = bool(levels) and all(
            stop < price * Decimal("0.99") and price * Decimal("1.01") < target for stop, target in levels
        )
        if naked >= 1 and between and not person and broker_lets(world, symbol):
            raise Broken(
                "naked is protected in the end", f"{naked} {symbol} without a stop: {_lines_of(command, symbol)}"
            )


def _lines_of(command: Command, symbol: str) -> str:
    return " | ".join(line for line in command.lines() if symbol in line) or "no line"


def _prices_told(world: World) -> None:
    """What a fill was paid is taken when the broker tells it, however late."""
    ledger = world.host.ledger()
    assert isinstance(ledger, Ledger)
    for entry in ledger.everything():
        order = world.broker.book.get(client_order_id=entry.client_order_id)
        told = order is not None and not order.hidden_looks and order.filled_qty == entry.filled_qty
        if entry.order_id and entry.filled_qty and entry.filled_avg_price is None and told:
            raise Broken("a price told late is taken", f"{entry.client_order_id} has none")


def _quiet(last: list[Command]) -> None:
    first, second = ([ATTEMPT.sub("", write) for write in command.writes] for command in last)
    again = [write for write in second if write in first]
    if again:
        raise Broken("quiet at the end", f"writes again and again: {again}")


def _ours_is_open(world: World) -> bool:
    return any(qty > 0 for qty in world.shares.ours.values()) or any(
        order.id in world.shares.owners for order in world.broker.book.open_orders()
    )


def _get_out(world: World) -> None:
    """Flatten comes to an end: said a few times with a healthy broker, nothing is open and nothing is held."""
    if not _ours_is_open(world):
        world.broker.oddities.clear("account")  # no order of ours says whose account it is
    for wait_seconds in CALLS:
        hands.stop(world, closes=True)
        world.advance(wait_seconds)
    book = world.broker.book
    odd = world.broker.oddities  # what cannot be read is named and left to a person
    left = [f"{held.qty} {symbol}" for symbol, held in book.account.positions.items()
            if held.qty > 0 and not odd.has("position", symbol)]  # fmt: skip
    left += [f"{order.client_order_id} {order.symbol} {order.status}" for order in book.open_orders()
             if not order.hidden_looks and order.root.is_open and not odd.has("order", order.id)]  # fmt: skip
    if left:
        raise Broken("getting out ends", f"after {len(CALLS)} calls: {', '.join(left)}")
    last = [_cycle(world) for _ in range(2)][-1]
    world.over = True
    _explained(world, last)
