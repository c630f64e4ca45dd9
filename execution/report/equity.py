"""Shows the account at each close that a sweep kept, with SPY beside it. Pure, but for the picture.

A session without a line is not known and is never drawn through: no value stands for it. What changed the equity and
was no trade of ours (a deposit, fees, another trader) has a column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import msgspec

from execution.report.tables import Table, without_empty
from execution.report.trades import NOT_KNOWN, fees_words, money
from execution.results.close import Close
from gates.base.draw import own_defaults
from gates.base.record import dataclass
from gates.base.sessions import SessionTable
from gates.base.statefile import replace

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
HEADER = (
    "session", "equity", "change", "realised", "unrealised", "other", "cash", "positions", "held", "fees", "SPY",
    "SPY change",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One session from the first line to the last. `close` is None where no sweep kept one; `change` and `other` are
    since the session before, and None where that has no line. `market` is the close of SPY."""

    session: date
    close: Close | None
    change: Decimal | None = None
    other: Decimal | None = None
    market: Decimal | None = None
    market_change: Decimal | None = None


def steps(closes: Sequence[Close], table: SessionTable, market: Mapping[date, Decimal]) -> tuple[Step, ...]:
    """Every session that the lines reach over, also those that have none."""
    if not closes:
        return ()
    by_day = {one.session: one for one in closes}
    found: list[Step] = []
    day: date | None = closes[0].session
    while day is not None and day <= closes[-1].session:
        found.append(_step(day, by_day.get(day), found[-1] if found else None, market))
        following = table.after(day)
        day = following.day if following is not None else None
    return tuple(found)


def _step(day: date, close: Close | None, before: Step | None, market: Mapping[date, Decimal]) -> Step:
    price, earlier = market.get(day), before.market if before is not None else None
    moved = price / earlier - 1 if price is not None and earlier else None
    change = _change(close, before.close if before is not None else None)
    other = _other(change, close, before.close) if close is not None and before is not None else None
    return Step(day, close, change, other, price, moved)


def _change(close: Close | None, before: Close | None) -> Decimal | None:
    if close is None or before is None or close.equity is None or before.equity is None:
        return None
    return close.equity - before.equity


def _other(change: Decimal | None, close: Close, before: Close | None) -> Decimal | None:
    """What neither sales of ours nor the prices of what we hold explain."""
    ours = (close.realized, close.unrealized, before.unrealized if before is not None else None)
    if change is None or any(one is None for one in ours):
        return None
    realized, now, then = (one for one in ours if one is not None)
    return change - realized - (now - then)


def missing(found: Sequence[Step]) -> tuple[date, ...]:
    return tuple(one.session for one in found if one.close is None)


def table(found: Sequence[Step]) -> Table:
    return without_empty(Table("closes", HEADER, tuple(_row(one) for one in found), HEADER[1:]))


def _row(step: Step) -> tuple[str, ...]:
    close = step.close
    market = ("" if step.market is None else f"{step.market:,.2f}", share(step.market_change))
    if close is None:
        return (str(step.session), NOT_KNOWN, *[""] * 8, *market)
    return (
        str(step.session), _amount(close.equity), "" if step.change is None else money(step.change),
        money(close.realized), money(close.unrealized), "" if step.other is None else money(step.other),
        _amount(close.cash), str(len(close.positions)), _amount(_held(close)),
        fees_words({one.currency: one.amount for one in close.fees}) if close.fees is not None else "", *market,
    )  # fmt: skip


def _held(close: Close) -> Decimal | None:
    values = [one.market_value for one in close.positions]
    known = [one for one in values if one is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def _amount(value: Decimal | None) -> str:
    return NOT_KNOWN if value is None else f"{value:,.2f}"


def share(value: Decimal | None) -> str:
    """+1.25 %, or nothing."""
    return "" if value is None else f"{value * 100:+.2f} %"


@dataclass(frozen=True, slots=True)
class EquityChange:
    """From one session to another, as shares of what was there first; `market` is SPY's over the same sessions."""

    first: date
    last: date
    equity: Decimal
    market: Decimal | None = None


def whole(found: Sequence[Step], *, beside_market: bool = False) -> EquityChange | None:
    """From the first session to the last whose equity is known; beside SPY, of those where both are."""
    values = [
        (one.session, amount, one.market)
        for one in found
        if one.close is not None and (amount := one.close.equity) and (one.market or not beside_market)
    ]
    if len(values) < 2:
        return None
    (first, equity, market), (last, later, price) = values[0], values[-1]
    moved = price / market - 1 if beside_market and price and market else None
    return EquityChange(first, last, later / equity - 1, moved)


def line(values: Sequence[Decimal | None], most: int) -> str:
    """The newest values as a row of bars, a dot for one that is not known."""
    shown = list(values)[-most:]
    known = [one for one in shown if one is not None]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
    top = len(BARS) - 1
    return "".join(
        GAP if one is None else BARS[int((one - low) / (high - low) * top) if high > low else 0] for one in shown
    )


def document(found: Sequence[Step]) -> list[dict[str, object]]:
    return [
        {
            "session": one.session, "close": None if one.close is None else msgspec.to_builtins(one.close),
            "change": one.change, "other": one.other, "spy": one.market,
            "spy_change": None if one.market_change is None else round(one.market_change, 6),
        }
        for one in found
    ]  # fmt: skip


def change_document(found: EquityChange | None) -> dict[str, object] | None:
    if found is None:
        return None
    market = None if found.market is None else round(found.market, 6)
    return {"from": found.first, "to": found.last, "equity": round(found.equity, 6), "spy": market}


def write_picture(path: Path, found: Sequence[Step]) -> None:
    replace(path, draw(found))


def draw(found: Sequence[Step]) -> bytes:
    """Equity, and SPY scaled to begin at the same height, as a PNG."""
    with own_defaults():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    equity = [one.close.equity if one.close is not None else None for one in found]
    places = list(range(len(found)))
    axes.plot(places, _heights(equity, None), color="#4a86d8", linewidth=2, marker="o", markersize=3, label="equity")
    market = [one.market for one in found]
    if any(one is not None for one in market):
        first = next((one for one in equity if one is not None), None)
        axes.plot(places, _heights(market, first), color="#7a7f87", linewidth=1.2, label="SPY, from the same height")
    ticks = places[:: max(1, -(-len(places) // 6))]
    axes.set_xticks(ticks, [str(found[place].session) for place in ticks])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="y", color="#7a7f87", alpha=0.2)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.legend(frameon=False)
    picture = BytesIO()
    figure.savefig(picture, format="png", facecolor="white")
    return picture.getvalue()


def _heights(values: Sequence[Decimal | None], start: Decimal | None) -> list[float]:
    """For the picture alone; what is not known is a gap. With `start` the first value known has that height."""
    first = next((one for one in values if one is not None), None)
    scale = start / first if start is not None and first else Decimal(1)
    return [float("nan") if one is None else float(one * scale) for one in values]
