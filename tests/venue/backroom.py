"""All of the venue but its socket: what exists, what is answered, what goes wrong, what was asked.

A venue on a socket hears its clients through it. So does a test that runs client and broker in one process,
which carries requests by hand: the same book, the same faults, the same record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .book import Book
from .faults import Fault, Faults
from .frontdesk import FrontDesk
from .hours import Hours
from .market import Market
from .moments import Timepiece
from .oddities import Oddities
from .requestlog import Entry, RequestLog
from .wire import Request, Response

NOT_HEARD = Response(503, {"message": "nobody heard this"})
A_FRIDAY_MORNING = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
KEY, SECRET = "PKVENUEQ2XD9TZ4WUBH3", "venue-secret-h9q2kz7dwm4xb81ycjfgu6na3itp"
"""As mixed as real ones: a row of zeros would be looked for in every number of every answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it was dealt with: its place in the record, the faults that were due, and the answer."""

    entry: Entry
    faults: tuple[Fault, ...]
    response: Response


class Backroom:
    def __init__(self, now: datetime = A_FRIDAY_MORNING, key: str = KEY, secret: str = SECRET, seed: int = 7) -> None:
        self.timepiece = Timepiece(now)
        self.hours = Hours()
        self.market = Market(self.timepiece, self.hours, seed)
        self.book = Book(self.market, self.hours, self.timepiece, seed)
        self.faults = Faults()
        self.oddities = Oddities()
        self.requests = RequestLog()
        self.desk = FrontDesk(self.book, key, secret)

    @property
    def key(self) -> str:
        return self.desk.key

    @property
    def secret(self) -> str:
        return self.desk.secret

    def limit_rate(self, requests_per_minute: int) -> None:
        """Turn away, with 429, whoever asks more often than that in one minute of the venue's clock."""
        self.desk.meter.limit, self.desk.meter.enforce = requests_per_minute, True

    def now(self) -> datetime:
        return self.timepiece.now()

    def set_now(self, now: datetime) -> None:
        self.timepiece.set(now)

    def advance(self, seconds: float) -> None:
        self.timepiece.advance(seconds)

    def deal_with(self, request: Request) -> Heard:
        """What the book makes of it, bent by the faults."""
        entry = self.requests.arrive(self.now(), request.method, request.path, request.query, request.body)
        faults = self.faults.due(entry)
        entry.faults = tuple(fault.name for fault in faults)
        response = self._hear(request, faults)
        headers = {**self.desk.meter.headers(), "X-Request-ID": f"{entry.number:032x}", **response.headers}
        return Heard(entry, faults, replace(response, headers=headers))

    def _hear(self, request: Request, faults: tuple[Fault, ...]) -> Response:
        for fault in faults:
            if fault.before:
                fault.before(request)
        response = NOT_HEARD
        if all(fault.accepts for fault in faults):
            answer = self.desk.answer(request, sum(fault.hide_looks for fault in faults))
            response = self.oddities.bend(request, answer)
        for fault in faults:
            if fault.after:
                fault.after(request)
            if fault.rewrite and response.status < 300:
                response = replace(response, payload=fault.rewrite(response.parsed()), raw=None)
        return next((fault.instead for fault in faults if fault.instead), response)
