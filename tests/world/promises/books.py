"""The ledger held against itself, its past and the broker's truth.

It can be read by the next cycle, its history only grows, and no share is sold in it that was not sold.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from venue.orders import ZERO

from execution.ledger.day import Exit, Ledger
from gates.mode import Mode
from world.broken import Broken
from world.command import Command

if TYPE_CHECKING:
    from world.world import World


def check_ledger(world: World, command: Command, was: Ledger | None) -> None:
    found = command.host.ledger()
    if not isinstance(found, Ledger):
        rebuilt = command.verb == "ledger rebuild" and command.code == 0
        if was is not None or rebuilt:
            raise Broken("the ledger can be read", f"after {command.name}: {found.what}")
        return
    if was is not None and command.verb != "ledger rebuild":
        _only_grew(command, was, found)
    host = command.host
    if was is None or host.known.damaged:
        file = host.state.ledger(Mode.LIVE)
        host.exits = {day: file.load_from(file.archive_path(day)).exits for day in file.archived_days()}
    host.exits[found.date_ny] = found.exits
    _sold_once(world, command)


def _only_grew(command: Command, was: Ledger, now: Ledger) -> None:
    if now.date_ny < was.date_ny:
        raise Broken("history only grows", f"the ledger went from {was.date_ny} back to {now.date_ny}")
    same_day = now.date_ny == was.date_ny
    after = now.by_id()
    for entry in was.everything():
        newer = after.get(entry.client_order_id)
        if newer is None:
            if same_day or entry.carries_over:
                raise Broken("history only grows", f"{entry.client_order_id} is gone after {command.name}")
        elif newer.history[: len(entry.history)] != entry.history or newer.filled_qty < entry.filled_qty:
            raise Broken("history only grows", f"{entry.client_order_id} was rewritten by {command.name}")
    if same_day and now.exits[: len(was.exits)] != was.exits:
        before_, after_ = [_short(one) for one in was.exits], [_short(one) for one in now.exits]
        if [pair[:3] for pair in before_] != [pair[:3] for pair in after_[: len(before_)]]:
            raise Broken("history only grows", f"exits were rewritten: {before_} to {after_}")


def _short(one: Exit) -> tuple[str, str, Decimal, Decimal | None]:
    return one.symbol, one.kind, one.qty, one.price


def _sold_once(world: World, command: Command) -> None:
    """No more exits than shares were sold, and none at a price of nothing."""
    booked: dict[str, Decimal] = {}
    for exits in command.host.exits.values():
        for one in exits:
            if getattr(one, "note", None) is not None:  # the operator's word, and no sale
                continue
            booked[one.symbol] = booked.get(one.symbol, ZERO) + one.qty
            if one.price is not None and one.price <= 0:
                raise Broken("what is not known is not 0", f"{one.kind} exit of {one.qty} {one.symbol} at {one.price}")
    for symbol, qty in booked.items():
        sold = sum((o.filled_qty for o in world.broker.book.orders if o.symbol == symbol and o.side == "sell"), ZERO)
        if qty > sold and symbol not in world.splits:
            raise Broken("each share is sold once", f"{qty} {symbol} booked as sold, {sold} were")
