"""Draws the equity curve as a PNG: a bar per session, a line for their sum.

Drawn without a screen; the plotting library is loaded here, when a picture is asked for, and never
on a cycle's way. Floats begin and end in this module.
"""

from __future__ import annotations

from io import BytesIO

from execution.report.curve import Curve
from execution.report.tables import plural
from gates.base.draw import own_defaults

GAIN, LOSS, LINE, INK = "#2e8b57", "#c0392b", "#4a86d8", "#7a7f87"
MOST_LABELS = 6
MOST_MARKS = 40


def draw(curve: Curve, *, on_white: bool) -> bytes:
    """`on_white` for a chat; else see-through, in colours that stand on a light and on a dark page."""
    with own_defaults():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=(6.4, 3.2), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    places = list(range(len(curve.points)))
    totals = [float(point.total) for point in curve.points if point.total is not None]
    daily = [float("nan") if point.realized is None else float(point.realized) for point in curve.points]
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.bar(places, daily, width=0.6, color=[GAIN if one >= 0 else LOSS for one in daily], alpha=0.75, zorder=2)
    marker = "o" if len(places) <= MOST_MARKS else ""
    axes.plot(places[: len(totals)], totals, color=LINE, linewidth=2, marker=marker, zorder=3)
    for place in (place for place, point in enumerate(curve.points) if point.realized is None):
        axes.text(place, 0, "?", color=INK, fontsize=11, ha="center", va="bottom")
    step = max(1, -(-len(places) // MOST_LABELS))
    shown = places[::-1][::step]  # counted from the newest, which is the one that matters
    days = [curve.points[place].day for place in shown]
    form = "%b %d" if days[0].year == days[-1].year else "%b %d\n%Y"
    axes.set_xticks(shown, [f"{day:{form}}" for day in days])
    axes.set_xlim(-0.6, max(places[-1] + 0.6, 3.4))
    axes.margins(y=0.18)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.grid(axis="y", color=INK, alpha=0.2, linewidth=0.6)
    axes.tick_params(colors=INK, length=0, labelsize=11)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_title(caption(curve), color=INK, fontsize=11, loc="left")
    picture = BytesIO()
    figure.savefig(picture, format="png", transparent=not on_white, facecolor="white" if on_white else "none")
    return picture.getvalue()


def caption(curve: Curve) -> str:
    """With the sum in it, where no line can run through the number."""
    held = plural(len(curve.points), "session")
    if curve.total is None:
        not_known = f", {len(curve.not_known)} of them not known" if curve.not_known else ""
        without = f", without {plural(len(curve.left_out), 'ledger')} that cannot be read" if curve.left_out else ""
        return f"Realised in {held}{not_known}{without}"
    amount = f"${curve.total:+,.2f}".replace("$+", "+$").replace("$-", "-$")
    return f"Realised {amount} in {held} (bars: each, line: sum)"
