"""A lost ledger comes back from the broker's record and the newest archive, and nothing is thrown away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.simulated import OVERNIGHT, World, session_on

from execution.act.rebuild import Rebuilt, problem_of, rebuild
from execution.broker.errors import BrokerRefused, BrokerUnreachable
from execution.broker.port import Broker, BrokerOrder, Told, Unreadable
from execution.broker.simulated.record import Outage, Reject, Resting
from execution.ledger.absorb import adopted, working_stops
from execution.ledger.day import Exit, Ledger, Sale, Word, blank, with_entries
from execution.ledger.file import LedgerFile, digest, to_bytes
from execution.orders import OrderStatus, flatten_id, parse_name, protect_id
from gates.base.errors import UsageError
from gates.base.record import replace
from gates.base.sessions import Session
from gates.base.statefile import StateUnreadable, StateUnwritable
from gates.mode import Mode

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


SETTLE_SECONDS = 120


def rebuilt(world: World, file: LedgerFile, session: Session = THURSDAY, broker: Broker | None = None) -> Rebuilt:
    return rebuild(file, session, account(world), broker or world.broker, world.now, SETTLE_SECONDS)


class Telling:
    """The simulated broker, but for lists that it tells otherwise."""

    def __init__(self, broker: Broker, **lists: Told[Any]) -> None:
        self._broker = broker
        self._lists = lists

    def __getattr__(self, question: str) -> object:
        if question in self._lists:
            return lambda *asked: self._lists[question]
        return getattr(self._broker, question)


def entries(ledger: Ledger) -> dict[str, OrderStatus]:
    return {entry.client_order_id: entry.status for entry in ledger.entries}


def archived(world: World, file: LedgerFile, day: date, *client_order_ids: str, **changes: Any) -> Ledger:
    """A finished ledger of that day in the archive, knowing these orders as the broker has them now."""
    known = []
    for client_order_id in client_order_ids:
        name = parse_name(client_order_id)
        assert name is not None
        known.append(adopted(name, world.order(client_order_id), world.now)[0])
    ledger = msgspec.structs.replace(with_entries(blank(day, Mode.LIVE, account(world)), known), **changes)
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
    world.broker.add_behaviour(Resting("MSFT"))
    world.submit(client_order_id=MSFT, symbol="MSFT", limit="51.00", stop="45.00", target="60.00")
    world.pass_minutes()
    assert entries(rebuilt(world, file).ledger) == {AAPL: OrderStatus.FILLED, MSFT: OrderStatus.WORKING}


def test_a_cancelled_entry_is_still_an_order_of_the_day(world: World, file: LedgerFile) -> None:
    world.broker.add_behaviour(Resting("AAPL"))
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


def test_a_lost_day_whose_position_was_sold_is_over(world: World, file: LedgerFile) -> None:
    world.hold()
    world.price("AAPL", "90.00")
    world.pass_minutes(OVERNIGHT // 60)
    assert rebuilt(world, file, FRIDAY).ledger == blank(FRIDAY.day, Mode.LIVE, account(world))


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


def pair_for_shares_without_a_stop(world: World) -> str:
    """Yesterday's bracket is cancelled, and a pair of ours guards the shares."""
    (stop,) = [leg for leg in world.order().legs if leg.kind == "stop"]
    world.broker.cancel(stop.order_id)
    name = protect_id(THURSDAY.day, "AAPL", 1)
    world.broker.submit_exit(name, "AAPL", 10, Decimal(95), Decimal(110))
    return name


@pytest.mark.parametrize("session", [THURSDAY, FRIDAY], ids=["of today", "of an earlier session"])
@pytest.mark.parametrize("stopped", [False, True])
def test_protections_come_back_with_what_they_sold(
    world: World, file: LedgerFile, session: Session, stopped: bool
) -> None:
    world.hold()
    name = pair_for_shares_without_a_stop(world)
    if session is FRIDAY:
        world.pass_minutes(OVERNIGHT // 60)
    if stopped:
        world.price("AAPL", "90.00")
        world.pass_minutes()
    ledger = rebuilt(world, file, session).ledger
    (entry,) = ledger.everything()
    (pair,) = entry.protections
    assert (pair.client_order_id, pair.qty, pair.stop_price, pair.target_price) == (name, 10, 95, 110)
    told = {one.order_id for one in (world.order(name), *world.order(name).legs)}
    assert working_stops(entry, told) == entry.held_qty == (0 if stopped else 10)
    assert [(one.kind, one.qty, one.entry) for one in ledger.exits] == ([("stop", 10, AAPL)] if stopped else [])
    assert file.load() == ledger


def test_a_sale_by_flatten_comes_back_whatever_its_session(world: World, file: LedgerFile) -> None:
    world.hold()
    archived(world, file, THURSDAY.day, AAPL)
    for leg in world.order().legs:
        world.broker.cancel(leg.order_id)
    sale = world.broker.close("AAPL", Decimal(10), flatten_id(THURSDAY.day, "AAPL", 1))
    world.pass_minutes(OVERNIGHT // 60)
    ledger = rebuilt(world, file, FRIDAY).ledger
    assert [(one.kind, one.qty, one.order_id) for one in ledger.exits] == [("flatten", 10, sale.order_id)]
    assert [one.held_qty for one in ledger.carried] == [0]


def by_hand(world: World, qty: int) -> BrokerOrder:
    """Sold on the broker's page; the position is smaller by as many."""
    return replace(
        world.order(), order_id="by-hand", client_order_id="by-hand", side="sell", kind="market", legs=(),
        qty=Decimal(qty), filled_qty=Decimal(qty), submitted_at=world.now, updated_at=world.now,
    )  # fmt: skip


@pytest.mark.parametrize("is_booked", [False, True])
def test_a_sale_that_the_archive_booked_explains_nothing_twice(world: World, file: LedgerFile, is_booked: bool) -> None:
    """Three shares were sold on Thursday; on Friday three more are missing, for another reason."""
    world.hold()
    sale = by_hand(world, 3)
    booked = Exit("AAPL", "foreign", Decimal(3), Decimal(100), world.now, AAPL, Decimal(0), sale.order_id)
    archived(world, file, THURSDAY.day, AAPL, exits=(booked,) if is_booked else ())
    world.pass_minutes(OVERNIGHT // 60)
    (position,) = world.broker.positions()
    listed = Told((*world.broker.orders_since(THURSDAY.opens), sale))
    fewer = Told((replace(position, qty=Decimal(7)),))
    ledger = rebuilt(world, file, FRIDAY, Telling(world.broker, orders_since=listed, positions=fewer)).ledger
    assert [one.order_id for one in ledger.exits] == ([] if is_booked else ["by-hand"])
    assert ledger.sales == ((Sale("by-hand", "AAPL", Decimal(3), booked.at),) if is_booked else ())


def test_the_operators_words_come_back(world: World, file: LedgerFile) -> None:
    word = Word("MSFT", Decimal(3), world.now, "bought by hand")
    archived(world, file, THURSDAY.day, words=(word,))
    world.pass_minutes(OVERNIGHT // 60)
    assert rebuilt(world, file, FRIDAY).ledger.words == (word,)


ODD_ORDER = Unreadable("order: side 'both'", "MSFT", "x", "by-hand")


@pytest.mark.parametrize(
    ("odd_position", "exits"),
    [
        (Unreadable("position: qty None", "MSFT"), 1),
        (Unreadable("position: qty None", "AAPL"), 0),
        (Unreadable("position: symbol None"), 0),
    ],
    ids=["of another symbol", "of this one", "of no one knows whom"],
)
def test_what_cannot_be_read_is_named_and_explains_nothing(
    world: World, file: LedgerFile, odd_position: Unreadable, exits: int
) -> None:
    """A position that was not told is no position of 0."""
    world.hold()
    listed = world.broker.orders_since(THURSDAY.opens)
    broker = Telling(
        world.broker,
        orders_since=Told((*listed, by_hand(world, 10)), (ODD_ORDER,)),
        open_orders=Told((), (ODD_ORDER,)),
        positions=Told((), (odd_position,)),
    )
    done = rebuilt(world, file, broker=broker)
    assert len(done.ledger.exits) == exits
    assert done.unreadable == (ODD_ORDER.what, odd_position.what)
    assert file.load() == done.ledger


@pytest.mark.parametrize("question", ["orders_since", "open_orders"])
def test_nothing_is_made_anew_without_an_order_that_may_be_ours(world: World, file: LedgerFile, question: str) -> None:
    file.path.write_bytes(b"{ torn")
    odd = Unreadable("order: side 'both'", "AAPL", "x", AAPL)
    broker = Telling(world.broker, **{question: Told((), (ODD_ORDER, odd))})
    with pytest.raises(BrokerUnreachable, match=f"may be ours cannot be read .*{AAPL}.*; nothing rebuilt"):
        rebuilt(world, file, broker=broker)
    assert file.path.read_bytes() == b"{ torn"


def test_what_could_not_be_read_again_is_not_written(world: World, file: LedgerFile) -> None:
    world.hold()
    file.path.write_bytes(b"{ torn")
    nothing = replace(world.order(), qty=Decimal(0), filled_qty=Decimal(0), legs=())
    broker = Telling(world.broker, orders_since=Told((nothing,)), open_orders=Told())
    with pytest.raises(StateUnreadable) as caught:
        rebuilt(world, file, broker=broker)
    assert caught.value.what == (
        f"cannot be made anew: {AAPL} has a quantity or price below 0; settle it on the broker's page first"
    )
    assert file.path.read_bytes() == b"{ torn"
    assert sorted(path.name for path in file.root.glob("*orders_today*")) == [file.path.name]


def test_both_legs_sold_and_the_ledger_made_anew_can_be_read(world: World, file: LedgerFile) -> None:
    """The account is short then; the next cycle says so, and everything else is looked after."""
    world.hold()
    sold = tuple(
        replace(leg, status=OrderStatus.FILLED, filled_qty=Decimal(10), filled_avg_price=Decimal(100))
        for leg in world.order().legs
    )
    broker = Telling(world.broker, orders_since=Told((replace(world.order(), legs=sold),)))
    ledger = rebuilt(world, file, broker=broker).ledger
    assert [(one.qty, one.beyond) for one in ledger.exits] == [(10, False), (10, True)]
    assert file.load() == ledger


def test_a_file_that_cannot_be_put_aside_stays(world: World, file: LedgerFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    file.path.write_bytes(b"{ torn")
    monkeypatch.setattr("os.rename", full)
    with pytest.raises(StateUnwritable, match="No space left"):
        rebuilt(world, file)
    assert file.path.read_bytes() == b"{ torn"


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
        rebuild(file, THURSDAY, number, world.broker, THURSDAY.opens, SETTLE_SECONDS)
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
