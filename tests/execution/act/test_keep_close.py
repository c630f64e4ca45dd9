"""The line of a close: of the session's own evening, whole or not at all, and only of the account that is ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace as changed
from support.place import DAY, NOW, Place, make_place
from support.trading import S, entry

from execution.act.closed import Round, after_hours
from execution.act.keep_close import keep_close
from execution.broker.port import Account, Position, Unreadable
from execution.ledger.day import Exit
from execution.results.close import Close, Mark, read_closes
from execution.state.ledgers import open_ledgers
from execution.view.broker_view import BrokerView
from gates.base.clock import Stopwatch
from gates.base.errors import EXIT_DONE, EXIT_STATE
from gates.base.record import replace
from gates.base.statefile import make_directory

D = Decimal
EVENING = NOW.replace(hour=16, minute=10)
ACCOUNT = Account("PA3TEST", D("10000.50"), D(5000), cash=D("9588.10"))
AAPL = Position("AAPL", D(6), D(6), D("100.00"), D("618.60"))
VIEW = BrokerView(account=ACCOUNT, positions=(AAPL,))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def kept(place: Place, view: BrokerView = VIEW, now: datetime = EVENING) -> Close | None:
    assert keep_close(place.service(), view, now) == EXIT_DONE
    return next(iter(read_closes(place.state.equity).found), None)


def test_account_positions_and_what_is_ours_of_them(place: Place) -> None:
    ours = entry("AAPL", S.FILLED, filled=4, exited=1, day=DAY)
    place.keep(ours)
    found = kept(place)
    assert found is not None
    assert (found.session, found.account, found.equity, found.cash) == (DAY, "PA3TEST", D("10000.50"), D("9588.10"))
    assert found.positions == (Mark("AAPL", D(6), D(3), D("100.00"), D("618.60")),)
    assert found.unrealized == (D("103.10") - D("101.30")) * 3, "of our three shares at what we paid"
    assert (found.realized, found.fees) == (0, None)
    assert found.ledger is not None and found.at == EVENING


def test_realised_is_of_this_session_alone(place: Place) -> None:
    file = place.state.ledger(place.live.mode)
    sale = Exit("AAPL", "stop", D(4), D("97.90"), NOW, "avx-x", D("-13.60"), "id")
    late = changed(sale, at=NOW - timedelta(days=3))
    file.save(changed(place.live, exits=(sale, late)))
    assert (found := kept(place)) is not None and found.realized == D("-13.60")
    file.save(changed(place.live, exits=(sale, changed(sale, price=None, realized=None))))
    place.state.equity.unlink()
    assert (found := kept(place)) is not None and found.realized is None


@pytest.mark.parametrize(
    "view",
    [
        BrokerView(account_problem="503", positions=(AAPL,)),
        replace(VIEW, account=replace(ACCOUNT, equity=None, problem="not understood: equity 'x'")),
        replace(VIEW, positions_problem="timed out"),
        replace(VIEW, unreadable_positions=(Unreadable("qty 'x' of a position", "MSFT"),)),
    ],
)
def test_what_is_not_told_whole_leaves_no_line(place: Place, view: BrokerView) -> None:
    assert kept(place, view) is None
    assert kept(place) is not None, "a later sweep of the evening keeps it"


@pytest.mark.parametrize(
    "now",
    [NOW, EVENING.replace(hour=15, minute=59), EVENING + timedelta(hours=17), EVENING - timedelta(days=1)],
    ids=["in the session", "before the close", "the next morning", "on a Sunday"],
)
def test_at_any_other_time_there_is_no_close(place: Place, now: datetime) -> None:
    assert kept(place, now=now) is None


def test_a_share_without_mark_or_cost_leaves_unrealised_not_known(place: Place) -> None:
    place.keep(entry("MSFT", S.FILLED, filled=4, day=DAY))
    assert (found := kept(place)) is not None and found.unrealized is None and found.equity == D("10000.50")


def test_an_unreadable_ledger_keeps_the_account_all_the_same(place: Place) -> None:
    place.state.ledger(place.live.mode).path.write_bytes(b"torn")
    found = kept(place)
    assert found is not None and (found.realized, found.unrealized, found.ledger) == (None, None, None)
    assert found.positions[0].ours == 0


def test_a_file_that_takes_no_line_is_said_and_ends_with_74(place: Place) -> None:
    make_directory(place.state.equity)
    assert keep_close(place.service(), VIEW, EVENING) == EXIT_STATE


def test_a_sweep_keeps_it_a_cycle_does_not_and_neither_does_another_account(place: Place) -> None:
    place.keep(entry("AAPL", S.WORKING, day=DAY))  # a cycle asks the broker after the close because of it
    place.broker.set_clock(EVENING)
    record = place.state.read_record()

    def run(account: str, *, is_sweep: bool) -> int:
        service = place.service()
        bound = changed(record, account=account)
        asked = Round(service, open_ledgers(service.state), bound, service.clock.now(), is_sweep=is_sweep)
        after_hours(asked, Stopwatch(45))
        return len(read_closes(place.state.equity).found)

    assert run(place.account, is_sweep=False) == 0
    assert run("PA9OTHER", is_sweep=True) == 0
    assert run(place.account, is_sweep=True) == 1
