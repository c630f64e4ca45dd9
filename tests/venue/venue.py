"""The venue: start it, talk to it over HTTP, look at what it knows, let it go wrong.

    with Venue() as venue:
        venue.faults.add(accept_then_504())
        client = TradingClient(venue.key, venue.secret, url_override=venue.url)
        ...
        assert len(venue.requests.posts("avx-20261120-AAPL-entry-1")) == 1
        venue.book.fill("avx-20261120-AAPL-entry-1", qty=3)

Any number of processes may be its clients; `env` is what they need. Start them with `subprocess`: a
bare fork would take copies of open sockets along, and a reset or an end would not reach the client.
Time stands still at `now` until `set_now`, `advance` or `run_clock`. Closing it hangs up on whoever
still waits, leaves no thread behind, and raises what went wrong inside the venue itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

from .book import Book
from .deliveries import Parcel, deliver
from .faults import Fault, Faults
from .frontdesk import FrontDesk
from .holding import Holding
from .hours import Hours
from .market import Market
from .moments import Timepiece
from .requestlog import RequestLog
from .server import LOOPBACK, Server
from .wire import Connection, Request, Response

NOT_HEARD = Response(503, {"message": "nobody heard this"})
A_FRIDAY_MORNING = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)


class Venue:
    def __init__(
        self,
        *,
        now: datetime = A_FRIDAY_MORNING,
        key: str = "PKVENUE0000000000000",
        secret: str = "venue-secret-0000000000000000000000000000",
        seed: int = 7,
        port: int = 0,
    ) -> None:
        self.timepiece = Timepiece(now)
        self.hours = Hours()
        self.market = Market(self.timepiece, self.hours, seed)
        self.book = Book(self.market, self.hours, self.timepiece, seed)
        self.faults = Faults()
        self.requests = RequestLog()
        self.holding = Holding()
        self._desk = FrontDesk(self.book, key, secret)
        self._server = Server(self._deal_with, port)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def key(self) -> str:
        return self._desk.key

    @property
    def secret(self) -> str:
        return self._desk.secret

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that point a client process here."""
        return {
            "APCA_API_KEY_ID": self.key,
            "APCA_API_SECRET_KEY": self.secret,
            "APCA_API_BASE_URL": self.url,
            "APCA_API_DATA_URL": self.url,
        }

    def limit_rate(self, requests_per_minute: int) -> None:
        """Turn away, with 429, whoever asks more often than that in one minute of the venue's clock."""
        self._desk.meter.limit, self._desk.meter.enforce = requests_per_minute, True

    # ---- time ----------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.timepiece.now()

    def set_now(self, now: datetime) -> None:
        self.timepiece.set(now)

    def advance(self, seconds: float) -> None:
        self.timepiece.advance(seconds)

    def run_clock(self) -> None:
        """Keep real time from here on."""
        self.timepiece.run()

    # ---- held requests -------------------------------------------------------------------------

    def release(self) -> None:
        """Let every late answer go that waits now."""
        self.holding.release()

    def wait_until_holding(self, count: int = 1) -> None:
        """Block until so many requests are held by silence, lateness or a slow drip."""
        self.holding.wait_until(count)

    # ---- life ----------------------------------------------------------------------------------

    def close(self) -> None:
        self.holding.close()
        self._server.close()
        if self._server.crashes:
            raise ExceptionGroup("the venue itself failed", self._server.crashes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- one request ---------------------------------------------------------------------------

    def _deal_with(self, connection: Connection, request: Request) -> None:
        entry = self.requests.arrive(self.now(), request.method, request.path, request.query, request.body)
        faults = self.faults.due(entry)
        entry.faults = tuple(fault.name for fault in faults)
        response = self._hear(request, faults)
        headers = {**self._desk.meter.headers(), "X-Request-ID": f"{entry.number:032x}", **response.headers}
        send = next((fault.deliver for fault in faults if fault.deliver), deliver)
        note = partial(self.requests.answered, entry)
        send(Parcel(replace(response, headers=headers), connection, self.holding, note))

    def _hear(self, request: Request, faults: tuple[Fault, ...]) -> Response:
        """What the book makes of it, bent by the faults."""
        for fault in faults:
            if fault.before:
                fault.before(request)
        response = NOT_HEARD
        if all(fault.accepts for fault in faults):
            response = self._desk.answer(request, sum(fault.hide_looks for fault in faults))
        for fault in faults:
            if fault.after:
                fault.after(request)
            if fault.rewrite and response.status < 300:
                response = replace(response, payload=fault.rewrite(response.parsed()), raw=None)
        return next((fault.instead for fault in faults if fault.instead), response)
