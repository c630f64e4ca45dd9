"""A ledger as the first release of its schema reads it: the same, without what that asks the broker anew; or a name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from support.trading import S, entry, ledger, leg

from execution.ledger.day import EntryOrigin, Event, Exit, Ledger, Word
from execution.ledger.file import to_document
from execution.records import Fee
from execution.report.older import FIRST_RELEASE, older, older_account
from gates.base.statefile import SEAL, digest_of_rest

AT = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
SOLD = Exit("AAPL", "stop", Decimal(4), Decimal("97.90"), AT, "avx-1", Decimal("-13.80"), "order-9")


def made(of: Ledger, **renamed: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    found = older(to_document(of), 1, renamed)
    assert found.document[SEAL] == digest_of_rest(found.document)
    return found.document, found.unheld


def names_in(document: dict[str, Any]) -> set[str]:
    """Every name of a field, at any depth."""
    found = set(document)
    for value in document.values():
        for one in value if isinstance(value, list) else [value]:
            found |= names_in(one) if isinstance(one, dict) else set()
    return found


def test_it_has_no_field_that_the_first_release_refuses() -> None:
    one = msgspec.structs.replace(entry(status=S.FILLED), legs=(leg("stop"),), cancels_asked=2, unrecognised="odd")
    document, unheld = made(msgspec.structs.replace(ledger(one), exits=(SOLD,)))
    known = {name for shape in FIRST_RELEASE.values() for name in shape.fields}
    assert unheld == () and names_in(document) <= known
    assert document["entries"][0]["client_order_id"] == one.client_order_id
    assert document["exits"][0]["realized"] == "-13.80" and "order_id" not in document["exits"][0]


def test_how_an_order_came_about_is_left_out_and_a_fee_is_named() -> None:
    at = EntryOrigin(Decimal(100), Decimal("99.98"), Decimal("100.02"), setup="reclaim")
    event = Event(AT, S.FILLED, asked_at=AT, answered_at=AT)
    one = msgspec.structs.replace(entry(status=S.FILLED), origin=at, history=(event,))
    document, unheld = made(ledger(one))
    assert unheld == () and not {"origin", "asked_at", "answered_at"} & names_in(document)
    free = msgspec.structs.replace(event, fee=Fee(Decimal(0), "USD"))
    assert made(ledger(msgspec.structs.replace(one, history=(free,))))[1] == ()
    paid = msgspec.structs.replace(event, fee=Fee(Decimal("0.02"), "USD"))
    _, unheld = made(ledger(msgspec.structs.replace(one, history=(paid,))))
    assert [words.rsplit(": ", 1)[1] for words in unheld] == ["fee"]


def test_one_that_holds_nothing_new_keeps_its_very_bytes() -> None:
    document, _ = made(ledger())
    assert document["schema"] == 1
    again = older(document, 1, {})
    assert again.document is document and again.unheld == ()


def test_the_chain_follows_the_ledgers_as_they_were_made() -> None:
    day = ledger()
    document = to_document(day)
    follows = {**document, "previous": {"date_ny": "2026-11-19", SEAL: "a" * 64}}
    assert older(follows, 1, {"a" * 64: "b" * 64}).document["previous"][SEAL] == "b" * 64
    assert older(follows, 1, {}).document["previous"][SEAL] == "a" * 64


def stepped(*statuses: S) -> Ledger:
    history = tuple(Event(AT, status) for status in statuses)
    return ledger(msgspec.structs.replace(entry(status=statuses[-1]), history=history))


@pytest.mark.parametrize(
    ("day", "what"),
    [
        (msgspec.structs.replace(ledger(), exits=(msgspec.structs.replace(SOLD, price=None, realized=None),)),
         ["avx-1: a price that is not known", "avx-1: a realized that is not known"]),
        (msgspec.structs.replace(ledger(), exits=(msgspec.structs.replace(SOLD, beyond=True),)), ["avx-1: beyond"]),
        (msgspec.structs.replace(ledger(), words=(Word("KO", Decimal(3), AT, "seen"),)), [": words"]),
        (stepped(S.INTENDED, S.SUBMITTED, S.UNKNOWN), [": the step from submitted to unknown"]),
        (stepped(S.INTENDED, S.SUBMITTED, S.WORKING, S.REJECTED), [": the step from working to rejected"]),
    ],
)  # fmt: skip
def test_what_it_cannot_hold_is_named(day: Ledger, what: list[str]) -> None:
    _, unheld = made(day)
    assert len(unheld) == len(what)
    for said, words in zip(unheld, what, strict=True):
        assert said.startswith("2026-11-20") and said.endswith(words), said


def test_the_simulated_account_has_numbers_where_the_first_release_wants_them() -> None:
    fill = {"at": "2026-11-20T15:31:00Z", "qty": "4", "price": "99.50"}
    order = {"order_id": "sim-000001", "qty": "12", "price": "100.00", "fills_at_most": "4", "fills": [fill]}
    document = {"schema": 2, "behaviours": [{"kind": "partial", "symbol": "KO", "qty": "2"}], "orders": [order]}
    found = older_account(document)
    assert found["schema"] == 1 and found["behaviours"][0]["qty"] == 2
    assert found["orders"][0] == {**order, "qty": 12, "fills_at_most": 4, "fills": [{**fill, "qty": 4}]}
    assert older_account(found) == found
