"""The janitor at the venue while something else is down: what only reduces risk is not kept from its work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from crash.desk import Desk, NewDesk, settings
from venue import faults

from execution.operator.initialise import initialise
from execution.settings.parsing import parse
from gates.base.errors import EXIT_DONE, EXIT_STATE, EXIT_UNREACHABLE

AAPL = "avx-20261120-AAPL-entry-1"


@pytest.fixture
def desk(at_venue: NewDesk) -> Desk:
    return at_venue(MAX_LIVE_ORDERS_PER_DAY="1")


def writes(desk: Desk) -> list[str]:
    return [entry.method for entry in desk.venue.requests if entry.method != "GET"]


DOWN = [("/v2/account", EXIT_UNREACHABLE), ("/v2/clock", EXIT_UNREACHABLE)]


@pytest.mark.parametrize(("path", "code"), DOWN)
def test_a_question_without_an_answer_keeps_no_entry_alive_and_no_share_naked(desk: Desk, path: str, code: int) -> None:
    """The account is known to be ours by the orders it lists, when it cannot be asked for its number."""
    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    desk.venue.faults.add(faults.server_error(), method="GET", path=path, times=faults.EVERY)
    outcomes = [desk.cycle() for _ in range(4)]
    assert {outcome.exit_code for outcome in outcomes} == {code}
    assert not desk.venue.book.find(AAPL).is_open
    assert desk.venue.book.unprotected("AAPL") == 0, desk.said()
    assert len([one for one in desk.our_orders() if "entry" in one]) == 1


@pytest.mark.parametrize(("path", "code"), DOWN)
def test_a_kill_is_heard_too(desk: Desk, path: str, code: int) -> None:
    desk.cycle()
    desk.venue.faults.add(faults.server_error(), method="GET", path=path, times=faults.EVERY)
    desk.state.kill_switch.touch()
    assert desk.cycle().exit_code == code
    assert not desk.venue.book.find(AAPL).is_open


def test_after_the_close_as_well(desk: Desk) -> None:
    desk.cycle()
    desk.venue.set_now(datetime(2026, 11, 20, 21, 5, tzinfo=UTC))
    desk.venue.faults.add(faults.server_error(), method="GET", path="/v2/account", times=faults.EVERY)
    assert desk.cycle().exit_code == EXIT_UNREACHABLE
    assert not desk.venue.book.find(AAPL).is_open


def test_an_account_that_lists_nothing_of_ours_is_left_alone(desk: Desk) -> None:
    """Another account's keys, and no number to tell it by: its orders are not the ledger's."""
    desk.cycle()
    order = desk.venue.book.find(AAPL)
    for number, one in enumerate((order, *order.legs)):
        one.id = f"00000000-0000-4000-8000-{number:012}"
    desk.venue.faults.add(faults.server_error(), method="GET", path="/v2/account", times=faults.EVERY)
    before, ledger = len(writes(desk)), desk.ledger()
    desk.state.kill_switch.touch()
    assert desk.cycle().exit_code == EXIT_UNREACHABLE
    assert len(writes(desk)) == before and desk.ledger() == ledger


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema": 2}'])
def test_a_damaged_state_record_opens_nothing_and_traps_nothing(desk: Desk, content: bytes) -> None:
    """The live ledger, sealed, says whose account it is; moved away and made anew, all goes on."""
    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    desk.state.record.write_bytes(content)
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "2"
    for _ in range(4):
        outcome = desk.cycle()
        assert outcome.exit_code == EXIT_STATE, outcome.output
    assert "state.json" in outcome.output and "execution init" in outcome.output
    assert desk.state.record.read_bytes() == content
    assert not desk.venue.book.find(AAPL).is_open and desk.venue.book.unprotected("AAPL") == 0
    assert len([one for one in desk.our_orders() if "entry" in one]) == 1
    desk.venue.set_now(datetime(2026, 11, 20, 21, 5, tzinfo=UTC))
    assert desk.cycle(verb=("sweep",)).exit_code == EXIT_STATE
    desk.state.record.unlink()
    initialise(desk.state, parse(settings(desk.root, desk.venue.env)).settings, desk.venue.now(), new_account=False)
    desk.venue.set_now(datetime(2026, 11, 20, 16, 5, tzinfo=UTC))
    assert desk.cycle().exit_code == EXIT_DONE, desk.said()
    assert desk.state.read_record().account == desk.ledger().account


def test_with_a_damaged_state_record_another_accounts_keys_touch_nothing(desk: Desk) -> None:
    desk.cycle()
    desk.state.record.write_bytes(b"")
    desk.venue.book.account.number = "PA3SOMEBODYELSE"
    desk.state.kill_switch.touch()
    before = len(writes(desk))
    assert desk.cycle().exit_code == EXIT_STATE
    assert len(writes(desk)) == before


def test_under_a_suspend_a_protection_waits_and_fills_no_ledger(desk: Desk) -> None:
    """What the broker is known to refuse is not sent every minute; lifted, it is sent by the next cycle."""
    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    desk.venue.book.account.suspend_trade = True
    for _ in range(8):
        assert desk.cycle().exit_code == EXIT_DONE
    (entry,) = desk.ledger().entries
    assert not desk.venue.book.find(AAPL).is_open
    assert entry.protections == (), desk.said()
    assert "PROTECT WAITS AAPL: 4 shares have no stop; the broker takes no orders (trade_suspended_by_user)" in (
        desk.outcomes[-1].output
    )
    desk.venue.book.account.suspend_trade = False
    desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0
    (entry,) = desk.ledger().entries
    assert len(entry.protections) == 1


def test_an_odd_account_status_is_no_reason_not_to_try(desk: Desk) -> None:
    def updating(payload: dict[str, object]) -> dict[str, object]:
        return {**payload, "status": "ACCOUNT_UPDATED"}

    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    desk.venue.faults.add(faults.rewrite(updating, path="/v2/account"))
    for _ in range(4):
        desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0
