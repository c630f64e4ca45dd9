"""Whatever telling trips over, the cycle comes out as it would have without it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.voice import NOW, SetClock
from venue.slack import Slack

from execution.channel.port import Channel
from execution.notify.after_cycle import tell_after_cycle
from execution.operator.initialise import initialise
from execution.service import Service
from execution.settings.parsing import parse
from execution.state.directory import StateDir
from execution.wiring import open_service
from gates.base.errors import LockHeld
from gates.base.record import replace


@pytest.fixture
def service(tmp_path: Path) -> Service:
    environ = {"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated", "AVWAP_STATE_DIR": str(tmp_path / "state")}
    initialise(StateDir(tmp_path / "state"), parse(environ).settings, NOW, new_account=False)
    with_slack = {**environ, "SLACK_WEBHOOK_URL": "http://127.0.0.1:1/services/T/B/x"}
    return replace(open_service(with_slack), clock=SetClock())


class Odd:
    """A channel of some other making, and not a good one."""

    name = "odd"
    takes_pictures = False

    def __init__(self, broken: Exception) -> None:
        self._broken = broken

    def send(self, message: object, limit_seconds: float) -> None:
        raise self._broken

    def upload(self, picture: Path, title: str, limit_seconds: float) -> None:
        raise self._broken


def no_channel() -> Channel:
    raise RuntimeError("cannot be put together")


WAYS: list[Callable[[Service], Service]] = [
    lambda service: replace(service, channel=no_channel),
    lambda service: replace(service, channel=lambda: Odd(ValueError("odd"))),
    lambda service: replace(service, channel=lambda: Odd(MemoryError())),
    lambda service: replace(service, state=StateDir(Path("/nowhere/at/all"))),
    lambda service: replace(service, table=None),  # type: ignore[arg-type]  # a bug of ours while comparing
    lambda service: replace(service, clock=None),  # type: ignore[arg-type]  # and one before that
]


@pytest.mark.parametrize("spoil", WAYS, ids=["no channel", "odd", "memory", "no directory", "a bug", "an early bug"])
def test_a_cycle_keeps_its_code_and_its_error(service: Service, spoil: Callable[[Service], Service]) -> None:
    spoiled = spoil(service)
    (service.state.kill_switch).touch()
    with tell_after_cycle(spoiled) as ended:
        ended.code = 69
    assert ended.code == 69
    with pytest.raises(LockHeld, match="mine"), tell_after_cycle(spoiled):
        raise LockHeld("mine")


def test_a_cycle_interrupted_by_a_person_tells_nothing(service: Service) -> None:
    with Slack() as slack:
        environ = {"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated", "AVWAP_STATE_DIR": str(service.state.root)}
        telling = open_service({**environ, **slack.webhook_env})
        with pytest.raises(KeyboardInterrupt), tell_after_cycle(telling):
            raise KeyboardInterrupt
        assert len(slack.requests) == 0


def test_a_host_that_can_start_no_thread_still_runs_its_cycle(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    environ = {"AVWAP_ENV_FILE": "/dev/null", "BROKER": "simulated", "AVWAP_STATE_DIR": str(service.state.root)}
    pinging = open_service({**environ, "HEALTHCHECK_URL": "http://127.0.0.1:1/ping/x"})
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with tell_after_cycle(pinging) as ended:
        ended.code = 0
