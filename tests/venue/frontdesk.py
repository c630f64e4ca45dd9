"""Between the wire and the endpoints: keys, routing, request ids and the rate headers."""

from __future__ import annotations

from .book import Book
from .data import Data
from .moments import SECOND, Timepiece
from .orders import Refusal
from .trading import Trading
from .wire import Request, Response, Route

DATA = "/v2/stocks/"
READS = ("/v2/orders", "/v2/positions", "/v2/account")
REQUESTS_PER_MINUTE = 200
NOT_AUTHORIZED = {"code": 40110000, "message": "request is not authorized"}


class FrontDesk:
    """Turns a request into the true answer. What the client gets to see of it is the faults' business."""

    def __init__(self, book: Book, key: str, secret: str) -> None:
        self.key = key
        self.secret = secret
        self.meter = RateMeter(book.timepiece)
        self._book = book
        self._trading = Trading(book).routes
        self._data = Data(book.market, book.hours, book.timepiece).routes

    def answer(self, request: Request, hide_looks: int = 0) -> Response:
        """The truth; an order that is accepted meanwhile is hidden for so many looks."""
        is_data = request.path.startswith(DATA)
        if not self._knows(request):
            return Response(401, {"message": "unauthorized."} if is_data else NOT_AUTHORIZED)
        if self.meter.is_used_up():
            return Response(429, {"code": 42910000, "message": "rate limit exceeded"})
        found = _find(self._data if is_data else self._trading, request)
        if isinstance(found, Response):
            return found
        route, tail = found
        try:
            return route(request, tail) if is_data else self._trade(route, request, tail, hide_looks)
        except Refusal as refusal:
            return Response(refusal.status, refusal.payload)

    def _trade(self, route: Route, request: Request, tail: str, hide_looks: int) -> Response:
        with self._book.lock:
            if request.method == "GET" and request.path.startswith(READS):
                self._book.on_read()
            self._book.memory.note(self._book)
            response = route(request, tail)
            if hide_looks and request.method == "POST":
                self._book.find(response.payload["id"]).hidden_looks = hide_looks
            return response

    def _knows(self, request: Request) -> bool:
        shown = request.headers.get("apca-api-key-id"), request.headers.get("apca-api-secret-key")
        return shown == (self.key, self.secret)


def _find(routes: dict[tuple[str, str], Route], request: Request) -> tuple[Route, str] | Response:
    if (route := routes.get((request.method, request.path))) is not None:
        return route, ""
    folder, _, tail = request.path.rpartition("/")
    if tail and (route := routes.get((request.method, f"{folder}/*"))) is not None:
        return route, tail
    if {path for _method, path in routes} & {request.path, f"{folder}/*"}:
        return Response(405, {"message": "method not allowed"})
    return Response(404, {"message": "endpoint not found"})


class RateMeter:
    """What the X-RateLimit headers say. It counts; nobody is turned away unless a fault says so or it is
    told to `enforce`: then whoever asks more than `limit` times in a minute gets 429 until the next."""

    def __init__(self, timepiece: Timepiece) -> None:
        self.limit = REQUESTS_PER_MINUTE
        self.enforce = False
        self._timepiece = timepiece
        self._minute = 0
        self._used = 0

    def is_used_up(self) -> bool:
        return self.enforce and self._minute == self._this_minute() and self._used >= self.limit

    def headers(self) -> dict[str, str]:
        minute = self._this_minute()
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self._used)),
            "X-RateLimit-Reset": str((minute + 1) * 60),
        }

    def _this_minute(self) -> int:
        return self._timepiece.now_ns() // (60 * SECOND)
