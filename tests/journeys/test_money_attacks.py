"""What a hostile review named and did not reach: two directories on one account, a kill at the broker in each phase of
a cycle, a machine suspended between plan and POST, a misused settle, a loop that dies, deaths while receiving.

Elsewhere already: two processes in one directory and a loop beside a cycle (`test_journey_two_of_us`), a switch that
moves between two POSTs (`test_money_time`), words that settle refuses (`test_journey_lost_replies`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from crash.desk import DAY, Desk, NewDesk, prepare, settings
from crash.forks import TESTS, Forks
from crash.promises import entered, short
from support import host
from support.desk import Desk as Counter
from venue import faults, happenings
from venue.venue import Venue

from execution.cycle import run_cycle
from execution.orders import OrderStatus
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, EXIT_USAGE
from gates.base.record import dataclass
from scanner.watchlist import Row, make_watchlist, to_bytes

from .money_desk import (
    AAPL,
    CANCEL_ALL,
    FLATTEN,
    MSFT,
    NVDA,
    bought,
    entry,
    exits,
    half_bought,
    lines,
    named,
    position,
    sells,
)

NewCounter = Callable[..., Counter]
KILL = ("kill", "--broker", "--reason", "odd fills")
KILLED = (137, -9)

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")


@pytest.fixture(scope="module")
def other_forks() -> Iterator[Forks]:
    """For what is said while the first one's process waits for the broker."""
    with Forks() as running:
        yield running


@pytest.fixture
def desk(at_venue: NewDesk) -> Desk:
    return at_venue()


@pytest.fixture
def other(venue: Venue, tmp_path: Path, template: Path, other_forks: Forks) -> Desk:
    """A second directory on the same account, armed with the same list."""
    return prepare(venue, template, tmp_path / "other", other_forks)


def said_by(desk: Desk, verb: tuple[str, ...] = ("run",)) -> Callable[[object], None]:
    """As something that happens at a request of another process."""

    def happens(_request: object) -> None:
        environ = {**settings(desk.root, desk.venue.env), **desk.extra}
        desk.outcomes.append(desk.forks.run(environ, desk.venue.now(), None, verb))

    return happens


def only(desk: Desk, *symbols: str) -> None:
    """The list of the day with these rows alone."""
    levels = {"AAPL": (100, 95, 110), "MSFT": (200, 190, 220), "NVDA": (150, 142, 165)}
    rows = [Row(symbol, *map(Decimal, levels[symbol])) for symbol in symbols]
    made = make_watchlist(DAY, rows, as_of=None, generated_at=desk.venue.now(), source="by hand")
    desk.state.watchlist(DAY).write_bytes(to_bytes(made))


# Two directories on one account


def test_a_second_directory_sees_what_the_first_has_sent(desk: Desk, other: Desk) -> None:
    desk.cycle()
    outcome = other.cycle()
    assert sorted(entered(desk)) == ["AAPL", "MSFT"]
    assert "already entered today" in outcome.output
    assert "Gate order NVDA status=FAIL reason=max orders/day reached (2 of 2)" in outcome.output


@pytest.mark.parametrize("nth", [1, 2])
def test_two_directories_that_plan_the_same_send_each_order_once(desk: Desk, other: Desk, nth: int) -> None:
    """The other's whole cycle lies between the first one's look and its POST: their ids are the same."""
    desk.venue.faults.add(faults.call(said_by(other), first=True), method="POST", path="/v2/orders", nth=nth)
    assert desk.cycle().exit_code == EXIT_DONE
    for _ in range(3):
        desk.cycle()
        other.cycle()
    assert sorted(desk.our_orders()) == [AAPL, MSFT]
    assert not desk.ledger().unresolved() and not other.ledger().unresolved()


def test_two_directories_with_other_rows_exceed_a_cap_only_by_what_was_in_flight(desk: Desk, other: Desk) -> None:
    only(desk, "AAPL")
    only(other, "MSFT", "NVDA")
    for one in (desk, other):
        one.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.venue.faults.add(faults.call(said_by(other), first=True), method="POST", path="/v2/orders")
    desk.cycle()
    for _ in range(3):
        desk.cycle()
        other.cycle()
    assert sorted(entered(desk)) == ["AAPL", "MSFT"]


def test_two_directories_protect_and_flatten_the_same_shares_once(
    venue: Venue, tmp_path: Path, template: Path, forks: Forks, other_forks: Forks
) -> None:
    """The directory was copied while the shares were bought, so both hold them to be theirs."""
    desk = half_bought(venue, template, tmp_path / "state", forks)
    shutil.copytree(desk.root, tmp_path / "copy")
    other = Desk(tmp_path / "copy", venue, other_forks, dict(desk.extra))
    venue.faults.add(faults.call(said_by(other), first=True), client_order_id="*-protect-*")
    for _ in range(3):
        desk.cycle()
        other.cycle()
    stops = [order for order in venue.book.open_orders("AAPL") if order.is_stop and order.works]
    assert sum(order.remaining for order in stops) == 5 and venue.book.unprotected("AAPL") == 0
    venue.faults.add(faults.call(said_by(other, FLATTEN), first=True), client_order_id="*-flatten-*")
    for _ in range(4):
        if desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE:
            break
    assert position(desk) == 0 and sum(order.filled_qty for order in sells(desk)) == 5
    for one in (desk, other):
        one.cycle()
        assert [(kind, qty) for kind, qty, *_ in exits(one)] == [("flatten", Decimal(5))], one.said()


# A kill at the broker, in each phase of a cycle


@pytest.mark.parametrize(
    ("method", "path", "nth", "first", "left"),
    [
        ("GET", "/v2/account", 1, True, []),
        ("GET", "*quotes*", 1, False, []),
        ("POST", "/v2/orders", 1, True, []),
        ("POST", "/v2/orders", 1, False, [AAPL]),
        ("POST", "/v2/orders", 2, True, [AAPL]),
        ("POST", "/v2/orders", 2, False, [AAPL, MSFT]),
    ],
    ids=["before", "planned", "at the first", "after the first", "at the second", "after the last"],
)
def test_a_kill_at_the_broker_in_each_phase(
    desk: Desk, other_forks: Forks, method: str, path: str, nth: int, first: bool, left: list[str]
) -> None:
    killer = Desk(desk.root, desk.venue, other_forks)
    rule = desk.venue.faults.add(faults.call(said_by(killer, KILL), first=first), method=method, path=path, nth=nth)
    assert desk.cycle().exit_code == EXIT_DONE, desk.said()
    assert rule.fired == 1 and killer.outcomes[0].exit_code == EXIT_DONE, killer.said()
    assert desk.our_orders() == left
    desk.venue.book.rules.fill_entries = "never"
    for name in left[:1]:
        desk.venue.book.fill(name, qty=3)
    sent = len(desk.venue.requests.posts())
    for _ in range(3):
        assert desk.cycle().exit_code == EXIT_DONE
    assert len(desk.venue.requests.posts()) == sent, "the broker takes nothing, so nothing is sent"
    assert not [order for order in desk.venue.book.open_orders() if order.side == "buy"]
    if left:
        assert "PROTECT WAITS AAPL: 3 shares have no stop; the broker takes no orders" in desk.outcomes[-1].output
    assert desk.cycle(verb=("unkill", "--reason", "a glitch")).exit_code == EXIT_DONE
    for _ in range(3):
        desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0 and len(entered(desk)) == len(set(entered(desk)))
    assert len(entered(desk)) <= 2 and short(desk) == []


# A machine suspended between plan and POST


@dataclass(slots=True)
class BrokersClock:
    """The host's clock goes with the venue's; its monotonic one stands still while it is suspended."""

    venue: Venue

    def now(self) -> datetime:
        return self.venue.now()

    def written_at(self, file_time: float) -> datetime:
        return self.venue.now() - timedelta(hours=1)

    def sleep(self, seconds: float) -> None:
        self.venue.advance(seconds)


def in_this_process(desk: Desk) -> int:
    environ = {**settings(desk.root, desk.venue.env), **desk.extra}
    return run_cycle(open_service(environ, clock=BrokersClock(desk.venue)))


@pytest.mark.parametrize("seconds", [21, 1800, -1800])
def test_a_plan_that_slept_is_not_sent(desk: Desk, capsys: pytest.CaptureFixture[str], seconds: int) -> None:
    """Its quotes are as old as its sleep was long; the next cycle asks for new ones."""
    desk.venue.faults.add(faults.call(lambda _: desk.venue.advance(seconds)), method="GET", path="*quotes*")
    assert in_this_process(desk) == EXIT_DONE
    assert desk.our_orders() == []
    assert f"NOT SENT AAPL: reason=not sent: the plan is {seconds}s old by the clock (limit 20s)" in (
        capsys.readouterr().out
    )
    assert in_this_process(desk) == EXIT_DONE
    assert desk.our_orders() == [AAPL, MSFT]


def test_a_sleep_between_two_posts_keeps_the_second(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.venue.faults.add(faults.call(lambda _: desk.venue.advance(3600)), method="POST", path="/v2/orders")
    assert in_this_process(desk) == EXIT_DONE
    assert desk.our_orders() == [AAPL]
    assert "NOT SENT MSFT: reason=not sent: the plan is 3600s old by the clock" in capsys.readouterr().out


def test_a_sleep_over_the_close_sends_nothing(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.venue.faults.add(faults.call(lambda _: desk.venue.advance(6 * 3600)), method="GET", path="*quotes*")
    assert in_this_process(desk) == EXIT_DONE
    assert in_this_process(desk) == EXIT_DONE
    assert desk.our_orders() == []


def test_a_clock_that_is_set_right_by_a_second_keeps_nothing(desk: Desk) -> None:
    desk.venue.faults.add(faults.call(lambda _: desk.venue.advance(-1)), method="GET", path="*quotes*")
    assert in_this_process(desk) == EXIT_DONE
    assert desk.our_orders() == [AAPL, MSFT]


# A misused settle


def settle(desk: Desk, name: str, status: str, *more: str) -> int | None:
    verb = ("ledger", "settle", name, "--as", status, "--evidence", "the broker's page", *more)
    return desk.cycle(verb=verb).exit_code


def test_settle_takes_no_word_that_cannot_be_true(venue: Venue, template: Path, tmp_path: Path, forks: Forks) -> None:
    desk = bought(venue, template, tmp_path / "state", forks)
    desk.cycle()
    before = desk.ledger()
    refused = [
        settle(desk, "avx-20261120-AAPL-entry-2", "filled"),
        settle(desk, "avx-20261119-AAPL-entry-1", "cancelled"),
        settle(desk, AAPL, "filled"),
        settle(desk, AAPL, "not_sent"),
        settle(desk, AAPL, "rejected"),
        settle(desk, AAPL, "cancelled", "--filled-qty", "10"),
        settle(desk, AAPL, "cancelled", "--filled-qty", "3"),
        settle(desk, AAPL, "cancelled", "--filled-qty", "nan"),
        settle(desk, AAPL, "filled", "--price", "-1"),
    ]
    assert refused == [EXIT_USAGE] * len(refused)
    assert desk.ledger() == before


def in_doubt(venue: Venue, template: Path, root: Path, forks: Forks, *, arrives: bool) -> Desk:
    """An order of AAPL whose POST got no answer; the broker hides it, or never had it."""
    desk = prepare(venue, template, root, forks, MAX_LIVE_ORDERS_PER_DAY="1")
    only(desk, "AAPL")
    lost = faults.accept_then_reset() if arrives else faults.drop()
    venue.faults.add(lost)
    venue.faults.add(faults.hide(10**6))
    desk.cycle()
    assert entry(desk).status is OrderStatus.UNKNOWN, desk.said()
    return desk


def test_an_order_called_not_sent_that_was_filled_is_found_and_not_doubled(
    venue: Venue, template: Path, tmp_path: Path, forks: Forks
) -> None:
    desk = in_doubt(venue, template, tmp_path / "state", forks, arrives=True)
    assert settle(desk, AAPL, "not_sent") == EXIT_DONE
    venue.book.fill(AAPL)
    for _ in range(2):
        desk.cycle()
    venue.book.reveal()
    for _ in range(3):
        desk.cycle()
    assert desk.our_orders() == [AAPL] and position(desk) == 9
    assert (entry(desk).status, entry(desk).filled_qty) == (OrderStatus.FILLED, Decimal(9)), desk.said()
    assert venue.book.unprotected("AAPL") == 0


@pytest.mark.parametrize("status", ["cancelled", "rejected", "expired"])
def test_an_order_called_over_that_works_is_found_again(
    venue: Venue, template: Path, tmp_path: Path, forks: Forks, status: str
) -> None:
    """Whatever was said of it, what it buys is ours, guarded, and takes its place under the caps."""
    desk = in_doubt(venue, template, tmp_path / "state", forks, arrives=True)
    assert settle(desk, AAPL, status) == EXIT_DONE
    venue.book.reveal()
    venue.book.fill(AAPL)
    for _ in range(3):
        desk.cycle()
    assert desk.our_orders() == [AAPL] and entry(desk).held_qty == 9, desk.said()
    assert venue.book.unprotected("AAPL") == 0


def test_an_order_called_filled_that_never_was_sells_nothing_and_has_a_way_out(
    venue: Venue, template: Path, tmp_path: Path, forks: Forks
) -> None:
    desk = in_doubt(venue, template, tmp_path / "state", forks, arrives=False)
    assert settle(desk, AAPL, "filled", "--price", "100") == EXIT_DONE
    assert settle(desk, AAPL, "filled", "--price", "100") == EXIT_USAGE, "once"
    for _ in range(3):
        outcome = desk.cycle()
    assert lines(outcome, "POSITION AAPL: expected 9, found 0; `execution ledger explain AAPL")
    desk.cycle(verb=FLATTEN)
    assert sells(desk) == [] and named(desk, "protect") == [] and short(desk) == []
    explain = ("ledger", "explain", "AAPL", "--shares", "9", "--evidence", "never bought")
    assert desk.cycle(verb=explain).exit_code == EXIT_DONE, desk.said()
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE, desk.said()


# Deaths while receiving


def cold(desk: Desk, verb: tuple[str, ...], trace: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """One verb in a cold process under strace; then a minute passes."""
    environ = {**settings(desk.root, desk.venue.env), **desk.extra}
    job = json.dumps({"environ": environ, "now": desk.venue.now().isoformat(), "verb": verb})
    done = subprocess.run(
        ["strace", "-f", "-qq", *trace, sys.executable, "-m", "crash.once", job],
        env=host.environment(PYTHONPATH=f"{TESTS}:{TESTS.parent}"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    desk.venue.advance(60)
    return done


VERBS = (("run",), FLATTEN)
LEAST_RECEIVED, MOST_RECEIVED = 6, 60
"""A number beyond what a verb receives kills nobody, which ends the walk."""


def dies_receiving(template: Path, root: Path, forks: Forks, verb: tuple[str, ...], number: int) -> bool:
    """Killed right before the number-th `recvfrom`, restarted, and held against the promises; whether it was killed."""
    with Venue() as venue:
        desk = bought(venue, template, root, forks, ENTRY_TTL_SECONDS="3600")
        desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "3"
        kill = ("-o", os.devnull, "-e", "trace=recvfrom", "-e", f"inject=recvfrom:signal=SIGKILL:when={number}")
        done = cold(desk, verb, kill)
        assert done.returncode in (*KILLED, EXIT_DONE), done.stdout + done.stderr
        for _ in range(4):
            desk.cycle(verb=verb)
        desk.cycle()
        assert len(entered(desk)) == len(set(entered(desk))) <= 3 and short(desk) == [], (number, desk.said())
        assert not desk.ledger().unresolved(), (number, desk.said())
        if verb == FLATTEN:
            assert position(desk) == 0 and not venue.book.open_orders(), (number, desk.said())
            assert [(kind, qty) for kind, qty, *_ in exits(desk)] == [("flatten", Decimal(9))], (number, desk.said())
        else:
            assert sorted(entered(desk)) == ["AAPL", "MSFT", "NVDA"] and venue.book.unprotected("AAPL") == 0
            assert [post.client_order_id for post in venue.requests.posts()].count(NVDA) <= 2
        return done.returncode in KILLED


@needs_strace
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_death_while_receiving_breaks_nothing(
    template: Path, tmp_path: Path, forks: Forks, verb: tuple[str, ...]
) -> None:
    assert all(dies_receiving(template, tmp_path / str(n), forks, verb, n) for n in (3, LEAST_RECEIVED))


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_a_death_at_any_receiving_breaks_nothing(
    template: Path, tmp_path: Path, forks: Forks, verb: tuple[str, ...]
) -> None:
    numbers = range(1, MOST_RECEIVED)
    beyond = next(n for n in numbers if not dies_receiving(template, tmp_path / str(n), forks, verb, n))
    assert beyond > LEAST_RECEIVED, "strace saw nothing to kill at"


# A loop that dies


@needs_strace
@pytest.mark.parametrize("number", [4, 9, 15, 22])
def test_a_loop_killed_at_a_sync_and_started_again_sends_each_order_once(
    another: NewCounter, one_row: Counter, number: int
) -> None:
    loop = ("run", "--loop", "--max-cycles", "5", "--cycle-seconds", "60")
    desk = another(f"loop-{number}", like=one_row)
    inject = f"inject=fsync:signal=SIGKILL:when={number}"
    dead = desk.do(*loop, before=("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync", "-e", inject))
    assert dead.code in KILLED, dead.said
    desk.ok(*loop)
    assert desk.taken_symbols() == ["AAPL"]
    assert list(desk.entries().values()) == ["filled"]
    desk.check_books()


# Orders that only the ledger knows


@pytest.mark.parametrize("verb", [CANCEL_ALL, FLATTEN], ids=lambda verb: verb[0])
def test_stopping_is_not_done_while_an_order_just_sent_is_in_no_list(desk: Desk, verb: tuple[str, ...]) -> None:
    """A cycle sent it a minute ago, and no list nor the look by its id tells of that minute."""
    memory = desk.venue.book.memory
    memory.lag_seconds.update({"open": 70, "orders": 70, "find": 70})
    memory.note(desk.venue.book)
    desk.venue.advance(60)
    assert desk.cycle().exit_code == EXIT_DONE
    early = desk.cycle(verb=verb)
    assert early.exit_code == EXIT_NOT_FINISHED and "DONE: nothing" not in early.output
    assert lines(early, f"NOT VERIFIED AAPL: {AAPL} is submitted by the ledger, and the broker does not show it")
    assert [order.client_order_id for order in desk.venue.book.open_orders() if order.side == "buy"] == [AAPL, MSFT]
    for _ in range(4):
        outcome = desk.cycle(verb=verb)
    assert outcome.exit_code == EXIT_DONE, desk.said()
    assert desk.venue.book.open_orders() == []


def test_what_the_broker_lost_for_good_keeps_a_stop_unverified_and_names_the_way_out(desk: Desk) -> None:
    desk.cycle()
    for name in (AAPL, MSFT):
        happenings.lose(desk.venue.book, name)
    for _ in range(3):
        outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_NOT_FINISHED
    assert "`execution ledger settle` says what became of it" in outcome.output
    for name in (AAPL, MSFT):
        assert settle(desk, name, "cancelled", "--filled-qty", "0") == EXIT_DONE
    assert desk.cycle(verb=CANCEL_ALL).exit_code == EXIT_DONE
