"""Makes the journal's lines, as text. Pure; people grep them, so their shape is a contract.

The mode line gives the first failing reason in the catalog's order, and every further failing gate
gets a line of its own, so that clearing one switch never hides the next.
"""

from __future__ import annotations

from collections.abc import Iterable

from execution.ledger.day import Entry
from execution.orders import OrderStatus
from execution.planning.plan import Approved, Plan, Refused
from gates.base.money import show, show_cap
from gates.exposure import allowlist_text
from gates.facts import Caps
from gates.mode import LIVE_REASON, Mode, entries_verdict, mode_of
from gates.verdict import Answer, Status, Verdict, refusals, strictest

EVERYDAY = frozenset({"dry_run", "live_trading"})
"""Mode refusals an operator chose; they surprise no operator and are logged without a warning."""
WATCHLIST = "watchlist"
"""The gate whose line is printed whatever it says."""


def mode_line(answers: tuple[Answer, ...]) -> str:
    verdict = strictest(answers, LIVE_REASON)
    return f"Gate mode={mode_of(answers).value} {_said(verdict)}"


def further(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Each failing gate after the one that the summary line already names."""
    return refusals(answers)[1:]


def gate_line(answer: Answer) -> str:
    return f"Gate {answer.gate} {_said(answer.verdict)}"


def allowlist_line(symbols: frozenset[str] | None) -> str:
    return f"Gate allowlist={allowlist_text(symbols)}"


def caps_line(caps: Caps) -> str:
    return (
        f"Gate caps(orders/day={caps.orders_per_day}, positions={caps.positions}, "
        f"gross_notional={show_cap(caps.gross_notional)}, per_symbol={show_cap(caps.per_symbol)})"
    )


def watchlist_line(answers: Iterable[Answer]) -> str:
    verdict = next(answer.verdict for answer in answers if answer.gate == WATCHLIST)
    return f"Gate watchlist {_said(verdict)}"


def entries_line(answers: tuple[Answer, ...]) -> str:
    return f"Gate entries {_said(entries_verdict(answers))}"


def entries_words(mode: Mode, answers: tuple[Answer, ...]) -> str:
    """Open means that orders may leave; in DRY_RUN the same Yes lets a rehearsal go on."""
    verdict = entries_verdict(answers)
    if not verdict.passed:
        return f"closed: {verdict.reason}"
    return f"{'open' if mode is Mode.LIVE else 'rehearsal goes on, no order leaves'}: {verdict.reason}"


def refused_line(refused: Refused) -> str:
    return f"Gate order {refused.symbol} {_said(refused.verdict)} code={refused.verdict.code}"


def approved_line(approved: Approved) -> str:
    request = approved.request
    return (
        f"Gate order {approved.symbol} status=PASS reason={len(approved.answers)} order gates pass, "
        f"{request.qty} shares at {show(request.limit_price)}{', sent again' if approved.resent else ''} code=ok"
    )


def plan_line(plan: Plan) -> str:
    waiting = sum(1 for refused in plan.refused if refused.waiting)
    rows = len(plan.approved) + len(plan.refused)
    refused = len(plan.refused) - waiting
    return f"Plan rows={rows} approved={len(plan.approved)} refused={refused} waiting={waiting}"


def sent_line(entry: Entry) -> str:
    """What became of an intent right after its turn."""
    last = entry.history[-1].note
    named = f"client_order_id={entry.client_order_id}"
    if entry.status is OrderStatus.NOT_SENT:
        return f"NOT SENT {entry.symbol}: reason={last} {named}"
    if entry.status is OrderStatus.UNKNOWN:
        return f"UNKNOWN {entry.symbol}: reason={last} {named}; the next cycles look again"
    if entry.status is OrderStatus.REJECTED:
        return f"REJECTED {entry.symbol}: reason={last} {named}"
    return (
        f"SUBMITTED {entry.symbol}: qty={entry.qty} limit={show(entry.limit_price)} "
        f"notional={show(entry.notional)} order_id={entry.order_id} {named}"
    )


def _said(verdict: Verdict) -> str:
    """The journal has two words, which people grep: what could not be asked is a FAIL, and its reason says so."""
    status = Status.PASS if verdict.passed else Status.FAIL
    return f"status={status.value} reason={verdict.reason}"
