"""When the broker was asked and when it had answered stands in what is new, and in nothing else."""

from __future__ import annotations

import msgspec
from support.trading import NOW, S, entry, later, ledger, protection

from execution.ledger.day import Entry, Event, Protection, moved
from execution.ledger.moments import Answered, entry_with_moments, with_moments

ANSWERED = Answered(NOW, later(2))


def told(event: Event) -> Event:
    return msgspec.structs.replace(event, asked_at=NOW, answered_at=later(2))


def grown(pair: Protection) -> Protection:
    return msgspec.structs.replace(pair, history=(*pair.history, Event(NOW, S.FILLED)))


def test_what_is_new_of_an_entry_bears_both_moments() -> None:
    old = entry(status=S.SUBMITTED)
    new = moved(moved(old, S.WORKING, NOW), S.FILLED, later(1))
    after = entry_with_moments(old, new, ANSWERED)
    assert after.history == (*old.history, told(new.history[-2]), told(new.history[-1]))
    assert msgspec.structs.replace(after, history=new.history) == new


def test_what_is_not_new_stays_as_it_was() -> None:
    old = entry(status=S.SUBMITTED)
    assert entry_with_moments(old, old, ANSWERED) is old
    changed = msgspec.structs.replace(old, order_id="other")
    assert entry_with_moments(old, changed, ANSWERED) == changed


def test_an_entry_that_is_new_bears_them_from_its_first_event_on() -> None:
    new = entry(status=S.WORKING)
    assert entry_with_moments(None, new, ANSWERED).history == tuple(map(told, new.history))


def test_protections_bear_them_too_a_new_one_from_its_beginning() -> None:
    old = entry(filled=4, status=S.CANCELLED, protections=(protection(),))
    other = msgspec.structs.replace(protection(), client_order_id="avx-20261120-AAPL-protect-2")
    new = msgspec.structs.replace(old, protections=(grown(protection()), other))
    first, second = entry_with_moments(old, new, ANSWERED).protections
    assert first.history == (*protection().history, told(Event(NOW, S.FILLED)))
    assert second.history == tuple(map(told, other.history))
    (only,) = entry_with_moments(None, old, ANSWERED).protections
    assert only.history == tuple(map(told, protection().history))


def test_a_ledger_is_gone_through_wherever_its_entries_stand() -> None:
    held, sent, new = entry("KO", S.FILLED, filled=4), entry("AAPL", S.SUBMITTED), entry("IBM", S.WORKING)
    before = ledger(sent, carried=(held,))
    after = ledger(moved(sent, S.WORKING, NOW), new, carried=(held,))
    found = with_moments(before, after, ANSWERED)
    assert found.carried == (held,)
    assert found.entries == tuple(
        entry_with_moments(one, two, ANSWERED) for one, two in zip((sent, None), after.entries, strict=True)
    )
    assert with_moments(before, before, ANSWERED) == before


def test_a_moment_that_is_not_known_is_left_out() -> None:
    old: Entry = entry(status=S.SUBMITTED)
    (event,) = entry_with_moments(old, moved(old, S.WORKING, NOW), Answered(None, NOW)).history[2:]
    assert (event.asked_at, event.answered_at) == (None, NOW)
