"""Writes what has to be known to read a day's numbers rightly, a sentence each. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from execution.report.curve import Curve
from execution.report.results import realized_in
from execution.report.session import Book, Story
from execution.report.tables import clock, plural, signed, some
from gates.mode import Mode


def notes(story: Story, curve: Curve) -> Iterable[str]:
    decided = story.decided
    if decided.problem is None and decided.first_at is not None:
        late = decided.first_at - story.session.opens
        if late.total_seconds() >= 120:
            yield f"The first decision is of {clock(decided.first_at)}; before it no cycle decided anything."
        if decided.torn:
            yield f"{plural(decided.torn, 'torn line')} in the decision file; what they said is not counted."
    for book in (story.live, story.dry_run):
        yield from _book_notes(book, story)
    if not story.limits_of_the_day and story.book.used is not None:
        yield "The limits shown are those set now; the decisions of the session do not hold them."
    if story.book.used is not None and not story.book.used.whole:
        yield "Caps are counted from our ledger alone; what somebody else holds is not in them."
    for one in story.held:
        if one.difference is not None:
            yield f"{one.symbol}: the ledger holds {one.qty} shares, {one.difference}."
    if story.mode is not Mode.LIVE and story.live.eventful:
        yield "The LIVE ledger has orders, exits or positions too: they are in the tables below."
    for text in curve.left_out:
        yield f"Not in the curve: {text}."
    if curve.not_known and len(curve.points) > 1:
        days = some([str(day) for day in curve.not_known])
        yield f"The curve's sum ends before the first session without a known result: {days}."


def _book_notes(book: Book, story: Story) -> Iterable[str]:
    if book.problem is not None and not book.absent:
        yield f"{book.mode.value} ledger {book.path}: {book.problem}."
    if book.late:
        amount = realized_in(book.late)
        yield (
            f"{plural(len(book.late), 'exit')} of earlier sessions seen first in this one "
            f"({'not known' if amount is None else signed(amount)}); counted on the day it happened."
        )
    if book.adopted:
        names = ", ".join(entry.symbol for entry in book.adopted)
        yield f"Adopted from the broker's record, as after a rebuilt ledger: {names}."
