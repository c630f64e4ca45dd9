"""Look at and steer the simulated broker: its clock, its prices, and what goes wrong at it.

execution sim show                         clock, account, orders, behaviours
execution sim clock +10m | next | 2026-11-23T10:30   let time pass (New York time)
execution sim price AAPL 101.50            from now on AAPL trades there
execution sim behave AAPL reject --text "insufficient buying power"
execution sim behave AAPL partial --number 2     its next entry fills 2 shares, the rest rests
execution sim behave AAPL rest | lose-reply | drop
execution sim behave AAPL hide --number 2        not found for two looks though it exists
execution sim outage on | off              nothing is answered
execution sim foreign MSFT 5               somebody else buys in the same account
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.paced import simulated_broker
from execution.broker.simulated.record import Behaviour, Drop, Hide, LoseReply, Outage, Partial, Reject, Resting
from execution.service import Service
from execution.wiring import open_service
from gates.base.clock import wall_now
from gates.base.errors import UsageError
from gates.base.locks import only_one
from gates.base.money import parse_plain, show, show_told
from gates.base.output import pairs, say, say_json, table
from gates.base.sessions import NEW_YORK, new_york_text

BEHAVIOURS = ("reject", "partial", "rest", "lose-reply", "drop", "hide")
STEP = re.compile(r"\+([0-9]{1,6})([smh])")
UNITS = {"s": 1, "m": 60, "h": 3600}


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show_parser = actions.add_parser("show", help="clock, account, orders, behaviours")
    show_parser.add_argument("--json", action="store_true", help="machine-readable")
    actions.add_parser("clock", help="let time pass").add_argument("to", metavar="+10m|next|TIME")
    price = actions.add_parser("price", help="set a symbol's price from now on")
    price.add_argument("symbol", type=str.upper)
    price.add_argument("price")
    behave = actions.add_parser("behave", help="ask for something to go wrong")
    behave.add_argument("symbol", type=str.upper)
    behave.add_argument("kind", metavar="KIND", choices=BEHAVIOURS, help=", ".join(BEHAVIOURS))
    behave.add_argument("--number", type=int, default=1, metavar="N", help="shares (partial) or looks (hide)")
    behave.add_argument("--text", default="rejected in practice", help="the reason (reject)")
    actions.add_parser("clear", help="end every behaviour and outage")
    actions.add_parser("outage", help="answer nothing").add_argument("state", choices=("on", "off"))
    foreign = actions.add_parser("foreign", help="somebody else buys in the same account")
    foreign.add_argument("symbol", type=str.upper)
    foreign.add_argument("qty", type=int)
    foreign.add_argument("--limit", metavar="PRICE", help="a limit order; else at the market")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    if not service.on_simulator:
        raise UsageError(f"the broker is {service.broker_name}; sim is for the simulated one")
    broker = simulated_broker(service.state.simulated_broker, service.state.watchlist, service.table, wall_now)
    if args.action == "show":
        return _show(service, broker, args.json)
    with only_one(service.state.lock):
        said = _do(service, broker, args)
    say(said)
    return 0


def _do(service: Service, broker: SimulatedBroker, args: argparse.Namespace) -> str:
    if args.action == "clock":
        broker.set_clock(_moment(service, broker, args.to))
        return f"simulated clock {new_york_text(broker.timeline().now)}"
    if args.action == "price":
        price = parse_plain(args.price)
        if price is None:
            raise UsageError(f"{args.price!r} is not a plain number such as 101.50")
        broker.set_price(args.symbol, price)
        return f"{args.symbol} trades at {show(price)} from now on"
    if args.action == "behave":
        behaviour = _behaviour(args)
        broker.add_behaviour(behaviour)
        return f"from now on: {behaviour}"
    if args.action == "clear" or (args.action == "outage" and args.state == "off"):
        ended = [one for one in broker.behaviours() if args.action == "clear" or isinstance(one, Outage)]
        for behaviour in ended:
            broker.remove_behaviour(behaviour)
        return f"ended: {', '.join(map(str, ended)) or 'nothing was in force'}"
    if args.action == "outage":
        broker.add_behaviour(Outage())
        return "outage: nothing is answered until `execution sim outage off`"
    limit = parse_plain(args.limit) if args.limit else None
    if args.limit and limit is None:
        raise UsageError(f"{args.limit!r} is not a plain number such as 101.50")
    number = sum(1 for order in broker.orders_since(datetime.min.replace(tzinfo=NEW_YORK))) + 1
    order = broker.place_foreign(f"foreign-{number}", args.symbol, args.qty, limit)
    return f"foreign order {order.order_id}: {order.qty} {order.symbol}"


def _behaviour(args: argparse.Namespace) -> Behaviour:
    match args.kind:
        case "reject":
            return Reject(args.symbol, args.text)
        case "partial":
            return Partial(args.symbol, args.number)
        case "hide":
            return Hide(args.symbol, args.number)
        case "rest":
            return Resting(args.symbol)
        case "drop":
            return Drop(args.symbol)
        case _:
            return LoseReply(args.symbol)


def _moment(service: Service, broker: SimulatedBroker, text: str) -> datetime:
    """+10m, next (an hour after the next session's open), or a New York date and time."""
    now = broker.timeline().now
    step = STEP.fullmatch(text)
    if step is not None:
        return now + timedelta(seconds=int(step[1]) * UNITS[step[2]])
    if text == "next":
        current = service.table.current_or_next(now)
        session = service.table.after(current.day) if current and current.opens <= now else current
        if session is None:
            raise UsageError(f"the session table ends {service.table_ends}")
        return session.opens + timedelta(minutes=60)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r}: write +10m, next, or a New York time such as 2026-11-23T10:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)


def _show(service: Service, broker: SimulatedBroker, as_json: bool) -> int:
    account, now = broker.account(), broker.timeline().now
    orders = broker.orders_since(datetime.min.replace(tzinfo=NEW_YORK))
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
