"""Whole cycles as processes, with a broker and a Slack of our own: what is told, when, and how often."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from crash.desk import DAY, Desk, NewDesk, prepare
from crash.forks import Forks
from support import host
from support.desk import new_desk, read_json
from venue import faults
from venue.slack import ANY, WEBHOOK, Slack, hanging, words
from venue.venue import Venue

from execution.orders import OrderStatus
from execution.settings.fingerprints import SALT
from gates.base.errors import EXIT_DONE, EXIT_NOT_NOW, EXIT_UNREACHABLE
from gates.base.locks import only_one
from gates.mode import Mode

AAPL, MSFT, NVDA = (f"avx-20261120-{symbol}-entry-1" for symbol in ("AAPL", "MSFT", "NVDA"))
ENABLED = "LIVE · Live trading enabled"
KILLED = "DRY_RUN · Kill switch active"


@pytest.fixture
def desk(at_venue: NewDesk, slack: Slack) -> Desk:
    return at_venue(**slack.webhook_env)


def alerts(desk: Desk) -> dict[str, object]:
    return read_json(desk.root / "alerts.json")


def kinds(slack: Slack) -> Counter[str]:
    """How often each title was told, without its mode and symbols."""
    return Counter(title.partition(" · ")[2].partition(":")[0] for title in slack.titles)


# --- what is told ---------------------------------------------------------------------------------


def test_the_first_live_cycle_tells_that_it_is_live_what_it_sent_and_how_things_stand(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    assert slack.titles == [ENABLED, "LIVE · Orders submitted: AAPL, MSFT", "LIVE · Heartbeat"]
    submitted, pulse = slack.told[1].text, slack.told[2].text
    assert "AAPL         9  100.50   95.00  110.00" in submitted
    for row in ("orders     2 of 2", "positions  2 of 5", "gross      1708.50 of 5000.0", "day P&amp;L    +0.00"):
        assert row in pulse


def test_an_order_from_submitted_to_stopped_out_and_target_hit(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.venue.book.fill(MSFT)
    desk.cycle()
    assert slack.titles[3:] == ["LIVE · Orders filled: AAPL, MSFT"]
    desk.venue.book.move_price("AAPL", "94.00", "94.02", "94.00")
    desk.venue.book.move_price("MSFT", "221.00", "221.02", "221.00")
    desk.cycle()
    assert sorted(slack.titles[4:]) == ["LIVE · Stopped out: AAPL", "LIVE · Target hit: MSFT"]
    stopped = next(one for one in slack.told if "Stopped out" in one.title)
    assert re.search(r"AAPL +9 +9\d\.\d\d +-\d+\.\d\d", stopped.text), stopped.text


def test_rejected_in_doubt_and_settled(desk: Desk, slack: Slack) -> None:
    desk.venue.faults.add(faults.refuse(403, 40310000, "insufficient buying power"), symbol="AAPL")
    desk.venue.faults.add(faults.accept_then_504(), symbol="MSFT")
    desk.venue.faults.add(faults.hide(2), symbol="MSFT")
    desk.cycle()
    assert {"LIVE · Order rejected: AAPL", "LIVE · Order in doubt: MSFT"} <= set(slack.titles)
    assert slack.count("insufficient buying power") == 1
    for _ in range(2):
        desk.cycle()
    assert slack.titles.count("LIVE · Order settled: MSFT") == 1
    assert slack.titles.count("LIVE · Order in doubt: MSFT") == 1


def test_every_title_of_a_rehearsal_says_so(desk: Desk, slack: Slack) -> None:
    desk.extra["DRY_RUN"] = "1"
    desk.cycle()
    (desk.root / "PAUSED").touch()
    desk.cycle()
    assert len(slack.titles) >= 3
    assert all(title.startswith("DRY_RUN · ") for title in slack.titles)
    assert all(one.text.startswith("DRY_RUN · ") for one in slack.told)


def test_a_pause_and_a_changed_setting(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    slack.told.clear()
    (desk.root / "PAUSED").touch()
    desk.extra["MAX_LIVE_POSITIONS"] = "3"
    desk.cycle()
    assert slack.titles == ["LIVE · Settings changed since the last cycle", "LIVE · Entries paused"]
    assert slack.told[0].text.splitlines()[2] == "MAX_LIVE_POSITIONS", "the name and no value"
    (desk.root / "PAUSED").unlink()
    desk.cycle()
    assert slack.titles[2:3] == ["LIVE · Entries resumed"]


def test_a_list_that_is_gone_is_told_once_and_that_it_is_back(desk: Desk, slack: Slack) -> None:
    path = desk.state.watchlist(DAY)
    kept = path.read_bytes()
    path.unlink()
    desk.cycle()
    desk.cycle()
    assert slack.titles.count("LIVE · Watchlist not usable") == 1
    path.write_bytes(kept)
    desk.cycle()
    assert slack.titles.count("LIVE · Watchlist usable again") == 1


def test_a_break_between_ledger_and_broker_is_told_once_and_that_it_is_mended(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.venue.book.fill(AAPL)
    desk.cycle()
    lie = faults.rewrite(lambda positions: [one | {"qty": "7"} for one in positions], path="/v2/positions")
    rule = desk.venue.faults.add(lie)
    for _ in range(3):
        desk.cycle()
    assert slack.titles.count("LIVE · Reconciliation break: AAPL") == 1
    assert slack.count("expected 9, found 7, difference -2") == 1
    desk.venue.faults.remove(rule)
    desk.cycle()
    assert slack.titles.count("LIVE · Ledger and broker agree again") == 1


def test_live_ends_with_the_session_and_is_told(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.venue.advance(6 * 3600)
    desk.cycle()
    desk.cycle()
    assert slack.titles.count("DRY_RUN · Live trading ended") == 1
    assert slack.count("the session is closed") == 1


# --- once, and not again --------------------------------------------------------------------------


@pytest.mark.slow
def test_two_hundred_cycles_in_one_state_tell_each_edge_once(tmp_path: Path, slack: Slack) -> None:
    """Most of them in one process, for time's sake; the last ten are processes of their own."""
    desk = new_desk(tmp_path / "desk")
    desk.env |= {**slack.webhook_env, "LOG_REPEATS": "1"}  # as `cycles` has it; a change would be told
    (desk.state / "KILL_SWITCH").touch()
    (desk.state / "PAUSED").touch()
    desk.cycles(190)
    for _ in range(10):
        desk.cycle()
    counted = kinds(slack)
    assert counted.pop("Heartbeat") == 4
    assert counted == {"Kill switch active": 1, "Entries paused": 1}, slack.titles


def test_a_process_that_starts_in_a_state_tells_it_once_and_its_end(desk: Desk, slack: Slack) -> None:
    (desk.root / "KILL_SWITCH").touch()
    desk.cycle()
    desk.cycle()
    assert slack.titles.count(KILLED) == 1
    (desk.root / "KILL_SWITCH").unlink()
    desk.cycle()
    assert slack.titles[-3:-1] == ["LIVE · Kill switch cleared", ENABLED] or ENABLED in slack.titles
    (desk.root / "KILL_SWITCH").touch()
    desk.cycle()
    assert slack.titles.count(KILLED) == 2 and slack.titles.count("DRY_RUN · Live trading ended") == 1


# --- Slack in trouble -----------------------------------------------------------------------------


TROUBLE = {
    "hangs": hanging(),
    "refuses": faults.drop(),
    "429": faults.rate_limited(retry_after_seconds=120),
    "500": faults.server_error(500),
    "wrong token": words(403, "invalid_token"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE.keys())
def test_an_hour_without_slack_loses_nothing_and_doubles_nothing(desk: Desk, slack: Slack, fault: faults.Fault) -> None:
    slack.faults.add(fault, method=ANY, path=WEBHOOK, times=faults.EVERY)
    cycles = 5 if fault.name == "silence" else 20  # a hang costs three real seconds each
    for number in range(cycles):
        if number == 1:
            desk.venue.book.fill(AAPL)
        if number == 3:
            (desk.root / "KILL_SWITCH").touch()
        outcome = desk.cycle()
        desk.venue.advance(3600 / cycles - 60)
        assert outcome.exit_code == EXIT_DONE, outcome.output
        assert "messages wait" in outcome.output or "asked to wait" in outcome.output
    assert slack.told == []
    assert len(desk.venue.requests.posts()) == 2, "orders went out as ever"
    slack.faults.clear()
    for _ in range(3):
        desk.cycle()
    said = "\n".join(one.text for one in slack.told)
    for words_ in ("Live trading enabled", "Orders submitted: AAPL, MSFT", "Order filled: AAPL", "Kill switch active"):
        assert said.count(words_) == 1, said
    assert "outbox" not in alerts(desk)


def test_orders_are_at_the_broker_before_slack_hears_a_byte(desk: Desk, slack: Slack) -> None:
    seen: list[int] = []
    slack.faults.add(
        faults.call(lambda _: seen.append(len(desk.venue.requests.posts())), first=True), path=WEBHOOK, times=3
    )
    desk.cycle()
    assert seen
    assert {*seen} == {2}, "however many were told before the time for telling was over"
    assert read_json(desk.root / "heartbeat.json")["finished_at"] is not None


def test_a_hanging_slack_holds_no_lock_and_makes_no_order_later(desk: Desk, slack: Slack) -> None:
    free: list[bool] = []

    def look(_: object) -> None:
        with only_one(desk.state.lock):
            free.append(True)

    slack.faults.add(faults.call(look, first=True), path=WEBHOOK)
    slack.faults.add(hanging(), method=ANY, path=WEBHOOK, times=faults.EVERY)
    began = time.monotonic()
    desk.cycle()
    assert free == [True]
    assert time.monotonic() - began < host.PATIENCE_SECONDS
    assert "no complete answer within" in desk.said()


# --- death ----------------------------------------------------------------------------------------


def test_killed_between_send_and_record_it_is_told_twice_at_most_and_never_not_at_all(desk: Desk, slack: Slack) -> None:
    def kill(_: object) -> None:
        os.kill(int(read_json(desk.root / "heartbeat.json")["pid"]), signal.SIGKILL)

    slack.faults.add(faults.call(kill), path=WEBHOOK, nth=2)
    assert desk.cycle().exit_code is None
    assert slack.titles == [ENABLED, "LIVE · Orders submitted: AAPL, MSFT"]
    desk.cycle()
    counted = Counter(slack.titles)
    assert counted[ENABLED] == 1 and counted["LIVE · Orders submitted: AAPL, MSFT"] == 2
    assert counted["LIVE · Heartbeat"] == 1


@pytest.mark.slow
def test_killed_at_any_step_of_telling_nothing_is_lost(
    tmp_path: Path, template: Path, forks: Forks, slack: Slack
) -> None:
    def walk(name: str, die_at: int | None) -> tuple[int, Counter[str]]:
        slack.told.clear()
        with Venue() as venue:
            desk = prepare(venue, template, tmp_path / name, forks, **slack.webhook_env)
            steps = desk.cycle(die_at).steps
            if die_at is not None:
                desk.cycle()
        return steps, Counter(slack.titles)

    steps, undisturbed = walk("whole", None)
    all_of_it = {ENABLED, "LIVE · Orders submitted: AAPL, MSFT", "LIVE · Heartbeat"}
    assert set(undisturbed) == all_of_it
    for die_at in range(steps, steps - 45, -3):
        _, told = walk(f"at-{die_at}", die_at)
        missing = [title for title in all_of_it if not 1 <= told[title] <= 2]
        assert missing == [], f"killed at step {die_at} of {steps}: {told}"


# --- cycles that fail -----------------------------------------------------------------------------


def test_a_broker_that_is_not_reached_is_told_once_and_so_is_its_return(desk: Desk, slack: Slack) -> None:
    rule = desk.venue.faults.add(faults.clock_down())
    for _ in range(5):
        assert desk.cycle().exit_code == EXIT_UNREACHABLE
    assert [title for title in slack.titles if "Cycle failed" in title] == ["Cycle failed"]
    assert slack.count("broker unreachable") == 1 and slack.count("HTTP 503") >= 1
    desk.venue.faults.remove(rule)
    desk.cycle()
    desk.cycle()
    assert slack.titles.count("LIVE · Cycles end well again") == 1


def test_a_lock_that_is_held_is_told(desk: Desk, slack: Slack) -> None:
    with only_one(desk.state.lock):
        assert desk.cycle().exit_code == EXIT_NOT_NOW
    assert slack.count("another process is at work") >= 1


def test_wrong_settings_close_entries_and_are_told(desk: Desk, slack: Slack) -> None:
    desk.extra["MAX_LIVE_POSITIONS"] = "five"
    desk.cycle()
    assert slack.count("MAX_LIVE_POSITIONS=five") >= 1
    assert "DRY_RUN" in slack.titles[0] or "LIVE" in slack.titles[0]


def test_a_wrong_slack_setting_closes_entries_and_never_ends_the_run(desk: Desk, slack: Slack) -> None:
    desk.extra["SLACK_WEBHOOK_URL"] = "http://hooks.example.com/services/T/B/hush-hush-hush"
    outcome = desk.cycle()
    assert outcome.exit_code == 78
    assert "Gate entries status=FAIL" in outcome.output and "hush" not in outcome.output
    assert desk.venue.requests.select("GET", "/v2/positions"), "what is held is still looked after"


def test_no_secret_in_any_message_log_or_file(desk: Desk, slack: Slack) -> None:
    slack.faults.add(words(403, "invalid_token"), method=ANY, path=WEBHOOK, times=2)
    desk.venue.faults.add(faults.refuse(403, 40310000, f"no {desk.venue.secret} for you"), symbol="AAPL")
    for _ in range(4):
        desk.cycle()
    everything = desk.said() + "".join(one.everything for one in slack.told)
    kept = (desk.root / "alerts.json").read_text()
    assert slack.told
    for secret in ("webhook-secret-of-the-venue", "two-keys-for-the-grid", desk.venue.key):
        assert secret not in everything and secret not in kept
    assert desk.venue.secret not in kept + "".join(one.everything for one in slack.told)


def test_a_damaged_key_of_fingerprints_stops_no_telling(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    (desk.state.snapshots / SALT).write_bytes(b"torn\n")
    (desk.root / "KILL_SWITCH").touch()
    outcome = desk.cycle()
    assert KILLED in slack.titles, outcome.output
    assert "is not a key of ours" in outcome.output


def test_a_cycle_that_finds_another_at_work_tells_nothing_of_that_ones_orders(desk: Desk, slack: Slack) -> None:
    """The intents of a cycle that is just submitting are on disk and not in doubt."""
    desk.cycle(die_at=None)
    ledger = desk.ledger()
    intended = msgspec.structs.replace(
        ledger.entries[0], client_order_id=NVDA, symbol="NVDA", status=OrderStatus.INTENDED,
        history=(ledger.entries[0].history[0],), order_id=None,
    )  # fmt: skip
    desk.state.ledger(Mode.LIVE).save(msgspec.structs.replace(ledger, entries=(*ledger.entries, intended)))
    slack.told.clear()
    desk.extra["MAX_LIVE_POSITIONS"] = "4"
    with only_one(desk.state.lock):
        assert desk.cycle().exit_code == EXIT_NOT_NOW
    assert slack.titles == ["Cycle skipped"], "nor was it a cycle whose settings could have changed"
