"""One command of the service as the world saw it: what it read, as of when, what it sent, what it said."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from venue.backroom import Heard
from venue.memory import FIND, OPEN, ORDERS, POSITIONS
from venue.wire import Request

from execution.state.arming import load as load_arm
from execution.state.presence import presence
from gates.base.record import dataclass, field
from gates.base.statefile import StateUnreadable, read_bytes

if TYPE_CHECKING:
    from world.host import Host

READS = {"/v2/positions": POSITIONS, "/v2/orders:by_client_order_id": FIND}


@dataclass(frozen=True, slots=True)
class Flags:
    """What forbids entries on a host, as anybody who looked would have found it."""

    at: datetime
    killed: bool
    paused: bool
    token: bytes | None
    until: datetime | None
    latched: frozenset[str]


def flags_of(host: Host, at: datetime) -> Flags:
    state = host.state
    try:
        token = read_bytes(state.token)
    except StateUnreadable:
        token = None
    until = None
    if token is not None and token.startswith(b"arm1-"):
        try:
            until = load_arm(state.arm).armed.until
        except StateUnreadable:
            until = datetime.min.replace(tzinfo=at.tzinfo)
    killed, paused = presence(state.kill_switch).in_force, presence(state.paused).in_force
    return Flags(at, killed, paused, token, until, frozenset(host.known.latched))


@dataclass(slots=True)
class Command:
    name: str
    host: Host
    number: int
    began_ns: int
    disturbed: bool = False
    """Something happened in the middle of it, or a request of it went wrong."""
    reads: dict[str, int] = field(default_factory=dict)
    """Per list, the latest moment a readable answer told of."""
    writes: list[str] = field(default_factory=list)
    requests: int = 0
    last_boundary: datetime | None = None
    code: int | None = None
    error: str | None = None
    said: str = ""

    @property
    def died(self) -> bool:
        return self.code is None

    @property
    def verb(self) -> str:
        return self.name.split(" --")[0]

    def took_in(self, request: Request, heard: Heard, as_of_ns: int | None) -> None:
        """What this answer could have told, if it arrived."""
        bad = [fault for fault in heard.faults if fault.name not in ("hide", "call")]
        if bad and not (request.path == "/v2/account" and request.method == "GET"):
            self.disturbed = True
        if bad or heard.response.status != 200 or as_of_ns is None:
            return
        kind = kind_of(request)
        if kind == FIND:
            kind = f"{FIND} {heard.response.payload['symbol']}"
        if kind is not None:
            self.reads[kind] = max(self.reads.get(kind, 0), as_of_ns)

    def knows(self, at_ns: int | None, *kinds: str) -> bool:
        """Whether one of these lists told this command how things stood at that moment or later."""
        return at_ns is not None and any(self.reads.get(kind, -1) >= at_ns for kind in kinds)

    def lines(self) -> list[str]:
        return self.said.splitlines()

    def warns_of(self, symbol: str) -> bool:
        """Whether a line of a priority that is looked at names the symbol."""
        return any(
            symbol in line.replace(":", " ").replace("(", " ").replace(",", " ").split()
            for line in self.lines()
            if "WARNING: " in line or "ERROR: " in line or line.startswith(("LEFT", "NOT "))
        )


def kind_of(request: Request) -> str | None:
    if request.method != "GET":
        return None
    if request.path == "/v2/orders":
        return OPEN if request.query.get("status", "open") == "open" else ORDERS
    return READS.get(request.path)
