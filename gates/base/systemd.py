"""Tells systemd what a service does while it runs: that it is ready, what it is doing, that it is alive.

The protocol is a datagram of NAME=value lines to the socket in NOTIFY_SOCKET. Without that variable no one
listens and nothing is sent; what cannot be delivered is dropped, because telling never breaks trading.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class Notifier:
    """`address` is a path, or a name behind an @ in the abstract namespace; empty: no one listens."""

    address: str

    def ready(self) -> None:
        """Started: `systemctl start` returns now."""
        self._send("READY=1")

    def alive(self) -> None:
        """Fed to the watchdog, which aborts a service that stops saying so."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={' '.join(text.split())}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self.address.startswith(("/", "@")):
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1)
            channel.sendto(message.encode("utf-8", "backslashreplace"), address)


def notifier(environ: Mapping[str, str]) -> Notifier:
    return Notifier(environ.get("NOTIFY_SOCKET", ""))
