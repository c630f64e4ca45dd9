"""Sums realised profit and loss, session by session: the equity curve's points. Pure.

The points follow from the sales in the archived live ledgers and today's; there is no running total
anywhere that could be wrong. A session whose ledger cannot be read is named, not drawn as a flat one, and
from a session with an exit without a known result on there is no sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from execution.ledger.shelf import Kept
from execution.report.results import realized_in
from execution.report.results import total as sum_of
from execution.report.session import ZERO, exits_by_session
from gates.base.record import dataclass
from gates.base.sessions import SessionOf


@dataclass(frozen=True, slots=True)
class Point:
    """`realized` is None where an exit of the session has no known result, `total` from such a session on."""

    day: date
    realized: Decimal | None
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Curve:
    """`left_out` says which ledgers are not in it and why."""

    points: tuple[Point, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """None while anything is left out or not known: a sum with a hole in it is not a result."""
        if self.left_out:
            return None
        return self.points[-1].total if self.points else ZERO

    @property
    def not_known(self) -> tuple[date, ...]:
        """The sessions without a known result."""
        return tuple(point.day for point in self.points if point.realized is None)


def make_curve(
    shelf: Iterable[Kept], until: date, account: str | None, session_of: SessionOf, problems: Iterable[str] = ()
) -> Curve:
    """The curve up to and with session `until`, of the account that the session belongs to."""
    ledgers, left_out = [], list(problems)
    for kept in shelf:
        if kept.ledger is None:
            left_out.append(f"{kept.path}: {kept.problem}")
        elif account is not None and kept.ledger.account not in (None, account):
            left_out.append(f"{kept.path}: of account {kept.ledger.account}")
        else:
            ledgers.append(kept.ledger)
    sold = exits_by_session(ledgers, session_of)
    days = sorted(day for day in {*sold, *(ledger.date_ny for ledger in ledgers)} if day <= until)
    points: list[Point] = []
    total: Decimal | None = ZERO
    for day in days:
        realized = realized_in(sold.get(day, ()))
        total = sum_of((total, realized))
        points.append(Point(day, realized, total))
    return Curve(tuple(points), tuple(left_out))


def worth_drawing(curve: Curve) -> bool:
    """A curve needs two sessions and something that was sold."""
    return len(curve.points) > 1 and any(point.realized for point in curve.points)
