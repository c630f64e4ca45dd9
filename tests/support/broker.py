"""A broker's desk for unit tests of what talks to one: it answers as it was told to and keeps a diary of its work.

Everything that is not told here is taken: cancels, pairs and sales. What it is asked to look up it knows by client id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from execution.broker.port import BrokerOrder, BySymbol, Quote
from gates.base.instrument import Instrument, stock
from gates.base.record import dataclass, field
from support.trading import S, broker_order


@dataclass
class Desk:
    """An answer that is an exception is raised. `cancels` go by order id, `known` and `sends` by client id; an order
    that is cancelled is told as `known` has it afterwards."""

    cancels: Mapping[str, bool | Exception] = field(default_factory=dict)
    known: Mapping[str, BrokerOrder | Exception] = field(default_factory=dict)
    sends: Mapping[str, BrokerOrder | Exception] = field(default_factory=dict)
    quoted: BySymbol[Quote] | Exception = field(default_factory=lambda: BySymbol({}))
    diary: list[str] = field(default_factory=list)

    def cancel(self, order_id: str) -> bool:
        self.diary.append(f"cancel {order_id}")
        return answer(self.cancels.get(order_id, True))

    def instrument(self, symbol: str) -> Instrument:
        return stock(symbol)

    def find(self, client_order_id: str) -> BrokerOrder | None:
        self.diary.append(f"find {client_order_id}")
        return answer(self.known.get(client_order_id))

    def quotes(self, symbols: Iterable[str]) -> BySymbol[Quote]:
        self.diary.append(f"quotes {' '.join(symbols)}")
        return answer(self.quoted)

    def submit_exit(
        self, client_order_id: str, symbol: str, qty: Decimal, stop_price: Decimal, target_price: Decimal
    ) -> BrokerOrder:
        self.diary.append(f"pair {client_order_id} {symbol} {qty} {stop_price} {target_price}")
        return answer(self.sends.get(client_order_id) or taken(client_order_id, symbol, qty, "target"))

    def close(self, symbol: str, qty: Decimal, client_order_id: str) -> BrokerOrder:
        self.diary.append(f"sell {client_order_id} {symbol} {qty}")
        return answer(self.sends.get(client_order_id) or taken(client_order_id, symbol, qty, "market"))


def answer(told: object) -> object:
    if isinstance(told, Exception):
        raise told
    return told


def taken(client_order_id: str, symbol: str, qty: Decimal, kind: str) -> BrokerOrder:
    return broker_order(client_order_id, S.WORKING, symbol=symbol, qty=qty, side="sell", kind=kind, order_id="id-sent")
