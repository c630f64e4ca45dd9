"""Judges what entries are decided on: settings, the open market, agreeing clocks, a fresh watchlist."""

from __future__ import annotations

from gates.base.sessions import new_york_text
from gates.facts import EntryFacts, Market
from gates.verdict import Verdict, allow, no_data, refuse


def settings(facts: EntryFacts) -> Verdict:
    if facts.settings_mistakes:
        return refuse("settings", f"settings have mistakes ({facts.settings_mistakes})")
    return allow("settings", "settings without mistakes")


def state(facts: EntryFacts) -> Verdict:
    if facts.state_problem is not None:
        return refuse("state", f"state not writable ({facts.state_problem})")
    return allow("state", "state writable")


def market(facts: EntryFacts) -> Verdict:
    """Open by our table; on a session our table does not know, nothing is open."""
    seen = facts.market
    if seen.session is None:
        return no_data("market.no_session", f"session table does not know today (ends {seen.table_ends})")
    if seen.hours_ignored:
        return allow("market", f"market hours ignored, session {seen.session}")
    if not seen.open_by_table:
        return refuse("market.closed", f"market closed (next open {new_york_text(seen.session.opens)})")
    return allow("market", f"session {seen.session} open until {new_york_text(seen.session.closes)}")


def broker_clock(facts: EntryFacts) -> Verdict:
    return clocks_agree(facts.market)


def clocks_agree(seen: Market) -> Verdict:
    """The broker's clock must say the same as our table: open, the same date, almost the same time."""
    if seen.broker_problem is not None:
        return no_data("clock.unavailable", f"broker clock unavailable ({seen.broker_problem})")
    if abs(seen.skew_seconds) > seen.max_skew_seconds:
        return refuse("clock.skew", f"clock skew too large ({seen.skew_seconds:.1f}s, limit {seen.max_skew_seconds}s)")
    if seen.hours_ignored:
        return allow("clock", f"market hours ignored, skew {seen.skew_seconds:.1f}s")
    if seen.session is None or seen.broker_day != str(seen.session):
        if seen.session is not None and not seen.open_by_table and not seen.broker_open:
            return refuse("clock.closed", f"market closed by both clocks (next session {seen.session})")
        return refuse("clock.date", f"broker clock disagrees (broker {seen.broker_day}, session {seen.session})")
    if seen.broker_open is not seen.open_by_table:
        return refuse(
            "clock.open",
            f"broker clock disagrees (broker says {_word(seen.broker_open)}, "
            f"our table says {_word(seen.open_by_table)})",
        )
    return allow("clock", f"broker clock agrees, skew {seen.skew_seconds:.1f}s of {seen.max_skew_seconds}s")


def watchlist(facts: EntryFacts) -> Verdict:
    seen = facts.watchlist
    if seen.problem is not None:
        return refuse("watchlist", seen.problem)
    if facts.market.session is None or seen.session != str(facts.market.session):
        return refuse("watchlist", f"watchlist stale (session {seen.session}, expected {facts.market.session})")
    return allow("watchlist", f"session {seen.session}, {seen.rows} rows")


def near_close(facts: EntryFacts) -> Verdict:
    """Asked while the session is open by our table; the time that is left is sure once the broker's clock agrees."""
    seen, left, limit = facts.market, facts.seconds_to_close, facts.no_entry_before_close_seconds
    if seen.session is None or not (seen.open_by_table or seen.hours_ignored):
        return no_data("near_close.closed", "not known: no session is open")
    if left <= limit:
        return refuse("near_close", f"too close to the close ({left}s left, limit {limit}s)")
    if seen.broker_problem is not None:
        return no_data("near_close.untold", f"not known: {left}s by our own clock, and the broker's gives no answer")
    return allow("near_close", f"{left}s to the close, limit {limit}s")


def _word(is_open: bool) -> str:
    return "open" if is_open else "closed"
