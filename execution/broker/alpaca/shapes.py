"""Reads Alpaca's JSON into our words and writes ours into theirs, but for orders (`orders`). Pure.

The vendor's names end here. Positions, quotes and bars are read each on its own: what cannot be read is
named and hides no other. An answer that is no list of such things at all raises ShapeUnknown, and
counts as no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from execution.broker.alpaca.fields import (
    ACCOUNT,
    SYMBOL,
    TOKEN,
    WORD,
    ShapeUnknown,
    amount,
    brief,
    check_worth,
    flag,
    listed,
    maybe_amount,
    maybe_quantity,
    maybe_text,
    moment,
    quantity,
    record,
    shown_symbol,
    symbol,
    text,
)
from execution.broker.port import (
    Account,
    Bar,
    BracketRequest,
    BrokerClock,
    BySymbol,
    Position,
    Quote,
    Told,
    Unreadable,
)
from gates.base.instrument import US_STOCK
from gates.base.sessions import new_york_day

T = TypeVar("T")

CRYPTO = "crypto"
FLAGS = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
NO_ORDERS = ("trading_blocked", "trade_suspended_by_user")
"""Flags of an account under which the broker refuses every order; the other words may still let an exit through."""


def clock(answer: object) -> BrokerClock:
    said = record(answer, "clock")
    now = moment(said, "timestamp")
    return BrokerClock(now, flag(said, "is_open"), new_york_day(now))


def account(answer: object, active: frozenset[str]) -> Account:
    """Its number has to be told. Money that was not told closes entries, and so do a currency that is not ours
    and a status other than the `active` ones."""
    said = record(answer, "account")
    blocked = [name for name in FLAGS if said.get(name, False) is not False]
    if said.get("currency") not in (None, US_STOCK.currency):
        blocked.insert(0, f"currency {_word(said['currency'])}")
    if _word(said.get("status")) not in active:
        blocked.insert(0, f"status {_word(said.get('status'))}")
    money: dict[str, Decimal | None] = {}
    problems = []
    for key, read in (("equity", amount), ("buying_power", amount), ("last_equity", maybe_amount)):
        try:
            money[key] = read(said, key)
        except ShapeUnknown as strange:
            money[key] = None
            problems.append(str(strange))
    return Account(
        number=text(said, "account_number", ACCOUNT),
        equity=money["equity"],
        buying_power=money["buying_power"],
        blocked=", ".join(blocked) or None,
        last_equity=money["last_equity"],
        takes_no_orders=next((name for name in NO_ORDERS if said.get(name) is True), None),
        problem=f"not understood: {', '.join(problems)}" if problems else None,
        cash=_cash(said),
    )


def _cash(said: Mapping[str, object]) -> Decimal | None:
    """For reports alone: one that is strange closes nothing."""
    try:
        return maybe_amount(said, "cash")
    except ShapeUnknown:
        return None


def _word(value: object) -> str:
    return value if isinstance(value, str) and WORD.fullmatch(value) else brief(value)


def suspended(answer: object) -> bool:
    return flag(record(answer, "configurations"), "suspend_trade")


def positions(answer: object) -> Told[Position]:
    items, unreadable = [], []
    for item in listed(answer, "positions"):
        said = item if isinstance(item, Mapping) else {}
        whose = shown_symbol(said)
        try:
            position, odd = _position(record(item, "position"))
        except ShapeUnknown as strange:
            unreadable.append(Unreadable(f"position: {strange}", whose))
            continue
        items.append(position)
        unreadable += [Unreadable(f"position: {what}", whose) for what in odd]
    return Told(tuple(items), tuple(unreadable))


def _position(said: Mapping[str, Any]) -> tuple[Position, list[str]]:
    """Getting out needs symbol and quantity; what else cannot be read is named beside it."""
    odd: list[str] = []
    qty = quantity(said, "qty")
    side = maybe_text(said, "side", WORD)
    if side not in ("long", "short", None) or (side == "long" and qty < 0):
        raise ShapeUnknown(f"qty {qty}, side {brief(side)}")
    qty = -abs(qty) if side == "short" else qty

    def unless_odd(key: str, read: Callable[[Mapping[str, Any], str], Decimal | None]) -> Decimal | None:
        try:
            return read(said, key)
        except ShapeUnknown as strange:
            odd.append(str(strange))
            return None

    available = unless_odd("qty_available", maybe_quantity)
    paid = unless_odd("avg_entry_price", amount)
    check_worth(qty, paid)
    found = Position(
        symbol=symbol(said),
        qty=qty,
        qty_available=qty if available is None else available,
        avg_entry_price=paid,
        market_value=unless_odd("market_value", maybe_amount),
    )
    return found, odd


def crypto_symbols(answer: object) -> frozenset[str]:
    """Symbols of positions that trade by the rules of crypto."""
    found = [item for item in listed(answer, "positions") if isinstance(item, Mapping)]
    return frozenset(str(item.get("symbol")) for item in found if item.get("asset_class") == CRYPTO)


def bracket(request: BracketRequest) -> dict[str, Any]:
    return {
        "symbol": request.symbol,
        "qty": f"{request.qty:f}",
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "limit_price": str(request.limit_price),
        "order_class": "bracket",
        "take_profit": {"limit_price": str(request.target_price)},
        "stop_loss": {"stop_price": str(request.stop_price)},
        "client_order_id": request.client_order_id,
    }


def exit_pair(client_order_id: str, symbol: str, qty: Decimal, stop: Decimal, target: Decimal) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "qty": f"{qty:f}",
        "side": "sell",
        "type": "limit",
        "time_in_force": "gtc",
        "order_class": "oco",
        "take_profit": {"limit_price": str(target)},
        "stop_loss": {"stop_price": str(stop)},
        "client_order_id": client_order_id,
    }


def market_sell(client_order_id: str, symbol: str, qty: Decimal, *, is_crypto: bool) -> dict[str, Any]:
    """For the day; crypto, whose day never ends, is taken only until it is cancelled."""
    return {
        "symbol": symbol,
        "qty": f"{qty:f}",
        "side": "sell",
        "type": "market",
        "time_in_force": "gtc" if is_crypto else "day",
        "client_order_id": client_order_id,
    }


def quotes(answer: object) -> BySymbol[Quote]:
    """Prices of 0 (no active side) are passed on; the quote gate refuses them."""
    return _by_symbol(record(answer, "answer").get("quotes"), "quotes", _quote)


def _quote(said: object) -> Quote:
    quote = record(said, "quote")
    return Quote(amount(quote, "bp"), amount(quote, "ap"), moment(quote, "t"))


def bars(answer: object) -> tuple[BySymbol[tuple[Bar, ...]], str | None]:
    """A page of bars, and the token of the next one."""
    page = record(answer, "answer")
    return _by_symbol(page.get("bars") or {}, "bars", _bars), maybe_text(page, "next_page_token", TOKEN)


def _bars(said: object) -> tuple[Bar, ...]:
    rows = [record(row, "bar") for row in listed([] if said is None else said, "bars")]
    return tuple(Bar(moment(row, "t"), amount(row, "c")) for row in rows)


def _by_symbol(answer: object, what: str, read: Callable[[object], T]) -> BySymbol[T]:
    """By symbol; under what has not a symbol's form nothing was asked for."""
    found, problems = {}, {}
    for name, said in record(answer, what).items():
        if SYMBOL.fullmatch(name) is None:
            continue
        try:
            found[name] = read(said)
        except ShapeUnknown as strange:
            problems[name] = str(strange)
    return BySymbol(found, problems)
