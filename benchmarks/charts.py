"""A PNG for each scaling curve: every run as a point, the medians as a line, the fitted slope beside it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import Curve


def draw(curve: Curve, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawing, axes = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    for x, taken in curve.points:
        axes.plot([x] * len(taken.values), taken.values, ".", color="0.7", markersize=4)
    xs = [x for x, _ in curve.points]
    axes.plot(xs, [taken.median for _, taken in curve.points], "o-", color="tab:blue", label="median")
    axes.plot([], [], ".", color="0.7", label="each run")
    axes.plot([], [], " ", label=f"slope {1000 * curve.slope:.3g} {curve.y_name} per thousand")
    axes.set(title=curve.title, xlabel=curve.x_name, ylabel=curve.y_name)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    drawing.savefig(path, dpi=110)
    pyplot.close(drawing)
