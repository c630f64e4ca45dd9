"""Judges whether what we remember can be trusted: ledger, account, positions, orders in doubt."""

from __future__ import annotations

from gates.facts import EntryFacts, ModeFacts
from gates.verdict import Verdict, allow, no_data, refuse


def live_ledger(facts: ModeFacts) -> Verdict:
    if facts.ledger_problem is not None:
        return refuse("ledger", f"ledger unavailable ({facts.ledger_problem})")
    return allow("ledger", "live ledger readable")


def same_account(facts: ModeFacts | EntryFacts) -> Verdict:
    """The account this state dir is bound to; nothing is compared while one of the two is not known."""
    if facts.account_mismatch is not None:
        return refuse("account.mismatch", f"account mismatch ({facts.account_mismatch})")
    if not facts.account_told:
        return no_data("account.untold", "not known: the broker did not tell the account to compare with")
    if not facts.account_bound:
        return no_data("account.unbound", "not known: no account is bound yet, the first cycle of a session binds it")
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
    if not facts.account_told:
        return no_data("account.untold", "not known: the broker did not tell the account")
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


def unresolved(facts: EntryFacts) -> Verdict:
    """An order in doubt may be at the broker; until it is settled nothing is opened beside it. Whether one is in
    doubt takes the ledger and the broker's orders."""
    if facts.unresolved:
        names = ", ".join(facts.unresolved)
        return refuse("unresolved", f"unresolved orders ({len(facts.unresolved)}, limit 0): {names}")
    if facts.ledger_problem is not None:
        return no_data("unresolved.untold", "not known: the ledger that holds the orders is unavailable")
    if facts.orders_problem is not None:
        return no_data("unresolved.untold", "not known: the broker did not tell today's orders")
    return allow("unresolved", "no unresolved orders")
