"""The dead-man ping: taken by its own host or not at all."""

from __future__ import annotations

import dataclasses

import pytest
from venue.slack import ANY, Slack, words
from venue.wire import Response

from execution.channel.dead_man import FAIL, START, Ping
from gates.base.settings import Secret


def test_a_ping_is_one_question() -> None:
    with Slack() as service:
        address = Secret(f"{service.url}/ping/uuid-of-ours/")
        first = Ping(address, START)
        assert Ping(address, FAIL, first).wait(20) is None
        assert service.pings == ["/ping/uuid-of-ours/start", "/ping/uuid-of-ours/fail"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_is_no_success(status: int) -> None:
    with Slack() as service, Slack() as other:
        moved = Response(status, {}, headers={"Location": f"{other.url}/ping/uuid-of-ours"})
        service.faults.add(dataclasses.replace(words(200, ""), instead=moved), method=ANY, path="/ping/*")
        assert Ping(Secret(f"{service.url}/ping/uuid-of-ours"), "").wait(20) == f"HTTP {status}"
        assert other.pings == []


def test_no_proxy_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Slack() as service, Slack() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert Ping(Secret(f"{service.url}/ping/x"), "").wait(20) is None
        assert (service.pings, proxy.requests.select()) == (["/ping/x"], [])
