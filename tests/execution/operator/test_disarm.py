"""Disarming removes both halves of the key, and says what goes on."""

from __future__ import annotations

from pathlib import Path

from support.place import DAY, Place
from support.trading import entry

from execution.operator.disarm import Disarmed, NotDisarmed, disarm
from execution.operator.refusal import Cause
from execution.orders import OrderStatus
from execution.state.directory import StateDir


def test_disarming_says_what_was_removed_and_what_stays_open(place: Place) -> None:
    place.state.token.write_text("0123456789abcdef")
    place.state.arm.write_text("{}")
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
