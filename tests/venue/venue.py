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

from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self

from .backroom import A_FRIDAY_MORNING, KEY, SECRET, Backroom
from .deliveries import Parcel, deliver
from .holding import Holding
from .server import LOOPBACK, Server
from .wire import Connection, Request

__all__ = ["A_FRIDAY_MORNING", "Venue"]


class Venue(Backroom):
    def __init__(
        self,
        *,
        now: datetime = A_FRIDAY_MORNING,
        key: str = KEY,
        secret: str = SECRET,
        seed: int = 7,
        port: int = 0,
    ) -> None:
        super().__init__(now, key, secret, seed)
        self.holding = Holding()
        self._server = Server(self._deal_with, port)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that point a client process here."""
        return {
            "APCA_API_KEY_ID": self.key,
            "APCA_API_SECRET_KEY": self.secret,
            "APCA_API_BASE_URL": self.url,
            "APCA_API_DATA_URL": self.url,
        }

    # ---- time ----------------------------------------------------------------------------------

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
        heard = self.deal_with(request)
        send = next((fault.deliver for fault in heard.faults if fault.deliver), deliver)
        send(Parcel(heard.response, connection, self.holding, partial(self.requests.answered, heard.entry)))
