"""The account's money and shares, moved by fills and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(slots=True)
class Position:
    symbol: str
    qty: Decimal
    avg_entry_price: Decimal

    @property
    def cost_basis(self) -> Decimal:
        return self.qty * self.avg_entry_price


@dataclass(slots=True)
class Account:
    """What a test may set before or between requests. Blocks are the broker's, suspend is the user's."""

    number: str = "PA3VENUE0001"
    id: str = "5f0c1b9e-7d38-4c1e-9a50-0d6f3a8b2c41"
    status: str = "ACTIVE"
    cash: Decimal = Decimal(100_000)
    last_equity: Decimal = Decimal(100_000)
    multiplier: Decimal = Decimal(2)
    trading_blocked: bool = False
    account_blocked: bool = False
    transfers_blocked: bool = False
    configurations: dict[str, object] = field(
        default_factory=lambda: {
            "disable_overnight_trading": False,
            "fractional_trading": True,
            "max_margin_multiplier": "2",
            "max_options_trading_level": None,
            "no_shorting": True,
            "ptp_no_exception_entry": False,
            "suspend_trade": False,
            "trade_confirm_email": "all",
        }
    )
    positions: dict[str, Position] = field(default_factory=dict)

    @property
    def suspend_trade(self) -> bool:
        return self.configurations["suspend_trade"] is True

    @suspend_trade.setter
    def suspend_trade(self, suspended: bool) -> None:
        self.configurations["suspend_trade"] = suspended

    @property
    def may_short(self) -> bool:
        return self.configurations["no_shorting"] is False

    @may_short.setter
    def may_short(self, may: bool) -> None:
        """A margin account: a sale of what is not held opens a short position."""
        self.configurations["no_shorting"] = not may

    def qty(self, symbol: str) -> Decimal:
        position = self.positions.get(symbol)
        return position.qty if position else ZERO

    def apply_fill(self, symbol: str, side: str, qty: Decimal, price: Decimal) -> None:
        signed = qty if side == "buy" else -qty
        self.cash -= signed * price
        self.hold(symbol, signed, price)

    def hold(self, symbol: str, signed_qty: Decimal, price: Decimal) -> None:
        """Add shares at a price, without paying: adding averages the price, reducing leaves it."""
        old = self.positions.get(symbol)
        if old is None:
            self.positions[symbol] = Position(symbol, signed_qty, price)
            return
        total = old.qty + signed_qty
        if total == ZERO:
            del self.positions[symbol]
        elif old.qty * signed_qty > ZERO:
            old.avg_entry_price = (old.cost_basis + signed_qty * price) / total
            old.qty = total
        else:
            old.avg_entry_price = price if old.qty * total < ZERO else old.avg_entry_price
            old.qty = total

    def split(self, symbol: str, ratio: Decimal) -> None:
        """A split changes quantity and average price; resting orders keep the prices they had."""
        if (position := self.positions.get(symbol)) is not None:
            position.qty *= ratio
            position.avg_entry_price /= ratio
