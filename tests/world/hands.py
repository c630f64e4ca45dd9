"""What the operator does, through the service's own verbs or on the broker's page.

Verbs run as commands do: in a process of their own, under the host's clock, with their exit code. Where a
command's front door reads the machine's wall clock, the function behind it is called with the host's.
"""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from venue.drafts import read_draft
from venue.orders import Refusal

from execution import arming, latches
from execution.cli.ledger import rebuild_ledger
from execution.cycle import run_cycle, sweep as sweep_verb
from execution.initialise import initialise
from execution.markers import put_up, take_down
from execution.stopping_verb import stop_with
from execution.suspending import suspend
from execution.wiring import endpoint_of
from gates.common.errors import EXIT_DONE, UsageError
from gates.common.locks import only_one
from gates.statefile import StateUnreadable, replace
from scanner.watchlist import Row, make_watchlist, to_bytes
from world.draw import SYMBOLS
from world.market import CENT, pick

if TYPE_CHECKING:
    from world.host import Host
    from world.world import World

BY = "operator"


def cycle(world: World) -> None:
    world.advance(60)
    world.command("run", world.host, lambda: run_cycle(world.host.service(world.keys, damaged=True)))


def sweep(world: World) -> None:
    world.command("sweep", world.host, lambda: sweep_verb(world.host.service(world.keys, damaged=True)))


def other_host(world: World) -> None:
    """A second machine on the same account, with the same list, runs a cycle too."""
    host = world.hosts[1]
    world.advance(20)
    for name in ("watchlists",):
        for path in (world.host.root / name).glob("*.json"):
            with suppress(OSError):
                (host.root / name / path.name).write_bytes(path.read_bytes())
    arm_by_hand(world, host, "token-of-the-other-host")
    world.command("run", host, lambda: run_cycle(host.service(world.keys, damaged=True)))


def flatten(world: World, ours_only: bool) -> None:
    stop(world, closes=True, ours_only=ours_only)


def cancel_all(world: World, ours_only: bool) -> None:
    stop(world, closes=False, ours_only=ours_only)


def stop(world: World, *, closes: bool, ours_only: bool = False) -> None:
    account = world.broker.book.account.number
    args = argparse.Namespace(ours_only=ours_only, reason="the world", wait=None, confirm=account)
    verb = ("flatten" if closes else "cancel-all") + (" --ours-only" if ours_only else "")
    host = world.host
    world.command(verb, host, lambda: stop_with(host.service(world.keys, any_record=True), args, BY, closes=closes))


def rebuild(world: World) -> None:
    host = world.host

    def verb() -> int:
        service = host.service(world.keys)
        with only_one(host.state.lock):
            return rebuild_ledger(service)

    outcome = world.command("ledger rebuild", host, verb)
    if outcome.code == EXIT_DONE:
        host.known.damaged = True


def kill(world: World) -> None:
    world.quick("kill", lambda: put_up(world.host.state.kill_switch, world.host.now(), BY, "the world"))


def pause(world: World) -> None:
    world.quick("pause", lambda: put_up(world.host.state.paused, world.host.now(), BY, "the world"))


def disarm(world: World) -> None:
    world.quick("disarm", lambda: arming.disarm(world.host.state))


def kill_broker(world: World) -> None:
    kill(world)
    world.command("kill --broker", world.host, lambda: _suspend(world, True))


def _suspend(world: World, on: bool) -> int:
    suspend(world.host.service(world.keys, any_record=True), on=on)
    return EXIT_DONE


def unkill(world: World) -> None:
    host = world.host

    def verb() -> int:
        _suspend(world, False)
        with only_one(host.state.lock):
            if os.path.lexists(host.state.kill_switch):
                latches.keep_marker(host.state.latches, host.state.kill_switch, host.now(), BY, "the world")
                take_down(host.state.kill_switch)
        return EXIT_DONE

    if os.path.lexists(host.state.kill_switch) or world.broker.book.account.suspend_trade:
        world.command("unkill", host, verb)


def resume(world: World) -> None:
    host = world.host

    def verb() -> int:
        with only_one(host.state.lock):
            latches.keep_marker(host.state.latches, host.state.paused, host.now(), BY, "the world")
            take_down(host.state.paused)
        return EXIT_DONE

    if os.path.lexists(host.state.paused):
        world.command("resume", host, verb)


def clear_latches(world: World) -> None:
    host = world.host

    def verb() -> int:
        with only_one(host.state.lock):
            try:
                names = [latch.name for latch in latches.load(host.state.latches).latches]
            except StateUnreadable:
                names = [latches.UNREADABLE]
            for name in names:
                latches.clear(host.state.latches, name, host.now(), BY, "the world")
        return EXIT_DONE

    outcome = world.command("latches clear", host, verb)
    if outcome.code == EXIT_DONE:
        host.known.latched.clear()


def init(world: World) -> None:
    """Puts back what holds no memory; a person says it when a cycle tells them to."""
    host = world.host

    def verb() -> int:
        initialise(host.state, host.service(world.keys, any_record=True).settings, host.now(), new_account=False)
        return EXIT_DONE

    for path in (host.state.record, host.state.sessions):
        with suppress(OSError):
            if not path.read_bytes().endswith(b"}\n"):
                path.unlink()
    world.command("init", host, verb)


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
            schema=arming.SCHEMA, armed_at=now, by=BY, host=arming.this_host(), account=world.broker.book.account.number,
            endpoint=endpoint_of(service), sessions=(session.day,), until=until,
            caps=arming.limits_of(service.settings.caps), allowlist=None, preflight="none", override="the world",
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


DOINGS = {
    one.__name__.rstrip("_"): one
    for one in (cycle, sweep, other_host, flatten, cancel_all, rebuild, kill, pause, disarm, kill_broker, unkill, resume,
                clear_latches, arm, list_, cap, hand_sale, hand_cancel)
}  # fmt: skip
