"""Run the figures, print the table, write it to `results/` and into docs/benchmarks.md.

make bench                              all of them
make bench FIGURES=cycle,gates RUNS=3   some, less often; the others keep what they were last
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from benchmarks import ROOT
from benchmarks.charts import draw
from benchmarks.figures import MODULES, Results
from benchmarks.lab import Lab, WrongResult
from benchmarks.peers import PeerMissing
from benchmarks.report import RESULTS, print_table, put_into_page, slope_words, write


def main(arguments: list[str] | None = None) -> int:
    listed = "\n".join(f"  {name.ljust(10)}{text}" for name, text in MODULES.items())
    parser = argparse.ArgumentParser(
        prog="make bench", description=f"{__doc__}\n{listed}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figures", type=_figures, default=list(MODULES), help="names, comma-separated")
    parser.add_argument("--runs", type=int, default=11, help="how often each is taken (11)")
    parser.add_argument("--small", action="store_true", help="smallest sizes: to try the benchmark itself; not written")
    chosen = parser.parse_args(arguments)
    found = Results()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as scratch:
        for name in chosen.figures:
            _measure(name, Path(scratch), chosen.runs, chosen.small, found)
    print()
    print_table(found.figures)
    for curve in found.curves:
        print(f"\n{curve.title}: {slope_words(curve)}")
        for x, taken in curve.points:
            print(f"  {x:>8,.0f}  {taken.median:10.1f}   {taken.lowest:.1f} to {taken.highest:.1f}")
    for text in found.missing:
        print(f"\nNot measured: {text}")
    code = 1 if found.wrong else 0
    if chosen.small:
        return code
    document = write(found.figures, found.curves, found.missing, chosen.runs)
    for curve in found.curves:
        draw(curve, RESULTS / f"{curve.name}.png")
    put_into_page(document)
    print(f"\nWritten to {RESULTS.relative_to(ROOT)}/ and docs/benchmarks.md")
    return code


def _measure(name: str, scratch: Path, runs: int, small: bool, found: Results) -> None:
    began = time.monotonic()
    print(f"{name}: {MODULES[name]}", file=sys.stderr, flush=True)
    try:
        with Lab(scratch / name, runs, small) as lab:
            lab.scratch.mkdir()
            results: Results = import_module(f"benchmarks.figure_{name}").measure(lab)
    except PeerMissing as missing:
        found.missing.append(str(missing))
        return
    except WrongResult as wrong:
        found.missing.append(f"{name}: {wrong}")
        found.wrong.append(name)
        return
    found.figures += results.figures
    found.curves += results.curves
    found.missing += results.missing
    print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _figures(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()] or list(MODULES)
    strangers = sorted(set(names) - set(MODULES))
    if strangers:
        raise argparse.ArgumentTypeError(f"no figure {', '.join(strangers)}; there are {', '.join(MODULES)}")
    return [name for name in MODULES if name in names]


if __name__ == "__main__":
    sys.exit(main())
