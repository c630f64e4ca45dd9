"""What the operator prepares and does by hand: lists, arming, caps, and the broker's own page."""

from __future__ import annotations

import os
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from venue.drafts import read_draft
from venue.orders import Refusal

from execution.state import arming
from execution.wiring import endpoint_of
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.locks import only_one
from gates.base.statefile import replace
from scanner.watchlist import Row, make_watchlist, to_bytes
from world.draw import SYMBOLS
from world.market import CENT, pick

if TYPE_CHECKING:
    from world.host import Host
    from world.world import World

BY = "operator"


def arm(world: World, how: str) -> None:
    host = world.host
    if how == "hand":
        arm_by_hand(world, host, f"token-{world.commands}")
        return

    def verb() -> int:
        service = host.service(world.keys)
        now = host.now()
        session = service.table.current_or_next(now)
        if session is None:
            raise UsageError("the session table does not know today")
        until = session.closes if how == "record" else min(session.closes, max(now, session.opens) + world.minutes(4))
        armed = arming.Armed(
            schema=arming.SCHEMA, armed_at=now, by=BY, host=arming.this_host(),
            account=world.broker.book.account.number, endpoint=endpoint_of(service),
            sessions=(session.day,), until=until,
            limits=arming.limits_of(service.settings.limits), preflight="none", override="the world",
        )  # fmt: skip
        with only_one(host.state.lock):
            arming.write(host.state, armed)
        return EXIT_DONE

    if world.command("arm", host, verb).code == EXIT_DONE:
        host.settings["LIVE_CONFIRM_TOKEN"] = host.state.token.read_text()


def arm_by_hand(world: World, host: Host, text: str) -> None:
    host.state.token.write_text(text)
    host.state.token.chmod(0o600)
    moment = host.now().timestamp()
    os.utime(host.state.token, (moment, moment))
    host.settings["LIVE_CONFIRM_TOKEN"] = text


def list_(world: World, above: float, stop_at: float, turn: int) -> None:
    """A list for the session being traded or the next: entries `above` percent over the market."""
    session = world.session_to_come()
    rows = []
    for symbol in SYMBOLS[turn:] + SYMBOLS[:turn]:
        level = (world.base[symbol] * (1 + Decimal(str(above)) / 100 - Decimal("0.001"))).quantize(CENT)
        stop = (level * Decimal(str(stop_at))).quantize(CENT)
        rows.append(Row(symbol, level, stop, (level * Decimal("1.06")).quantize(CENT)))
    watchlist = make_watchlist(session.day, rows, as_of=None, generated_at=world.broker.now(), source="world")

    def verb() -> int:
        with only_one(world.host.state.lock):
            replace(world.host.state.watchlist(session.day), to_bytes(watchlist))
        return EXIT_DONE

    world.command("watchlist import", world.host, verb)


def cap(world: World, positions: int) -> None:
    world.host.settings["MAX_LIVE_POSITIONS"] = str(positions)


def hand_sale(world: World, place: int, part: float, away: float) -> None:
    """Sold on the broker's page, orders in the way cancelled first, as its page offers."""
    symbol, book = SYMBOLS[place], world.broker.book
    held = book.account.qty(symbol)
    if held <= 0:
        return
    for order in book.open_orders(symbol):
        if order.side == "sell":
            order.end("canceled", book.timepiece.stamp())
    qty = max(Decimal(1), (held * Decimal(str(part))).to_integral_value())
    body = {"symbol": symbol, "qty": str(qty), "side": "sell", "type": "market", "time_in_force": "day"}
    with suppress(Refusal):
        kept, book.rules.fill_closes = book.rules.fill_closes, "never"
        order = book.submit(read_draft(body))
        book.rules.fill_closes = kept
        book.fill(order, price=(world.base[symbol] * (1 + Decimal(str(away)))).quantize(CENT))
    book.rules.fill_closes = "on_accept"


def hand_cancel(world: World, place: int) -> None:
    order = pick([one for one in world.broker.book.open_orders() if one.parent is None], place)
    if order is not None:
        world.broker.book.cancel(order)


DOINGS = {one.__name__.rstrip("_"): one for one in (arm, list_, cap, hand_sale, hand_cancel)}
