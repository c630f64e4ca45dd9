"""What the operator does through the service's own verbs: cycles, stops, switches, latches, the ledger.

Verbs run as commands do: in a process of their own, under the host's clock, with their exit code. Where a
command's front door reads the machine's wall clock, the function behind it is called with the host's.
"""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from execution.act.suspend import suspend
from execution.cli import ledger as ledger_verbs
from execution.cli.stop_options import stop_with
from execution.cycle import run_cycle
from execution.cycle import sweep as sweep_verb
from execution.operator.initialise import initialise
from execution.orders import parse_name
from execution.state import arming, latches
from execution.state.markers import put_up, take_down
from gates.base.errors import EXIT_DONE, UsageError
from gates.base.locks import only_one
from gates.base.statefile import StateUnreadable
from world.command import Command
from world.desk import BY, arm_by_hand
from world.draw import SYMBOLS

if TYPE_CHECKING:
    from world.world import World


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
    arm_by_hand(world, host, f"token-of-the-other-host-{world.session_to_come()}")
    world.command("run", host, lambda: run_cycle(host.service(world.keys, damaged=True)))


def flatten(world: World, ours_only: bool) -> None:
    stop(world, closes=True, ours_only=ours_only)


def flatten_one(world: World, place: int, ours_only: bool) -> None:
    stop(world, closes=True, ours_only=ours_only, symbol=SYMBOLS[place])


def cancel_all(world: World, ours_only: bool) -> None:
    stop(world, closes=False, ours_only=ours_only)


def stop(world: World, *, closes: bool, ours_only: bool = False, symbol: str | None = None) -> None:
    account = world.broker.book.account.number
    args = argparse.Namespace(ours_only=ours_only, reason="the world", wait=None, confirm=account, symbol=symbol)
    verb = ("flatten" if closes else "cancel-all") + (" --ours-only" if ours_only else "")
    verb += f" --symbol {symbol}" if symbol is not None else ""
    host = world.host
    world.command(verb, host, lambda: stop_with(host.service(world.keys, any_record=True), args, BY, closes=closes))


def rebuild(world: World) -> None:
    if ledger_verb(world, "rebuild").code == EXIT_DONE:
        world.host.known.damaged = True


def settle(world: World, place: int, status: str) -> None:
    """The operator's word on an entry, right or wrong; the service takes only what may be true."""
    ids = sorted(world.host.entries)
    name = parse_name(ids[place % len(ids)]) if ids else None
    if name is not None and ledger_verb(world, "settle", id=str(name), status=status).code == EXIT_DONE:
        world.shares.doubt(name.symbol)


def explain(world: World, place: int, shares: int) -> None:
    if ledger_verb(world, "explain", symbol=SYMBOLS[place], shares=str(shares)).code == EXIT_DONE:
        world.shares.doubt(SYMBOLS[place])


def ledger_verb(world: World, action: str, **said: str) -> Command:
    host = world.host
    usual = {"evidence": "the broker's page", "filled_qty": None, "price": None}
    args = argparse.Namespace(action=action, **(usual | said))

    return world.command(f"ledger {action}", host, lambda: ledger_verbs.act(host.service(world.keys), args))


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
        if any(latches.in_force(host.state.latches)):
            raise UsageError("not unkilled: something is latched")
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
    named: list[str] = []

    def verb() -> int:
        with only_one(host.state.lock):
            try:
                names = [latch.name for latch in latches.load(host.state.latches).latches]
            except StateUnreadable:
                names = [latches.UNREADABLE]
            named.extend(names)
            for name in names:
                latches.clear(host.state.latches, name, host.now(), BY, "the world")
        return EXIT_DONE

    outcome = world.command("latches clear", host, verb)
    if outcome.code == EXIT_DONE and named:
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


DOINGS = {
    one.__name__: one
    for one in (cycle, sweep, other_host, flatten, flatten_one, cancel_all, rebuild, settle, explain, kill, pause,
                disarm, kill_broker, unkill, resume, clear_latches)
}  # fmt: skip
