"""What could not be had is said in words, and is a No; an empty problem is a problem too."""

from __future__ import annotations

import pytest
from support.facts import entry_facts, mode_facts

from gates import integrity
from gates.verdict import Verdict, allow, refuse


@pytest.mark.parametrize("problem", ["missing", "unreadable", "digest", "dated 2026-11-23", "schema 2", ""])
def test_a_ledger_with_a_problem_is_a_no_in_both_families(problem: str) -> None:
    expected = refuse("ledger", f"ledger unavailable ({problem})")
    assert integrity.live_ledger(mode_facts(ledger_problem=problem)) == expected
    assert integrity.mode_ledger(entry_facts(ledger_problem=problem)) == expected


def test_a_readable_ledger_passes() -> None:
    assert integrity.live_ledger(mode_facts()) == allow("ledger", "live ledger readable")
    assert integrity.mode_ledger(entry_facts()) == allow("ledger", "ledger readable")


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (None, allow("account.same", "account is the bound one")),
        (
            "bound to PA3AAA, broker says PA3BBB",
            refuse("account.mismatch", "account mismatch (bound to PA3AAA, broker says PA3BBB)"),
        ),
        ("", refuse("account.mismatch", "account mismatch ()")),
    ],
)
def test_only_the_bound_account_passes(problem: str | None, expected: Verdict) -> None:
    assert integrity.same_account(mode_facts(account_mismatch=problem)) == expected
    assert integrity.same_account(entry_facts(account_mismatch=problem)) == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (None, allow("positions", "positions read")),
        ("timeout after 5s", refuse("positions", "positions unavailable (timeout after 5s)")),
        ("", refuse("positions", "positions unavailable ()")),
    ],
)
def test_unknown_positions_are_not_no_positions(problem: str | None, expected: Verdict) -> None:
    assert integrity.positions(mode_facts(positions_problem=problem)) == expected
    assert integrity.positions(entry_facts(positions_problem=problem)) == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (None, allow("account", "account read")),
        ("HTTP 503", refuse("account", "account unavailable (HTTP 503)")),
        ("", refuse("account", "account unavailable ()")),
    ],
)
def test_an_unread_account_is_a_no(problem: str | None, expected: Verdict) -> None:
    assert integrity.account(mode_facts(account_problem=problem)) == expected
    assert integrity.account(entry_facts(account_problem=problem)) == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (None, allow("account.blocked", "account active")),
        ("trading_blocked", refuse("account.blocked", "account blocked (trading_blocked)")),
        ("", refuse("account.blocked", "account blocked ()")),
    ],
)
def test_a_blocked_account_opens_nothing(problem: str | None, expected: Verdict) -> None:
    assert integrity.account_active(entry_facts(account_blocked=problem)) == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (None, allow("orders", "today's orders read")),
        ("page 2: HTTP 429", refuse("orders", "orders unavailable (page 2: HTTP 429)")),
        ("", refuse("orders", "orders unavailable ()")),
    ],
)
def test_unknown_orders_are_not_no_orders(problem: str | None, expected: Verdict) -> None:
    assert integrity.orders(entry_facts(orders_problem=problem)) == expected


@pytest.mark.parametrize(
    ("unresolved", "expected"),
    [
        ((), allow("unresolved", "no unresolved orders")),
        (
            ("avx-20261120-AAPL-entry-1",),
            refuse("unresolved", "unresolved orders (1, limit 0): avx-20261120-AAPL-entry-1"),
        ),
        (
            ("avx-20261120-AAPL-entry-1", "avx-20261118-MSFT-entry-2"),
            refuse(
                "unresolved",
                "unresolved orders (2, limit 0): avx-20261120-AAPL-entry-1, avx-20261118-MSFT-entry-2",
            ),
        ),
        (("",), refuse("unresolved", "unresolved orders (1, limit 0): ")),
    ],
)
def test_one_order_in_doubt_closes_entries(unresolved: tuple[str, ...], expected: Verdict) -> None:
    assert integrity.unresolved(entry_facts(unresolved=unresolved)) == expected
