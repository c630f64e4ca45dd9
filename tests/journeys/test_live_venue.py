"""LIVE against the venue, each cycle a process of its own: exactly once, caps, stops, nothing foreign."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from crash.day import between
from crash.desk import DAY, PRICES, Desk, NewDesk
from crash.promises import is_quiet, violations
from venue import faults
from venue.bars import Bar
from venue.venue import Venue

from execution.orders import OrderStatus
from gates.base.errors import EXIT_DONE, EXIT_NOT_NOW, EXIT_SETTINGS, EXIT_UNREACHABLE
from gates.mode import Mode
from scanner.watchlist import Row, make_watchlist, to_bytes

AAPL, MSFT, NVDA = (f"avx-20261120-{symbol}-entry-1" for symbol in PRICES)


@pytest.fixture
def desk(at_venue: NewDesk) -> Desk:
    return at_venue()


def writes(desk: Desk) -> list[str]:
    return [f"{entry.method} {entry.path}" for entry in desk.venue.requests if entry.method != "GET"]


def entry_posts(desk: Desk) -> list[str | None]:
    return [post.client_order_id for post in desk.venue.requests.posts()]


def ten_rows(desk: Desk) -> list[str]:
    """Ten symbols that all want in, with caps that let them."""
    symbols = [f"T{letter}" for letter in "ABCDEFGHIJ"]
    rows = [Row(symbol, Decimal(20), Decimal(19), Decimal(22)) for symbol in symbols]
    for symbol in symbols:
        desk.venue.book.move_price(symbol, "20.01", "20.02", "20.01")
    listed = make_watchlist(DAY, rows, as_of=None, generated_at=desk.venue.now(), source="ten")
    desk.state.watchlist(DAY).write_bytes(to_bytes(listed))
    desk.extra |= {
        "MAX_LIVE_ORDERS_PER_DAY": "10",
        "MAX_LIVE_POSITIONS": "10",
        "MAX_LIVE_GROSS_NOTIONAL": "10000",
    }
    return symbols


@pytest.mark.parametrize(
    "fault",
    [faults.accept_then_504(), faults.accept_then_504(html=True), faults.accept_then_silence(), faults.half_body()],
    ids=lambda fault: fault.name,
)
def test_an_accepted_order_without_an_answer_is_posted_once_and_ends_filled(desk: Desk, fault: faults.Fault) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.venue.faults.add(fault)
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.cycle()
    assert entry_posts(desk) == [AAPL]
    (entry,) = desk.ledger().entries
    assert entry.status is OrderStatus.FILLED and entry.held_qty == entry.qty
    assert violations(desk) == []


def test_an_order_hidden_from_every_look_stays_unknown_and_blocks(desk: Desk) -> None:
    desk.venue.faults.add(faults.accept_then_504())
    desk.venue.faults.add(faults.hide(6))
    desk.cycle()
    entry = desk.ledger().find(AAPL)
    assert entry is not None and entry.status is OrderStatus.UNKNOWN
    desk.extra["UNKNOWN_SETTLE_SECONDS"] = "3600"
    outcome = desk.cycle()
    assert "Gate entries status=FAIL reason=unresolved orders (1, limit 0): " + AAPL in outcome.output
    for _ in range(3):
        desk.cycle()
    entry = desk.ledger().find(AAPL)
    assert entry is not None and entry.status in (OrderStatus.SUBMITTED, OrderStatus.WORKING, OrderStatus.CANCELLED)
    assert entry_posts(desk).count(AAPL) == 1


def test_what_never_arrived_is_proven_absent_and_sent_again_as_it_was(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.venue.faults.add(faults.drop())
    desk.cycle()
    for _ in range(3):
        desk.cycle()
    first, second = desk.venue.requests.posts()
    assert first.body == second.body and first.client_order_id == AAPL
    statuses = [event.status.value for event in desk.ledger().entries[0].history]
    assert (
        statuses[:2] == ["intended", "unknown"] and "not_sent" in statuses and statuses[-1] in ("submitted", "working")
    )
    assert violations(desk) == []


def test_every_intent_of_the_cycle_is_on_disk_when_the_first_order_arrives(desk: Desk) -> None:
    on_disk: list[dict[str, str]] = []

    def look(_: object) -> None:
        on_disk.append({entry.client_order_id: entry.status.value for entry in desk.ledger().entries})

    desk.venue.faults.add(faults.call(look, first=True), times=faults.EVERY)
    desk.cycle()
    assert on_disk == [{AAPL: "intended", MSFT: "intended"}] * 2


def test_a_protection_is_on_disk_before_it_is_sent(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    desk.cycle()
    on_disk: list[str] = []

    def look(_: object) -> None:
        on_disk.extend(f"{one.client_order_id} {one.status.value}" for one in desk.ledger().entries[0].protections)

    desk.venue.faults.add(faults.call(look, first=True))
    desk.cycle()
    assert on_disk == ["avx-20261120-AAPL-protect-1 intended"]


@pytest.mark.slow
def test_two_hundred_deaths_at_random_steps_and_restarts_at_once(desk: Desk) -> None:
    """Killed again and again with a second between, then left alone until quiet."""
    rng = random.Random(20261120)
    deaths = 0
    while deaths < 200:
        deaths += desk.cycle(die_at=rng.randint(1, 60 if deaths < 30 else 32)).exit_code is None
        desk.venue.advance(-58)
        between(desk)
    for _ in range(8):
        desk.cycle()
        between(desk)
    assert violations(desk) == [] and is_quiet(desk)


@pytest.mark.parametrize("nth", [1, 2, 5, 9])
def test_no_order_leaves_after_the_kill_file_but_the_one_in_flight(desk: Desk, nth: int) -> None:
    ten_rows(desk)
    desk.venue.faults.add(faults.call(lambda _: desk.state.kill_switch.touch(), first=True), nth=nth)
    outcome = desk.cycle()
    assert len(entry_posts(desk)) == nth
    assert outcome.output.count("NOT SENT") == 10 - nth
    assert "reason=not sent: kill switch active (file)" in outcome.output
    desk.cycle()
    assert len(entry_posts(desk)) == nth
    assert all(not order.is_open for order in desk.venue.book.orders if order.side == "buy")
    desk.state.kill_switch.unlink()


def test_a_kill_cancels_entries_and_protects_what_they_bought(desk: Desk) -> None:
    desk.cycle()
    desk.venue.book.fill(MSFT, qty=2)
    desk.state.kill_switch.symlink_to("nowhere")
    outcome = desk.cycle()
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)" in outcome.output
    assert "CANCEL MSFT: reason=kill switch active" in outcome.output
    assert desk.venue.book.unprotected("MSFT") == 0
    assert [name for name in entry_posts(desk) if name and "protect" in name] == ["avx-20261120-MSFT-protect-1"]
    desk.cycle()
    assert violations(desk) == []


def test_the_kill_settings_leave_entries_and_shares_alone(desk: Desk) -> None:
    desk.extra |= {"KILL_CANCELS_ENTRIES": "0", "KILL_PROTECTS_POSITIONS": "0", "ENTRY_TTL_SECONDS": "3600"}
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.state.kill_switch.touch()
    before = writes(desk)
    for _ in range(3):
        desk.cycle()
    assert writes(desk) == before


def test_a_deleted_ledger_makes_no_room_under_the_cap(desk: Desk) -> None:
    desk.extra |= {"MAX_LIVE_ORDERS_PER_DAY": "3", "ENTRY_TTL_SECONDS": "3600"}
    desk.cycle()
    assert entry_posts(desk) == [AAPL, MSFT, NVDA]
    more = [*(Row(s, Decimal(p), Decimal(p) * 95 / 100, Decimal(p) * 2) for s, p in PRICES.items())]
    more.append(Row("TSLA", Decimal(300), Decimal(290), Decimal(330)))
    desk.venue.book.move_price("TSLA", "300.10", "300.12", "300.11")
    listed = make_watchlist(DAY, more, as_of=None, generated_at=desk.venue.now(), source="four")
    desk.state.watchlist(DAY).write_bytes(to_bytes(listed))
    desk.state.ledger(Mode.LIVE).path.unlink()
    for _ in range(3):
        outcome = desk.cycle()
        assert "Gate mode=DRY_RUN status=FAIL reason=ledger unavailable (missing)" in outcome.output
    assert entry_posts(desk) == [AAPL, MSFT, NVDA]


def test_orders_of_another_host_count_and_are_adopted(desk: Desk) -> None:
    """The same account, another machine, no ledger in common."""
    book = desk.venue.book
    bracket = {"order_class": "bracket", "time_in_force": "gtc", "take_profit": {"limit_price": "165"}}
    book.seed_order(
        symbol="NVDA", qty="6", limit_price="150.75", client_order_id=NVDA, stop_loss={"stop_price": "142.5"}, **bracket
    )
    desk.extra["ENTRY_TTL_SECONDS"] = "3600"
    outcome = desk.cycle()
    assert f"ADOPTED NVDA: {NVDA}" in outcome.output
    assert entry_posts(desk) == [AAPL]
    assert violations(desk) == []


def test_foreign_orders_and_positions_survive_everything_unchanged(desk: Desk) -> None:
    book = desk.venue.book
    book.seed_position("MSFT", 7, "180.00")
    other = book.seed_order(symbol="NVDA", qty=3, limit_price="120", client_order_id="theirs-1")
    desk.cycle()
    book.fill(AAPL, qty=3)
    desk.state.kill_switch.touch()
    for _ in range(3):
        desk.cycle()
    desk.venue.set_now(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    desk.cycle()
    assert book.account.qty("MSFT") == 7 and book.unprotected("MSFT") == 7
    assert other.is_open and other.status == "new"
    assert entry_posts(desk) == [AAPL, "avx-20261120-AAPL-protect-1"]
    assert "code=foreign" in desk.outcomes[0].output


@pytest.mark.parametrize("die_at", [None, 20, 30, 36, 40, 44, 48])
def test_a_partial_fill_at_its_time_ends_protected_once(desk: Desk, die_at: int | None) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    desk.cycle()
    desk.cycle(die_at)
    for _ in range(3):
        desk.cycle()
    assert desk.venue.book.account.qty("AAPL") == 4 and desk.venue.book.unprotected("AAPL") == 0
    assert len([one for one in desk.our_orders() if "protect" in one]) == 1
    assert violations(desk) == []


def test_a_cancel_that_takes_its_time_is_waited_for(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.venue.book.rules.cancel_takes_reads = 6
    desk.cycle()
    desk.venue.book.fill(AAPL, qty=4)
    for _ in range(6):
        desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0
    assert violations(desk) == []


def test_a_held_stop_is_not_taken_for_a_dead_one(desk: Desk) -> None:
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.venue.book.fill(MSFT)
    for _ in range(5):
        desk.cycle()
    assert not [one for one in desk.our_orders() if "protect" in one]
    assert violations(desk) == []


def test_a_position_whose_legs_were_cancelled_is_protected_in_the_second_cycle(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.cycle()
    for leg in desk.venue.book.find(AAPL).legs:
        if leg.is_open:
            desk.venue.book.end(leg, "canceled")
    desk.cycle()
    assert desk.venue.book.unprotected("AAPL") > 0, "one cycle of grace, a list may be late"
    desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0
    desk.cycle()
    assert violations(desk) == []


def test_exits_are_written_and_a_sale_by_hand_is_a_foreign_one(desk: Desk) -> None:
    desk.cycle()
    book = desk.venue.book
    book.fill(AAPL)
    book.fill(MSFT)
    desk.cycle()
    book.move_price("AAPL", "94.00", "94.02", "94.01")
    for leg in book.find(MSFT).legs:
        if leg.is_open:
            book.end(leg, "canceled")
    by_hand = book.seed_order(symbol="MSFT", qty=4, side="sell", type="market", client_order_id="by-hand")
    book.fill(by_hand, price="199.00")
    desk.cycle()
    desk.cycle()
    exits = {(one.symbol, one.kind, one.qty) for one in desk.ledger().exits}
    assert exits == {("AAPL", "stop", Decimal(9)), ("MSFT", "foreign", Decimal(4))}
    assert all(entry.held_qty == 0 for entry in desk.ledger().entries)
    assert not [one for one in desk.our_orders() if "protect" in one]


def test_a_break_locks_its_symbol_says_the_numbers_and_heals(desk: Desk) -> None:
    """A split doubles what is held over the weekend; on Monday the symbol is locked until it fits again."""
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.cycle()
    monday = datetime(2026, 11, 23, 15, 31, tzinfo=UTC)
    desk.venue.set_now(monday)
    rows = [Row("AAPL", Decimal(100), Decimal(95), Decimal(110))]
    listed = make_watchlist(monday.date(), rows, as_of=None, generated_at=monday, source="monday")
    desk.state.watchlist(monday.date()).write_bytes(to_bytes(listed))
    desk.venue.book.move_price("AAPL", "100.10", "100.12", "100.11")
    desk.venue.book.account.hold("AAPL", Decimal(9), Decimal(100))
    outcome = desk.cycle()
    locked = (
        "Gate order AAPL status=FAIL reason=symbol locked (position differs: expected 9, found 18, difference +9; "
        "`execution ledger explain` enters why)"
    )
    assert f"{locked} code=reconciliation" in outcome.output
    desk.venue.book.account.hold("AAPL", Decimal(-9), Decimal(100))
    assert "symbol locked" not in desk.cycle().output


def test_a_status_nobody_knows_holds_its_place_and_nothing_more(desk: Desk) -> None:
    desk.extra |= {"MAX_LIVE_ORDERS_PER_DAY": "5", "ENTRY_TTL_SECONDS": "3600"}
    desk.venue.faults.add(faults.unknown_status("pending_quantum_review", AAPL))
    assert desk.cycle().exit_code == EXIT_DONE
    assert desk.cycle().exit_code == EXIT_DONE
    entry = desk.ledger().find(AAPL)
    assert entry is not None and entry.status is OrderStatus.WORKING
    assert entry_posts(desk) == [AAPL, MSFT, NVDA]


def test_seven_hundred_orders_of_today_are_handled(desk: Desk) -> None:
    for number in range(700):
        desk.venue.book.seed_order(symbol="IBM", qty=1, limit_price="100", client_order_id=f"theirs-{number}")
        desk.venue.advance(0.01)
    assert desk.cycle().exit_code == EXIT_DONE
    assert entry_posts(desk) == [AAPL, MSFT]
    reads = [entry for entry in desk.venue.requests if entry.method == "GET"]
    assert len(reads) < 12


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.clock_down(), "clock: HTTP 503"),
        (faults.clock_offset(600), "clock skew too large (600.0s, limit 5s)"),
        (faults.clock_open_forced(False), "broker clock disagrees (broker says closed, our table says open)"),
    ],
    ids=["down", "ten minutes off", "closed"],
)
def test_a_clock_that_disagrees_opens_nothing(desk: Desk, fault: faults.Fault, reason: str) -> None:
    desk.venue.faults.add(fault, times=faults.EVERY)
    outcome = desk.cycle()
    assert reason in outcome.output and "skipping cycle." in outcome.output
    assert outcome.exit_code == (EXIT_UNREACHABLE if "503" in reason else EXIT_DONE)
    assert writes(desk) == []


def test_a_holiday_asks_the_broker_nothing_even_if_its_clock_says_open(desk: Desk) -> None:
    desk.venue.set_now(datetime(2026, 11, 26, 15, 31, tzinfo=UTC))  # Thanksgiving
    desk.venue.faults.add(faults.clock_open_forced(True), times=faults.EVERY)
    outcome = desk.cycle()
    assert "Market closed; skipping cycle." in outcome.output
    assert len(desk.venue.requests) == 0


def test_after_the_close_what_rests_is_cancelled_by_the_cycle_and_by_sweep(desk: Desk) -> None:
    desk.extra["ENTRY_TTL_SECONDS"] = "86400"
    desk.cycle()
    assert desk.cycle(verb=("sweep",)).exit_code == EXIT_NOT_NOW
    assert len(desk.venue.book.open_orders()) == 6
    desk.venue.book.fill(MSFT, qty=1)
    desk.venue.set_now(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    outcome = desk.cycle()
    assert "Market closed; skipping cycle." in outcome.output and "CANCEL AAPL: reason=session over" in outcome.output
    assert desk.venue.book.unprotected("MSFT") == 0
    assert not [order for order in desk.venue.book.open_orders() if order.side == "buy"]
    asked = len(desk.venue.requests)
    desk.cycle()
    assert len(desk.venue.requests) == asked, "nothing unfinished is left, so nothing is asked"
    assert desk.cycle(verb=("sweep",)).exit_code == EXIT_DONE
    assert violations(desk) == []


def test_a_hung_venue_ends_within_the_budget_and_the_next_cycle_recovers(desk: Desk) -> None:
    rule = desk.venue.faults.add(faults.silence(), method="GET", path="*", times=faults.EVERY)
    assert desk.cycle().exit_code == EXIT_UNREACHABLE
    desk.venue.faults.remove(rule)
    assert desk.cycle().exit_code == EXIT_DONE
    assert entry_posts(desk) == [AAPL, MSFT]


def test_another_account_is_a_no_before_anything_is_written(desk: Desk, tmp_path: Path) -> None:
    desk.cycle()
    files = {path: path.read_bytes() for path in desk.root.rglob("*.json") if path.name != "heartbeat.json"}
    with Venue(seed=8) as other:
        other.book.account.number = "PA3SOMEBODY0"
        for symbol, price in PRICES.items():
            other.book.move_price(symbol, price, price + 1, price)
        stranger = Desk(desk.root, other, desk.forks, dict(desk.extra))
        outcome = stranger.cycle()
        assert "account mismatch (state dir is bound to PA3VENUE0001, broker says PA3SOMEBODY0)" in outcome.output
        assert writes(stranger) == []
    after = {path: path.read_bytes() for path in desk.root.rglob("*.json") if path.name != "heartbeat.json"}
    assert after == files


def test_dry_run_writes_nothing_at_the_broker(desk: Desk) -> None:
    desk.extra["DRY_RUN"] = "1"
    for _ in range(3):
        assert desk.cycle().exit_code == EXIT_DONE
    assert writes(desk) == []
    assert [entry.symbol for entry in desk.state.ledger(Mode.DRY_RUN).load().entries] == ["AAPL", "MSFT"]


def test_dry_run_looks_after_what_is_live(desk: Desk) -> None:
    desk.cycle()
    desk.venue.book.fill(MSFT, qty=1)
    desk.extra["DRY_RUN"] = "1"
    for _ in range(3):
        desk.cycle()
    assert desk.venue.book.unprotected("MSFT") == 0
    assert not [order for order in desk.venue.book.open_orders() if order.side == "buy"]


def test_a_misspelt_cap_opens_nothing_and_the_janitor_still_works(desk: Desk) -> None:
    desk.cycle()
    desk.venue.book.fill(MSFT, qty=1)
    desk.extra["MAX_LIVE_ORDERS"] = "3"
    for _ in range(3):
        outcome = desk.cycle()
        assert outcome.exit_code == EXIT_SETTINGS
        assert "MAX_LIVE_ORDERS=3: no such setting; did you mean MAX_LIVE_ORDERS_PER_DAY?" in outcome.output
    assert "CANCEL MSFT" in desk.said() and desk.venue.book.unprotected("MSFT") == 0
    assert entry_posts(desk)[:2] == [AAPL, MSFT] and NVDA not in entry_posts(desk)


def held_rows(desk: Desk, count: int) -> None:
    """So many rows, and every one of them would be entered: two closed bars above the entry, an ask near it."""
    now = desk.venue.now()
    opens = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    bars = [Bar.at(opens - timedelta(minutes=10 * back), 20, 20.5, 19.5, 20.05) for back in (2, 1)]
    rows = [Row(f"R{number}", Decimal(20), Decimal(19), Decimal(22)) for number in range(count)]
    for row in rows:
        desk.venue.book.move_price(row.symbol, "20.01", "20.02", "20.01")
        desk.venue.market.set_bars(row.symbol, "10Min", bars)
    listed = make_watchlist(DAY, rows, as_of=None, generated_at=now, source="many")
    desk.state.watchlist(DAY).write_bytes(to_bytes(listed))


@pytest.mark.parametrize(("rows", "reads"), [(5, 7), (200, 7), (201, 7), (500, 7), (501, 9)])
def test_requests_do_not_grow_with_the_watchlist(desk: Desk, rows: int, reads: int) -> None:
    """Counted where they arrive, in LIVE: the same up to 500 rows, and one POST for each order."""
    orders = 4
    desk.extra |= {"ENTRY_TRIGGER": "hold", "MAX_LIVE_ORDERS_PER_DAY": str(orders), "MAX_LIVE_POSITIONS": "9"}
    desk.extra |= {"MAX_LIVE_GROSS_NOTIONAL": "50000", "HTTP_TIMEOUT_SECONDS": "15"}
    held_rows(desk, rows)
    outcome = desk.cycle()
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert len(desk.venue.requests.posts()) == orders, outcome.output
    assert len(desk.venue.requests) == reads + orders


def test_rebuild_brings_back_what_the_broker_remembers(desk: Desk, tmp_path: Path) -> None:
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.cycle()
    kept = {entry.client_order_id: entry.qty for entry in desk.ledger().entries}
    desk.state.ledger(Mode.LIVE).path.write_bytes(b"")
    shutil.copytree(desk.root, tmp_path / "kept")
    outcome = desk.cycle(verb=("rebuild",))
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert {entry.client_order_id: entry.qty for entry in desk.ledger().entries} == kept
    assert list(desk.root.glob("live_orders_today.json.broken-*"))
    desk.cycle()
    assert violations(desk) == []
