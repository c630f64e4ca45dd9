"""From a seed to a script: how many sessions and cycles, and what happens between them.

Everything is drawn ahead from one random source, so playing a script draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from world.script import Event, Script
from world.weights import ALWAYS, CYCLE_GAPS, CYCLES, FOLLOWS, KEPT, QUICK, SESSIONS, WEIGHTS

SYMBOLS = ("AAPL", "MSFT", "NVDA", "AMD")
FOREIGN = ("TSLA", "KO")
DAYS = ("2026-10-29", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-24", "2026-11-25", "2026-12-22")
"""First sessions: a change to winter time, a weekend, Thanksgiving with its half-day, Christmas within reach."""
ORDER_FIELDS = ("filled_qty", "symbol", "side", "type", "limit_price", "submitted_at", "updated_at", "qty",
                "stop_price", "filled_avg_price", "client_order_id", "status", "legs")  # fmt: skip
POSITION_FIELDS = ("avg_entry_price", "qty_available", "current_price", "side", "qty", "cost_basis")
ACCOUNT = (("equity", None), ("equity", "NaN"), ("buying_power", None), ("buying_power", "NaN"), ("last_equity", None),
           ("cash", "absent"), ("http", 500), ("http", 504))  # fmt: skip
FAULTS = ("504", "504 html", "hidden", "reset", "silence", "half", "garbage", "drop", "429", "500", "500 accepted",
          "503", "refused", "wash", "duplicate words")  # fmt: skip
WHERE = ("entry", "protect", "protect", "protect", "flatten", "flatten", "delete", "orders", "positions", "clock",
         "find", "quotes", "any")  # fmt: skip
FILES = ("latches.json", "state.json", "sessions.json", "live_orders_today.json", "live_confirm_token.txt",
         "live_arm.json", "heartbeat.json", "dry_run_orders_today.json", "ledger/LIVE")  # fmt: skip
LISTS = ("positions", "positions", "open", "orders", "find")

Args = tuple[Any, ...]
Weights = Mapping[str, int]
DRAWS: dict[str, Callable[[Random], Args]] = {
    "price": lambda r: (
        r.randrange(4),
        r.choice((-0.2, -0.08, -0.04, -0.032, -0.01, -0.002, 0, 0.002, 0.01, 0.05, 0.1)),
    ),
    "fill": lambda r: (r.randrange(5), r.choice((0.1, 0.5, 0.5, 0.9, 1, 1))),
    "both_legs": lambda r: (r.randrange(5),),
    "late_price": lambda r: (r.randrange(5),),
    "quote_odd": lambda r: (r.randrange(4), r.choice(("wide", "old", "no bid", "no ask", "null", "words", "zoneless"))),
    "fills": lambda r: (r.choice(("never", "on_accept", "on_next_read")),),
    "leg_ends": lambda r: (
        r.randrange(5),
        r.choice(("stop", "target", "both")),
        r.choice(("rejected", "expired", "canceled")),
    ),
    "parent_ends": lambda r: (r.randrange(5), r.choice(("rejected", "expired", "canceled"))),
    "legs_sleep_on": lambda r: (r.random() < 0.6,),
    "leg_replaced": lambda r: (r.randrange(5), r.random() < 0.6),
    "entry_replaced": lambda r: (r.randrange(5), r.choice((1, 2, 5))),
    "lose": lambda r: (r.randrange(5),),
    "strange_word": lambda r: (
        r.randrange(5),
        r.choice(("marked_for_review", "done_for_day", "stopped", "calculated")),
        r.random() < 0.5,
    ),
    "cancels": lambda r: (r.choice(("taken", "taken", "refused", "ignored", "slow")),),
    "suspended": lambda r: (r.randrange(5),),
    "split": lambda r: (r.randrange(4), r.choice(("2", "3", "10", "0.1", "0.5")), r.random() < 0.6),
    "rename": lambda r: (r.randrange(4),),
    "transfer": lambda r: (r.randrange(4), r.choice((-3, -2, -1, 1, 2))),
    "halt": lambda r: (r.randrange(4), r.choice((60, 300))),
    "foreign_position": lambda r: (r.choice((*FOREIGN, "AAPL", "MSFT")), r.choice((5, 20))),
    "foreign_order": lambda r: (r.choice((*FOREIGN, *FOREIGN, "AAPL")), r.choice(("buy", "buy", "sell"))),
    "odd_field": lambda r: _odd_field(r),
    "odd_account": lambda r: (*r.choice(ACCOUNT), r.choice((120, 600, 10**6))),
    "wrong_answer": lambda r: (),
    "lag": lambda r: (r.choice(LISTS), r.choice((2, 10, 30, 60, 90, 180)), r.choice((60, 180, 600))),
    "empty": lambda r: (r.choice(LISTS), r.choice((30, 61, 130))),
    "fault": lambda r: (r.choice(FAULTS), r.choice(WHERE), r.choice((1, 1, 2, 3))),
    "slow": lambda r: (r.choice((1, 3, 4.5, 6)),),
    "die": lambda r: (r.randrange(1, 70),),
    "disk_full": lambda r: (r.randrange(1, 30), r.random() < 0.5),
    "skew": lambda r: (r.choice((0, 0, 3, 7, -7, 10, -60, 3600, 86400, 3 * 86400, -86400)),),
    "wait": lambda r: (r.choice((10, 60, 130, 130, 600, 1800, 7200)),),
    "backup": lambda r: (),
    "restore": lambda r: (r.random() < 0.5,),
    "delete": lambda r: (r.choice(FILES),),
    "tear": lambda r: (r.choice(FILES[:8]),),
    "kill": lambda r: (),
    "unkill": lambda r: (),
    "kill_broker": lambda r: (),
    "pause": lambda r: (),
    "resume": lambda r: (),
    "arm": lambda r: (r.choice(("hand", "record", "record", "until")),),
    "disarm": lambda r: (),
    "list": lambda r: (r.choice((0, 0.2, 0.5, 1, 1)), r.choice((0.5, 0.94, 0.97, 0.97)), r.randrange(4)),
    "cap": lambda r: (r.choice((1, 2, 3)),),
    "flatten": lambda r: (r.random() < 0.3,),
    "flatten_one": lambda r: (r.randrange(4), r.random() < 0.3),
    "cancel_all": lambda r: (r.random() < 0.3,),
    "clear_latches": lambda r: (),
    "rebuild": lambda r: (),
    "settle": lambda r: (r.randrange(5), r.choice(("filled", "cancelled", "expired", "rejected", "not_sent"))),
    "explain": lambda r: (r.randrange(4), r.choice((1, 2, 3, 9))),
    "hand_sale": lambda r: (r.randrange(4), r.choice((0.34, 0.5, 1)), r.choice((-0.05, 0, 0.05, 0.1))),
    "hand_cancel": lambda r: (r.randrange(6),),
    "sweep": lambda r: (),
    "other_host": lambda r: (),
    "during": lambda r: (r.choice((1, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12)), _quick(r)),
}


def draw(seed: int, without: frozenset[str] = frozenset()) -> Script:
    """The script of a seed; kinds of events that are left out leave the rest as it is."""
    chance = Random(seed)
    setup = {
        "day": chance.choice(DAYS),
        "margin": chance.random() < 0.5,
        "positions": chance.choice((1, 2, 2, 3, 5)),
        "orders": chance.choice((1, 2, 3, 5)),
        "gross": chance.choice((1500, 5000, 5000)),
        "ttl": chance.choice((100, 300, 600)),
        "latency": chance.choice((0.05, 0.2)),
    }
    cycles, sessions = chance.randint(*CYCLES), chance.choice(SESSIONS)
    weights = {kind: weight for kind, weight in WEIGHTS.items() if kind in ALWAYS or chance.random() < KEPT}
    events: list[Event] = []
    for number in range(sessions):
        events += _session(chance, weights, max(4, cycles // sessions), number)
    return Script(seed, setup, tuple(event for event in events if without.isdisjoint(_kinds(event))))


def _session(chance: Random, weights: Weights, cycles: int, number: int) -> list[Event]:
    events: list[Event] = []
    if number and chance.random() < 0.5:
        events += [("evening",), ("sweep",)]
    events.append(("morning", chance.choice((1, 1, 5, 60, 340))))
    if chance.random() < 0.9:
        events.append(("list", 0, 0.97, chance.randrange(4)))
    if chance.random() < 0.85:
        events.append(("arm", chance.choice(("hand", "record"))))
    due: dict[int, list[Event]] = {}
    for cycle in range(cycles):
        drawn = [_any(chance, weights) for _ in range(chance.choice(CYCLE_GAPS))]
        for event in drawn:
            for kind, likely in FOLLOWS.get(str(event[0]), ()):
                if chance.random() < likely:
                    due.setdefault(cycle + chance.randint(1, 3), []).append(_one(chance, kind))
        events += [*drawn, *due.pop(cycle, ()), ("cycle",)]
    return events


def _any(chance: Random, weights: Weights) -> Event:
    return _one(chance, chance.choices(tuple(weights), tuple(weights.values()))[0])


def _one(chance: Random, kind: str) -> Event:
    return (kind, *DRAWS[kind](chance))


def _kinds(event: Event) -> tuple[str, ...]:
    return ("during", str(event[2][0])) if event[0] == "during" else (str(event[0]),)


def _quick(chance: Random) -> Event:
    return _one(chance, chance.choice(QUICK))


def _odd_field(chance: Random) -> Args:
    kind = chance.choice(("order", "order", "position"))
    fields = ORDER_FIELDS if kind == "order" else POSITION_FIELDS
    return (kind, chance.choice(fields), chance.choice((None, None, "absent", "NaN")))
