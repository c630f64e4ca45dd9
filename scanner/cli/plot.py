"""Draw one symbol as of the last stored session: candles, volume, anchors, AVWAPs, and the levels of its setup.

Writes scanner/plots/SYMBOL.png in the state directory, in place of the one before.

  scanner plot AAPL
  scanner plot AAPL --sessions 90 --out aapl.png
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gates.base.errors import EXIT_DONE, UsageError
from gates.base.money import show
from gates.base.output import paragraph, say_json
from gates.base.statefile import make_directory, replace
from scanner.bars.panel import FIELDS, Floats, Panel, day_of
from scanner.cli.mark import marked
from scanner.cli.stored import Stored, stored_scan
from scanner.setups.anchors import NAMES, SHORT_WORDS
from scanner.setups.avwap import series_from, turnover
from scanner.setups.scan import Scan
from scanner.wiring import Scanner, open_scanner

SESSIONS = 180
LEAST_SESSIONS, MOST_SESSIONS = 20, 1_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("symbol", metavar="SYMBOL")
    parser.add_argument(
        "--sessions", type=_sessions, default=SESSIONS, metavar="N", help=f"how many, {SESSIONS} unless told"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE.png", help="write the picture there (else into scanner/plots/)"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    scanner = open_scanner(environ)
    if args.out is not None and not args.out.absolute().parent.is_dir():
        raise UsageError(f"--out {args.out}: there is no directory {args.out.absolute().parent}")
    stored = stored_scan(scanner)
    symbol = args.symbol.upper()
    stored.row_of(symbol)
    path = write_chart(scanner, stored, symbol, args.sessions, args.out)
    if args.json:
        say_json({"state_dir": str(scanner.root), "symbol": symbol, "as_of": stored.scan.as_of, "path": str(path),
                  "made_up": bool(stored.mark)})  # fmt: skip
    else:
        paragraph(_verdict(stored, symbol))
        paragraph(marked(f"wrote {path}", stored.mark))
    return EXIT_DONE


def write_chart(
    scanner: Scanner, stored: Stored, symbol: str, sessions: int = SESSIONS, out: Path | None = None
) -> Path:
    path = out or scanner.shelf.root / "plots" / f"{symbol}.png"
    if out is None:
        make_directory(path.parent)
    replace(path, chart(stored, symbol, sessions))
    return path


def chart(stored: Stored, symbol: str, sessions: int) -> bytes:
    """A PNG of the last sessions of one symbol, and what a scan says of it."""
    from scanner.chart import ChartLine, Picture, draw  # matplotlib takes half a second to load

    found, row = stored.scan, stored.row_of(symbol)
    mine = stored.panel.upto(found.as_of).only({symbol})
    shown = mine.upto(found.as_of, sessions)
    on_list = next((one.row for one in found.candidates if one.row.symbol == symbol), None)
    levels = {name: float(getattr(on_list, name)) for name in ("entry", "stop", "target")} if on_list else {}
    return draw(
        Picture(
            title=marked(f"{symbol}  {_price(shown)}  {found.as_of:%A %Y-%m-%d}", stored.mark),
            subtitle=_verdict(stored, symbol),
            days=shown.days,
            **{name: getattr(shown, name)[0] for name in FIELDS},
            lines=[ChartLine(*one) for one in _avwaps(found, mine, row, len(shown.days))],
            levels=levels,
            mark=stored.mark,
        )
    )


def _avwaps(found: Scan, mine: Panel, row: int, sessions: int) -> list[tuple[str, Floats, int]]:
    """Label, values and place of the anchor of each AVWAP; anchors on the same bar are one line."""
    m = found.measures
    money, volume = turnover(mine)
    names: dict[int, list[str]] = {}
    for column, name in enumerate(NAMES):
        if not np.isnan(m.avwap[row, column]):
            day = m.days[m.anchors[row, column]]
            names.setdefault(int(np.searchsorted(mine.days, day)), []).append(SHORT_WORDS[name])
    offset = len(mine.days) - sessions
    lines = []
    for anchor, words in sorted(names.items()):
        values = series_from(money[0], volume[0], anchor)[offset:]
        lines.append((f"{', '.join(words)} ({day_of(mine.days[anchor]):%b %d})", values, anchor - offset))
    return lines


def _verdict(stored: Stored, symbol: str) -> str:
    for one in stored.scan.candidates:
        if one.row.symbol == symbol:
            row = one.row
            levels = f"entry {show(row.entry)}, stop {show(row.stop)}, target {show(row.target)}"
            return f"ON THE LIST: {levels}, score {row.score}; {one.reasons[0]}"
    return f"NOT ON THE LIST: {stored.why_not(stored.row_of(symbol))}"


def _price(shown: Panel) -> str:
    close = shown.close[0, -1]
    return f"{close:.2f}" if not np.isnan(close) else "no bar"


def _sessions(text: str) -> int:
    if not text.isdigit() or not LEAST_SESSIONS <= int(text) <= MOST_SESSIONS:
        raise argparse.ArgumentTypeError(f"{text}: a number from {LEAST_SESSIONS} to {MOST_SESSIONS}")
    return int(text)
