"""How often each thing happens: the one table of the world.

A number is the weight of an event among all that may come between two cycles. `CYCLE_GAPS` says how many
come between two of them. To make the world meet something more often, change a number here; the seeds that
ever failed keep their scripts only as long as this table stays, so they are kept beside it (`seeds.txt`).
"""

from __future__ import annotations

SESSIONS = (1, 2, 2, 3, 3, 4, 5)
CYCLES = (20, 60)
CYCLE_GAPS = (0, 0, 1, 1, 1, 2, 2, 3)
"""How many happenings come before a cycle, each as likely as it stands here."""

KEPT = 0.6
"""Each seed draws which kinds it has, so that what is left comes together more often than if all came always."""
ALWAYS = frozenset({"price", "fill", "arm", "list", "clear_latches", "unkill", "resume", "wait"})
"""Kinds that no seed is without: what trades, and what ends a stop."""

FOLLOWS: dict[str, tuple[tuple[str, float], ...]] = {
    "flatten": (("flatten", 0.4), ("lag", 0.3)),
    "cancel_all": (("cancel_all", 0.3),),
    "lag": (("flatten", 0.3), ("fill", 0.3)),
    "empty": (("flatten", 0.3),),
    "fault": (("hand_sale", 0.25), ("price", 0.3), ("flatten", 0.1)),
    "leg_ends": (("fault", 0.4), ("hand_sale", 0.25)),
    "kill": (("list", 0.4), ("unkill", 0.5)),
    "die": (("hand_sale", 0.1), ("flatten", 0.1), ("price", 0.2)),
    "late_price": (("price", 0.5),),
    "backup": (("restore", 0.3),),
    "delete": (("rebuild", 0.5),),
    "odd_field": (("kill", 0.15), ("flatten", 0.15)),
}
"""What a person or the market then does: how likely it comes one to three cycles later."""

WEIGHTS: dict[str, int] = {
    # the market
    "price": 60,
    "fill": 90,
    "both_legs": 6,
    "late_price": 6,
    "quote_odd": 10,
    "fills": 8,
    # what the broker does to orders
    "leg_ends": 14,
    "parent_ends": 10,
    "legs_sleep_on": 4,
    "leg_replaced": 5,
    "entry_replaced": 4,
    "lose": 6,
    "strange_word": 6,
    "cancels": 8,
    "suspended": 5,
    # shares without orders
    "split": 6,
    "rename": 2,
    "transfer": 4,
    "halt": 4,
    # what others do on this account
    "foreign_position": 6,
    "foreign_order": 8,
    "odd_field": 12,
    "odd_account": 6,
    "wrong_answer": 3,
    # what the lists tell
    "lag": 26,
    "empty": 8,
    # requests that go wrong
    "fault": 30,
    "slow": 6,
    # this machine
    "die": 26,
    "disk_full": 8,
    "skew": 8,
    "wait": 24,
    "backup": 8,
    "restore": 6,
    "delete": 6,
    "tear": 4,
    # the operator
    "kill": 8,
    "unkill": 12,
    "kill_broker": 3,
    "pause": 5,
    "resume": 8,
    "arm": 10,
    "disarm": 4,
    "list": 12,
    "cap": 5,
    "flatten": 12,
    "cancel_all": 6,
    "clear_latches": 14,
    "rebuild": 6,
    "settle": 3,
    "explain": 3,
    "hand_sale": 10,
    "hand_cancel": 4,
    "sweep": 6,
    "other_host": 6,
    "flatten_one": 8,
    # any of the quick ones, in the middle of the next command
    "during": 30,
}

QUICK = (
    "price",
    "fill",
    "both_legs",
    "kill",
    "pause",
    "disarm",
    "hand_sale",
    "leg_ends",
    "parent_ends",
    "wait",
    "empty",
    "lag",
)
"""What may come between two requests of one command: it takes no lock of ours."""
