"""One symbol is explained by the look and the plan that a cycle would go by, and nothing is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.place import DAY, Place

from execution.broker.simulated.record import Outage
from execution.operator.import_list import ListRequest, import_list
from execution.planning.plan import Approved, Refused
from execution.report.why import conclusion, explain_symbol

CSV = b"Symbol,Entry_Level,Stop_Loss,Target_R2\nAAPL,100.00,97.00,106.00\nMSFT,200.00,195.00,210.00\n"


@pytest.fixture
def listed(place: Place) -> Place:
    service = place.service()
    session = service.table.on(DAY)
    assert session is not None
    import_list(service, ListRequest(session, CSV, "list.csv"))
    place.broker.set_price("AAPL", Decimal("100.20"))
    place.broker.set_price("MSFT", Decimal("190.00"))
    return place


def test_what_the_next_cycle_would_order_is_a_yes_and_nothing_is_written(listed: Place) -> None:
    before = listed.files()
    explained = explain_symbol(listed.service(ENTRY_TRIGGER="touch"), "AAPL")
    assert isinstance(explained.planned, Approved) and explained.is_listed
    assert (explained.reasons, explained.entries) == ((), ())
    words = "Yes. The next cycle would have 9 shares at 100.50 recorded in the dry-run ledger"
    assert conclusion(explained) == words
    assert listed.files() == before


def test_a_row_without_a_chance_is_not_explained_by_its_prices(listed: Place) -> None:
    """The allowlist refuses it whatever it costs, so its trigger is not named."""
    explained = explain_symbol(listed.service(ALLOWLIST_SYMBOLS="KO"), "MSFT")
    assert isinstance(explained.planned, Refused)
    assert [reason for reason in explained.reasons if "waiting" in reason] == []
    assert conclusion(explained) == "No. not on the allowlist (KO)"


def test_a_row_that_waits_says_for_what(listed: Place) -> None:
    explained = explain_symbol(listed.service(), "MSFT")
    assert isinstance(explained.planned, Refused)
    assert explained.reasons[0].startswith("waiting: closes")


def test_a_symbol_that_is_not_listed_is_told_so_first_and_what_else_closes_entries_after_it(listed: Place) -> None:
    explained = explain_symbol(listed.service(), "KO")
    assert (explained.is_listed, explained.planned) == (False, None)
    assert conclusion(explained) == f"No. KO is not on the watchlist of session {DAY}"
    listed.state.paused.touch()
    assert explain_symbol(listed.service(), "KO").reasons == (explained.reasons[0], "paused (file)")


def test_a_missing_list_is_said_once(place: Place) -> None:
    reasons = explain_symbol(place.service(), "AAPL").reasons
    assert [reason for reason in reasons if "watchlist" in reason] == [f"watchlist missing (expected {DAY})"]


def test_where_the_broker_gives_no_answer_nothing_is_planned_and_the_gates_say_why(listed: Place) -> None:
    listed.broker.add_behaviour(Outage())
    explained = explain_symbol(listed.service(), "AAPL")
    assert explained.planned is None
    assert len(set(explained.reasons)) == len(explained.reasons) > 1
    assert conclusion(explained) == "No. " + "; ".join(explained.reasons)
