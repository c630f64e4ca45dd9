"""The listening socket and a thread for each client, ended without leaving any of them behind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from .wire import BadRequest, Connection, Request, Response

LOOPBACK = "127.0.0.1"
BACKLOG = 512
MOST_CONNECTIONS = 1024
JOIN_SECONDS = 10.0

Answer = Callable[[Connection, Request], None]
"""Deal with one request on this connection. Whoever closes it has ended it."""


class Server:
    def __init__(self, answer: Answer, port: int = 0) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._clients: dict[Connection, threading.Thread] = {}
        self._closing = False
        self.crashes: list[Exception] = []
        """What went wrong in the venue itself. A test run with any of these proves nothing."""
        self._listener = socket.create_server((LOOPBACK, port), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name=f"venue-{self.port}", daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Stop listening, hang up on everybody, wait for their threads."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            clients = dict(self._clients)
        self._wake_acceptor()
        self._acceptor.join(JOIN_SECONDS)
        self._listener.close()
        for connection in clients:
            connection.interrupt()
        for thread in clients.values():
            thread.join(JOIN_SECONDS)
        left = [thread.name for thread in (self._acceptor, *clients.values()) if thread.is_alive()]
        if left:
            raise RuntimeError(f"threads of the venue would not end: {', '.join(left)}")

    def _wake_acceptor(self) -> None:
        """A blocked accept() ends reliably on every system by being given a connection."""
        with suppress(OSError):
            socket.create_connection((LOOPBACK, self.port), timeout=JOIN_SECONDS).close()

    def _accept(self) -> None:
        while True:
            sock, _address = self._listener.accept()
            with self._lock:
                if self._closing:
                    sock.close()
                    return
                if len(self._clients) < MOST_CONNECTIONS:
                    self._welcome(Connection(sock))
                else:
                    sock.close()

    def _welcome(self, connection: Connection) -> None:
        name = f"venue-{self.port}-client"
        thread = threading.Thread(target=self._serve, args=(connection,), name=name, daemon=True)
        self._clients[connection] = thread
        thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            while (request := connection.read_request()) is not None:
                self._answer(connection, request)
                if request.is_last:
                    break
        except BadRequest as mistake:
            self._complain(connection, str(mistake))
        except OSError:
            pass  # the client is gone; what it wanted is in the log
        except Exception as crash:  # noqa: BLE001 - kept, and raised when the venue closes
            self.crashes.append(crash)
        finally:
            connection.finish()
            with self._lock:
                self._clients.pop(connection, None)

    def _complain(self, connection: Connection, message: str) -> None:
        with suppress(OSError):
            connection.send(Response(400, {"message": message}))
