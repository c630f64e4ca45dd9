"""Arming writes what was confirmed and nothing else."""

from __future__ import annotations

import pytest
from support.place import Place

from execution.operator.arm import arm
from execution.operator.arm_terms import ArmRequest, NotArmed, Terms, terms_of
from execution.operator.refusal import Cause
from execution.state import arming
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
