"""Reads the list of exactly the session that is traded, or says why there is none. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date

from execution.service import Service
from gates.base import below
from gates.base.sessions import Session
from gates.base.statefile import StateMissing, StateUnreadable
from gates.facts import WatchlistFacts
from scanner.watchlist import Row, load_watchlist


def read_watchlist(service: Service, session: Session | None) -> tuple[WatchlistFacts, tuple[Row, ...]]:
    """The list of exactly this session, or why there is none."""
    if session is None:
        return WatchlistFacts("watchlist not looked for (no session)", "none", 0), ()
    path = service.state.watchlist(session.day)
    try:
        watchlist = load_watchlist(path)
    except StateMissing:
        return WatchlistFacts(_no_list(service, session), str(session), 0), ()
    except StateUnreadable as broken:
        return WatchlistFacts(f"watchlist unreadable ({path.name}: {broken.what})", str(session), 0), ()
    if watchlist.session != session.day:
        return WatchlistFacts(_stale(watchlist.session, session), str(session), 0), ()
    if watchlist.is_made_up and not service.on_simulator:
        return WatchlistFacts("watchlist made of sample bars (for the simulated broker only)", str(session), 0), ()
    return WatchlistFacts(None, str(session), len(watchlist.rows)), watchlist.rows


def _no_list(service: Service, session: Session) -> str:
    """Name the newest list there is, because 'stale' with both dates is what the operator needs."""
    days = sorted(_days(path.stem for path in below.paths(service.state.watchlists, ".json")))
    earlier = [day for day in days if day < session.day]
    if earlier:
        return _stale(earlier[-1], session)
    later = [day for day in days if day > session.day]
    return _stale(later[0], session) if later else f"watchlist missing (expected {session})"


def _days(names: Iterable[str]) -> Iterator[date]:
    """The sessions that these names are; a file of another name is no list of a session."""
    for name in names:
        with suppress(ValueError):
            day = date.fromisoformat(name)
            if name == str(day):
                yield day


def _stale(found: date, session: Session) -> str:
    word = "stale" if found < session.day else "of a later session"
    return f"watchlist {word} (session {found}, expected {session})"
