"""Runs the scanner's morning, start to end: the only place that puts its steps in order.

    session table -> session -> universe -> bars -> fresh? covered? -> scan -> artifacts

Whatever cannot be vouched for ends it with its reason, and no list is written: yesterday's list stays,
is stale by its own date, and opens nothing. A list on which no symbol qualified is a list.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from gates.base.errors import EXIT_NOT_FINISHED, OperatorError, Unreachable
from gates.base.locks import only_one
from gates.base.record import dataclass
from gates.base.sessions import Session, SessionTable, new_york_text
from gates.base.statefile import StateMissing, StateUnreadable
from scanner import calendar, universe
from scanner.artifacts import Artifacts, check_replaceable, write
from scanner.bars import store
from scanner.bars.panel import Panel
from scanner.bars.source import BarsSource
from scanner.bars.update import UpdateReport, WantedBars, update
from scanner.progress import progress
from scanner.setups.scan import RegimeUnknown, Scan, scan
from scanner.universe import Universe, UniverseRefused
from scanner.watchlist import Watchlist
from scanner.wiring import Scanner

NAMES_SHOWN = 8
FINAL_AFTER = timedelta(minutes=30)
"""So long after the close a session's bars hold all of it: the feed is told a quarter of an hour late, and the
closing auction comes last."""


class ScanRefused(OperatorError):
    """Says why there is no list today."""

    exit_code = EXIT_NOT_FINISHED


@dataclass(frozen=True, slots=True, eq=False)
class Morning:
    """What a run did."""

    session: Session
    universe: Universe
    report: UpdateReport
    panel: Panel
    scan: Scan
    watchlist: Watchlist
    artifacts: Artifacts


def run(scanner: Scanner, *, offline: bool = False, force: bool = False) -> Morning:
    """Run one scan. `offline` asks no source and uses what is stored; `force` writes over a list made by hand."""
    with only_one(scanner.lock):
        table = fresh_table(scanner)
        session, as_of = scanner.session_and_as_of(table)
        check_final(scanner, as_of)
        artifacts = Artifacts(scanner.root, session.day)
        check_replaceable(artifacts, force)
        source = scanner.source(table)
        stocks = current_universe(scanner, source, as_of, offline=offline)
        panel, report = bars(scanner, source, table, stocks, as_of, offline=offline)
        check_reach(panel, as_of)
        check_coverage(scanner, panel, stocks, as_of, report)
        found = scan_now(scanner, panel, stocks, report)
        check_replaceable(artifacts, force)  # one may have been imported in the meantime
        made_at = store.load_origin(scanner.shelf.bars).updated_at
        watchlist = write(artifacts, found, source.name, made_at, stocks.symbols)
        return Morning(session, stocks, report, panel, found, watchlist, artifacts)


def fresh_table(scanner: Scanner) -> SessionTable:
    """sessions.json, refreshed when the calendar package knows more than it does."""
    now = scanner.clock.now()
    if not calendar.is_current(scanner.sessions, now):
        try:
            for line in calendar.refresh(scanner.sessions, now.year + 1, now):
                scanner.journal.info(line)
        except calendar.CalendarOdd as odd:
            scanner.journal.warning(f"session table not refreshed: {odd}")
    return scanner.table()


def current_universe(scanner: Scanner, source: BarsSource, as_of: Session, *, offline: bool) -> Universe:
    """The stored one, refreshed when it is old; when that fails, the last good one with its age said."""
    now = scanner.clock.now()
    kept = stored_universe(scanner)
    oldest = timedelta(days=scanner.settings.universe_days)
    if kept is not None and (offline or (now - kept.refreshed_at < oldest and fits(scanner, kept))):
        return kept
    if offline:
        raise ScanRefused(f"no universe in {scanner.universe}; say `scanner universe refresh`")
    try:
        return refresh_universe(scanner, source, as_of, kept, accept_shrink=False)
    except (Unreachable, UniverseRefused) as failed:
        if kept is None or not fits(scanner, kept):
            raise
        days = kept.age_days(now)
        scanner.journal.warning(f"universe not refreshed: {failed}; using the one of {days} days ago")
        return kept


def stored_universe(scanner: Scanner) -> Universe | None:
    try:
        return universe.load(scanner.universe)
    except StateMissing:
        return None
    except StateUnreadable as broken:
        scanner.journal.warning(f"{broken}; it is made again")
        return None


def fits(scanner: Scanner, kept: Universe) -> bool:
    """Whether a universe is of the kind that is configured now: made-up symbols are no stocks, and a fund's
    holdings are not the most traded assets."""
    if scanner.settings.holdings or kept.source.startswith(universe.HOLDINGS):
        return bool(scanner.settings.holdings) and kept.source.startswith(universe.HOLDINGS)
    return kept.source.startswith("sample") is (scanner.settings.source == "sample")


def refresh_universe(
    scanner: Scanner, source: BarsSource, as_of: Session, before: Universe | None, *, accept_shrink: bool
) -> Universe:
    chosen = scanner.settings
    if chosen.holdings:
        found = universe.from_holdings(chosen.holdings, source)
    else:
        with progress("turnover", scanner.journal.info) as tell:
            found = universe.from_assets(source, chosen.exchanges, chosen.universe_size, as_of.day, tell)
    if not accept_shrink and (before is None or fits(scanner, before)):
        universe.check_shrink(before, found)
    saved = universe.save(scanner.universe, found, scanner.clock.now())
    scanner.journal.info(f"universe refreshed: {len(saved.symbols):,} stocks from {saved.source}")
    if found.left_out:
        scanner.journal.info(f"left out {len(found.left_out)}: {some_of(found.left_out)}")
    return saved


def bars(
    scanner: Scanner, source: BarsSource, table: SessionTable, stocks: Universe, as_of: Session, *, offline: bool
) -> tuple[Panel, UpdateReport]:
    """Bars of the universe and of the regime's symbol through the last completed session."""
    chosen = scanner.settings
    if offline:
        panel, origin = store.load(scanner.shelf.bars)
        if origin.source != source.name:
            raise ScanRefused(f"stored bars are of {origin.source}, want {source.name}")
        old = {symbol: f"asked through {day}" for symbol, day in origin.through.items() if day < as_of.day}
        return panel.upto(as_of.day, chosen.history_sessions), UpdateReport(failed=old)
    first = table.first_day
    wanted = WantedBars(
        frozenset({*stocks.symbols, chosen.thresholds.regime_symbol}),
        chosen.history_sessions,
        as_of.day,
        lambda day: table.on(day) is not None if first is not None and day >= first else day.weekday() < 5,
    )
    with progress("bars", scanner.journal.info) as tell:
        panel, report = update(scanner.shelf, source, wanted, scanner.clock.now(), tell)
    say_report(scanner, report)
    return panel, report


def say_report(scanner: Scanner, report: UpdateReport) -> None:
    journal = scanner.journal
    if report.put_aside:
        journal.warning(report.put_aside)
    if report.restated:
        journal.info(f"history restated, fetched anew: {', '.join(report.restated[:NAMES_SHOWN])}")
    if report.odd:
        journal.warning(f"{sum(report.odd.values())} bars that can be none were left out: {some_of(report.odd)}")
    if report.failed:
        journal.warning(f"no answer about {len(report.failed)}: {some_of(report.failed)}")


def check_final(scanner: Scanner, as_of: Session) -> None:
    """A session that has just closed is neither scanned nor stored: its bars would be of a part of the day."""
    final = as_of.closes + FINAL_AFTER
    if scanner.settings.source == "alpaca" and scanner.clock.now() < final:
        raise ScanRefused(f"bars of {as_of} are not final before {new_york_text(final)}; nothing is asked or written")


def check_reach(panel: Panel, as_of: Session) -> None:
    if panel.last_day != as_of.day:
        ends = f"bars end {panel.last_day}" if panel.last_day else "there are no bars"
        raise ScanRefused(f"{ends}, the last completed session is {as_of}; no list is written")


def check_coverage(scanner: Scanner, panel: Panel, stocks: Universe, as_of: Session, report: UpdateReport) -> None:
    have = {symbol for symbol, close in zip(panel.symbols, panel.close[:, -1], strict=True) if not np.isnan(close)}
    have -= report.failed.keys()  # what is stored of them was not confirmed, and may be from before a split
    missing = sorted(stocks.symbols.keys() - have)
    share = 100.0 * (1.0 - len(missing) / len(stocks.symbols))
    if share < float(scanner.settings.min_coverage_pct):
        why = {symbol: report.failed.get(symbol, f"no bar on {as_of}") for symbol in missing}
        raise ScanRefused(
            f"coverage {share:.1f} % ({len(stocks.symbols) - len(missing):,} of {len(stocks.symbols):,} stocks have a "
            f"bar on {as_of}), want {scanner.settings.min_coverage_pct} %; missing {some_of(why)}; no list is written"
        )


def scan_now(scanner: Scanner, panel: Panel, stocks: Universe, report: UpdateReport) -> Scan:
    chosen = scanner.settings
    index = chosen.thresholds.regime_symbol
    try:
        if index in report.failed:
            raise RegimeUnknown(f"{index}: {report.failed[index]}")
        return scan(panel, chosen.thresholds, stocks.symbols.keys() - report.failed.keys(), chosen.max_rows)
    except RegimeUnknown as unknown:
        raise ScanRefused(f"regime unknown ({unknown}); no list is written") from None


def some_of(named: dict[str, str] | dict[str, int]) -> str:
    """The first few with their reasons, and how many more there are."""
    shown = [f"{name} ({what})" for name, what in list(named.items())[:NAMES_SHOWN]]
    more = len(named) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
