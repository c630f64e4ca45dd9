"""Says what has to be known to read a day's numbers rightly, a sentence each. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from execution.report.curve import Curve
from execution.report.results import realized_in
from execution.report.session import SessionLedger, SessionReport
from execution.report.tables import clock, plural, signed, some
from gates.mode import Mode


def notes(report: SessionReport, curve: Curve) -> Iterable[str]:
    decided = report.decided
    if decided.problem is None and decided.first_at is not None:
        late = decided.first_at - report.session.opens
        if late.total_seconds() >= 120:
            yield f"The first decision is of {clock(decided.first_at)}; before it no cycle decided anything."
        if decided.torn:
            yield f"{plural(decided.torn, 'torn line')} in the decision file; what they said is not counted."
    for ledger in (report.live, report.dry_run):
        yield from _ledger_notes(ledger, report)
    if not report.limits_of_the_day and report.ledger.used is not None:
        yield "The limits shown are those set now; the decisions of the session do not hold them."
    if report.ledger.used is not None and not report.ledger.used.whole:
        yield "Caps are counted from our ledger alone; what another trader holds is not in them."
    for one in report.held:
        if one.difference is not None:
            yield f"{one.symbol}: the ledger holds {one.qty} shares, {one.difference}."
    if report.mode is not Mode.LIVE and report.live.eventful:
        yield "The LIVE ledger has orders, exits or positions too: they are in the tables below."
    for text in curve.left_out:
        yield f"Not in the curve: {text}."
    if curve.not_known and len(curve.points) > 1:
        days = some([str(day) for day in curve.not_known])
        yield f"The curve's sum ends before the first session without a known result: {days}."


def _ledger_notes(ledger: SessionLedger, report: SessionReport) -> Iterable[str]:
    if ledger.problem is not None and not ledger.absent:
        yield f"{ledger.mode.value} ledger {ledger.path}: {ledger.problem}."
    if ledger.late:
        amount = realized_in(ledger.late)
        yield (
            f"{plural(len(ledger.late), 'exit')} of earlier sessions seen first in this one "
            f"({'not known' if amount is None else signed(amount)}); counted on the day it happened."
        )
    if ledger.adopted:
        names = ", ".join(entry.symbol for entry in ledger.adopted)
        yield f"Adopted from the broker's record, as after a rebuilt ledger: {names}."
