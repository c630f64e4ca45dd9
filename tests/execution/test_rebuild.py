"""A lost ledger comes back from the broker's record and the newest archive, and nothing is thrown away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from simulated_world import OVERNIGHT, World, session_on

from execution.broker.simulated_record import Outage, Reject, Rest
from execution.errors import BrokerRefused, BrokerUnreachable
from execution.ledger import Ledger, Mode, blank, with_entries
from execution.ledgerfile import LedgerFile, digest, to_bytes
from execution.orders import OrderStatus, parse_name
from execution.rebuild import Rebuilt, problem_of, rebuild
from execution.tracking import adopted
from gates.common.errors import UsageError
from gates.statefile import StateUnreadable

THURSDAY, FRIDAY = session_on("2026-11-19"), session_on("2026-11-20")
AAPL, MSFT = "avx-20261119-AAPL-entry-1", "avx-20261119-MSFT-entry-1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> LedgerFile:
    (tmp_path / "ledger" / "LIVE").mkdir(parents=True)
    return LedgerFile(tmp_path, Mode.LIVE)


def account(world: World) -> str:
    return world.broker.account().number


def rebuilt(world: World, file: LedgerFile, session: object = THURSDAY) -> Rebuilt:
    return rebuild(file, session, account(world), world.broker, world.now)  # type: ignore[arg-type]


def entries(ledger: Ledger) -> dict[str, OrderStatus]:
    return {entry.client_order_id: entry.status for entry in ledger.entries}


def archived(world: World, file: LedgerFile, day: date, *client_order_ids: str) -> Ledger:
    """A finished ledger of that day in the archive, knowing these orders as the broker has them now."""
    known = []
    for client_order_id in client_order_ids:
        name = parse_name(client_order_id)
        assert name is not None
        known.append(adopted(name, world.order(client_order_id), world.now)[0])
    ledger = with_entries(blank(day, Mode.LIVE, account(world)), known)
    file.archive_path(day).write_bytes(to_bytes(ledger))
    return ledger


DAMAGE: dict[str, tuple[Callable[[LedgerFile, str], object], str]] = {
    "missing": (lambda file, account: None, "missing"),
    "zero bytes": (lambda file, account: file.path.touch(), "is empty"),
    "torn": (lambda file, account: file.path.write_bytes(b'{"schema": 1'), "is not valid JSON"),
    "edited": (
        lambda file, account: file.path.write_bytes(
            to_bytes(blank(THURSDAY.day, Mode.LIVE, account)).replace(b'"exits"', b'"carried2"')
        ),
        "digest",
    ),
    "post-dated": (lambda file, account: file.save(blank(date(2026, 11, 24), Mode.LIVE, account)), "dated 2026-11-24"),
    "another account": (lambda file, account: file.save(blank(THURSDAY.day, Mode.LIVE, "PA3")), "of account PA3"),
    "the other mode": (
        lambda file, account: file.path.write_bytes(to_bytes(blank(THURSDAY.day, Mode.DRY_RUN, account))),
        "is a DRY_RUN ledger",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_todays_orders_come_back_and_the_old_file_is_kept(world: World, file: LedgerFile, damage: str) -> None:
    world.hold()
    change, words = DAMAGE[damage]
    change(file, account(world))
    old = file.path.read_bytes() if file.path.exists() else None
    done = rebuilt(world, file)
    assert words in done.was
    assert file.load() == done.ledger
    assert entries(done.ledger) == {AAPL: OrderStatus.FILLED}
    (entry,) = done.ledger.entries
    assert (entry.qty, entry.limit_price, entry.notional) == (Decimal(10), Decimal("101.00"), Decimal("1010.00"))
    assert (entry.stop_price, entry.target_price, entry.filled_qty) == (Decimal(95), Decimal(110), Decimal(10))
    assert (done.ledger.date_ny, done.ledger.account) == (THURSDAY.day, account(world))
    assert (done.put_aside is None) is (old is None)
    if done.put_aside is not None:
        assert Path(done.put_aside).read_bytes() == old


def test_a_good_ledger_is_not_rebuilt(world: World, file: LedgerFile) -> None:
    for day, owner in ((THURSDAY.day, account(world)), (THURSDAY.day, None), (date(2026, 11, 18), account(world))):
        file.save(blank(day, Mode.LIVE, owner))
        before = file.path.read_bytes()
        assert problem_of(file, THURSDAY, account(world)) is None
        with pytest.raises(UsageError, match="there is nothing to rebuild"):
            rebuilt(world, file)
        assert file.path.read_bytes() == before


def test_what_was_rebuilt_is_good(world: World, file: LedgerFile) -> None:
    world.hold()
    rebuilt(world, file)
    with pytest.raises(UsageError, match="there is nothing to rebuild"):
        rebuilt(world, file)


def test_every_way_an_order_can_have_left_counts(world: World, file: LedgerFile) -> None:
    world.hold()
    world.broker.add_behaviour(Rest("MSFT"))
    world.submit(client_order_id=MSFT, symbol="MSFT", limit="51.00", stop="45.00", target="60.00")
    world.pass_minutes()
    assert entries(rebuilt(world, file).ledger) == {AAPL: OrderStatus.FILLED, MSFT: OrderStatus.WORKING}


def test_a_cancelled_entry_is_still_an_order_of_the_day(world: World, file: LedgerFile) -> None:
    world.broker.add_behaviour(Rest("AAPL"))
    world.price("AAPL", "100.00")
    world.broker.cancel(world.submit().order_id)
    assert entries(rebuilt(world, file).ledger) == {AAPL: OrderStatus.CANCELLED}


def test_a_refused_order_left_nothing_to_find(world: World, file: LedgerFile) -> None:
    world.broker.add_behaviour(Reject("AAPL", "no"))
    with pytest.raises(BrokerRefused):
        world.submit()
    assert rebuilt(world, file).ledger.entries == ()


def test_foreign_orders_are_not_ours(world: World, file: LedgerFile) -> None:
    world.price("MSFT", "50.00")
    world.broker.place_foreign("by-hand", "MSFT", 5, None)
    assert rebuilt(world, file).ledger == blank(THURSDAY.day, Mode.LIVE, account(world))


def test_the_newest_archive_is_followed_and_what_was_open_is_carried(world: World, file: LedgerFile) -> None:
    world.hold()
    archived(world, file, date(2026, 11, 18))
    yesterday = archived(world, file, THURSDAY.day, AAPL)
    world.pass_minutes(OVERNIGHT // 60)
    world.price("MSFT", "50.00")
    today = "avx-20261120-MSFT-entry-1"
    world.submit(client_order_id=today, symbol="MSFT", limit="51.00", stop="45.00", target="60.00")
    world.pass_minutes()
    ledger = rebuilt(world, file, FRIDAY).ledger
    assert ledger.previous is not None
    assert (ledger.previous.date_ny, ledger.previous.sha256) == (THURSDAY.day, digest(yesterday))
    assert [entry.client_order_id for entry in ledger.carried] == [AAPL]
    assert entries(ledger) == {today: OrderStatus.FILLED}


def test_a_position_of_a_day_whose_ledger_is_lost_is_still_ours(world: World, file: LedgerFile) -> None:
    world.hold()
    world.pass_minutes(OVERNIGHT // 60)
    ledger = rebuilt(world, file, FRIDAY).ledger
    assert [(entry.client_order_id, entry.held_qty) for entry in ledger.carried] == [(AAPL, Decimal(10))]
    assert ledger.entries == ()


def test_an_exit_of_today_is_written_today(world: World, file: LedgerFile) -> None:
    world.hold()
    archived(world, file, THURSDAY.day, AAPL)
    world.pass_minutes(OVERNIGHT // 60)
    world.price("AAPL", "90.00")
    world.pass_minutes()
    ledger = rebuilt(world, file, FRIDAY).ledger
    (exit_,) = ledger.exits
    assert (exit_.symbol, exit_.kind, exit_.qty, exit_.entry) == ("AAPL", "stop", Decimal(10), AAPL)
    assert ledger.carried[0].held_qty == 0


def test_what_was_over_before_is_not_brought_back(world: World, file: LedgerFile) -> None:
    world.hold()
    world.price("AAPL", "90.00")
    world.pass_minutes()
    archived(world, file, THURSDAY.day, AAPL)
    world.pass_minutes(OVERNIGHT // 60)
    ledger = rebuilt(world, file, FRIDAY).ledger
    assert (ledger.carried, ledger.entries, ledger.exits) == ((), (), ())


def test_an_archive_taken_by_something_else_is_a_reason_to_rebuild(world: World, file: LedgerFile) -> None:
    world.hold()
    archived(world, file, THURSDAY.day, AAPL)
    file.save(blank(THURSDAY.day, Mode.LIVE, account(world)))
    world.pass_minutes(OVERNIGHT // 60)
    done = rebuilt(world, file, FRIDAY)
    assert done.was == "archive already exists with other content"
    assert [entry.client_order_id for entry in done.ledger.carried] == [AAPL]


def test_without_an_answer_nothing_is_touched(world: World, file: LedgerFile) -> None:
    number = account(world)
    file.path.write_bytes(b"{ torn")
    world.broker.add_behaviour(Outage())
    with pytest.raises(BrokerUnreachable):
        rebuild(file, THURSDAY, number, world.broker, THURSDAY.opens)
    assert file.path.read_bytes() == b"{ torn"
    assert sorted(path.name for path in file.root.glob("*orders_today*")) == [file.path.name]


def test_an_unreadable_archive_is_not_passed_over(world: World, file: LedgerFile) -> None:
    file.archive_path(date(2026, 11, 18)).write_bytes(b"{ torn")
    with pytest.raises(StateUnreadable, match=r"2026-11-18\.json"):
        rebuilt(world, file)
    assert not file.path.exists()


def test_broken_twice_at_the_same_moment_keeps_both(world: World, file: LedgerFile) -> None:
    """The simulated clock stands still between cycles, and nothing put aside is ever deleted."""
    aside = []
    for content in (b"first", b"second"):
        file.path.write_bytes(content)
        aside.append(Path(str(rebuilt(world, file).put_aside)))
    assert [path.read_bytes() for path in aside] == [b"first", b"second"]
