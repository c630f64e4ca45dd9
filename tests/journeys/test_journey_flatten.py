"""Getting out, against the venue: every call a process of its own, the world broken in between.

Whatever happens, a call either ends with nothing left and says 0, or says what is left and 1; said again it
finishes; nothing is sold twice; and what was sold is in the ledger once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from crash.desk import PRICES, Desk, NewDesk, prepare
from crash.forks import Forks, Outcome
from crash.promises import entered
from venue import faults
from venue.venue import Venue

from execution.state import latches
from execution.state.latches import Latches
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, EXIT_NOT_NOW, EXIT_UNREACHABLE, EXIT_USAGE
from gates.base.locks import only_one
from gates.mode import Mode

AAPL, MSFT, NVDA = (f"avx-20261120-{symbol}-entry-1" for symbol in PRICES)
ACCOUNT = "PA3VENUE0001"
FLATTEN = ("flatten", "--confirm", ACCOUNT)
CANCEL_ALL = ("cancel-all", "--confirm", ACCOUNT)


@pytest.fixture
def desk(at_venue: NewDesk) -> Desk:
    """AAPL and MSFT bought and bracketed, NVDA resting, and somebody else's three KO and one TSLA order."""
    desk = at_venue(MAX_LIVE_ORDERS_PER_DAY="3")
    stand(desk)
    return desk


def stand(desk: Desk) -> None:
    book = desk.venue.book
    assert desk.cycle().exit_code == EXIT_DONE
    book.fill(AAPL)
    book.fill(MSFT)
    book.seed_position("KO", 3, "60.00")
    book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id="theirs")


def held(desk: Desk) -> dict[str, Decimal]:
    return {symbol: position.qty for symbol, position in desk.venue.book.account.positions.items()}


def closes(desk: Desk) -> list[str]:
    names = [order.client_order_id for order in desk.venue.book.orders]
    return [name for name in names if "-flatten-" in name]


def is_flat(desk: Desk) -> bool:
    return not held(desk) and not desk.venue.book.open_orders()


def exits(desk: Desk) -> list[tuple[str, str, int]]:
    return sorted((one.symbol, one.kind, int(one.qty)) for one in desk.ledger().exits)


def flatten_until_done(desk: Desk, calls: int = 4) -> list[Outcome]:
    outcomes = []
    for _ in range(calls):
        outcomes.append(desk.cycle(verb=FLATTEN))
        if outcomes[-1].exit_code == EXIT_DONE:
            return outcomes
    raise AssertionError(f"not done after {calls} calls:\n" + "\n".join(one.output for one in outcomes))


ALL_SOLD = [("AAPL", "flatten", 9), ("MSFT", "flatten", 4)]


def test_everything_goes_and_is_written_down(desk: Desk) -> None:
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert is_flat(desk)
    assert "DONE: nothing is open and nothing is held, asked again." in outcome.output
    assert exits(desk) == ALL_SOLD
    assert [entry.held_qty for entry in desk.ledger().entries] == [0, 0, 0]
    assert latches.is_set(desk.state.latches, "flatten")


def test_what_is_left_alone_with_ours_only(desk: Desk) -> None:
    outcome = desk.cycle(verb=(*FLATTEN, "--ours-only"))
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert held(desk) == {"KO": 3}
    assert [order.client_order_id for order in desk.venue.book.open_orders()] == ["theirs"]
    assert "LEFT ALONE KO: 3 shares are not ours" in outcome.output
    assert "LEFT ALONE TSLA: buy order of 1 shares is not ours" in outcome.output


def test_of_a_symbol_held_by_both_only_ours_are_sold(desk: Desk) -> None:
    desk.venue.book.seed_position("AAPL", 5, "90.00")
    assert desk.cycle(verb=(*FLATTEN, "--ours-only")).exit_code == EXIT_DONE
    assert held(desk) == {"KO": 3, "AAPL": 5}
    assert exits(desk) == ALL_SOLD


ONE = ("flatten", "--symbol", "AAPL", "--confirm", ACCOUNT)


def test_one_symbol_goes_and_the_rest_of_the_account_stays_as_it_is(desk: Desk) -> None:
    before = [order.client_order_id for order in desk.venue.book.open_orders() if order.symbol != "AAPL"]
    outcome = desk.cycle(verb=ONE)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert held(desk) == {"MSFT": 4, "KO": 3}
    assert [order.client_order_id for order in desk.venue.book.open_orders()] == before
    assert closes(desk) == ["avx-20261120-AAPL-flatten-1"]
    assert exits(desk) == [("AAPL", "flatten", 9)]
    assert "LATCHED flatten:AAPL: nothing is opened in AAPL until" in outcome.output
    assert "DONE: nothing of AAPL is open and nothing of AAPL is held, asked again." in outcome.output


def test_said_again_it_is_done_and_sells_nothing_twice(desk: Desk) -> None:
    assert desk.cycle(verb=ONE).exit_code == EXIT_DONE
    assert desk.cycle(verb=ONE).exit_code == EXIT_DONE
    assert closes(desk) == ["avx-20261120-AAPL-flatten-1"]


def test_a_symbol_that_is_not_held_is_refused_with_words(desk: Desk) -> None:
    desk.venue.requests.clear()
    outcome = desk.cycle(verb=("flatten", "--symbol", "aaplx", "--confirm", ACCOUNT))
    assert outcome.exit_code == EXIT_USAGE
    assert (
        "nothing was done; nothing is held of AAPLX and no order in it works (held: AAPL, KO, MSFT)" in outcome.output
    )
    assert not desk.venue.requests.writes() and not latches.by_symbol(desk.state.latches)


def test_an_order_that_rests_is_enough_to_close_a_symbol(desk: Desk) -> None:
    outcome = desk.cycle(verb=("flatten", "--symbol", "NVDA", "--confirm", ACCOUNT))
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert NVDA not in [order.client_order_id for order in desk.venue.book.open_orders()]
    assert held(desk) == {"AAPL": 9, "MSFT": 4, "KO": 3}


def test_ours_only_of_one_symbol_leaves_what_others_hold_of_it(desk: Desk) -> None:
    desk.venue.book.seed_position("AAPL", 5, "90.00")
    assert desk.cycle(verb=(*ONE, "--ours-only")).exit_code == EXIT_DONE
    assert held(desk) == {"MSFT": 4, "KO": 3, "AAPL": 5}


def test_a_close_of_one_symbol_works_while_killed(desk: Desk) -> None:
    desk.state.kill_switch.touch()
    assert desk.cycle(verb=ONE).exit_code == EXIT_DONE
    assert held(desk) == {"MSFT": 4, "KO": 3}


def test_under_the_latch_of_one_symbol_only_that_symbol_is_refused(at_venue: NewDesk) -> None:
    """A latch set before the first cycle: AAPL stands aside, the others are bought; cleared, it goes on."""
    desk = at_venue(MAX_LIVE_ORDERS_PER_DAY="3")
    latch = latches.Latch(latches.flatten_of("AAPL"), datetime(2026, 11, 20, 15, 0, tzinfo=UTC), "tester", "sold out")
    latches.set_latch(desk.state.latches, latch)
    said = desk.cycle().output
    assert "Gate order AAPL status=FAIL reason=latched: flatten:AAPL (set 2026-11-20 10:00" in said
    assert "Gate entries status=PASS" in said
    assert entered(desk) == ["MSFT", "NVDA"]
    latches.clear(desk.state.latches, "flatten:AAPL", latch.at, "tester", "looked at it")
    desk.cycle()
    assert entered(desk) == ["MSFT", "NVDA", "AAPL"]


def test_the_janitor_protects_the_other_symbols_under_the_latch_of_one(desk: Desk) -> None:
    """Both lose their stops by hand; MSFT gets them back, AAPL does not until the latch is cleared."""
    latch = latches.Latch(latches.flatten_of("AAPL"), desk.venue.now(), "tester", "sold out")
    latches.set_latch(desk.state.latches, latch)
    desk.cycle(verb=CANCEL_ALL)
    for _ in range(4):
        desk.cycle()
    guarded = {order.symbol for order in desk.venue.book.open_orders() if order.side == "sell"}
    assert guarded == {"MSFT"}
    assert "the latch `flatten:AAPL` is set" in desk.said()
    latches.clear(desk.state.latches, "flatten:AAPL", desk.venue.now(), "tester", "looked at it")
    for _ in range(3):
        desk.cycle()
    assert {order.symbol for order in desk.venue.book.open_orders() if order.side == "sell"} == {"MSFT", "AAPL"}


@pytest.mark.parametrize("ledger", ["missing", "empty", "of another day"])
def test_no_ledger_is_needed_not_even_to_tell_ours_from_theirs(desk: Desk, ledger: str) -> None:
    path = desk.state.ledger(Mode.LIVE).path
    if ledger == "of another day":
        path.write_bytes(path.read_bytes().replace(b'"date_ny": "2026-11-20"', b'"date_ny": "2026-11-27"'))
    elif ledger == "missing":
        path.unlink()
    else:
        path.write_bytes(b"")
    outcome = desk.cycle(verb=(*FLATTEN, "--ours-only"))
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert held(desk) == {"KO": 3}
    assert "not written into the ledger now" in outcome.output


def test_a_fill_the_ledger_has_not_heard_of_is_ours_too(desk: Desk) -> None:
    desk.venue.book.fill(NVDA)
    assert desk.cycle(verb=(*FLATTEN, "--ours-only")).exit_code == EXIT_DONE
    assert held(desk) == {"KO": 3}
    assert exits(desk) == [*ALL_SOLD, ("NVDA", "flatten", 6)]


BROKEN_WORLDS = {
    "killed": lambda desk: desk.state.kill_switch.touch(),
    "paused": lambda desk: desk.state.paused.touch(),
    "stale": lambda desk: [path.unlink() for path in desk.state.watchlists.iterdir()],
    "state.json broken": lambda desk: desk.state.record.write_text("{"),
    "sessions.json broken": lambda desk: desk.state.sessions.write_text("{"),
    "a link for a lock": lambda desk: [desk.state.lock.unlink(), desk.state.lock.symlink_to("elsewhere")],
    "a directory for a lock": lambda desk: [desk.state.lock.unlink(), desk.state.lock.mkdir()],
    "latches.json broken": lambda desk: desk.state.latches.write_text("{"),
    "settings mistaken": lambda desk: desk.extra.update({"MAX_LIVE_ORDERS": "1", "ENTRY_TTL_SECONDS": "soon"}),
    "no caps left": lambda desk: desk.extra.update({"MAX_LIVE_ORDERS_PER_DAY": "0", "ALLOWLIST_SYMBOLS": ""}),
    "no quotes": lambda desk: desk.venue.faults.add(
        faults.server_error(), method="GET", path="/v2/stocks/*", times=faults.EVERY
    ),
    "clock down": lambda desk: desk.venue.faults.add(faults.clock_down()),
    "clock hours off": lambda desk: desk.venue.faults.add(faults.clock_offset(7200), times=faults.EVERY),
    "order history down": lambda desk: [  # the second list of each look, and its second try
        desk.venue.faults.add(faults.server_error(), method="GET", path="/v2/orders", nth=nth, times=2)
        for nth in (2, 5)
    ],
    "dry run": lambda desk: desk.extra.update({"DRY_RUN": "1"}),
    "disarmed": lambda desk: desk.state.token.unlink(),
}


@pytest.mark.parametrize("spoil", BROKEN_WORLDS.values(), ids=BROKEN_WORLDS)
def test_nothing_that_closes_entries_traps_anybody(desk: Desk, spoil: object) -> None:
    spoil(desk)  # type: ignore[operator]
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert is_flat(desk)


def test_a_close_that_times_out_and_one_that_is_refused_are_both_told_and_a_second_call_finishes(desk: Desk) -> None:
    first = desk.venue.faults.add(faults.silence(), client_order_id="*-AAPL-flatten-*", times=faults.EVERY)
    second = desk.venue.faults.add(
        faults.refuse(403, 40310000, "halted"), client_order_id="*-KO-flatten-*", times=faults.EVERY
    )
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_NOT_FINISHED
    assert "CLOSE FAILED AAPL: may have arrived, say it again: no complete answer within" in outcome.output
    assert "CLOSE FAILED KO: not taken: HTTP 403 code 40310000: halted" in outcome.output
    assert "LEFT AAPL: 9 shares are still held" in outcome.output
    assert "LEFT KO: 3 shares are still held" in outcome.output
    assert held(desk) == {"AAPL": 9, "KO": 3}
    assert f"NOT DONE. Say it again: execution flatten --confirm {ACCOUNT}" in outcome.output
    desk.venue.faults.remove(first)
    desk.venue.faults.remove(second)
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE
    assert is_flat(desk) and exits(desk) == ALL_SOLD
    assert sorted(closes(desk)) == [f"avx-20261120-{symbol}-flatten-1" for symbol in ("AAPL", "KO", "MSFT")]


@pytest.mark.parametrize(
    "fault",
    [faults.accept_then_504(), faults.accept_then_silence(), faults.half_body(), faults.garbage()],
    ids=lambda fault: fault.name,
)
def test_a_close_without_an_answer_is_found_and_never_sent_twice(desk: Desk, fault: faults.Fault) -> None:
    desk.venue.faults.add(fault, client_order_id="*-flatten-*", times=faults.EVERY)
    outcomes = flatten_until_done(desk)
    assert len(outcomes) == 1 and "CLOSE FAILED" not in outcomes[0].output, "it was looked up at once"
    assert is_flat(desk) and exits(desk) == ALL_SOLD
    assert len(closes(desk)) == 3


def test_a_close_that_hides_is_sent_again_under_its_own_id_and_sold_once(desk: Desk) -> None:
    desk.venue.book.rules.fill_closes = "on_next_read"
    desk.venue.faults.add(faults.accept_then_504(), client_order_id="*-AAPL-flatten-1")
    desk.venue.faults.add(faults.hide(5), client_order_id="*-AAPL-flatten-1")
    flatten_until_done(desk)
    assert is_flat(desk)
    assert [name for name in closes(desk) if "AAPL" in name] == ["avx-20261120-AAPL-flatten-1"]


def test_after_an_end_without_a_sale_the_attempt_rises(desk: Desk) -> None:
    desk.venue.book.rules.fill_closes = "never"
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_NOT_FINISHED
    again = desk.cycle(verb=FLATTEN)
    assert "CLOSE AAPL: is on its way already" in again.output and len(closes(desk)) == 3
    desk.venue.book.fill("avx-20261120-AAPL-flatten-1", qty=2)
    for name in closes(desk):
        desk.venue.book.end(name, "expired")
    desk.venue.book.rules.fill_closes = "on_accept"
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE
    assert "avx-20261120-AAPL-flatten-2" in closes(desk)
    assert is_flat(desk) and exits(desk) == [("AAPL", "flatten", 2), ("AAPL", "flatten", 7), ALL_SOLD[1]]


def test_shares_that_stops_hold_are_freed_first_and_waited_for(desk: Desk) -> None:
    desk.venue.book.rules.cancel_takes_reads = 6
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert is_flat(desk)
    desk.venue.book.rules.cancel_takes_reads = 0


def test_stops_that_never_let_go_end_in_a_bounded_time_with_words(desk: Desk) -> None:
    desk.venue.book.rules.cancel_takes_reads = 10_000
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_NOT_FINISHED
    assert "CLOSE FAILED AAPL: all 9 shares are held by other orders; say it again" in outcome.output
    assert "KO" not in held(desk), "one that is free is closed all the same"
    desk.venue.book.rules.cancel_takes_reads = 0
    for order in desk.venue.book.open_orders():
        order.reads_until_cancelled = 0
    assert flatten_until_done(desk)


def test_outside_the_session_closes_wait_for_the_open_and_are_sent_once(desk: Desk) -> None:
    desk.venue.set_now(datetime(2026, 11, 20, 22, 0, tzinfo=UTC))
    desk.venue.book.rules.fill_closes = "never"
    for _ in range(2):
        outcome = desk.cycle(verb=FLATTEN)
        assert outcome.exit_code == EXIT_NOT_FINISHED
    assert "The exchange is closed: what is on its way is sold at the next open." in outcome.output
    assert sorted(closes(desk)) == [f"avx-20261123-{symbol}-flatten-1" for symbol in ("AAPL", "KO", "MSFT")]
    desk.venue.set_now(datetime(2026, 11, 23, 14, 31, tzinfo=UTC))
    for name in closes(desk):
        desk.venue.book.fill(name)
    desk.cycle()
    assert exits(desk) == ALL_SOLD and desk.ledger().date_ny.isoformat() == "2026-11-23"
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_DONE


def test_a_short_position_is_not_ours_to_buy_and_is_told(desk: Desk) -> None:
    desk.venue.book.seed_position("TSLA", -2, "100.00")
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_NOT_FINISHED
    assert "LEFT ALONE TSLA: short 2 shares; buy them back on the broker's own page" in outcome.output
    assert held(desk) == {"TSLA": -2}


# The latch


def test_under_the_latch_nothing_is_opened_and_nothing_protected_until_it_is_cleared(desk: Desk) -> None:
    halted = faults.refuse(403, 40310000, "halted")
    desk.venue.faults.add(halted, client_order_id="*-AAPL-flatten-*", times=faults.EVERY)
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_NOT_FINISHED
    for _ in range(3):
        outcome = desk.cycle()
        assert "Gate entries status=FAIL reason=latched: flatten (set 2026-11-20 10:" in outcome.output
        assert "PROTECT AAPL" not in outcome.output
    latches.clear(desk.state.latches, "flatten", desk.venue.now(), "tester", "keep AAPL after all")
    for _ in range(2):
        desk.cycle()
    assert "PROTECT AAPL: qty=9" in desk.said() and desk.venue.book.unprotected("AAPL") == 0


def test_an_unreadable_latch_file_closes_entries_and_frees_the_janitor(desk: Desk) -> None:
    for order in desk.venue.book.open_orders("AAPL"):
        desk.venue.book.end(order, "canceled")
    desk.state.latches.write_text("{")
    for _ in range(3):
        outcome = desk.cycle()
        assert "reason=latches unreadable (is not valid JSON" in outcome.output
    assert desk.venue.book.unprotected("AAPL") == 0


def test_cancel_all_cancels_everything_keeps_shares_and_they_get_their_stops_back(desk: Desk) -> None:
    outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert (
        "Positions stay, their stops go with the rest: AAPL 9, KO 3, MSFT 4; the next cycles put stops back for what "
        "is ours, also while killed. `execution flatten` closes them." in outcome.output
    )
    assert desk.venue.book.open_orders() == [] and held(desk) == {"AAPL": 9, "MSFT": 4, "KO": 3}
    for _ in range(3):
        outcome = desk.cycle()
    assert "Gate entries status=FAIL reason=latched: cancel-all (" in outcome.output
    assert desk.venue.book.unprotected("AAPL") == desk.venue.book.unprotected("MSFT") == 0


def test_cancel_all_needs_no_list_of_positions(desk: Desk) -> None:
    desk.venue.faults.add(faults.server_error(), method="GET", path="/v2/positions", times=faults.EVERY)
    outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert not desk.venue.book.open_orders() and held(desk)


def test_an_answer_nested_too_deep_to_read_is_no_answer(desk: Desk) -> None:
    deep = faults.garbage(raw=b"[" * 200_000)
    desk.venue.faults.add(deep, method="GET", path="/v2/positions", times=faults.EVERY)
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_UNREACHABLE


def test_cancel_all_with_ours_only(desk: Desk) -> None:
    assert desk.cycle(verb=(*CANCEL_ALL, "--ours-only")).exit_code == EXIT_DONE
    assert [order.client_order_id for order in desk.venue.book.open_orders()] == ["theirs"]


def test_a_cancel_that_does_not_get_through_is_tried_again_and_told(desk: Desk) -> None:
    desk.venue.faults.add(faults.server_error(), method="DELETE", path="*", times=2)
    outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_DONE and outcome.output.count("CANCEL FAILED") == 2
    rule = desk.venue.faults.add(faults.server_error(), method="DELETE", path="*", times=faults.EVERY)
    desk.venue.book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id="theirs-2")
    outcome = desk.cycle(verb=CANCEL_ALL)
    assert outcome.exit_code == EXIT_NOT_FINISHED and "LEFT TSLA: buy order of 1 still works" in outcome.output
    desk.venue.faults.remove(rule)


# The suspend


def test_a_suspend_is_lifted_under_the_kill_file_and_put_back(desk: Desk) -> None:
    account = desk.venue.book.account
    account.suspend_trade = True
    seen: list[tuple[bool, bool]] = []
    look = faults.call(lambda _: seen.append((account.suspend_trade, desk.state.kill_switch.exists())), first=True)
    desk.venue.faults.add(look, client_order_id="*-flatten-*", times=faults.EVERY)
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    assert seen == [(False, True)] * 3
    assert account.suspend_trade and desk.state.kill_switch.exists() and is_flat(desk)
    assert not latches.is_set(desk.state.latches, "suspend-lifted")


def test_a_suspend_that_cannot_be_put_back_is_told_and_a_second_call_does_it(desk: Desk) -> None:
    account = desk.venue.book.account
    account.suspend_trade = True
    desk.venue.faults.add(faults.server_error(), method="PATCH", path="*", nth=2, times=faults.EVERY)
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_NOT_FINISHED and "SUSPEND NOT PUT BACK" in outcome.output
    assert is_flat(desk) and not account.suspend_trade
    desk.venue.faults.clear()
    outcome = desk.cycle(verb=FLATTEN)
    assert outcome.exit_code == EXIT_DONE and account.suspend_trade, outcome.output


# Refused at the keyboard


@pytest.mark.parametrize("arguments", [(), ("--confirm", "PA3SOMEBODY0"), ("--confirm", "")])
def test_without_the_account_number_nothing_is_done(desk: Desk, arguments: tuple[str, ...]) -> None:
    before = len([entry for entry in desk.venue.requests if entry.method != "GET"])
    for verb in ("flatten", "cancel-all"):
        outcome = desk.cycle(verb=(verb, *arguments))
        assert outcome.exit_code == EXIT_USAGE and "nothing was done" in outcome.output
        assert "AAPL" in outcome.output, "what would be done is shown all the same"
    assert len([entry for entry in desk.venue.requests if entry.method != "GET"]) == before
    assert latches.load(desk.state.latches) == Latches()


def test_a_cycle_that_does_not_let_go_is_75_and_nothing_done(desk: Desk) -> None:
    with only_one(desk.state.lock):
        outcome = desk.cycle(verb=(*FLATTEN, "--wait", "0"))
    assert outcome.exit_code == EXIT_NOT_NOW
    assert "nothing was done: another process is at work" in outcome.output
    assert held(desk) == {"AAPL": 9, "MSFT": 4, "KO": 3} and latches.load(desk.state.latches) == Latches()


def test_an_unreachable_broker_is_69(desk: Desk) -> None:
    desk.venue.faults.add(faults.server_error(), method="GET", path="*", times=faults.EVERY)
    assert desk.cycle(verb=FLATTEN).exit_code == EXIT_UNREACHABLE


def test_no_key_is_shown(desk: Desk) -> None:
    desk.venue.faults.add(faults.server_error(), client_order_id="*-flatten-*", times=faults.EVERY)
    said = desk.cycle(verb=FLATTEN).output
    assert desk.venue.key not in said and desk.venue.secret not in said


# Deaths


@pytest.mark.parametrize("stride", [11, pytest.param(2, marks=pytest.mark.slow)])
def test_died_at_a_step_and_said_again(template: Path, tmp_path: Path, forks: Forks, stride: int) -> None:
    """Killed before an I/O step of a flatten under a suspend; the next call finishes, sells nothing twice and
    owes nothing."""
    steps = _died_at(None, template, tmp_path / "whole", forks)
    assert steps > 60
    for step in range(1, steps + 1, stride):
        _died_at(step, template, tmp_path / f"died-at-{step}", forks)


def _died_at(step: int | None, template: Path, root: Path, forks: Forks) -> int:
    with Venue() as venue:
        desk = prepare(venue, template, root, forks, MAX_LIVE_ORDERS_PER_DAY="3")
        stand(desk)
        venue.book.account.suspend_trade = True
        died = desk.cycle(verb=FLATTEN, die_at=step)
        if step is not None:
            assert died.exit_code is None, step
            between = desk.cycle().output
            assert "SUBMITTED" not in between and "PROTECT" not in between, f"step {step}: {between}"
            flatten_until_done(desk)
        desk.cycle()
        assert is_flat(desk), step
        assert exits(desk) == ALL_SOLD, step
        assert len(closes(desk)) == len(set(closes(desk))) == 3, step
        assert venue.book.account.suspend_trade, step
        return died.steps
