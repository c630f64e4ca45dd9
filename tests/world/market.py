"""What market and broker do, each a function of the world and of the few values its event has."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from venue import happenings
from venue.oddities import ABSENT
from venue.orders import Order, Refusal

from world.draw import FOREIGN, SYMBOLS

if TYPE_CHECKING:
    from world.world import World

CENT = Decimal("0.01")
BASE = {"AAPL": Decimal(100), "MSFT": Decimal(200), "NVDA": Decimal(150), "AMD": Decimal(120),
        "TSLA": Decimal(300), "KO": Decimal(60)}  # fmt: skip


def pick(found: list[Order], place: int) -> Order | None:
    return found[place % len(found)] if found else None


def entries(world: World, *statuses: str) -> list[Order]:
    return [order for order, _ in world.shares.entries() if not statuses or order.status in statuses]


def pairs(world: World) -> list[Order]:
    """Parents with working exits, and pairs sent on their own."""
    roots = [order for order in world.broker.book.orders if order.legs and world.shares.owners.get(order.id)]
    return [root for root in roots if any(one.works for one in exits_of(root))]


def exits_of(root: Order) -> list[Order]:
    return [one for one in root.group if one.side == "sell"]


def price(world: World, place: int, change: float) -> None:
    symbol = SYMBOLS[place]
    if not world.broker.market.knows(symbol):
        return
    at = (world.base[symbol] * (1 + Decimal(str(change)))).quantize(CENT)
    world.broker.book.move_price(symbol, at, at + Decimal("0.02"), at)


def fill(world: World, place: int, part: float) -> None:
    """An entry is filled, or a part of it, at the market where that is better than its limit."""
    order = pick([one for one in entries(world) if one.works and one.remaining >= 1], place)
    if order is not None:
        qty = max(Decimal(1), (order.remaining * Decimal(str(part))).to_integral_value())
        ask = world.broker.market.quote(order.symbol).ask
        world.broker.book.fill(order, qty, min(ask, order.limit_price or ask))


def both_legs(world: World, place: int) -> None:
    """An emulated pair in a fast market: one leg fills, and its rival's cancel comes too late."""
    root = pick([one for one in pairs(world) if len([leg for leg in exits_of(one) if leg.works]) == 2], place)
    if root is None:
        return
    first, second = (leg for leg in exits_of(root) if leg.works)
    world.shares.look()
    world.shares.strange[root.symbol] = world.broker.timepiece.now_ns()
    world.broker.book.fill(first)
    happenings.fill_though_over(world.broker.book, second)


def late_price(world: World, place: int) -> None:
    order = pick([one for one in world.broker.book.orders if one.filled_qty], place)
    if order is not None:
        order.hides_price = True
        world.later(130, lambda: setattr(order, "hides_price", False))


def quote_odd(world: World, place: int, how: str) -> None:
    symbol, odd = SYMBOLS[place], world.broker.oddities.add
    fields: dict[str, object] = {
        "wide": {"bp": 1.0, "ap": 180.0},
        "old": {"bp": 1.0, "ap": 180.0, "t": "2026-10-20T15:31:00Z"},
        "no bid": {"bp": 0},
        "no ask": {"ap": 0},
        "null": {"ap": None},
        "words": {"bp": "n/a"},
        "zoneless": {"t": "2026-11-20T15:31:00"},
    }[how]
    for name, value in fields.items():
        odd("quote", symbol, name, value)
    world.later(200, lambda: world.broker.oddities.clear("quote"))


def fills(world: World, how: str) -> None:
    world.broker.book.rules.fill_entries = how  # type: ignore[assignment]
    world.later(130, lambda: setattr(world.broker.book.rules, "fill_entries", "never"))


def leg_ends(world: World, place: int, which: str, word: str) -> None:
    root = pick(pairs(world), place)
    for leg in exits_of(root) if root is not None else ():
        if leg.is_open and which in ("both", "stop" if leg.is_stop else "target"):
            happenings.end_alone(world.broker.book, leg, word)


def parent_ends(world: World, place: int, word: str) -> None:
    """An entry is over before it is filled, in part or not at all; what is left of its group with it."""
    order = pick([one for one in entries(world) if one.is_open], place)
    if order is not None:
        world.broker.book.end(order, word)  # type: ignore[arg-type]


def legs_sleep_on(world: World, on: bool) -> None:
    world.broker.book.rules.legs_outlive_parent = on


def leg_replaced(world: World, place: int, outside: bool) -> None:
    """The operator moves a stop on the broker's page."""
    stop = pick([leg for root in pairs(world) for leg in exits_of(root) if leg.is_stop and leg.works], place)
    if stop is None or stop.stop_price is None or stop.status.startswith("pending"):
        return
    changes = {"stop_price": str(stop.stop_price - 1)}
    if outside:
        happenings.replace_outside(world.broker.book, stop, changes)
    else:
        world.broker.book.replace(stop, changes)


def entry_replaced(world: World, place: int, cents: int) -> None:
    order = pick([one for one in entries(world, "new", "partially_filled") if one.limit_price], place)
    if order is not None and order.limit_price is not None:
        world.broker.book.replace(order, {"limit_price": str(order.limit_price - cents * CENT)})


def lose(world: World, place: int) -> None:
    order = pick([one for one in entries(world) if one.is_open], place)
    if order is not None:
        happenings.lose(world.broker.book, order)


def strange_word(world: World, place: int, word: str, over: bool) -> None:
    """An entry goes by a word that is rare or unknown; with it it may be over, its legs ended."""
    order = pick([one for one in entries(world) if one.is_open], place)
    if order is None:
        return
    if over:
        happenings.end_alone(world.broker.book, order, word)
        order.is_dead = True
        for leg in order.legs:
            happenings.end_alone(world.broker.book, leg, "canceled")
    order.status = word


def suspended(world: World, place: int) -> None:
    stop = pick([leg for root in pairs(world) for leg in exits_of(root) if leg.is_stop and leg.works], place)
    if stop is not None:
        stop.status = "suspended"


def cancels(world: World, how: str) -> None:
    rules = world.broker.book.rules
    rules.cancel_takes_reads = 2 if how == "slow" else 0
    rules.cancels = "taken" if how == "slow" else how  # type: ignore[assignment]


def split(world: World, place: int, ratio: str, legs_end: bool) -> None:
    symbol = SYMBOLS[place]
    world.shares.look()
    happenings.split(world.broker.book, symbol, ratio, legs_end=legs_end)
    world.base[symbol] = (world.base[symbol] / Decimal(ratio)).quantize(CENT)
    ours = world.shares.ours.get(symbol)
    if ours or world.broker.book.account.qty(symbol):
        world.shares.changed_without_order(symbol)
    if ours:  # else nobody could tell by the number of shares
        world.splits[symbol] = world.broker.timepiece.now_ns()
        world.stops[symbol] = [stop / Decimal(ratio) for stop in world.stops.get(symbol, ())]


def rename(world: World, place: int) -> None:
    symbol = SYMBOLS[place]
    if world.broker.market.knows(symbol):
        world.shares.look()
        happenings.rename(world.broker.book, symbol, f"{symbol}N")
        world.shares.changed_without_order(symbol)
        world.shares.changed_without_order(f"{symbol}N")


def transfer(world: World, place: int, qty: int) -> None:
    symbol = SYMBOLS[place]
    held = world.broker.book.account.qty(symbol)
    if held + qty >= 0 and held:
        world.shares.look()
        happenings.move_shares(world.broker.book, symbol, qty, world.base[symbol])
        world.shares.changed_without_order(symbol)


def halt(world: World, place: int, seconds: int) -> None:
    """No order of the symbol is taken; sales that were wait."""
    symbol = SYMBOLS[place]
    book = world.broker.book
    book.untradable.add(symbol)
    world.later(seconds, lambda: book.untradable.discard(symbol))


def foreign_position(world: World, symbol: str, qty: int) -> None:
    if world.broker.book.account.qty(symbol) >= 0 and world.broker.market.knows(symbol):
        world.shares.look()
        world.broker.book.seed_position(symbol, qty, world.base[symbol])
        world.shares.others[symbol] = world.shares.others.get(symbol, Decimal(0)) + qty
        world.shares.mixed.add(symbol)


def foreign_order(world: World, symbol: str, side: str) -> Order | None:
    at = world.base[symbol] * (Decimal("0.5") if side == "buy" else Decimal(2))
    try:
        return world.broker.book.seed_order(symbol=symbol, qty=3, side=side, limit_price=str(at), time_in_force="gtc")
    except Refusal:
        return None


def odd_field(world: World, kind: str, field: str, value: object) -> None:
    """One field of somebody else's order or position comes null, strange or not at all."""
    book, told = world.broker.book, ABSENT if value == "absent" else value
    if kind == "position":
        if not any(book.account.qty(symbol) for symbol in FOREIGN):
            foreign_position(world, FOREIGN[1], 5)
        symbol = next(symbol for symbol in FOREIGN if book.account.qty(symbol))
        world.broker.oddities.add("position", symbol, field, told)
        return
    theirs = [one for one in book.open_orders() if one.id not in world.shares.owners and one.replaces is None]
    order = pick(theirs, 0) or foreign_order(world, FOREIGN[0], "buy")
    if order is not None:
        world.broker.oddities.add("order", order.id, field, told)


DOINGS = {
    one.__name__: one
    for one in (price, fill, both_legs, late_price, quote_odd, fills, leg_ends, parent_ends, legs_sleep_on,
                leg_replaced, entry_replaced, lose, strange_word, suspended, cancels, split, rename,
                transfer, halt, foreign_position, foreign_order, odd_field)
}  # fmt: skip
