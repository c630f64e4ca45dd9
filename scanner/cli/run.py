"""Refresh the bars of all stocks, find setups, and write the watchlist of the session about to be traded.

Writes watchlists/<session>.json, daily_candidates.csv and tradingview_watchlist.txt. What cannot be
vouched for (bars that do not reach the last session, too few stocks with a bar, an unknown market) ends
it with exit 1 and no list; an empty list because nothing qualified is a list.

  scanner run               with a key from Alpaca, else from the built-in sample market
  scanner run --offline     from what is stored, with no request to another host
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from gates.base.errors import EXIT_DONE
from gates.base.output import pairs, paragraph, say, say_json
from scanner.cli.mark import mark_of, say_mark
from scanner.cli.show import say_rows
from scanner.morning import Morning, run, some_of
from scanner.wiring import Scanner, open_scanner

SHOWN = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offline", action="store_true", help="use stored bars and universe, make no request")
    parser.add_argument("--replace", action="store_true", help="also write over a list that was imported by hand")
    parser.add_argument("--plots", action="store_true", help="a chart of each candidate shown, in scanner/plots/")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    scanner = open_scanner(environ)
    morning = run(scanner, offline=args.offline, force=args.replace)
    plots = _plots(scanner, morning) if args.plots else []
    if args.json:
        say_json(_document(scanner, morning, plots))
    else:
        _say(scanner, morning, plots)
    return EXIT_DONE


def _plots(scanner: Scanner, morning: Morning) -> list[str]:
    from scanner.cli.plot import write_chart
    from scanner.cli.stored import Stored

    stored = Stored(morning.panel, morning.scan, mark_of(morning.watchlist.source))
    rows = [candidate.row.symbol for candidate in morning.scan.candidates[:SHOWN]]
    return [str(write_chart(scanner, stored, symbol)) for symbol in rows]


def _document(scanner: Scanner, morning: Morning, plots: list[str]) -> dict[str, object]:
    found = morning.scan
    return {
        "state_dir": str(scanner.root),
        "session": morning.session.day,
        "as_of": found.as_of,
        "watchlist": str(morning.artifacts.watchlist),
        "made_up": bool(mark_of(morning.watchlist.source)),
        "rows": len(found.candidates),
        "qualified": found.qualified,
        "universe": len(morning.universe.symbols),
        "with_bars": found.with_bars,
        "regime": str(found.regime),
        "refused_by": found.refusals(),
        "requests": morning.report.requests,
        "bars_fetched": morning.report.bars,
        "restated": morning.report.restated,
        "failed": morning.report.failed,
        "plots": plots,
    }


def _say(scanner: Scanner, morning: Morning, plots: list[str]) -> None:
    found, report, stocks = morning.scan, morning.report, morning.universe
    age = stocks.age_days(scanner.clock.now())
    share = 100.0 * found.with_bars / len(stocks.symbols)
    say()
    say_mark(mark_of(morning.watchlist.source))
    pairs(
        [
            ("session", f"{morning.session}, bars through {found.as_of}"),
            ("universe", f"{len(stocks.symbols):,} stocks from {stocks.source}, {age} days old"),
            ("bars", f"{report.bars:,} fetched in {report.requests} requests{_restated(report.restated)}"),
            ("coverage", f"{found.with_bars:,} of {len(stocks.symbols):,} ({share:.1f} %)"),
            ("regime", str(found.regime)),
            ("turned away", ", ".join(f"{name} {count:,}" for name, count in found.refusals().items() if count)),
            ("list", f"{len(found.candidates)} of {found.qualified:,} that qualify"),
        ]
    )
    if report.failed:
        pairs([("no answer", some_of(report.failed))])
    say()
    say_rows([candidate.row for candidate in found.candidates[:SHOWN]])
    more = len(found.candidates) - SHOWN
    if more > 0:
        say(f"and {more} more: scanner show")
    say()
    artifacts = morning.artifacts
    for path in (artifacts.watchlist, artifacts.candidates, artifacts.tradingview, *plots):
        paragraph(f"wrote {path}")


def _restated(symbols: list[str]) -> str:
    return f", {len(symbols)} restated" if symbols else ""
