"""Many clients, rude clients, and an end that leaves nothing behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from venue import faults as fault
from venue.talker import Http, RawClient
from venue.venue import Venue

Body = Callable[..., dict[str, Any]]
TESTS = Path(__file__).resolve().parent.parent
RACER = """
import http.client, json, os, sys
host, port = os.environ["APCA_API_BASE_URL"].removeprefix("http://").split(":")
keys = {"APCA-API-KEY-ID": os.environ["APCA_API_KEY_ID"], "APCA-API-SECRET-KEY": os.environ["APCA_API_SECRET_KEY"]}
connection = http.client.HTTPConnection(host, int(port))
for number in range(25):
    body = {"symbol": "AAPL", "qty": 1, "side": "buy", "type": "limit", "limit_price": 9, "time_in_force": "day"}
    connection.request("POST", "/v2/orders", json.dumps(body | {"client_order_id": f"race-{number}"}), keys)
    connection.getresponse().read()
"""


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def raw(venue: Venue) -> Iterator[RawClient]:
    client = RawClient(venue)
    yield client
    client.close()


def test_a_client_that_wants_one_answer_only(raw: RawClient) -> None:
    raw.send("GET /v2/nothing HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert raw.everything().startswith(b"HTTP/1.1 401 ")


def test_one_connection_serves_many_requests(http: Http, venue: Venue) -> None:
    for _ in range(50):
        http.json("GET", "/v2/clock")
    assert len({entry.number for entry in venue.requests}) == 50
    assert sum(thread.name.endswith("client") for thread in threading.enumerate()) == 1


def test_requests_can_come_together_and_in_pieces(raw: RawClient) -> None:
    raw.ask("GET", "/v2/clock")
    raw.ask("GET", "/v2/nothing")
    raw.send("GET /v2/clo")
    raw.send("ck HTTP/1.1\r\n\r\n")
    raw.sock.shutdown(1)
    answer = raw.everything()
    assert [answer.count(status) for status in (b" 200 OK", b" 404 Not Found", b" 401 Unauthorized")] == [1, 1, 1]


@pytest.mark.parametrize(
    "rubbish",
    [
        "hello\r\n\r\n",
        "GET /v2/clock HTTP/1.1\r\nX: " + "x" * 70_000,
        "POST /v2/orders HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "POST /v2/orders HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        "POST /v2/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_rubbish_is_told_so_and_hung_up_on(raw: RawClient, rubbish: str) -> None:
    raw.send(rubbish)
    assert raw.everything().startswith(b"HTTP/1.1 400 ")


def test_half_a_request_orders_nothing(raw: RawClient, venue: Venue, http: Http) -> None:
    raw.send('POST /v2/orders HTTP/1.1\r\nContent-Length: 500\r\n\r\n{"symbol":')
    raw.close()
    http.json("GET", "/v2/account")
    assert venue.requests.posts() == []


def test_threads_that_race_for_one_id(venue: Venue, bracket: Body) -> None:
    def post(_: int) -> int:
        return Http(venue)("POST", "/v2/orders", bracket()).status_code

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(post, range(16))) == {200: 1, 422: 15}
    assert len(venue.book.orders) == 3
    assert [post.number for post in venue.requests.posts()] == list(range(1, 17))


def test_processes_that_race_for_the_same_ids(venue: Venue) -> None:
    racers = [subprocess.Popen([sys.executable, "-c", RACER], env=os.environ | venue.env) for _ in range(4)]
    assert [racer.wait(60) for racer in racers] == [0, 0, 0, 0]
    assert len(venue.requests.posts()) == 100
    assert Counter(post.answered for post in venue.requests.posts()) == {200: 25, 422: 75}
    assert len(venue.book.orders) == 25


def test_a_killed_client_does_not_disturb(venue: Venue, http: Http) -> None:
    venue.faults.add(fault.accept_then_silence())
    client = subprocess.Popen([sys.executable, "-c", RACER], env=os.environ | venue.env)
    venue.wait_until_holding()
    client.send_signal(signal.SIGKILL)
    client.wait(60)
    venue.holding.wait_until_free()
    assert http.json("GET", "/v2/orders:by_client_order_id", client_order_id="race-0")["status"] == "new"


def test_closing_hangs_up_on_everybody_and_leaves_nothing(bracket: Body) -> None:
    gc.collect()  # what tests before this one left behind is closed now, not in the middle
    threads, files = threading.active_count(), descriptors()
    venue = Venue()
    venue.faults.add(fault.accept_then_silence(), nth=1)
    venue.faults.add(fault.accept_then_late(), nth=2)
    venue.faults.add(fault.slow_drip(interval_seconds=3600), nth=3)
    clients = [RawClient(venue) for _ in range(4)]  # the fourth only listens
    for number, client in enumerate(clients[:3]):
        client.ask("POST", "/v2/orders", bracket(client_order_id=f"held-{number}"))
        venue.wait_until_holding(number + 1)
    venue.close()
    for client in clients:
        client.everything()
        client.close()
    assert (threading.active_count(), descriptors()) == (threads, files)
    with pytest.raises(requests.ConnectionError):
        requests.get(venue.url, timeout=5)
    venue.close()


def test_a_mistake_of_the_venue_itself_is_not_hidden() -> None:
    venue = Venue()
    venue.faults.add(fault.rewrite(lambda clock: clock["no such key"], path="/v2/clock"))
    with pytest.raises(requests.ConnectionError):
        Http(venue)("GET", "/v2/clock")
    with pytest.raises(ExceptionGroup, match="the venue itself failed"):
        venue.close()


def test_waiting_for_requests(venue: Venue) -> None:
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(Http(venue).json, "GET", "/v2/clock")
        venue.requests.wait_for(lambda log: len(log.select("GET", "/v2/clock")) == 1)
        asked.result()
    with pytest.raises(TimeoutError):
        venue.requests.wait_for(lambda log: bool(log.posts()), patience_seconds=0.01)
    with pytest.raises(TimeoutError):
        venue.holding.wait_until(1, patience_seconds=0.01)


def test_what_the_log_tells(http: Http, venue: Venue, bracket: Body) -> None:
    http("POST", "/v2/orders", bracket())
    http("GET", "/v2/orders", symbols="AAPL,MSFT")
    http("DELETE", "/v2/positions/AAPL")
    post, read, close = venue.requests
    assert (post.body["qty"], post.answered, post.faults, post.at) == ("4", 200, (), venue.now())
    assert (read.query["symbols"], read.symbols) == ("AAPL,MSFT", {"AAPL", "MSFT", "orders"})
    assert (close.answered, "AAPL" in close.symbols) == (404, True)
    assert venue.requests.writes() == [post, close]
    venue.requests.clear()
    assert (list(venue.requests), len(venue.requests)) == ([], 3)


def test_standing_alone() -> None:
    command = [sys.executable, "-m", "venue", "--now", "2026-11-20T10:31:00-05:00", "--seed-orders", "3"]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        env = dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
        keys = {"APCA-API-KEY-ID": env["APCA_API_KEY_ID"], "APCA-API-SECRET-KEY": env["APCA_API_SECRET_KEY"]}
        orders = requests.get(env["APCA_API_BASE_URL"] + "/v2/orders", headers=keys, timeout=10)
        clock = requests.get(env["APCA_API_BASE_URL"] + "/v2/clock", headers=keys, timeout=10)
        process.terminate()
        assert process.wait(20) == 0
    assert [order["client_order_id"] for order in orders.json()] == ["seed-2", "seed-1", "seed-0"]
    assert clock.json()["timestamp"].startswith("2026-11-20T10:31:00")


def test_standing_alone_refuses_a_naive_moment() -> None:
    command = [sys.executable, "-m", "venue", "--now", "2026-11-20T10:31:00"]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "needs an offset" in done.stderr
