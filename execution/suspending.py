"""The broker's own switch: told to refuse every new order of the account, and read back."""

from __future__ import annotations

from collections.abc import Mapping

from execution.broker.port import Broker
from execution.errors import BrokerUnreachable
from execution.service import Service
from execution.wiring import open_service
from gates.common.clock import Stopwatch
from gates.common.locks import only_one

SECONDS = 45
WAIT_SECONDS = 15


def suspend(environ: Mapping[str, str], *, on: bool) -> list[str]:
    """Set the flag; what the broker says then, one line each. BrokerUnreachable when it is not so."""
    service = open_service(environ, any_record=True)
    if not service.on_simulator:
        return _told(service, on)
    with only_one(service.state.lock, wait_seconds=WAIT_SECONDS):  # its account is a file of ours
        return _told(service, on)


def _told(service: Service, on: bool) -> list[str]:
    broker = service.broker(Stopwatch(SECONDS))
    number = broker.account().number
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


def set_and_read_back(broker: Broker, on: bool) -> None:
    if broker.suspend(on) is not on:
        raise BrokerUnreachable(f"the broker still says suspend_trade={str(not on).lower()}; do it on its own page")
