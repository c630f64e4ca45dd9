"""Whether what we remember can be trusted: ledger, account, positions, orders in doubt."""

from __future__ import annotations

from gates.facts import EntryFacts, ModeFacts
from gates.verdict import Verdict, allow, refuse


def live_ledger(facts: ModeFacts) -> Verdict:
    if facts.ledger_problem is not None:
        return refuse("ledger", f"ledger unavailable ({facts.ledger_problem})")
    return allow("ledger", "live ledger readable")


def same_account(facts: ModeFacts | EntryFacts) -> Verdict:
    """The account this state dir is bound to. An account nobody could read is the next gate's No."""
    if facts.account_mismatch is not None:
        return refuse("account.mismatch", f"account mismatch ({facts.account_mismatch})")
    return allow("account.same", "account is the bound one")


def positions(facts: ModeFacts | EntryFacts) -> Verdict:
    if facts.positions_problem is not None:
        return refuse("positions", f"positions unavailable ({facts.positions_problem})")
    return allow("positions", "positions read")


def account(facts: ModeFacts | EntryFacts) -> Verdict:
    if facts.account_problem is not None:
        return refuse("account", f"account unavailable ({facts.account_problem})")
    return allow("account", "account read")


def account_active(facts: EntryFacts) -> Verdict:
    if facts.account_blocked is not None:
        return refuse("account.blocked", f"account blocked ({facts.account_blocked})")
    return allow("account.blocked", "account active")


def orders(facts: EntryFacts) -> Verdict:
    """Without the broker's list of today's orders the caps cannot be counted."""
    if facts.orders_problem is not None:
        return refuse("orders", f"orders unavailable ({facts.orders_problem})")
    return allow("orders", "today's orders read")


def mode_ledger(facts: EntryFacts) -> Verdict:
    """The ledger of the mode in force must take this cycle's intents."""
    if facts.ledger_problem is not None:
        return refuse("ledger", f"ledger unavailable ({facts.ledger_problem})")
    return allow("ledger", "ledger readable")


def resolved(facts: EntryFacts) -> Verdict:
    """An order in doubt may be at the broker; until it is settled nothing is opened beside it."""
    if facts.unresolved:
        names = ", ".join(facts.unresolved)
        return refuse("unresolved", f"unresolved orders ({len(facts.unresolved)}, limit 0): {names}")
    return allow("unresolved", "no unresolved orders")
