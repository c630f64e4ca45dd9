"""What goes wrong between service and broker, and on this machine: lists, requests, clock, disk, files."""

from __future__ import annotations

import dataclasses
import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from venue import faults
from venue.faults import Fault
from venue.oddities import ABSENT

if TYPE_CHECKING:
    from world.script import Event
    from world.world import World

MADE: dict[str, tuple[Fault, ...]] = {
    "504": (faults.accept_then_504(),),
    "504 html": (faults.accept_then_504(html=True),),
    "hidden": (faults.accept_then_504(), faults.hide(4)),
    "reset": (faults.accept_then_reset(),),
    "silence": (faults.accept_then_silence(),),
    "half": (faults.half_body(),),
    "garbage": (faults.garbage(),),
    "drop": (faults.drop(),),
    "429": (faults.rate_limited(),),
    "500": (faults.server_error(),),
    "500 accepted": (faults.server_error(accepts=True),),
    "503": (faults.server_error(503),),
    "refused": (faults.refuse(403, 40310000, "insufficient buying power"),),
    "wash": (faults.refuse(403, 40310000, "potential wash trade detected. use complex orders"),),
    "duplicate words": (faults.refuse(422, 40010001, "client_order_id has been used before"),),
}
PLACES: dict[str, dict[str, str]] = {
    "entry": {"client_order_id": "avx-*-entry-*"},
    "protect": {"client_order_id": "avx-*-protect-*"},
    "flatten": {"client_order_id": "avx-*-flatten-*"},
    "delete": {"method": "DELETE", "path": "/v2/orders/*"},
    "orders": {"method": "GET", "path": "/v2/orders"},
    "positions": {"method": "GET", "path": "/v2/positions"},
    "clock": {"method": "GET", "path": "/v2/clock"},
    "find": {"method": "GET", "path": "/v2/orders:by_client_order_id"},
    "quotes": {"method": "GET", "path": "/v2/stocks/quotes/latest"},
    "any": {"method": "*", "path": "*"},
}


def fault(world: World, name: str, where: str, times: int) -> None:
    if name == "duplicate words" and where not in ("entry", "protect", "flatten"):
        return
    added = [world.broker.faults.add(one, times=times, **PLACES[where]) for one in MADE[name]]
    world.fault_rules += [(world.commands + 4, rule) for rule in added]


def wrong_answer(world: World) -> None:
    """The next entry is answered with somebody else's order."""
    other = {"client_order_id": "elsewhere", "symbol": "TSLA", "qty": "50", "filled_qty": "50", "status": "filled"}
    bent = dataclasses.replace(faults.rewrite(lambda payload: payload | other), name="wrong_answer", times=1)
    rule = world.broker.faults.add(bent, method="POST", path="/v2/orders", client_order_id="avx-*-entry-*")
    world.fault_rules.append((world.commands + 4, rule))


def odd_account(world: World, field: str, value: Any, seconds: int) -> None:
    world.broker.oddities.add("account", "", field, ABSENT if value == "absent" else value)
    world.later(seconds, lambda: world.broker.oddities.clear("account"))


def lag(world: World, kind: str, seconds: int, for_seconds: int) -> None:
    memory = world.broker.book.memory
    memory.lag_seconds[kind] = seconds
    memory.note(world.broker.book)
    world.later(for_seconds, lambda: memory.lag_seconds.pop(kind, None))


def empty(world: World, kind: str, seconds: int) -> None:
    memory = world.broker.book.memory
    memory.empty.add(kind)
    world.later(seconds, lambda: memory.empty.discard(kind))


def slow(world: World, seconds: float) -> None:
    world.latency = seconds
    world.later(100, lambda: setattr(world, "latency", world.script.setup["latency"]))


def wait(world: World, seconds: int) -> None:
    world.advance(seconds)


def morning(world: World, minutes: int) -> None:
    """To the next session, so many minutes after its open."""
    session = world.next_session()
    world.broker.timepiece.set(max(world.broker.now(), session.opens + timedelta(minutes=minutes)))
    world.advance(0)


def evening(world: World) -> None:
    now = world.broker.now()
    if world.broker.hours.is_open(now):
        world.broker.timepiece.set(world.broker.hours.next_close(now) + timedelta(minutes=20))
        world.broker.book.close_day()
        world.advance(0)


def die(world: World, at: int) -> None:
    world.process.die_at = at


def disk_full(world: World, at: int, lasting: bool) -> None:
    world.process.full_from = at
    world.later(200 if lasting else 20, world.make_room)


def skew(world: World, seconds: int) -> None:
    world.host.skew = timedelta(seconds=seconds)


def backup(world: World) -> None:
    world.host.back_up()


def restore(world: World, keep_times: bool) -> None:
    world.host.restore(keep_times=keep_times)


def delete(world: World, name: str) -> None:
    path = world.host.root / name
    if name in ("live_orders_today.json", "ledger/LIVE"):
        world.host.known.damaged = True
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        os.unlink(path)


def tear(world: World, name: str) -> None:
    """Half of the file is left, as some file systems do."""
    path = world.host.root / name
    if path.is_file():
        if name == "live_orders_today.json":
            world.host.known.damaged = True
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])


def during(world: World, request: int, event: Event) -> None:
    world.during.append((request, event))


DOINGS = {
    one.__name__: one
    for one in (fault, wrong_answer, odd_account, lag, empty, slow, wait, morning, evening, die, disk_full, skew,
                backup, restore, delete, tear, during)
}  # fmt: skip
