"""How things look on the wire. Trading speaks of money and shares in strings, data in numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from .holdings import Account, Position
from .hours import Hours, Session
from .market import Quote
from .moments import NEW_YORK, from_ns, new_york_stamp, stamp, to_ns
from .orders import ZERO, Order

CENTS = Decimal("0.01")
RATIO = Decimal("0.000001")
GTC_LIFE = timedelta(days=90)
SHOWN_ENDS = ("filled", "expired", "canceled", "failed", "replaced")


def show(amount: Decimal) -> str:
    """A plain decimal without trailing zeros: 4, 101.35, 0.6493."""
    return f"{amount.normalize():f}" if amount else "0"


def money(amount: Decimal) -> str:
    return show(amount.quantize(CENTS))


def maybe(amount: Decimal | None) -> str | None:
    return None if amount is None else show(amount)


@lru_cache(maxsize=8192)
def asset_id(symbol: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{symbol}.venue.example"))


def order(item: Order, hours: Hours, *, nested: bool, status: str = "") -> dict[str, Any]:
    """One order. `legs` is null unless asked for; a leg never has legs of its own."""
    return {
        "id": item.id,
        "client_order_id": item.client_order_id,
        "created_at": stamp(item.submitted_ns),
        "updated_at": stamp(item.updated_ns),
        "submitted_at": stamp(item.told_submitted_ns),
        **{f"{end}_at": stamp(item.ended[end]) if end in item.ended else None for end in SHOWN_ENDS},
        "replaced_by": item.replaced_by,
        "replaces": item.replaces,
        "asset_id": asset_id(item.symbol),
        "symbol": item.symbol,
        "asset_class": "us_equity",
        "notional": maybe(item.notional),
        "qty": None if item.notional is not None else maybe(item.qty),
        "filled_qty": show(item.filled_qty),
        "filled_avg_price": None if item.hides_price else maybe(item.filled_avg_price),
        "order_class": "" if item.order_class == "simple" else item.order_class,
        "order_type": item.type,
        "type": item.type,
        "side": item.side,
        "position_intent": "buy_to_open" if item.side == "buy" else "sell_to_close",
        "time_in_force": item.time_in_force,
        "limit_price": maybe(item.limit_price),
        "stop_price": maybe(item.stop_price),
        "status": status or item.status,
        "extended_hours": item.extended_hours,
        "legs": [order(leg, hours, nested=False) for leg in item.legs] if nested and item.legs else None,
        "trail_percent": None,
        "trail_price": None,
        "hwm": None,
        "subtag": None,
        "source": None,
        "expires_at": _expires(item, hours),
    }


def _expires(item: Order, hours: Hours) -> str:
    submitted = from_ns(item.submitted_ns)
    if item.time_in_force == "gtc":
        submitted += GTC_LIFE
    return f"{hours.next_close(submitted):%Y-%m-%dT%H:%M:%SZ}"


def position(held: Position, available: Decimal, last: Decimal) -> dict[str, Any]:
    value, cost = held.qty * last, held.cost_basis
    gain = value - cost
    ratio = show((gain / abs(cost)).quantize(RATIO)) if cost else "0"
    return {
        "asset_id": asset_id(held.symbol),
        "symbol": held.symbol,
        "exchange": "NASDAQ",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": show(held.qty),
        "avg_entry_price": show(held.avg_entry_price.quantize(RATIO)),
        "side": "long" if held.qty > ZERO else "short",
        "market_value": money(value),
        "cost_basis": money(cost),
        "unrealized_pl": money(gain),
        "unrealized_plpc": ratio,
        "unrealized_intraday_pl": money(gain),
        "unrealized_intraday_plpc": ratio,
        "current_price": show(last),
        "lastday_price": show(last),
        "change_today": "0",
        "qty_available": show(available),
    }


def account(held: Account, equity: Decimal, value: Decimal, power: Decimal) -> dict[str, Any]:
    """No day-trade fields: they left the API in July 2026."""
    return {
        "id": held.id,
        "admin_configurations": {},
        "user_configurations": None,
        "account_number": held.number,
        "status": held.status,
        "crypto_status": "INACTIVE",
        "currency": "USD",
        "buying_power": money(power),
        "effective_buying_power": money(power),
        "regt_buying_power": money(power),
        "non_marginable_buying_power": money(max(ZERO, held.cash)),
        "options_buying_power": "0",
        "cash": money(held.cash),
        "accrued_fees": "0",
        "pending_reg_taf_fees": "0",
        "portfolio_value": money(equity),
        "equity": money(equity),
        "last_equity": money(held.last_equity),
        "long_market_value": money(value),
        "short_market_value": "0",
        "position_market_value": money(abs(value)),
        "initial_margin": money(abs(value) / 2),
        "maintenance_margin": money(abs(value) * 3 / 10),
        "last_maintenance_margin": "0",
        "sma": "0",
        "balance_asof": "2026-11-19",
        "crypto_tier": 1,
        "intraday_adjustments": "0",
        "options_approved_level": 3,
        "options_trading_level": 3,
        "multiplier": show(held.multiplier),
        "shorting_enabled": not held.configurations["no_shorting"],
        "trading_blocked": held.trading_blocked,
        "transfers_blocked": held.transfers_blocked,
        "account_blocked": held.account_blocked,
        "trade_suspended_by_user": held.suspend_trade,
        "created_at": "2024-03-04T14:22:51.340091Z",
    }


def asset(symbol: str, *, tradable: bool, fractionable: bool, exchange: str = "NASDAQ") -> dict[str, Any]:
    return {
        "id": asset_id(symbol),
        "class": "us_equity",
        "exchange": exchange,
        "symbol": symbol,
        "name": f"{symbol} Common Stock",
        "status": "active" if tradable else "inactive",
        "tradable": tradable,
        "marginable": True,
        "maintenance_margin_requirement": 30,
        "margin_requirement_long": "30",
        "margin_requirement_short": "30",
        "shortable": True,
        "easy_to_borrow": True,
        "fractionable": fractionable,
        "attributes": [],
    }


def clock(now_ns: int, hours: Hours) -> dict[str, Any]:
    now = from_ns(now_ns)
    return {
        "timestamp": new_york_stamp(now_ns),
        "is_open": hours.is_open(now),
        "next_open": _whole_seconds(hours.next_open(now)),
        "next_close": _whole_seconds(hours.next_close(now)),
    }


def _whole_seconds(moment: datetime) -> str:
    return moment.astimezone(NEW_YORK).isoformat(timespec="seconds")


def calendar_day(session: Session) -> dict[str, Any]:
    return {
        "date": session.day.isoformat(),
        "open": f"{session.opens.astimezone(NEW_YORK):%H:%M}",
        "close": f"{session.closes.astimezone(NEW_YORK):%H:%M}",
        "session_open": "0400",
        "session_close": "1700" if session.is_half_day else "2000",
    }


def quote(item: Quote, now_ns: int) -> dict[str, Any]:
    at = now_ns if item.at is None else to_ns(item.at)
    return {
        "t": stamp(at),
        "ax": "V" if item.ask else " ",
        "ap": float(item.ask),
        "as": item.ask_size if item.ask else 0,
        "bx": "V" if item.bid else " ",
        "bp": float(item.bid),
        "bs": item.bid_size if item.bid else 0,
        "c": ["R"],
        "z": "C",
    }


def trade(item: Quote, now_ns: int) -> dict[str, Any]:
    at = now_ns if item.at is None else to_ns(item.at)
    return {"t": stamp(at), "x": "V", "p": float(item.last), "s": 100, "c": ["@"], "i": 52983525029461, "z": "C"}
