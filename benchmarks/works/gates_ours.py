"""Ours: every gate there is, asked about one order, and what is looked at again right before its POST."""

import json
import sys
import time
from pathlib import Path

from support.facts import GOOD_ENTRY, GOOD_MODE, GOOD_ORDER

from execution.state.presence import presence
from gates.catalog import CAP_GATES, ENTRY_GATES, MODE_GATES, ORDER_GATES
from gates.facts import Presence
from gates.verdict import ask_all, refusals

kill, times = Path(sys.argv[1]) / "KILL_SWITCH", int(sys.argv[2])


def order() -> int:
    answers = ask_all(ORDER_GATES, GOOD_ORDER)
    assert presence(kill) is Presence.ABSENT
    answers += ask_all(CAP_GATES, GOOD_ORDER)
    assert not refusals(answers)
    return len(answers)


def everything() -> int:
    answers = (*ask_all(MODE_GATES, GOOD_MODE), *ask_all(ENTRY_GATES, GOOD_ENTRY))
    assert not refusals(answers)
    return len(answers) + order()


def timed(chain) -> float:  # type: ignore[no-untyped-def]
    for _ in range(200):
        chain()
    began = time.perf_counter()
    for _ in range(times):
        chain()
    return (time.perf_counter() - began) / times


print(json.dumps({"order": timed(order), "everything": timed(everything), "gates": [order(), everything()]}))
