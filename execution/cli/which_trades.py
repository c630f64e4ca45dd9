"""Names which trades are asked for; what `trades` and `performance` share."""

from __future__ import annotations

import argparse
from datetime import date

from execution.results.book import Book, Wanted, read_book
from execution.results.holding import HeldTime, held_time
from execution.results.trade import Trade, TradeState
from execution.service import Service
from gates.base.errors import UsageError
from gates.mode import Mode

MODES = {"live": Mode.LIVE, "dry-run": Mode.DRY_RUN}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="DATE", help="trades made in this session or later (else all)")
    parser.add_argument("--mode", choices=MODES, default="live", help="of which ledger (live)")


def wanted_trades(args: argparse.Namespace) -> Wanted:
    return Wanted(MODES[args.mode], day("--since", args.since) if args.since else date.min)


def day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: write a date such as 2026-11-20") from None


def read(service: Service, args: argparse.Namespace) -> Book:
    return read_book(service.state, service.table, wanted_trades(args))


def time_held(service: Service, trade: Trade) -> HeldTime | None:
    """Until it ended, or until now."""
    until = service.clock.now() if trade.state is TradeState.OPEN else trade.closed_at
    return held_time(service.table, trade.opened_at, until)


def span(book: Book) -> str:
    """`2 sessions, 2026-11-19 to 2026-11-20`"""
    if not book.sessions:
        return "no session"
    first, last = book.sessions[0], book.sessions[-1]
    return f"session {first}" if first == last else f"{len(book.sessions)} sessions, {first} to {last}"
