"""Asks the broker to refuse every new order of the account, and reads back whether it does.

Under it closes are refused too, so `flatten` has to lift it for a moment. It does so under a kill file,
and a latch says on disk that the switch is owed, so that a call after a death puts it back.
"""

from __future__ import annotations

from execution.act.stop import Stop
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Broker
from execution.service import Service
from execution.state import latches
from execution.state.latches import Latch
from execution.state.markers import put_up
from gates.base.clock import Stopwatch
from gates.base.locks import only_one
from gates.base.statefile import StateUnreadable, StateUnwritable

SECONDS = 45
WAIT_SECONDS = 15


def suspend(service: Service, *, on: bool) -> list[str]:
    """Set the flag; what the broker says then, one line each. BrokerUnreachable when it is not so."""
    if not service.on_simulator:
        return _told(service, on)
    with only_one(service.state.lock, wait_seconds=WAIT_SECONDS):  # its account is a file of ours
        return _told(service, on)


def _told(service: Service, on: bool) -> list[str]:
    broker = service.broker(Stopwatch(SECONDS))
    number = _number(broker)
    if not on and not broker.is_suspended():
        return [f"Broker {broker.name}, account {number}: was not suspended."]
    set_and_read_back(broker, on)
    if not on:
        return [f"Broker {broker.name}, account {number}: suspend lifted, read back."]
    return [
        f"Broker {broker.name}, account {number}: SUSPENDED, read back.",
        "WARNING: under a suspend the broker refuses closes and new stops too. Orders resting there stay; cancels are "
        "believed to be taken. `execution flatten` lifts it, closes, and puts it back.",
    ]


def _number(broker: Broker) -> str:
    """For the lines alone; what is asked of the broker needs no number."""
    try:
        return broker.account().number
    except BrokerUnreachable as problem:
        return f"(not told: {problem})"


def set_and_read_back(broker: Broker, on: bool) -> None:
    if broker.suspend(on) is not on:
        raise BrokerUnreachable(f"the broker still says suspend_trade={str(not on).lower()}; do it on its own page")


def is_owed(stop: Stop) -> bool:
    """Whether an earlier call lifted the suspend and died before it put it back."""
    return latches.is_set(stop.service.state.latches, latches.SUSPEND_LIFTED)


def lift(stop: Stop) -> bool:
    """Whether it was in force and may be lifted now. What fails here lets the closes be tried all the same."""
    state, now, by = stop.service.state, stop.service.clock.now(), stop.wanted.by
    try:
        if not stop.broker.is_suspended():
            return False
        put_up(state.kill_switch, now, by, "flatten lifted the broker's suspend to close positions")
        latches.set_latch(state.latches, Latch(latches.SUSPEND_LIFTED, now, by, "lifted by flatten"))
    except StateUnwritable as broken:
        stop.say(f"what is owed cannot be written down ({broken}); if this process dies, suspend again by hand")
    except BrokerUnreachable as problem:
        stop.say(f"whether the broker is suspended is not known ({problem})")
        return False
    try:
        set_and_read_back(stop.broker, on=False)
        stop.say("SUSPEND LIFTED at the broker to close, under the kill file; it is put back afterwards")
    except BrokerUnreachable as problem:
        stop.say(f"SUSPEND NOT LIFTED ({problem}); closes will be refused")
    return True


def put_back(stop: Stop) -> bool:
    """Whether it stands again; then nothing is owed any more."""
    state, now, by = stop.service.state, stop.service.clock.now(), stop.wanted.by
    try:
        set_and_read_back(stop.broker, on=True)
        latches.clear(state.latches, latches.SUSPEND_LIFTED, now, by, "put back by flatten")
    except (BrokerUnreachable, StateUnreadable, StateUnwritable) as problem:
        stop.say(f"SUSPEND NOT PUT BACK ({problem}); say the command again, or suspend on the broker's own page")
        return False
    stop.say("SUSPENDED again at the broker, read back")
    return True
