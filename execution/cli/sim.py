"""Look at and steer the simulated broker: its clock, its prices, and what goes wrong at it.

execution sim show                         clock, account, orders, behaviours
execution sim clock +10m | next | 2026-11-23T10:30   let time pass (New York time)
execution sim price AAPL 101.50            from now on AAPL trades there
execution sim behave AAPL reject --text "insufficient buying power"
execution sim behave AAPL partial --number 2     its next entry fills 2 shares, the rest rests
execution sim behave AAPL rest | lose-reply | drop
execution sim behave AAPL hide --number 2        not found for two looks though it exists
execution sim outage on | off              nothing is answered
execution sim foreign MSFT 5               another trader buys in the same account
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from decimal import Decimal

from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.record import Behaviour, Drop, Hide, LoseReply, Outage, Partial, Reject, Resting
from execution.cli.refusals import error_of
from execution.operator.simulate import (
    EVER,
    NotSimulated,
    add_behaviour,
    buy_foreign,
    end_behaviours,
    set_clock,
    set_price,
    simulator,
)
from execution.service import Service
from execution.wiring import open_service
from gates.base.errors import UsageError
from gates.base.money import parse_plain, show, show_told
from gates.base.output import pairs, say, say_json, table
from gates.base.sessions import new_york_text

BEHAVIOURS = ("reject", "partial", "rest", "lose-reply", "drop", "hide")


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show_parser = actions.add_parser("show", help="clock, account, orders, behaviours")
    show_parser.add_argument("--json", action="store_true", help="machine-readable")
    actions.add_parser("clock", help="let time pass").add_argument("to", metavar="+10m|next|TIME")
    price = actions.add_parser("price", help="set a symbol's price from now on")
    price.add_argument("symbol", type=str.upper)
    price.add_argument("price")
    behave = actions.add_parser("behave", help="let something go wrong for a symbol")
    behave.add_argument("symbol", type=str.upper)
    behave.add_argument("kind", metavar="KIND", choices=BEHAVIOURS, help=", ".join(BEHAVIOURS))
    behave.add_argument("--number", type=int, default=1, metavar="N", help="shares (partial) or looks (hide)")
    behave.add_argument("--text", default="rejected in practice", help="the reason (reject)")
    actions.add_parser("clear", help="end every behaviour and outage")
    actions.add_parser("outage", help="answer nothing").add_argument("state", choices=("on", "off"))
    foreign = actions.add_parser("foreign", help="another trader buys in the same account")
    foreign.add_argument("symbol", type=str.upper)
    foreign.add_argument("qty", type=int)
    foreign.add_argument("--limit", metavar="PRICE", help="a limit order; else at the market")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    broker = simulator(service)
    if isinstance(broker, NotSimulated):
        raise error_of(broker)
    if args.action == "show":
        return _show(service, broker, args.json)
    say(_do(service, broker, args))
    return 0


def _do(service: Service, broker: SimulatedBroker, args: argparse.Namespace) -> str:
    match args.action, getattr(args, "state", None):
        case "clock", _:
            moment = set_clock(service, broker, args.to)
            if isinstance(moment, NotSimulated):
                raise error_of(moment)
            return f"simulated clock {new_york_text(moment)}"
        case "price", _:
            price = _price(args.price)
            set_price(service, broker, args.symbol, price)
            return f"{args.symbol} trades at {show(price)} from now on"
        case "behave", _:
            behaviour = _behaviour(args)
            add_behaviour(service, broker, behaviour)
            return f"from now on: {behaviour}"
        case "outage", "on":
            add_behaviour(service, broker, Outage())
            return "outage: nothing is answered until `execution sim outage off`"
        case "foreign", _:
            limit = _price(args.limit) if args.limit else None
            order = buy_foreign(service, broker, args.symbol, Decimal(args.qty), limit)
            return f"foreign order {order.order_id}: {order.qty} {order.symbol}"
    ended = end_behaviours(service, broker, outages_only=args.action == "outage")
    return f"ended: {', '.join(map(str, ended)) or 'nothing was in force'}"


def _price(text: str) -> Decimal:
    price = parse_plain(text)
    if price is None:
        raise UsageError(f"{text!r} is not a plain number such as 101.50")
    return price


def _behaviour(args: argparse.Namespace) -> Behaviour:
    match args.kind:
        case "reject":
            return Reject(args.symbol, args.text)
        case "partial":
            if args.number < 1:
                raise UsageError(f"--number {args.number} is no number of shares")
            return Partial(args.symbol, Decimal(args.number))
        case "hide":
            return Hide(args.symbol, args.number)
        case "rest":
            return Resting(args.symbol)
        case "drop":
            return Drop(args.symbol)
        case _:
            return LoseReply(args.symbol)


def _show(service: Service, broker: SimulatedBroker, as_json: bool) -> int:
    account, now = broker.account(), broker.timeline().now
    orders = broker.orders_since(EVER)
    if as_json:
        say_json(
            {
                "state_dir": str(service.state.root),
                "now": now,
                "account": account.number,
                "equity": account.equity,
                "buying_power": account.buying_power,
                "behaviours": [str(behaviour) for behaviour in broker.behaviours()],
                "orders": [
                    {"order_id": o.order_id, "client_order_id": o.client_order_id, "symbol": o.symbol,
                     "qty": o.qty, "status": o.status.value, "filled_qty": o.filled_qty}
                    for o in orders
                ],
            }
        )  # fmt: skip
        return 0
    money = f"equity {show_told(account.equity)}, buying power {show_told(account.buying_power)}"
    pairs(
        [
            ("state dir", str(service.state.root)),
            ("clock", new_york_text(now)),
            ("account", f"{account.number}, {money}"),
            ("behaviours", ", ".join(map(str, broker.behaviours())) or "none"),
        ]
    )
    rows = [(o.order_id, o.symbol, o.side, o.qty, show(o.limit_price) if o.limit_price else "market",
             o.status.value, o.filled_qty, o.client_order_id) for o in orders]  # fmt: skip
    if rows:
        say()
        header = ("order", "symbol", "side", "qty", "limit", "status", "filled", "client order id")
        table(header, rows, right="qty limit filled")
    return 0
