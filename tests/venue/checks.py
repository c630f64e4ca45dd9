"""May this account place this order now? The rules that need the book, in the order they are asked.

Suspension comes first, as at the vendor, and the uniqueness of the id before money and shares: a
second sending of an order must learn that it is known, whatever it would cost by now.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .drafts import CENT, Draft
from .holdings import Account
from .market import Market
from .orders import ZERO, Order, Refusal, forbidden, refused_field, refused_rule, shares_promised
from .shapes import show


@dataclass(frozen=True, slots=True)
class Desk:
    """What the rules look at."""

    account: Account
    market: Market
    orders: list[Order]
    used_ids: Container[str]
    untradable: Container[str] = ()
    not_fractionable: Container[str] = ()
    wash_trades: bool = True


def check(draft: Draft, desk: Desk) -> None:
    """Raise the first refusal there is."""
    for rule in (account_may_trade, id_is_new, asset_trades, levels_fit, shares_suffice, money_suffices, no_wash):
        rule(draft, desk)


def account_may_trade(_draft: Draft, desk: Desk) -> None:
    account = desk.account
    if account.suspend_trade:
        raise forbidden("new orders are rejected by user request")
    if account.account_blocked or account.trading_blocked or account.status != "ACTIVE":
        raise forbidden("account is restricted from trading")


def id_is_new(draft: Draft, desk: Desk) -> None:
    if draft.client_order_id in desk.used_ids:
        raise refused_field("client_order_id must be unique")


def asset_trades(draft: Draft, desk: Desk) -> None:
    symbol = draft.symbol
    if not desk.market.knows(symbol):
        raise refused_field(f'could not find us_equity "{symbol}"')
    if symbol in desk.untradable:
        raise refused_rule(f'asset "{symbol}" is not tradable')
    whole = draft.qty is not None and draft.qty == draft.qty.to_integral_value()
    if symbol in desk.not_fractionable and not whole:
        raise forbidden(f'asset "{symbol}" is not fractionable')


def levels_fit(draft: Draft, desk: Desk) -> None:
    """A stop-loss stands below the entry's limit (an OCO's target) *and* below the market; a target above."""
    market = desk.market.quote(draft.symbol).last if desk.market.is_priced(draft.symbol) else None
    if not draft.is_complex:
        if draft.type in ("stop", "stop_limit") and market is not None:
            _check_lone_stop(draft, market)
        return
    long = (draft.side == "buy") == (draft.order_class != "oco")
    bases = [base for base in (draft.limit_price, market) if base is not None]
    for base in bases:
        if draft.leg_stop_price is not None:
            _check_beyond("stop_loss.stop_price", draft.leg_stop_price, base, below=long)
    for base in bases if draft.order_class != "oco" else []:
        if draft.target_price is not None:
            _check_beyond("take_profit.limit_price", draft.target_price, base, below=not long)


def _check_beyond(name: str, level: Decimal, base: Decimal, *, below: bool) -> None:
    if below and level > base - CENT:
        raise refused_rule(f"{name} must be <= base_price - 0.01", base_price=show(base))
    if not below and level < base + CENT:
        raise refused_rule(f"{name} must be >= base_price + 0.01", base_price=show(base))


def _check_lone_stop(draft: Draft, market: Decimal) -> None:
    stop = draft.stop_price or ZERO
    if (stop >= market) if draft.side == "sell" else (stop <= market):
        word = "less" if draft.side == "sell" else "greater"
        raise refused_rule(
            f"stop price must be {word} than current price", market_price=show(market), stop_price=show(stop)
        )


def shares_suffice(draft: Draft, desk: Desk) -> None:
    if draft.side != "sell":
        return
    symbol, held = draft.symbol, desk.account.qty(draft.symbol)
    if draft.order_class in ("bracket", "oto"):
        raise refused_rule(f"{draft.order_class} orders must be entry orders")
    if held <= 0:
        if draft.order_class == "oco":
            raise refused_rule("oco orders must be exit orders")
        if desk.account.may_short:
            return
        raise forbidden("account is not allowed to short")
    on_symbol = [order for order in desk.orders if order.symbol == symbol]
    promised = shares_promised(on_symbol)
    available = held - promised
    wanted = draft.qty if draft.qty is not None else (draft.notional or ZERO) / desk.market.quote(symbol).bid
    if wanted > available:
        raise forbidden(
            f"insufficient qty available for order (requested: {show(wanted)}, available: {show(available)})",
            available=show(available),
            existing_qty=show(held),
            held_for_orders=show(promised),
            symbol=symbol,
        )


def money_suffices(draft: Draft, desk: Desk) -> None:
    if draft.side != "buy":
        return
    if draft.order_class == "oco":
        raise refused_rule("oco orders must be exit orders")
    price = draft.limit_price or draft.stop_price or desk.market.quote(draft.symbol).ask
    cost = draft.notional or price * (draft.qty or ZERO)
    power = buying_power(desk.account, desk.market, desk.orders)
    if cost > power:
        raise forbidden("insufficient buying power", buying_power=show(power), cost_basis=show(cost))


def no_wash(draft: Draft, desk: Desk) -> None:
    """One's own buy and sell must not meet. Complex orders are exempt; sleeping legs count for nothing."""
    if draft.is_complex or not desk.wash_trades:
        return
    for order in desk.orders:
        if order.symbol == draft.symbol and order.side != draft.side and order.works and _may_meet(draft, order):
            raise _wash_trade(order)


def _may_meet(draft: Draft, order: Order) -> bool:
    kinds = {draft.type, order.type}
    if "market" in kinds or "stop" in kinds:
        return True
    buy, sell = (draft, order) if draft.side == "buy" else (order, draft)
    return (buy.limit_price or ZERO) >= (sell.limit_price or ZERO)


def _wash_trade(order: Order) -> Refusal:
    return forbidden(
        "potential wash trade detected. use complex orders",
        existing_order_id=order.id,
        reject_reason=f"opposite side {order.type} order exists",
    )


def market_value(account: Account, market: Market) -> Decimal:
    return sum((held.qty * market.quote(held.symbol).last for held in account.positions.values()), ZERO)


def buying_power(account: Account, market: Market, orders: Iterable[Order]) -> Decimal:
    """Equity times the multiplier, less what is held and what open buys would cost."""
    quotes = market.quote
    reserved = sum(
        (
            order.notional or order.remaining * (order.limit_price or order.stop_price or quotes(order.symbol).ask)
            for order in orders
            if order.side == "buy" and order.works
        ),
        ZERO,
    )
    held = market_value(account, market)
    return max(ZERO, (account.cash + held) * account.multiplier - held - reserved)
