"""Explains what the next cycle would do with one symbol, and every reason why it would do nothing.

It goes by the same look and the same plan as the cycle, also while the market is closed, and writes nothing.
"""

from __future__ import annotations

from execution.ledger.day import Entry
from execution.planning.plan import Approved, Plan, Refused
from execution.planning.rows import NO_PLAN, plan_rows
from execution.service import Service
from execution.view.look import Look, look_without_writing
from gates.base.money import show
from gates.base.record import dataclass
from gates.catalog import STANDING_GATES
from gates.mode import Mode
from gates.verdict import Answer, refusals

PROGRESS = frozenset(gate.name for gate in STANDING_GATES)


@dataclass(frozen=True, slots=True)
class SymbolExplained:
    """Holds what was seen and planned, the symbol's entries of today, and why nothing would be ordered.

    Without a reason `planned` is what the next cycle would order. It is None where no row could be planned at all, or
    the symbol is in no row.
    """

    symbol: str
    seen: Look
    is_listed: bool
    planned: Approved | Refused | None
    entries: tuple[Entry, ...]
    reasons: tuple[str, ...]


def explain_symbol(service: Service, symbol: str) -> SymbolExplained:
    """Look once, plan every row of the list, and say what came of this symbol's."""
    seen, broker = look_without_writing(service)
    plan = plan_rows(service, seen, broker, seen.rows) if broker is not None else NO_PLAN
    return explain_plan(seen, plan, symbol)


def explain_plan(seen: Look, plan: Plan, symbol: str) -> SymbolExplained:
    listed = any(row.symbol == symbol for row in seen.rows)
    every: tuple[Approved | Refused, ...] = (*plan.approved, *plan.refused)
    planned = next((one for one in every if one.symbol == symbol), None)
    entries = tuple(entry for entry in seen.ledger.everything() if entry.symbol == symbol) if seen.ledger else ()
    reasons = _reasons(seen, planned) if listed else _reasons_of_the_unlisted(seen, symbol)
    return SymbolExplained(symbol, seen, listed, planned, entries, tuple(dict.fromkeys(reasons)))


def conclusion(explained: SymbolExplained) -> str:
    """One sentence: what would happen, or every reason why nothing does."""
    planned = explained.planned
    if explained.reasons or not isinstance(planned, Approved):
        return "No. " + "; ".join(explained.reasons)
    where = "submitted to the broker" if explained.seen.mode is Mode.LIVE else "recorded in the dry-run ledger"
    return f"Yes. The next cycle would have {planned.request.qty} shares at {show(planned.request.limit_price)} {where}"


def _reasons_of_the_unlisted(seen: Look, symbol: str) -> list[str]:
    """The list's own problem is said once, in the place of its gate's reason."""
    others = [answer.verdict.reason for answer in refusals(seen.entry_answers) if answer.gate != "watchlist"]
    return [seen.watchlist.problem or f"{symbol} is not on the watchlist of session {seen.watchlist.session}", *others]


def _reasons(seen: Look, planned: Approved | Refused | None) -> list[str]:
    against: tuple[Answer, ...] = tuple(refusals(planned.answers)) if planned is not None else ()
    # a row that stands no chance is not priced, so what its prices would say is noise
    said = tuple(answer for answer in against if answer.gate in PROGRESS) or against
    return [answer.verdict.reason for answer in (*refusals(seen.entry_answers), *said)]
