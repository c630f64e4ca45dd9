"""The trading API's endpoints: from a request to the book, and back in the vendor's shapes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from . import checks, shapes
from .book import Book
from .drafts import number, read_draft
from .holdings import Position
from .listing import Look, list_orders
from .orders import Order, Refusal, not_found, refused_field, refused_rule
from .wire import Request, Response, Route

ONE_HUNDRED = Decimal(100)


class Trading:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.look = Look(book)
        self.routes: dict[tuple[str, str], Route] = {
            ("GET", "/v2/account"): self.account,
            ("GET", "/v2/account/configurations"): self.configurations,
            ("PATCH", "/v2/account/configurations"): self.configure,
            ("GET", "/v2/clock"): self.clock,
            ("GET", "/v2/calendar"): self.calendar,
            ("POST", "/v2/orders"): self.submit,
            ("GET", "/v2/orders"): self.orders,
            ("DELETE", "/v2/orders"): self.cancel_all,
            ("GET", "/v2/orders/*"): self.order,
            ("PATCH", "/v2/orders/*"): self.replace,
            ("DELETE", "/v2/orders/*"): self.cancel,
            ("GET", "/v2/orders:by_client_order_id"): self.order_by_client_id,
            ("GET", "/v2/positions"): self.positions,
            ("DELETE", "/v2/positions"): self.close_all,
            ("GET", "/v2/positions/*"): self.position,
            ("DELETE", "/v2/positions/*"): self.close,
            ("GET", "/v2/assets"): self.assets,
            ("GET", "/v2/assets/*"): self.asset,
        }

    # ---- account and exchange ------------------------------------------------------------------

    def account(self, _request: Request, _tail: str) -> Response:
        account, market = self.book.account, self.book.market
        value = checks.market_value(account, market)
        power = checks.buying_power(account, market, self.book.open_orders())
        return Response(200, shapes.account(account, account.cash + value, value, power))

    def configurations(self, _request: Request, _tail: str) -> Response:
        return Response(200, dict(self.book.account.configurations))

    def configure(self, request: Request, tail: str) -> Response:
        """Fields that left the API, which old clients still send, are ignored."""
        known = self.book.account.configurations
        changes = request.body if isinstance(request.body, dict) else {}
        known.update({name: value for name, value in changes.items() if name in known and value is not None})
        return self.configurations(request, tail)

    def clock(self, _request: Request, _tail: str) -> Response:
        return Response(200, shapes.clock(self.book.timepiece.now_ns(), self.book.hours))

    def calendar(self, request: Request, _tail: str) -> Response:
        year = self.book.timepiece.now().year
        try:
            first = date.fromisoformat(request.query.get("start", f"{year}-01-01")[:10])
            last = date.fromisoformat(request.query.get("end", f"{year}-12-31")[:10])
        except ValueError:
            raise refused_field("invalid date") from None
        if (last - first).days > 40 * 366:
            raise refused_field("the range is too long")
        return Response(200, [shapes.calendar_day(session) for session in self.book.hours.between(first, last)])

    # ---- orders --------------------------------------------------------------------------------

    def submit(self, request: Request, _tail: str) -> Response:
        return self._accepted(self.book.submit(read_draft(request.body)))

    def orders(self, request: Request, _tail: str) -> Response:
        return Response(200, list_orders(self.book, self.look, request.query))

    def order(self, request: Request, tail: str) -> Response:
        return self._show(self.look.at(order_id=tail), request)

    def order_by_client_id(self, request: Request, _tail: str) -> Response:
        name = request.query.get("client_order_id", "")
        if not name:
            raise refused_field("client_order_id is required")
        return self._show(self.look.at(client_order_id=name), request)

    def cancel(self, _request: Request, tail: str) -> Response:
        order = self.look.at(order_id=tail)
        if order.status == "pending_cancel":
            raise refused_rule("order pending cancel")
        if not order.is_open:
            raise refused_rule(f'order is already in "{order.status}" state')
        if self.book.rules.cancels == "refused":
            raise refused_rule("order is not cancelable")
        if self.book.rules.cancels == "taken":
            self.book.cancel(self.book.find(order.id))
        return Response(204)

    def cancel_all(self, _request: Request, _tail: str) -> Response:
        due = [order for order in self.book.orders if order.is_open and not order.root.hidden_looks]
        for order in due:
            if order.is_open and order.status != "pending_cancel" and self.book.rules.cancels == "taken":
                self.book.cancel(order)
        return Response(207, [{"id": order.id, "status": 200} for order in due])

    def replace(self, request: Request, tail: str) -> Response:
        changes = request.body if isinstance(request.body, dict) else {}
        return self._accepted(self.book.replace(self.book.find(self.look.at(order_id=tail).id), changes))

    # ---- positions and assets ------------------------------------------------------------------

    def positions(self, _request: Request, _tail: str) -> Response:
        told = self.book.memory.positions(self.book)
        return Response(200, [self._position(*one) for one in told.values()])

    def position(self, _request: Request, tail: str) -> Response:
        told = self.book.memory.positions(self.book)
        if tail not in told:
            raise not_found("position does not exist")
        return Response(200, self._position(*told[tail]))

    def close(self, request: Request, tail: str) -> Response:
        self._must_hold(tail)
        held = self.book.account.qty(tail)
        qty, percentage = number(dict(request.query), "qty"), number(dict(request.query), "percentage")
        return self._accepted(self._sell(tail, qty or (held * percentage / ONE_HUNDRED if percentage else held)))

    def close_all(self, request: Request, tail: str) -> Response:
        if request.query.get("cancel_orders", "").lower() == "true":
            self.cancel_all(request, tail)
        return Response(207, [self._close_one(symbol) for symbol in sorted(self.book.account.positions)])

    def assets(self, _request: Request, _tail: str) -> Response:
        known = [symbol for symbol in self.book.market.universe if self.book.market.knows(symbol)]
        return Response(200, [self._asset(symbol) for symbol in known])

    def asset(self, _request: Request, tail: str) -> Response:
        if not self.book.market.knows(tail):
            raise not_found(f"asset not found for {tail}")
        return Response(200, self._asset(tail))

    # ---- machinery -----------------------------------------------------------------------------

    def _show(self, order: Order, request: Request) -> Response:
        nested = request.query.get("nested", "").lower() == "true"
        return Response(200, shapes.order(order, self.book.hours, nested=nested))

    def _accepted(self, order: Order) -> Response:
        """The reply to a new order comes before anything has happened to it, however fast it fills."""
        is_open = self.book.hours.is_open(self.book.timepiece.now())
        shown = shapes.order(order, self.book.hours, nested=True, status="pending_new" if is_open else "accepted")
        shown["submitted_at"] = shown["created_at"]
        untouched = {"filled_qty": "0", "filled_avg_price": None, "filled_at": None} if order.replaces is None else {}
        legs = shown["legs"] and [leg | {"status": "held"} for leg in shown["legs"]]
        return Response(200, shown | untouched | {"legs": legs})

    def _position(self, held: Position, available: Decimal) -> dict[str, Any]:
        return shapes.position(held, available, self.book.market.quote(held.symbol).last)

    def _must_hold(self, symbol: str) -> None:
        if not self.book.account.qty(symbol):
            raise not_found("position does not exist")

    def _sell(self, symbol: str, qty: Decimal) -> Order:
        body = {"symbol": symbol, "qty": qty, "side": "sell", "type": "market", "time_in_force": "day"}
        return self.book.submit(read_draft(body))

    def _close_one(self, symbol: str) -> dict[str, Any]:
        try:
            sold = self._accepted(self._sell(symbol, self.book.account.qty(symbol)))
        except Refusal as refusal:
            return {"symbol": symbol, "status": refusal.status, "body": refusal.payload}
        return {"symbol": symbol, "status": 200, "body": sold.payload}

    def _asset(self, symbol: str) -> dict[str, Any]:
        tradable = symbol not in self.book.untradable
        fractionable = symbol not in self.book.not_fractionable
        exchange = self.book.market.exchanges.get(symbol, "NASDAQ")
        return shapes.asset(symbol, tradable=tradable, fractionable=fractionable, exchange=exchange)
