"""Arming writes what was confirmed and nothing else; disarming removes it, and says what goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from execution_factories import entry
from operator_kit import DAY, Place

from execution.operator.arm import Disarmed, NotDisarmed, arm, disarm
from execution.operator.arm_terms import ArmRequest, NotArmed, Terms, terms_of
from execution.operator.refusal import Cause
from execution.orders import OrderStatus
from execution.state import arming
from execution.state.directory import StateDir
from gates.base.errors import LockHeld
from gates.base.locks import only_one
from gates.base.statefile import StateUnwritable


def terms(place: Place) -> Terms:
    found = terms_of(place.service(), ArmRequest("alice", "the endpoint", override="a test"))
    assert isinstance(found, Terms)
    return found


def test_the_record_that_was_confirmed_is_written_with_its_token(place: Place) -> None:
    offered = terms(place)
    assert arm(place.service(), offered, place.account) == offered.armed
    found = arming.load(place.state.arm)
    assert found.armed == offered.armed
    assert place.state.token.read_text().startswith(f"arm1-{found.digest}-")


@pytest.mark.parametrize("confirmed", ["", "SIM", "yes"])
def test_another_number_than_the_accounts_arms_nothing(place: Place, confirmed: str) -> None:
    offered, before = terms(place), place.files()
    no = arm(place.service(), offered, confirmed)
    assert no == NotArmed(Cause.REQUEST, f"{confirmed!r} is not the account number ({place.account})")
    assert place.files() == before


def test_a_cycle_at_work_is_waited_for_and_no_longer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.operator.arm.LOCK_WAIT_SECONDS", 0)
    offered, before = terms(place), place.files()
    with only_one(place.state.lock), pytest.raises(LockHeld):
        arm(place.service(), offered, place.account)
    assert place.files() == before


def test_a_directory_that_takes_nothing_is_an_error(place: Place) -> None:
    offered = terms(place)
    place.state.arm.mkdir()
    with pytest.raises(StateUnwritable, match=r"live_arm\.json"):
        arm(place.service(), offered, place.account)
    assert not place.state.token.exists()


def test_disarming_says_what_was_removed_and_what_stays_open(place: Place) -> None:
    arm(place.service(), terms(place), place.account)
    place.keep(entry(day=DAY, status=OrderStatus.FILLED, filled=4))
    stays = f"Stays open by the live ledger of session {DAY}: held AAPL 4."
    assert disarm(place.state) == Disarmed(("live_confirm_token.txt", "live_arm.json"), stays, None)
    assert disarm(place.state) == Disarmed((), stays, None)


def test_what_cannot_be_removed_is_a_refusal_with_its_name(place: Place) -> None:
    place.state.token.mkdir()
    no = disarm(place.state)
    assert isinstance(no, NotDisarmed) and no.cause is Cause.STATE
    assert str(place.state.token) in no.why


def test_a_token_of_roots_still_counts(place: Place, tmp_path: Path) -> None:
    switches = tmp_path / "switches"
    switches.mkdir()
    (switches / place.state.token.name).write_text("0123456789abcdef")
    done = disarm(StateDir(place.state.root, switches))
    assert isinstance(done, Disarmed) and done.still_there == switches / place.state.token.name


def test_disarming_works_where_no_ledger_can_be_read(tmp_path: Path) -> None:
    done = disarm(StateDir(tmp_path))
    assert isinstance(done, Disarmed) and done.removed == () and "not known" in done.stays
