"""What outlives its reason: places, levels, switches, clocks and files, each held against the venue.

Numbers are those of the review that found them (R3, R7, R8, R14, R15, R19, R20).
"""

from __future__ import annotations

import argparse
import errno
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from crash.desk import DAY, Desk, NewDesk, settings
from venue import faults
from venue.venue import Venue

from execution.cli.stop_options import add_arguments, stop_with
from execution.cycle import run_cycle
from execution.operator.initialise import initialise
from execution.settings.parsing import parse
from execution.state import arming, latches
from execution.state.arming import Armed
from execution.state.latches import Latch
from execution.wiring import open_service
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, EXIT_STATE
from gates.base.statefile import StateUnwritable, render, sealed
from scanner.watchlist import Row, make_watchlist, to_bytes

AAPL, MSFT = "avx-20261120-AAPL-entry-1", "avx-20261120-MSFT-entry-1"
STRAY = "avx-20261119-AAPL-entry-1"
BRACKET = {"order_class": "bracket", "time_in_force": "gtc", "take_profit": {"limit_price": "110"}}


@pytest.fixture
def desk(at_venue: NewDesk) -> Desk:
    """Its entries rest for an hour."""
    return at_venue(ENTRY_TTL_SECONDS="3600")


def entry_posts(desk: Desk) -> list[str | None]:
    return [post.client_order_id for post in desk.venue.requests.posts()]


def rows(desk: Desk, *wanted: tuple[str, str, str, str], session: datetime | None = None) -> None:
    """The list of the day: symbol, entry, stop, target."""
    day = DAY if session is None else session.date()
    listed = [Row(symbol, *map(Decimal, levels)) for symbol, *levels in wanted]
    made = make_watchlist(day, listed, as_of=None, generated_at=desk.venue.now(), source="by hand")
    desk.state.watchlist(day).write_bytes(to_bytes(made))


# R3: a fill seen anywhere counts everywhere


def test_a_fill_between_two_questions_of_one_cycle_takes_its_place(desk: Desk) -> None:
    desk.extra["MAX_LIVE_POSITIONS"] = "1"
    desk.cycle()
    assert entry_posts(desk) == [AAPL]
    desk.venue.faults.add(
        faults.call(lambda _: desk.venue.book.fill(AAPL), first=True), method="GET", path="/v2/orders"
    )
    outcome = desk.cycle()
    assert "Gate order MSFT status=FAIL reason=max positions reached (1 of 1)" in outcome.output
    assert entry_posts(desk) == [AAPL]


def test_a_list_of_positions_that_lags_makes_no_room(desk: Desk) -> None:
    desk.extra["MAX_LIVE_POSITIONS"] = "1"
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.venue.faults.add(faults.rewrite(lambda _: [], path="/v2/positions"))
    for _ in range(3):
        desk.cycle()
    assert entry_posts(desk) == [AAPL]


# R8: an order of ours is ours whatever its day


def test_an_entry_of_yesterday_that_the_ledger_forgot_blocks_its_symbol_and_a_place(desk: Desk) -> None:
    """The cancel takes its time, and the order fills before it: still one entry's worth of shares."""
    desk.extra |= {"MAX_LIVE_POSITIONS": "1", "ENTRY_TTL_SECONDS": "600"}
    book = desk.venue.book
    book.rules.cancel_takes_reads = 1000
    desk.venue.set_now(datetime(2026, 11, 19, 20, 0, tzinfo=UTC))
    book.seed_order(
        symbol="AAPL", qty="9", limit_price="100.39", client_order_id=STRAY, stop_loss={"stop_price": "97"}, **BRACKET
    )
    desk.venue.set_now(datetime(2026, 11, 20, 15, 31, tzinfo=UTC))
    outcome = desk.cycle()
    assert f"already entered today ({STRAY} " in outcome.output
    assert "Gate order MSFT status=FAIL reason=max positions reached (1 of 1)" in outcome.output
    book.fill(STRAY)
    desk.cycle()
    assert entry_posts(desk) == []


# R7: what was not sent goes out with the levels of the row now


def test_a_row_that_was_mended_goes_out_as_it_reads_now(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "5"
    rows(desk, ("MSFT", "200", "190", "220"), ("AAPL", "99.90", "50", "106"))
    desk.venue.faults.add(faults.call(lambda _: desk.state.kill_switch.touch(), first=True), method="POST")
    assert "NOT SENT AAPL" in desk.cycle().output
    rows(desk, ("AAPL", "99.90", "97", "106"))
    desk.state.kill_switch.unlink()
    desk.cycle()
    bought = [order for order in desk.venue.book.orders if order.symbol == "AAPL" and order.side == "buy"]
    assert [order.client_order_id for order in bought] == ["avx-20261120-AAPL-entry-2"]
    assert [leg.stop_price for leg in bought[0].legs if leg.is_stop] == [Decimal(97)]


def test_an_unchanged_row_goes_out_again_under_its_id(desk: Desk) -> None:
    desk.venue.faults.add(faults.call(lambda _: desk.state.kill_switch.touch(), first=True), method="POST")
    assert "NOT SENT MSFT" in desk.cycle().output
    desk.state.kill_switch.unlink()
    desk.cycle()
    assert entry_posts(desk) == [AAPL, MSFT]


# R15: the switches are looked at before every POST


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("token", "confirm token file missing"),
        ("paused", "paused (file)"),
        ("chmod", "confirm token file permissions too open (0644, want 0600)"),
        ("other token", "LIVE_CONFIRM_TOKEN mismatch"),
    ],
)
def test_a_switch_that_moves_between_two_orders_stops_the_second(desk: Desk, switch: str, reason: str) -> None:
    moves = {
        "token": desk.state.token.unlink,
        "paused": desk.state.paused.touch,
        "chmod": lambda: desk.state.token.chmod(0o644),
        "other token": lambda: desk.state.token.write_text("something else, later"),
    }
    desk.venue.faults.add(faults.call(lambda _: moves[switch](), first=True), method="POST")
    outcome = desk.cycle()
    assert f"NOT SENT MSFT: reason=not sent: {reason} " in outcome.output
    assert entry_posts(desk) == [AAPL]


class BrokersClock:
    """The host's clock goes with the venue's."""

    def __init__(self, venue: Venue) -> None:
        self.now = venue.now
        self.sleep = venue.advance

    def written_at(self, file_time: float) -> datetime:
        return self.now() - timedelta(hours=1)


def test_until_comes_between_two_orders(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """`arm --until 10:31:30`, and the broker takes a minute to answer."""
    environ = {**settings(desk.root, desk.venue.env), **desk.extra}
    limits = parse(environ).settings.limits
    until = desk.venue.now() + timedelta(seconds=30)
    arming.write(
        desk.state,
        Armed(
            schema=arming.SCHEMA,
            armed_at=desk.venue.now(),
            by="tester",
            host=arming.this_host(),
            account=desk.venue.book.account.number,
            endpoint=desk.venue.url,
            sessions=(DAY,),
            until=until,
            limits=arming.limits_of(limits),
            preflight="none",
            override="a test",
        ),
    )
    environ["LIVE_CONFIRM_TOKEN"] = desk.state.token.read_text()
    desk.venue.faults.add(faults.call(lambda _: desk.venue.advance(60), first=True), method="POST")
    assert run_cycle(open_service(environ, clock=BrokersClock(desk.venue))) == EXIT_DONE
    assert "NOT SENT MSFT: reason=not sent: confirm token expired (armed 2026-11-20) " in capsys.readouterr().out
    assert entry_posts(desk) == [AAPL]


def test_a_pause_stops_a_rehearsal_too(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {**settings(desk.root, desk.venue.env), **desk.extra, "DRY_RUN": "1"}
    desk.venue.faults.add(faults.call(lambda _: desk.state.paused.touch(), first=True), method="GET", path="*quotes*")
    assert run_cycle(open_service(environ, clock=BrokersClock(desk.venue))) == EXIT_DONE
    assert "NOT SENT AAPL: reason=not sent: paused (file) " in capsys.readouterr().out


# R20: "skipping" skips


@pytest.mark.parametrize("seconds", [-600, -11, 6, 600])
def test_a_skew_cancels_nothing(desk: Desk, seconds: int) -> None:
    desk.cycle()
    desk.venue.faults.add(faults.clock_offset(seconds), times=faults.EVERY)
    outcome = desk.cycle()
    assert "clock skew too large" in outcome.output and "CANCEL" not in outcome.output
    assert desk.venue.book.find(AAPL).is_open


def test_a_broker_that_says_closed_ends_the_entries_and_the_line_says_so(desk: Desk) -> None:
    desk.cycle()
    desk.venue.faults.add(faults.clock_open_forced(False), times=faults.EVERY)
    said = desk.cycle().output
    assert "Session 2026-11-20 is over by the broker's clock (it says closed, 2026-11-20 10:32:00 EST)." in said
    assert "CANCEL AAPL: reason=session over" in said
    assert not desk.venue.book.find(AAPL).is_open


def test_the_time_of_an_entry_is_judged_by_the_brokers_clock(desk: Desk) -> None:
    """The host runs half an hour fast: what was sent two minutes ago has not been there for half an hour."""
    desk.extra["ENTRY_TTL_SECONDS"] = "600"
    desk.cycle()
    desk.venue.faults.add(faults.clock_offset(-1800), times=faults.EVERY)
    desk.venue.advance(1800)
    outcome = desk.cycle()
    assert "clock skew too large" in outcome.output and "CANCEL" not in outcome.output, outcome.output
    desk.venue.advance(1800)
    assert "CANCEL AAPL: reason=not filled in time" in desk.cycle().output


def test_marks_are_of_the_brokers_time_while_the_hosts_is_wrong(desk: Desk) -> None:
    """R12: a cycle on a host that is three days ahead must not put off protecting by three days."""
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.cycle()
    for leg in desk.venue.book.find(AAPL).legs:
        if leg.is_open:
            desk.venue.book.end(leg, "canceled")
    right = desk.venue.now()
    ahead = timedelta(days=3)
    rule = desk.venue.faults.add(faults.clock_offset(-ahead.total_seconds()), times=faults.EVERY)
    desk.venue.set_now(right + ahead)
    assert "skipping cycle" in desk.cycle().output
    desk.venue.faults.remove(rule)
    desk.venue.set_now(right + timedelta(minutes=1))
    desk.cycle()
    desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0


# R14: files that are gone switch nothing off but entries


def without_legs(desk: Desk) -> None:
    """AAPL filled, and its stop and target ended by somebody."""
    desk.venue.book.fill(AAPL)
    desk.cycle()
    for leg in desk.venue.book.find(AAPL).legs:
        if leg.is_open:
            desk.venue.book.end(leg, "canceled")


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"schema": 2}'])
def test_without_a_session_table_the_janitor_goes_by_the_brokers_clock(desk: Desk, content: bytes | None) -> None:
    desk.cycle()
    without_legs(desk)
    desk.state.sessions.unlink()
    if content is not None:
        desk.state.sessions.write_bytes(content)
    outcomes = [desk.cycle() for _ in range(3)]
    assert {outcome.exit_code for outcome in outcomes} == {EXIT_STATE}
    assert "Session table does not know today (ends unreadable: " in outcomes[0].output
    assert desk.venue.book.unprotected("AAPL") == 0, desk.said()
    assert desk.venue.book.find(MSFT).is_open and "session over" not in desk.said()
    desk.venue.faults.add(faults.clock_down())
    desk.state.kill_switch.touch()
    desk.cycle()
    assert not desk.venue.book.find(MSFT).is_open
    assert entry_posts(desk)[:2] == [AAPL, MSFT]


def test_without_a_session_table_naked_shares_are_reason_enough_to_ask(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    desk.cycle()
    without_legs(desk)
    desk.state.sessions.write_bytes(b"{")
    for _ in range(3):
        desk.cycle()
    assert desk.venue.book.unprotected("AAPL") == 0, desk.said()


def test_without_a_session_table_the_close_is_the_brokers(desk: Desk) -> None:
    desk.cycle()
    desk.state.sessions.unlink()
    desk.venue.set_now(datetime(2026, 11, 20, 21, 30, tzinfo=UTC))
    outcome = desk.cycle()
    assert outcome.exit_code == EXIT_STATE
    assert "Session 2026-11-20 is over by the broker's clock" in outcome.output
    assert not desk.venue.book.find(AAPL).is_open
    asked = len(desk.venue.requests)
    assert desk.cycle().exit_code == EXIT_STATE
    assert len(desk.venue.requests) == asked, "nothing is left, so nothing is asked"


def test_past_the_end_of_the_table_the_janitor_works_too(desk: Desk) -> None:
    desk.extra["ENTRY_TTL_SECONDS"] = "86400"
    desk.cycle()
    document = json.loads(desk.state.sessions.read_bytes())
    document["sessions"] = [day for day in document["sessions"] if day < "2026-11-20"]
    document["early_closes"] = {day: at for day, at in document["early_closes"].items() if day < "2026-11-20"}
    document["last"] = document["sessions"][-1]
    desk.state.sessions.write_bytes(render(sealed({key: document[key] for key in document if key != "sha256"})))
    outcome = desk.cycle()
    assert outcome.exit_code == EXIT_DONE
    assert "Session table does not know today (ends 2026-11-19); skipping cycle." in outcome.output
    assert desk.venue.book.find(AAPL).is_open, "the broker says that this is a session"


def test_outside_the_session_a_host_that_is_ahead_cancels_nothing(desk: Desk) -> None:
    """Ten at night by the host, and the broker is in the middle of the session."""
    desk.extra["ENTRY_TTL_SECONDS"] = "86400"
    desk.cycle()
    desk.venue.faults.add(faults.clock_offset(-6 * 3600), times=faults.EVERY)
    desk.venue.faults.add(faults.clock_open_forced(True), times=faults.EVERY)
    desk.venue.set_now(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    assert "CANCEL" not in desk.cycle().output
    assert desk.venue.book.find(AAPL).is_open


def flattened(desk: Desk) -> None:
    desk.cycle()
    desk.venue.book.fill(AAPL)
    outcome = desk.cycle(verb=("flatten", "--confirm", desk.venue.book.account.number))
    assert outcome.exit_code in (EXIT_DONE, EXIT_NOT_FINISHED), outcome.output
    assert latches.is_set(desk.state.latches, "flatten")


def test_a_latch_does_not_end_with_its_file(desk: Desk) -> None:
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "5"
    flattened(desk)
    desk.state.latches.unlink()
    sent = entry_posts(desk)
    for _ in range(2):
        assert f"Gate entries status=FAIL reason=latches unreadable ({latches.LOST})" in desk.cycle().output
    assert entry_posts(desk) == sent
    latches.clear(desk.state.latches, "unreadable", desk.venue.now(), "tester", "looked at the broker's page")
    assert "latches unreadable" not in desk.cycle().output
    assert [one.latch.name for one in latches.load(desk.state.latches).cleared] == ["unreadable"]


def test_a_latch_set_where_the_file_was_lost_says_so_too(desk: Desk) -> None:
    desk.cycle()
    desk.state.latches.unlink()
    latches.set_latch(desk.state.latches, Latch("flatten", desk.venue.now(), "tester", "out of everything"))
    assert [one.name for one in latches.load(desk.state.latches).latches] == ["unreadable", "flatten"]


def test_a_lost_state_record_opens_nothing_and_traps_nothing(desk: Desk) -> None:
    """The live ledger, sealed, says whose account it is; `init` makes the record again."""
    desk.cycle()
    without_legs(desk)
    desk.state.record.unlink()
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = "5"
    for _ in range(3):
        outcome = desk.cycle()
        assert outcome.exit_code == EXIT_STATE
    assert "state.json: missing; run `execution init`; nothing can be sent that cannot be recorded" in outcome.output
    assert desk.venue.book.unprotected("AAPL") == 0
    desk.state.kill_switch.touch()
    desk.cycle()
    assert not desk.venue.book.find(MSFT).is_open
    assert not desk.state.record.exists() and len([name for name in entry_posts(desk) if "entry" in str(name)]) == 2
    desk.state.kill_switch.unlink()
    made_again(desk)
    assert desk.cycle().exit_code == EXIT_DONE, desk.said()
    assert desk.state.read_record().account == desk.venue.book.account.number


def made_again(desk: Desk) -> list[str]:
    environ = {**settings(desk.root, desk.venue.env), **desk.extra}
    return initialise(desk.state, parse(environ).settings, desk.venue.now(), new_account=False)


def test_a_lost_record_does_not_take_its_guards_along(desk: Desk) -> None:
    flattened(desk)
    desk.state.record.unlink()
    desk.state.latches.unlink()
    assert "Missing, and not made again: latches.json. What that closes says how to begin it again." in made_again(desk)
    assert "Gate entries status=FAIL reason=latches unreadable (was begun here" in desk.cycle().output


def test_another_accounts_keys_touch_nothing_without_the_record(desk: Desk) -> None:
    desk.cycle()
    desk.state.record.unlink()
    desk.venue.book.account.number = "PA3SOMEBODYELSE"
    desk.state.kill_switch.touch()
    assert desk.cycle().exit_code == EXIT_STATE
    assert desk.venue.book.find(AAPL).is_open


def test_a_directory_of_the_first_schema_begins_its_guards_once_and_says_so(desk: Desk) -> None:
    record = json.loads(desk.state.record.read_bytes())
    desk.state.record.write_bytes(render({"schema": 1, "created_at": record["created_at"], "account": None}))
    desk.state.latches.unlink()
    desk.state.tokens.unlink()
    said = "begun latches.json, tokens.json; from now on one that is gone closes entries"
    outcome = desk.cycle()
    assert said in outcome.output and entry_posts(desk) == [AAPL, MSFT]
    assert desk.state.read_record().begun == ("latches", "tokens")
    assert said not in desk.cycle().output


# R15: a token's text lives one session, whatever its file's time says


def monday(desk: Desk) -> None:
    desk.venue.set_now(datetime(2026, 11, 23, 15, 31, tzinfo=UTC))
    rows(desk, ("NVDA", "150", "142", "165"), session=desk.venue.now())


def test_a_token_that_served_comes_to_no_new_life_with_a_copy(desk: Desk) -> None:
    """The clock of these journeys tells every file as an hour old, as a copy without times does."""
    assert "mode=LIVE" in desk.cycle().output
    monday(desk)
    reason = "confirm token expired (armed 2026-11-23, its text served 2026-11-20; make a new one)"
    assert f"Gate mode=DRY_RUN status=FAIL reason={reason}" in desk.cycle().output
    desk.state.token.write_text("a new one")
    desk.extra["LIVE_CONFIRM_TOKEN"] = "a new one"
    assert "mode=LIVE" in desk.cycle().output
    assert b"a new one" not in desk.state.tokens.read_bytes()


def test_a_token_serves_as_many_sessions_as_it_may_and_no_more(desk: Desk) -> None:
    desk.extra["LIVE_ARM_SESSIONS"] = "2"
    desk.cycle()
    monday(desk)
    assert "mode=LIVE" in desk.cycle().output
    desk.venue.set_now(datetime(2026, 11, 24, 15, 31, tzinfo=UTC))
    assert "its text served 2026-11-20; make a new one)" in desk.cycle().output


def test_without_its_list_of_tokens_a_directory_takes_a_new_one_only(desk: Desk) -> None:
    desk.cycle()
    desk.state.tokens.unlink()
    said = desk.cycle().output
    assert "tokens.json was lost; begun again, and a hand-made token that lies there is expired" in said
    assert "confirm token expired (armed 2026-11-20, tokens.json was lost while it lay here; make a new one)" in said
    desk.state.tokens.write_text("{")
    assert "(armed 2026-11-20, tokens.json is unreadable (is not valid JSON" in desk.cycle().output
    desk.state.tokens.unlink()
    desk.cycle()
    desk.state.token.write_text("a new one")
    desk.extra["LIVE_CONFIRM_TOKEN"] = "a new one"
    assert "mode=LIVE" in desk.cycle().output


# R19: a file system without locks traps nobody


def test_flatten_goes_on_where_nothing_can_be_locked_and_says_so(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.cycle()
    desk.venue.book.fill(AAPL)

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    environ = {**settings(desk.root, desk.venue.env), **desk.extra}
    with pytest.raises(StateUnwritable, match="No locks available"):
        run_cycle(open_service(environ, clock=BrokersClock(desk.venue)))
    parser = argparse.ArgumentParser()
    parser.set_defaults(symbol=None)
    add_arguments(parser)
    service = open_service(environ, clock=BrokersClock(desk.venue), any_record=True)
    args = parser.parse_args(["--confirm", desk.venue.book.account.number])
    code = stop_with(service, args, "tester", closes=True)
    said = capsys.readouterr().out
    assert "NOT LOCKED: " in said and "No locks available" in said
    assert code == EXIT_DONE, said
    assert desk.venue.book.account.qty("AAPL") == 0
