"""Promise 2: one entry per symbol and session, whatever happened to the answer.

A reply that is lost is settled by looking the id up; an order that cannot be found stays in doubt,
holds its place and blocks, and is sent again, under the same id, only once it is proven absent.
"""

from __future__ import annotations

from support.desk import Desk


def the_entry(desk: Desk) -> dict[str, object]:
    (entry,) = desk.ledger()["entries"]
    return dict(entry)


def statuses(desk: Desk) -> list[str]:
    history = the_entry(desk)["history"]
    assert isinstance(history, list)
    return [event["status"] for event in history]


def test_a_lost_reply_is_one_order_adopted_at_once(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "lose-reply")
    assert live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL").submitted == ["AAPL"]
    assert statuses(live_desk) == ["intended", "submitted"]
    assert live_desk.cycle().submitted == ["MSFT", "KO"]
    assert live_desk.taken_symbols() == ["AAPL", "KO", "MSFT"]


def test_an_order_that_never_arrived_blocks_until_it_is_proven_absent_and_goes_again(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "drop")
    first = live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    assert first.line("UNKNOWN AAPL").endswith("the next cycles look again")
    name = next(iter(live_desk.entries()))
    second = live_desk.cycle()
    assert second.line("Gate entries") == f"Gate entries status=FAIL reason=unresolved orders (1, limit 0): {name}"
    assert (second.submitted, live_desk.taken()) == ([], [])
    third = live_desk.cycle()
    assert third.submitted == ["AAPL", "MSFT", "KO"], third.said
    assert "sent again" in third.line("Gate order AAPL")
    entry = next(entry for entry in live_desk.ledger()["entries"] if entry["symbol"] == "AAPL")
    assert entry["client_order_id"] == name
    assert [event["status"] for event in entry["history"]] == [
        "intended", "unknown", "unknown", "not_sent", "intended", "submitted",
    ]  # fmt: skip
    assert [order["client_order_id"] for order in live_desk.taken()].count(name) == 1


def test_two_looks_are_not_enough_before_the_time_is_over(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "drop")
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    done = live_desk.cycles(10, seconds=20, UNKNOWN_SETTLE_SECONDS="300")
    assert done.submitted == [] and live_desk.taken() == []
    assert live_desk.cycles(6, seconds=60, UNKNOWN_SETTLE_SECONDS="300").submitted == ["AAPL", "MSFT", "KO"]


def test_a_killed_desk_does_not_send_again_what_is_proven_absent(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "drop")
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    (live_desk.state / "KILL_SWITCH").touch()
    live_desk.cycles(5)
    assert statuses(live_desk)[-1] == "not_sent"
    assert live_desk.taken() == []


def test_an_order_the_broker_hides_is_found_later_and_not_doubled(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "lose-reply")
    live_desk.sim("behave", "AAPL", "hide", "--number", "2")
    first = live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    assert first.has("UNKNOWN AAPL")
    assert live_desk.taken_symbols() == ["AAPL"]
    done = live_desk.cycles(4, ALLOWLIST_SYMBOLS="AAPL")
    assert done.submitted == []
    assert the_entry(live_desk)["status"] == "filled"
    assert live_desk.taken_symbols() == ["AAPL"]


def test_an_order_that_shows_up_after_it_was_proven_absent_is_adopted(live_desk: Desk) -> None:
    """The proof was wrong. The order is ours, counts, and is followed; it is neither doubled nor foreign."""
    live_desk.sim("behave", "AAPL", "lose-reply")
    live_desk.sim("behave", "AAPL", "rest")
    live_desk.sim("behave", "AAPL", "hide", "--number", "9")
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    (live_desk.state / "PAUSED").touch()  # or it would be sent again at once
    live_desk.cycles(3)
    assert the_entry(live_desk)["status"] == "not_sent"
    live_desk.sim("clear")
    live_desk.cycles(3)
    assert live_desk.taken_symbols() == ["AAPL"]
    assert the_entry(live_desk)["status"] == "filled"
    live_desk.check_books()


def test_unknown_orders_hold_their_place_in_the_caps(live_desk: Desk) -> None:
    """Even when the gate on doubt is out of the way for being of the same cycle."""
    live_desk.sim("behave", "AAPL", "drop")
    done = live_desk.cycle(MAX_LIVE_ORDERS_PER_DAY="2", MAX_LIVE_GROSS_NOTIONAL="1750")
    assert done.has("UNKNOWN AAPL")
    assert done.submitted == ["MSFT"]


def test_a_refusal_is_final_and_takes_an_order_of_the_day(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "reject", "--text", "insufficient buying power")
    first = live_desk.cycle(MAX_LIVE_ORDERS_PER_DAY="1")
    assert "REJECTED AAPL: reason=insufficient buying power" in first.said
    live_desk.sim("clear")
    done = live_desk.cycles(3, MAX_LIVE_ORDERS_PER_DAY="1")
    assert done.submitted == [] and live_desk.taken() == []
    assert "already entered today (avx-" in done.said


def test_an_outage_is_69_and_nothing_is_guessed(live_desk: Desk) -> None:
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    before = live_desk.ledger()
    live_desk.sim("outage", "on")
    done = live_desk.do("run")
    assert done.code == 69
    assert "broker clock unavailable (" in done.said and done.submitted == []
    assert live_desk.ledger() == before
    live_desk.sim("outage", "off")
    assert live_desk.cycle().submitted == ["MSFT", "KO"]


def test_the_operator_settles_what_does_not_settle_itself(live_desk: Desk) -> None:
    live_desk.sim("behave", "AAPL", "drop")
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    name = next(iter(live_desk.entries()))
    for wrong in (
        ("settle", "avx-20200101-AAPL-entry-1", "--as", "cancelled", "--evidence", "seen"),
        ("settle", name, "--as", "cancelled", "--evidence", " "),
        ("settle", name, "--as", "filled", "--evidence", "seen", "--filled-qty", "99"),
        ("settle", name, "--as", "not_sent", "--evidence", "seen", "--filled-qty", "1"),
        ("settle", name, "--as", "gone", "--evidence", "seen"),
    ):
        assert live_desk.do("ledger", *wrong).code == 64, wrong
    live_desk.ok("ledger", "settle", name, "--as", "cancelled", "--evidence", "order page of 10:40, none there")
    assert live_desk.entries()[name] == "cancelled"
    assert "order page of 10:40" in str(the_entry(live_desk)["history"])
    assert live_desk.cycle().submitted == ["MSFT", "KO"]
