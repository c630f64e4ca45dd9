"""What systemd hears: datagrams on its socket, and silence where nobody listens."""

from __future__ import annotations

import socket
from pathlib import Path

from gates.base.systemd import notifier


def listener(address: str) -> socket.socket:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(address)
    heard.settimeout(5)
    return heard


def test_each_message_is_one_datagram(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with listener(path) as heard:
        told = notifier({"NOTIFY_SOCKET": path})
        told.ready()
        told.alive()
        told.status("Gate mode=LIVE\nREADY=1 \udcff")
        told.stopping()
        said = [heard.recv(500).decode() for _ in range(4)]
    assert said == ["READY=1", "WATCHDOG=1", "STATUS=Gate mode=LIVE READY=1 \\udcff", "STOPPING=1"]


def test_an_abstract_address(tmp_path: Path) -> None:
    name = f"avwap-{tmp_path.name}-{tmp_path.parent.name}"
    with listener(f"\0{name}") as heard:
        notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard.recv(100) == b"READY=1"


def test_nobody_listens(tmp_path: Path) -> None:
    notifier({}).ready()
    notifier({"NOTIFY_SOCKET": "vsock:2:1234"}).ready()
    notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive()
    notifier({"NOTIFY_SOCKET": "/" + "x" * 300}).alive()
