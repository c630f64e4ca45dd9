"""What a client may write into POST /v2/orders: reading the body and the rules of form.

Form means everything that can be judged without looking at the account. The codes matter more than
the words: a wrong field is 422 40010001, a broken rule 422 42210000.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .orders import Refusal, refused_field, refused_rule

TYPES = ("market", "limit", "stop", "stop_limit")
SIDES = ("buy", "sell")
TIMES_IN_FORCE = ("day", "gtc", "opg", "cls", "ioc", "fok")
CLASSES = ("simple", "bracket", "oco", "oto")
LONGEST_CLIENT_ORDER_ID = 128
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Draft:
    """A request for an order, well-formed. Prices of the legs are beside it, not in it."""

    symbol: str
    side: str
    type: str
    time_in_force: str
    order_class: str
    qty: Decimal | None
    notional: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    target_price: Decimal | None
    leg_stop_price: Decimal | None
    leg_stop_limit_price: Decimal | None
    client_order_id: str | None
    extended_hours: bool

    @property
    def is_complex(self) -> bool:
        return self.order_class != "simple"


def read_draft(body: Any) -> Draft:
    if not isinstance(body, dict):
        raise Refusal(400, 40010000, "request body format is invalid")
    target, stop = _nested(body, "take_profit"), _nested(body, "stop_loss")
    order_class = _word(body, "order_class", CLASSES, "simple")
    limit_price = price(body, "limit_price")
    target_price = price(target, "limit_price", "take_profit.limit_price")
    draft = Draft(
        symbol=_word(body, "symbol").upper(),
        side=_word(body, "side", SIDES),
        type=_word(body, "type", TYPES),
        time_in_force=_word(body, "time_in_force", TIMES_IN_FORCE),
        order_class=order_class,
        qty=number(body, "qty"),
        notional=number(body, "notional"),
        limit_price=(target_price or limit_price) if order_class == "oco" else limit_price,
        stop_price=price(body, "stop_price"),
        target_price=target_price,
        leg_stop_price=price(stop, "stop_price", "stop_loss.stop_price"),
        leg_stop_limit_price=price(stop, "limit_price", "stop_loss.limit_price"),
        client_order_id=_word(body, "client_order_id", default="") or None,
        extended_hours=body.get("extended_hours") is True,
    )
    _check_form(draft)
    if draft.is_complex:
        _check_complex(draft)
    return draft


def number(body: dict[str, Any], key: str, name: str = "") -> Decimal | None:
    """A positive decimal given as text or number, None when absent. NaN and words are refused."""
    raw = body.get(key)
    if raw is None:
        return None
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        value = Decimal("NaN")
    if isinstance(raw, bool) or not value.is_finite():
        raise refused_field(f"{name or key} is not a number")
    if value <= 0:
        raise refused_rule(f"{name or key} must be > 0")
    return value


def price(body: dict[str, Any], key: str, name: str = "") -> Decimal | None:
    """A price on the tick: cents from a dollar up, hundredths of a cent below."""
    value = number(body, key, name)
    if value is not None and value != value.quantize(CENT if value >= 1 else Decimal("0.0001")):
        raise refused_rule(
            f"invalid {name or key} {value}. sub-penny increment does not fulfill minimum pricing criteria"
        )
    return value


def _check_form(draft: Draft) -> None:
    if (draft.qty is None) == (draft.notional is None):
        raise refused_field("exactly one of qty and notional is required")
    if draft.client_order_id and len(draft.client_order_id) > LONGEST_CLIENT_ORDER_ID:
        raise refused_field(f"client_order_id must be no more than {LONGEST_CLIENT_ORDER_ID} characters")
    if draft.type in ("limit", "stop_limit") and draft.limit_price is None:
        raise refused_field(f"{draft.type} orders require a limit price")
    if draft.type in ("stop", "stop_limit") and draft.stop_price is None:
        raise refused_field(f"{draft.type} orders require a stop price")
    fractional = draft.notional is not None or draft.qty != draft.qty.to_integral_value()  # type: ignore[union-attr]
    if fractional and draft.is_complex:
        raise refused_rule("fractional orders must be simple orders")
    if fractional and draft.time_in_force != "day":
        raise refused_rule("fractional orders must be DAY orders")
    if draft.extended_hours and (draft.is_complex or draft.type != "limit" or draft.time_in_force != "day"):
        raise refused_rule("extended hours orders must be DAY limit orders")


def _check_complex(draft: Draft) -> None:
    kind, target, stop = draft.order_class, draft.target_price, draft.leg_stop_price
    if draft.time_in_force not in ("day", "gtc"):
        raise refused_field(f"{kind} orders must be DAY or GTC orders")
    if draft.type not in (("limit",) if kind == "oco" else ("market", "limit")):
        raise refused_field(f"{kind} orders must be {'limit' if kind == 'oco' else 'market or limit'} orders")
    if kind == "oto":
        if (target is None) == (stop is None):
            raise refused_field("oto orders require one of take_profit.limit_price and stop_loss.stop_price")
        return
    if target is None:
        raise refused_field(f"{kind} orders require take_profit.limit_price")
    if stop is None:
        raise refused_field(f"{kind} orders require stop_loss.stop_price")
    exits_by_selling = (draft.side == "sell") == (kind == "oco")
    if (target <= stop) if exits_by_selling else (target >= stop):
        raise refused_rule(f"take_profit.limit_price must be {'>' if exits_by_selling else '<'} stop_loss.stop_price")


def _nested(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    if value is not None and not isinstance(value, dict):
        raise Refusal(400, 40010000, "request body format is invalid")
    return value or {}


def _word(body: dict[str, Any], key: str, allowed: tuple[str, ...] = (), default: str | None = None) -> str:
    value = body.get(key) or default
    if value is None:
        raise refused_field(f"{key} is required")
    if not isinstance(value, str) or (allowed and value not in allowed):
        raise refused_field(f"invalid {key}")
    return value
