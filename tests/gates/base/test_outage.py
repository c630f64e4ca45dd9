"""Why no answer came, in one plain line: no name of an object, no address and nothing that was asked."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.error import URLError

import pytest
from requests import ConnectionError as NoConnection
from requests import ConnectTimeout, RequestException, Session
from requests.exceptions import InvalidURL
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from gates.base.outage import MOST_WRAPPED, why_no_answer

SECRET = "uuid-secret-of-a-ping"
Serve = Callable[[socket.socket], None]


@contextmanager
def host(serve: Serve) -> Iterator[int]:
    """A host on loopback that does this with its first connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def go() -> None:
            with server.accept()[0] as one:
                serve(one)

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)


def asked(address: str) -> str:
    with Session() as session, pytest.raises(RequestException) as caught:
        session.trust_env = False
        session.get(f"{address}/{SECRET}", timeout=10).json()
    return why_no_answer(caught.value)


def begun_and_left(one: socket.socket) -> None:
    one.recv(65536)
    one.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf")


def broken_off(one: socket.socket) -> None:
    one.recv(65536)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # its end is a reset


@pytest.mark.parametrize(
    ("scheme", "serve", "words"),
    [
        ("http", lambda one: one.recv(65536), "connection closed without an answer"),
        ("http", broken_off, "connection broken off"),
        ("http", begun_and_left, "answer broken off"),
        ("https", lambda one: one.sendall(b"HTTP/1.1 200 OK\r\n\r\n"), "no TLS connection"),
    ],
)
def test_hosts_that_do_not_answer(scheme: str, serve: Serve, words: str) -> None:
    with host(serve) as port:
        assert asked(f"{scheme}://127.0.0.1:{port}") == words


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert asked(f"http://127.0.0.1:{port}") == "connection refused"


def wrapped(reason: Exception, cause: Exception, outside: type[Exception] = NoConnection) -> Exception:
    """As urllib3 and requests wrap what the machine says; the texts are theirs, with what was asked."""
    reason.__cause__ = cause
    return outside(MaxRetryError(None, f"/{SECRET}", reason))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def connection() -> HTTPConnection:
    return HTTPConnection("nowhere.example")


def test_what_a_machine_without_network_says(connection: HTTPConnection) -> None:
    nameless = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    assert why_no_answer(wrapped(NameResolutionError("nowhere", connection, nameless), nameless)) == "name not found"
    unreachable = OSError(errno.ENETUNREACH, "Network is unreachable")
    assert why_no_answer(wrapped(NewConnectionError(connection, "no"), unreachable)) == "network is unreachable"


def test_time_that_ran_out_while_connecting_is_told_from_an_answer_that_is_late() -> None:
    late = wrapped(ConnectTimeoutError("late"), TimeoutError("timed out"), ConnectTimeout)
    assert why_no_answer(late) == "no connection in time"
    assert why_no_answer(URLError(TimeoutError("timed out"))) == "no answer in time"


def test_a_certificate_of_another_is_named() -> None:
    assert why_no_answer(NoConnection(ssl.SSLCertVerificationError(1, SECRET))) == "certificate not trusted"


def test_what_is_not_known_is_named_by_its_kind_alone() -> None:
    assert why_no_answer(NoConnection(f"<object at 0x7f> {SECRET}")) == "no connection"
    assert why_no_answer(InvalidURL(SECRET)) == "no answer (InvalidURL)"


def test_errors_that_wrap_each_other_end() -> None:
    first, second = NoConnection("a"), NoConnection("b")
    first.__cause__, second.__cause__ = second, first
    assert MOST_WRAPPED < 100 and why_no_answer(first) == "no connection"
