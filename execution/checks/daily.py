"""Asks the runbook's daily lists, before the open and after the close, about the session's traces."""

from __future__ import annotations

from decimal import Decimal

from execution.checks.facts import Facts
from execution.checks.finding import Finding, failed, need, no_data, passed, warning
from execution.ledger.day import Ledger
from execution.orders import UNRESOLVED, parse_name
from execution.report.results import BEYOND, beyond, realized_in, without_result
from gates.base.money import show
from gates.base.sessions import new_york_text
from gates.mode import Mode, mode_reason

ZERO = Decimal(0)


def last_ledger(facts: Facts) -> Finding:
    """What the live ledger of the last finished session holds, and what of it is not over."""
    ledger = need(facts.finished)
    doubt = [entry.client_order_id for entry in ledger.everything() if entry.status in UNRESOLVED]
    if doubt:
        return failed(
            f"{_story(ledger)}; in doubt: {', '.join(doubt)}", "`execution ledger show`, then settle each of them"
        )
    if sold := beyond(ledger.exits):
        return warning(f"{_story(ledger)}; sold {BEYOND}: {sold}", "look at the position on the broker's own page")
    return passed(_story(ledger))


def session_over(facts: Facts) -> Finding:
    opened = facts.pulse.opened
    if opened is not None:
        return warning(
            f"session {opened} is open until {new_york_text(opened.closes)}", "run this again after the close"
        )
    if facts.closed_session is None:
        return no_data("no session known")
    return passed(f"session {facts.closed_session} is over")


def nothing_rests(facts: Facts) -> Finding:
    """No entry of ours still works at the broker after the close."""
    view = need(facts.look).view
    if view.orders_problem is not None:
        return no_data(f"broker's orders not known ({view.orders_problem})", "see the check `broker`")
    if facts.pulse.opened is not None:
        return no_data("the session is still open; entries may work")
    names = [(order.client_order_id, parse_name(order.client_order_id)) for order in view.open_orders]
    resting = [ident for ident, name in names if name is not None and name.leg == "entry"]
    if resting:
        return failed(f"{len(resting)} entries rest overnight (limit 0): {', '.join(resting)}", "`execution sweep`")
    return passed("0 entries of ours rest at the broker (limit 0)")


def live_is_off(facts: Facts) -> Finding:
    """LIVE must not be left on overnight by accident."""
    look = need(facts.look)
    if facts.pulse.opened is not None:
        return no_data(f"the session is still open; mode {look.mode.value}")
    if look.mode is Mode.LIVE:
        return failed(
            "LIVE is armed for the next session", "`execution disarm`, unless you mean it; and DRY_RUN=1 again"
        )
    reason = mode_reason(look.mode_answers)
    if facts.settings.live_trading and not facts.settings.dry_run:
        return warning(
            f"DRY_RUN by the gates ({reason}), but LIVE_TRADING is on and DRY_RUN off", "set DRY_RUN=1 again"
        )
    return passed(f"DRY_RUN: {reason}")


def summary_told(facts: Facts) -> Finding:
    closed, seen = facts.closed_session, need(facts.told)
    if closed is None:
        return no_data("the session table does not know the last session")
    if seen.summary_of is None or seen.summary_of < closed.day:
        return warning(
            f"summary of {closed} not told yet (last: {seen.summary_of or 'none'})", "`execution summary --send`"
        )
    return passed(f"summary of {seen.summary_of} told")


def _story(ledger: Ledger) -> str:
    filled = sum(1 for entry in ledger.entries if entry.filled_qty > 0)
    notional = sum((entry.counted_notional for entry in ledger.entries), ZERO)
    realized = realized_in(ledger.exits)
    result = (
        f"not known ({without_result(ledger.exits)} without a known result)" if realized is None else show(realized)
    )
    held = sum(1 for entry in ledger.everything() if entry.held_qty > 0)
    return (
        f"live ledger of {ledger.date_ny}: {len(ledger.entries)} orders ({filled} filled), notional {show(notional)}, "
        f"{len(ledger.exits)} exits, realized {result}, {held} still held"
    )
