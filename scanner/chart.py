"""Draws pictures: one symbol with candles, anchored VWAPs and levels; and the sum of R of a replay.

The only place that loads matplotlib, with its Agg canvas and no global state, so it draws on a server
without a screen and the same bars give the same picture. Sessions stand side by side: a weekend is no gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import numpy as np
import numpy.typing as npt

from gates.base.draw import own_defaults
from gates.base.record import dataclass
from scanner.bars.panel import Days, Floats, day_of

with own_defaults():
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PolyCollection
    from matplotlib.figure import Figure

INK, FAINT, GRID = "#1f2430", "#7c8493", "#e4e7ec"
UP, DOWN = "#2b8a5a", "#c0453b"
AVWAP_COLOURS = ("#1f6fb4", "#e07b00", "#7b4fb5", "#0f9aa8", "#b0418c", "#8a6d3b", "#5f7f1f", "#4a5fd0", "#a34f1c")
LEVEL_COLOURS = {"entry": INK, "stop": DOWN, "target": UP}
BODY = 0.36
LABEL_ROOM = 0.26
LEAST_LABEL_GAP = 0.034


@dataclass(frozen=True, slots=True, eq=False)
class ChartLine:
    """An anchored VWAP on the sessions of the chart; `anchor` is its first column, before 0 when it began earlier."""

    label: str
    values: Floats
    anchor: int


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn, all of it on the same sessions."""

    title: str
    subtitle: str
    days: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    lines: Sequence[ChartLine]
    levels: dict[str, float]
    mark: str = ""
    """Written across the picture; its title has it too."""


def draw(picture: Picture) -> bytes:
    """The PNG."""
    figure = Figure(figsize=(14, 8), dpi=110, facecolor="white")
    price, volume = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (5, 1), "hspace": 0.04})
    figure.subplots_adjust(left=0.055, right=0.985, top=0.9, bottom=0.06)
    if picture.mark:
        figure.text(0.45, 0.55, picture.mark, fontsize=64, fontweight="bold", color=FAINT, alpha=0.18, ha="center")
    figure.text(0.055, 0.955, picture.title, fontsize=15, fontweight="bold", color=INK)
    figure.text(0.055, 0.92, picture.subtitle, fontsize=10, color=FAINT)
    rising = picture.close >= picture.open
    _candles(price, picture, rising)
    _volume(volume, picture, rising)
    labels = _avwaps(price, picture) + _levels(price, picture)
    _frame(price, volume, picture)
    _write_labels(price, labels, len(picture.days))
    return to_png(figure)


def to_png(figure: Figure) -> bytes:
    """Without the program's name and version, which would change the bytes and say nothing."""
    data = BytesIO()
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def plain(axes: Axes) -> None:
    """Quiet axes: a grid, no box."""
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=FAINT, labelsize=9, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def month_ticks(days: Days) -> tuple[list[int], list[str]]:
    """The first session of each month (of each quarter on a long chart), January with its year."""
    months = days.astype("datetime64[M]").astype(np.int64)
    step = 1 if len(days) <= 300 else 3
    changed = np.flatnonzero(np.diff(months) != 0) + 1
    places = [int(place) for place in changed if months[place] % step == 0]
    firsts = [day_of(days[place]) for place in places]
    return places, [f"{day:%b %Y}" if day.month == 1 or day is firsts[0] else f"{day:%b}" for day in firsts]


# --- what stands on the axes --------------------------------------------------------------------------


def _candles(axes: Axes, picture: Picture, rising: npt.NDArray[np.bool_]) -> None:
    there = np.flatnonzero(~np.isnan(picture.close))
    colours = [UP if rising[place] else DOWN for place in there]
    wicks = [[(x, picture.low[x]), (x, picture.high[x])] for x in there]
    axes.add_collection(LineCollection(wicks, colors=colours, linewidths=0.8))
    bodies = []
    for x in there:
        bottom, top = sorted((picture.open[x], picture.close[x]))
        bodies.append([(x - BODY, bottom), (x - BODY, top), (x + BODY, top), (x + BODY, bottom)])
    axes.add_collection(PolyCollection(bodies, facecolors=colours, edgecolors=colours, linewidths=0.6))


def _volume(axes: Axes, picture: Picture, rising: npt.NDArray[np.bool_]) -> None:
    colours = [UP if up else DOWN for up in rising]
    axes.bar(np.arange(len(picture.days)), np.nan_to_num(picture.volume) / 1e6, width=0.8, color=colours, alpha=0.55)
    axes.set_ylabel("million shares", fontsize=8, color=FAINT)


def _avwaps(axes: Axes, picture: Picture) -> list[tuple[float, str, str]]:
    labels = []
    for line, colour in zip(picture.lines, AVWAP_COLOURS, strict=False):
        axes.plot(np.arange(len(line.values)), line.values, color=colour, linewidth=1.5)
        if line.anchor >= 0 and not np.isnan(line.values[line.anchor]):
            axes.plot(line.anchor, line.values[line.anchor], "o", color=colour, markersize=6, markeredgecolor="white")
        labels.append((float(line.values[-1]), f"{line.values[-1]:.2f}  {line.label}", colour))
    return labels


def _levels(axes: Axes, picture: Picture) -> list[tuple[float, str, str]]:
    start, end = len(picture.days) * 0.72, len(picture.days) - 0.5
    for name, level in picture.levels.items():
        axes.plot([start, end], [level, level], color=LEVEL_COLOURS[name], linewidth=1.4, linestyle=(0, (5, 3)))
    return [(level, f"{level:.2f}  {name.upper()}", LEVEL_COLOURS[name]) for name, level in picture.levels.items()]


def _frame(price: Axes, volume: Axes, picture: Picture) -> None:
    plain(price)
    plain(volume)
    shown = [picture.low, picture.high, np.array([*picture.levels.values()]), *(line.values for line in picture.lines)]
    values = np.concatenate(shown)
    least, most = np.nanmin(values), np.nanmax(values)
    room = 0.04 * (most - least) or 0.01 * most
    price.set_ylim(least - room, most + room)
    price.set_xlim(-1, len(picture.days) * (1.0 + LABEL_ROOM))
    volume.set_xticks(*month_ticks(picture.days))


def _write_labels(axes: Axes, labels: list[tuple[float, str, str]], at: int) -> None:
    """Beside the last session, moved apart where they would lie on each other."""
    bottom, top = axes.get_ylim()
    labels = sorted(labels)
    places = spread([value for value, _, _ in labels], LEAST_LABEL_GAP * (top - bottom), bottom, top)
    for (value, text, colour), place in zip(labels, places, strict=True):
        axes.plot([at - 0.4, at + 2.2], [value, place], color=colour, linewidth=0.7, alpha=0.7)
        axes.text(at + 2.8, place, text, color=colour, fontsize=9, va="center")


def spread(values: Sequence[float], gap: float, bottom: float, top: float) -> list[float]:
    """Sorted values moved so that none is nearer than `gap` to the next, within bottom and top where they fit."""
    places: list[float] = []
    for value in values:
        places.append(max(value, bottom + gap / 2, places[-1] + gap) if places else max(value, bottom + gap / 2))
    limit = top - gap / 2
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], limit)
        limit = places[number] - gap
    return places


# --- a replay -----------------------------------------------------------------------------------------


def draw_equity(title: str, subtitle: str, curve: Sequence[tuple[date, float]], sessions: Sequence[date]) -> bytes:
    """The sum of R on every session of a replay, and how far below its height it was."""
    days = np.array(sorted({*sessions, *(day for day, _ in curve)}), dtype="datetime64[D]")
    total = np.zeros(len(days))
    before = 0.0
    ended = dict(curve)
    for place, day in enumerate(days.tolist()):
        before = total[place] = ended.get(day, before)
    fall = np.minimum(total - np.maximum.accumulate(np.maximum(total, 0.0)), 0.0)
    figure = Figure(figsize=(12, 6.5), dpi=110, facecolor="white")
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 1), "hspace": 0.06})
    figure.subplots_adjust(left=0.06, right=0.985, top=0.88, bottom=0.07)
    figure.text(0.06, 0.945, title, fontsize=15, fontweight="bold", color=INK)
    figure.text(0.06, 0.905, subtitle, fontsize=10, color=FAINT)
    places = np.arange(len(days))
    upper.step(places, total, where="post", color=AVWAP_COLOURS[0], linewidth=1.8)
    upper.axhline(0.0, color=FAINT, linewidth=0.8)
    upper.set_ylabel("sum of R of ended trades", fontsize=9, color=FAINT)
    lower.fill_between(places, fall, 0.0, step="post", color=DOWN, alpha=0.45, linewidth=0)
    lower.set_ylabel("below its height", fontsize=9, color=FAINT)
    plain(upper)
    plain(lower)
    lower.set_xticks(*month_ticks(days))
    return to_png(figure)
