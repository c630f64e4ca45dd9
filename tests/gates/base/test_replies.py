"""A reply is read within bounds of time, of length on the wire and of length unpacked, from the host that was asked."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from requests import ConnectionError as NoConnection
from requests import Session
from support.bombs import MB, bomb
from urllib3.exceptions import HTTPError

from gates.base.leaks import Leaks
from gates.base.replies import MOST_BYTES, MOST_PARTS, Bounds, Reply, ReplyOdd, ask_once, whole
from gates.base.timelimit import RequestTimeout

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def host(answer: Answer) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Another host on loopback, its address, and the headers of what it was asked."""
    heard: list[dict[str, str]] = []

    class Desk(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            heard.append({name.lower(): value for name, value in self.headers.items()})
            try:
                answer(self)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Be silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(desk: http.server.BaseHTTPRequestHandler) -> None:
        desk.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            desk.send_header(name.replace("_", "-"), value)
        desk.end_headers()
        desk.wfile.write(body)

    return answer


def asked(address: str, limit_seconds: float = 20.0, **options: object) -> Reply:
    bounds = Bounds(limit_seconds, (HTTPError, OSError), Leaks({"aZ3kP9qLm2Xw7RtYc5": "key"}))
    with Session() as session:
        return ask_once(session, "GET", address, bounds, **options)


def test_an_answer_comes_whole_and_was_asked_for_unpacked() -> None:
    with host(says(b'{"x": 1.5}')) as (address, heard):
        reply = asked(address, headers={"Key": "k"})
    assert (reply.status_code, reply.ok, str(reply.json()["x"])) == (200, True, "1.5")
    assert heard[0]["accept-encoding"] == "identity" and heard[0]["key"] == "k"


@pytest.mark.parametrize(
    ("word", "pack"),
    [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_what_is_packed_unasked_is_unpacked(word: str, pack: Callable[[bytes], bytes]) -> None:
    with host(says(pack(b"hello"), Content_Encoding=word)) as (address, _):
        assert asked(address).body == b"hello"


@pytest.mark.parametrize(
    ("body", "word", "problem"),
    [
        (bomb(700), "gzip", "answer of more than 16 MB"),
        (gzip.compress(bomb(300)), "gzip, gzip", "answer packed as gzip, gzip"),
        (b"x", "br", "answer packed as br"),
        (b"no gzip", "gzip", "packed answer not understood"),
        (gzip.compress(b"hello" * 99)[:-9], "gzip", "packed answer broken off"),
        (bytes(MOST_BYTES + 1), "", "answer of more than 16 MB"),
    ],
    ids=["bomb", "bomb in a bomb", "br", "broken", "torn", "giant"],
)
def test_a_reply_beyond_bounds_is_odd_and_costs_little(body: bytes, word: str, problem: str) -> None:
    with host(says(body, Content_Encoding=word)) as (address, _):
        tracemalloc.start()
        with pytest.raises(ReplyOdd, match=f"^{problem}$"):
            asked(address)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 6 * MOST_BYTES


def test_a_reply_that_says_it_is_of_gigabytes_is_given_up_early() -> None:
    sent = 0

    def giant(desk: http.server.BaseHTTPRequestHandler) -> None:
        nonlocal sent
        desk.send_response(200)
        desk.send_header("Content-Length", str(2 << 30))
        desk.end_headers()
        for _ in range(2 << 10):
            desk.wfile.write(bytes(MB))
            sent += MB

    with host(giant) as (address, _), pytest.raises(ReplyOdd, match="more than 16 MB"):
        asked(address)
    assert sent < 64 * MB


def torn(desk: http.server.BaseHTTPRequestHandler) -> None:
    desk.send_response(200)
    desk.send_header("Content-Length", "99")
    desk.end_headers()
    desk.wfile.write(b"half")


def test_a_reply_that_breaks_off() -> None:
    def broken(desk: http.server.BaseHTTPRequestHandler) -> None:
        torn(desk)
        desk.close_connection = True

    with host(broken) as (address, _), pytest.raises(ReplyOdd, match=r"^answer broken off$"):
        asked(address)
    with pytest.raises(NoConnection):
        asked(address)


def test_a_reply_that_never_ends_where_no_alarm_rings() -> None:
    """Alarms ring in the main thread only; elsewhere the plain timeout of the socket holds."""
    done = threading.Event()

    def silent(desk: http.server.BaseHTTPRequestHandler) -> None:
        torn(desk)
        done.wait(20)

    problems: list[Exception] = []

    def ask(address: str) -> None:
        try:
            asked(address, limit_seconds=0.2)
        except RequestTimeout as late:
            problems.append(late)

    with host(silent) as (address, _):
        asking = threading.Thread(target=ask, args=(address,))
        asking.start()
        asking.join(20)
        done.set()
    assert [str(one) for one in problems] == ["no answer in time"]


def test_a_reply_in_chunks_is_read_whole() -> None:
    def chunks(desk: http.server.BaseHTTPRequestHandler) -> None:
        desk.send_response(200)
        desk.send_header("Transfer-Encoding", "chunked")
        desk.end_headers()
        desk.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    with host(chunks) as (address, _):
        assert asked(address).body == b"abcde"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_is_no_yes(status: int) -> None:
    with host(says(b"[]")) as (elsewhere, heard), host(says(b"{}", status, Location=elsewhere)) as (address, _):
        reply = asked(address, headers={"Key": "k"})
    assert (reply.status_code, reply.ok, heard) == (status, False, [])


def test_nothing_of_the_environment_is_added(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", netrc)
    with host(says(b"proxy")) as (proxy, through), host(says(b"direct")) as (address, heard):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.setenv("no_proxy", "")
        assert asked(address).body == b"direct"
    assert through == [] and "authorization" not in heard[0]


def test_secrets_in_an_answer_are_hidden_before_it_is_read() -> None:
    body = json.dumps({"message": "bad key aZ3kP9qLm2Xw7RtYc5", "u": "aZ3kP9qLm2Xw"}).encode()
    with host(says(body)) as (address, _):
        assert asked(address).json() == {"message": "bad key [redacted]", "u": "[redacted]"}


def test_an_answer_of_too_many_values_is_not_parsed() -> None:
    with pytest.raises(ReplyOdd, match="more than 1000000 values"):
        Reply(200, {}, b"[" + b"[]," * (MOST_PARTS // 2) + b"[]]").json()


def test_whole_reads_in_pieces() -> None:
    pieces = [b"ab", b"c", b""]
    assert whole(lambda size: pieces.pop(0), " identity ") == b"abc"
