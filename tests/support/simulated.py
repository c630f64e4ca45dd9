"""A simulated broker in a directory of its own, with a wall clock that tests set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from execution.broker.port import BracketRequest, BrokerOrder
from execution.broker.simulated.broker import SimulatedBroker
from execution.broker.simulated.clock import SimulatedClock
from execution.broker.simulated.record import BrokerRecord, load
from gates.base.sessions import NEW_YORK, Session, SessionTable, make_session

OPENS, CLOSES, HALF_DAY_CLOSES = time(9, 30), time(16), time(13)
HALF_DAY = date(2026, 11, 27)
DAYS = [date(2026, 11, day) for day in (16, 17, 18, 19, 20, 23, 24, 25, 27, 30)]
TABLE = SessionTable(make_session(day, OPENS, HALF_DAY_CLOSES if day == HALF_DAY else CLOSES) for day in DAYS)
"""Two weeks with a weekend, Thanksgiving on the 26th and a half-day after it."""

MINUTE = 60
OVERNIGHT = 24 * 60 * MINUTE


def new_york(text: str) -> datetime:
    """`2026-11-20 10:31` told in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def session_on(text: str) -> Session:
    session = TABLE.on(date.fromisoformat(text))
    assert session is not None
    return session


class World:
    """An account opened on Thursday the 19th before the market: its clock stands at 10:30."""

    def __init__(
        self, directory: Path, wall: str = "2026-11-19 08:00", name: str = "simulated_broker.json", **options: object
    ) -> None:
        self.path = directory / name
        self.wall = new_york(wall)
        self.references: dict[str, Decimal] = {"AAPL": Decimal(100), "MSFT": Decimal(50)}
        assert SimulatedBroker.create(self.path, self.wall, TABLE, **options)  # type: ignore[arg-type]

    @property
    def broker(self) -> SimulatedBroker:
        """As another process would open it."""
        return SimulatedBroker(self.path, TABLE, lambda: self.wall, self.references)

    @property
    def clock(self) -> SimulatedClock:
        return SimulatedClock(self.broker, TABLE)

    @property
    def record(self) -> BrokerRecord:
        return load(self.path)

    @property
    def now(self) -> datetime:
        return self.broker.clock().now

    def price(self, symbol: str, price: str) -> None:
        self.broker.set_price(symbol, Decimal(price))

    def pass_minutes(self, minutes: int = 1) -> None:
        self.broker.advance(minutes * MINUTE)

    def wall_passes(self, **duration: float) -> None:
        self.wall += timedelta(**duration)

    def order(self, client_order_id: str = "avx-20261119-AAPL-entry-1") -> BrokerOrder:
        found = self.broker.find(client_order_id)
        assert found is not None
        return found

    def submit(self, **changes: object) -> BrokerOrder:
        return self.broker.submit(bracket(**changes))

    def hold(self, symbol: str = "AAPL", qty: int = 10, client_order_id: str = "avx-20261119-AAPL-entry-1") -> None:
        """Buy at 100.01 of a market at 100, stop 95 and target 110 working."""
        self.price(symbol, "100.00")
        self.submit(symbol=symbol, qty=qty, client_order_id=client_order_id)
        self.pass_minutes()


def bracket(
    client_order_id: str = "avx-20261119-AAPL-entry-1",
    symbol: str = "AAPL",
    qty: int = 10,
    stop: str = "95.00",
    limit: str = "101.00",
    target: str = "110.00",
) -> BracketRequest:
    return BracketRequest(client_order_id, symbol, Decimal(qty), Decimal(limit), Decimal(stop), Decimal(target))


def every_read(broker: SimulatedBroker, since: datetime) -> tuple[Callable[[], object], ...]:
    """Each question of the port, ready to be asked."""
    return (
        broker.clock,
        broker.account,
        broker.positions,
        broker.open_orders,
        lambda: broker.orders_since(since),
        lambda: broker.find("avx-20261119-AAPL-entry-1"),
        lambda: broker.quotes(["AAPL"]),
        lambda: broker.bars(["AAPL"], since, 10),
    )
