"""`execution watch` beside a service that dies, `execution failed` after a unit, and the dead-man ping."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest
from crash.desk import DAY, Desk, NewDesk
from support import host
from support.desk import Desk as Simulated
from support.sessions import FRIDAY, lay_sessions
from venue import faults
from venue.slack import ANY, WEBHOOK, Slack, hanging

from execution.state import heartbeat
from execution.state.heartbeat import SCHEMA, Heartbeat
from gates.base.errors import EXIT_DONE, EXIT_UNREACHABLE
from gates.base.record import replace
from gates.base.sessions import new_york_day

SILENT = "The execution service is silent"
BACK = "The execution service is back"
PERIOD_SECONDS = 120
"""How often the timer of the examples starts the watch."""


@pytest.fixture
def desk(at_venue: NewDesk, slack: Slack) -> Desk:
    return at_venue(**slack.webhook_env)


def watch(desk: Desk, *options: str) -> int:
    """One watch; the clock stands where it stood."""
    outcome = desk.cycle(verb=("watch", *options))
    desk.venue.advance(-60)
    assert outcome.exit_code is not None
    return outcome.exit_code


def about(slack: Slack, words: str) -> list[str]:
    return [title for title in slack.titles if words in title]


@pytest.mark.parametrize("offset", [0, 30, 59])
def test_a_service_killed_in_the_session_is_noticed_within_two_periods(desk: Desk, slack: Slack, offset: int) -> None:
    desk.cycle()
    assert watch(desk) == 0 and about(slack, "silent") == []
    desk.cycle(die_at=20)  # killed in the middle; no cycle comes after it
    desk.venue.advance(offset - 60)
    codes = []
    for _ in range(2):
        desk.venue.advance(PERIOD_SECONDS)
        codes.append(watch(desk))
    assert codes[-1] == 2
    assert len(about(slack, SILENT)) == 1
    assert slack.count("has not finished") == 1


def test_silence_is_told_once_and_so_is_its_end(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.venue.advance(600)
    for _ in range(5):
        assert watch(desk) == 2
        desk.venue.advance(PERIOD_SECONDS)
    assert len(about(slack, SILENT)) == 1 and about(slack, BACK) == []
    desk.cycle()
    assert watch(desk) == 0
    assert len(about(slack, BACK)) == 1 and len(about(slack, SILENT)) == 1


def test_a_service_that_never_began_is_silent_from_the_limit_after_the_open(desk: Desk, slack: Slack) -> None:
    opens = desk.venue.now().replace(hour=14, minute=30, second=0)
    for seconds, code in ((60, 0), (120, 0), (121, 2)):
        desk.venue.set_now(opens)
        desk.venue.advance(seconds)
        assert watch(desk) == code
    assert slack.count("no heartbeat was ever written") == 1


def test_outside_the_session_nobody_is_silent(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.venue.advance(7 * 3600)
    assert watch(desk) == 0
    assert about(slack, "silent") == []


def test_the_list_is_looked_for_from_an_hour_before_the_open_and_told_once(desk: Desk, slack: Slack) -> None:
    desk.state.watchlist(DAY).unlink()
    opens = desk.venue.now().replace(hour=14, minute=30, second=0)
    for minutes, code, told in ((-61, 0, 0), (-59, 1, 1), (-40, 1, 1)):
        desk.venue.set_now(opens)
        desk.venue.advance(minutes * 60)
        assert watch(desk) == code
        assert len(about(slack, "Watchlist not usable")) == told
    desk.venue.set_now(opens)
    desk.venue.advance(60)
    desk.cycle()
    assert len(about(slack, "Watchlist not usable")) == 1, "the cycle does not tell it again"


def test_what_waits_is_flushed_by_the_watch(desk: Desk, slack: Slack) -> None:
    slack.faults.add(faults.server_error(500), method=ANY, path=WEBHOOK, times=2)
    desk.cycle()
    assert watch(desk) == EXIT_UNREACHABLE, "it could not be told yet"
    assert slack.told == []
    assert watch(desk) == 0
    assert about(slack, "Live trading enabled") and about(slack, "Orders submitted")


def test_a_watch_asks_the_broker_nothing_and_is_not_held_by_slack(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    before = len(desk.venue.requests)
    desk.venue.advance(600)
    slack.faults.add(hanging(), method=ANY, path=WEBHOOK, times=faults.EVERY)
    assert watch(desk) == 2
    assert len(desk.venue.requests) == before


def without(desk: Desk, **service_only: str) -> tuple[Desk, Desk]:
    """The service with switches in a drop-in of its own unit, and the watch, whose unit has none of them."""
    return replace(desk, extra={**desk.extra, **service_only}), desk


def test_a_kill_switch_in_the_services_own_environment_is_not_cleared_by_the_watch(desk: Desk, slack: Slack) -> None:
    service, watcher = without(desk, KILL_SWITCH="1")
    for _ in range(3):
        service.cycle()
        watch(watcher)
    assert len(about(slack, "Kill switch active")) == 1 and about(slack, "Kill switch cleared") == []


def test_a_kill_file_is_told_by_the_watch_when_the_service_is_dead(desk: Desk, slack: Slack) -> None:
    (desk.root / "KILL_SWITCH").touch()
    watch(desk)
    watch(desk)
    assert len(about(slack, "Kill switch active")) == 1


def test_the_watch_names_the_mode_of_the_service_and_not_its_own(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.extra["LIVE_TRADING"] = "0"  # the drop-in that makes it LIVE is the service's alone
    desk.venue.advance(600)
    assert watch(desk) == 2
    assert about(slack, SILENT) == [f"LIVE · {SILENT}"]


@pytest.mark.parametrize("die_at", [15, 20])
def test_a_service_that_is_killed_in_every_cycle_is_silent(desk: Desk, slack: Slack, die_at: int) -> None:
    desk.cycle()
    codes = []
    for _ in range(5):
        desk.cycle(die_at=die_at)
        codes.append(watch(desk))
    assert codes[-1] == 2, "it begins every minute and never comes to an end"
    assert len(about(slack, SILENT)) == 1


def test_silence_is_told_again_in_the_next_session(desk: Desk, slack: Slack) -> None:
    desk.cycle()
    desk.venue.advance(600)
    watch(desk)
    desk.venue.advance(72 * 3600)  # Monday, and still nobody is there
    assert watch(desk) == 2 and watch(desk) == 2
    assert len(about(slack, SILENT)) == 2


def test_without_a_session_table_nobody_says_that_all_is_well(desk: Desk, slack: Slack) -> None:
    desk.state.sessions.write_text("{}")
    assert watch(desk) == 1


# --- watch --act ----------------------------------------------------------------------------------


def suspended(desk: Desk) -> bool:
    return bool(desk.venue.book.account.suspend_trade)


def test_act_suspends_the_account_once_when_live_and_silent_for_longer_than_the_limit(desk: Desk, slack: Slack) -> None:
    desk.extra["WATCH_SUSPEND_SECONDS"] = "300"
    desk.cycle()
    desk.venue.advance(140)
    watch(desk, "--act")
    assert not suspended(desk) and about(slack, SILENT), "silent, not yet so long"
    desk.venue.advance(200)
    for _ in range(3):
        watch(desk, "--act")
    assert suspended(desk)
    assert len(about(slack, "Trading suspended at the broker")) == 1
    assert len([one for one in desk.venue.requests if one.method == "PATCH"]) == 1


@pytest.mark.parametrize(
    ("extra", "options"),
    [
        ({"WATCH_SUSPEND_SECONDS": "300"}, ()),
        ({}, ("--act",)),
        ({"WATCH_SUSPEND_SECONDS": "300", "DRY_RUN": "1"}, ("--act",)),
    ],
    ids=["without --act", "off by default", "DRY_RUN"],
)
def test_nothing_is_suspended(desk: Desk, extra: dict[str, str], options: tuple[str, ...]) -> None:
    desk.extra |= extra
    desk.cycle()
    desk.venue.advance(3000)
    assert watch(desk, *options) == 2
    assert not suspended(desk)


def test_a_broker_that_cannot_be_told_to_suspend_is_told_to_a_person(desk: Desk, slack: Slack) -> None:
    desk.extra["WATCH_SUSPEND_SECONDS"] = "300"
    desk.cycle()
    desk.venue.advance(900)
    desk.venue.faults.add(faults.server_error(500), method="*", path="/v2/account/configurations", times=faults.EVERY)
    assert watch(desk, "--act") == 2
    assert len(about(slack, "Trading NOT suspended")) == 1
    for _ in range(3):
        watch(desk, "--act")
    assert len(about(slack, "Trading NOT suspended")) == 1, "told once, not every two minutes"


# --- the dead-man ping ----------------------------------------------------------------------------


def test_a_cycle_pings_start_and_success_and_fail_when_it_fails(desk: Desk, slack: Slack) -> None:
    desk.extra["HEALTHCHECK_URL"] = f"{slack.url}/ping/8a2f-uuid-of-the-check"
    desk.cycle()
    check = "/ping/8a2f-uuid-of-the-check"
    assert slack.pings == [f"{check}/start", check]
    desk.venue.faults.add(faults.clock_down())
    assert desk.cycle().exit_code == EXIT_UNREACHABLE
    assert slack.pings[2:] == [f"{check}/start", f"{check}/fail"]
    assert "8a2f-uuid" not in desk.said() + "".join(one.everything for one in slack.told)


def test_a_dead_man_that_hangs_delays_no_order_and_costs_the_budget_once(desk: Desk, slack: Slack) -> None:
    desk.extra["HEALTHCHECK_URL"] = f"{slack.url}/ping/8a2f-uuid-of-the-check"
    slack.faults.add(hanging(), method=ANY, path="/ping/*", times=faults.EVERY)
    assert desk.cycle().exit_code == EXIT_DONE
    assert "Dead-man ping not taken" in desk.said()
    assert about(slack, "Orders submitted")


def test_pings_need_no_slack(desk: Desk, slack: Slack) -> None:
    desk.extra["HEALTHCHECK_URL"] = f"{slack.url}/ping/8a2f-uuid-of-the-check"
    desk.extra.pop("SLACK_WEBHOOK_URL")
    desk.cycle()
    assert len(slack.pings) == 2 and slack.told == []
    assert not (desk.root / "alerts.json").exists()


# --- verbs as a person or systemd runs them -------------------------------------------------------


@pytest.fixture
def simulated(tmp_path: Path, slack: Slack) -> Simulated:
    (tmp_path / "desk").mkdir()
    simulated = Simulated(tmp_path / "desk", {**slack.bot_env})
    lay_sessions(simulated.state, FRIDAY)
    simulated.ok("init")
    return simulated


def journalctl(directory: Path, lines: str) -> str:
    """A journalctl that answers with these lines; a PATH with it in front."""
    program = directory / "journalctl"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{directory}:{os.defpath}"


def test_a_failed_unit_is_told_with_its_last_lines_and_without_secrets(
    simulated: Simulated, slack: Slack, tmp_path: Path
) -> None:
    lines = "ERROR: LIVE_CONFIRM_TOKEN=hunter2hunter2\nMain process exited, key the-secret-of-alpaca, code=killed"
    secret = {"APCA_API_KEY_ID": "PKFAILED000000000000", "APCA_API_SECRET_KEY": "the-secret-of-alpaca"}
    path = journalctl(tmp_path, lines)
    for _ in range(3):
        assert simulated.do("failed", "execution.service", PATH=path, BROKER="auto", **secret).code == 0
    (told,) = slack.told
    assert told.title == "DRY_RUN · Unit failed: execution.service"
    assert "Main process exited, key [redacted], code=killed" in told.text
    assert "hunter2" not in told.everything and "the-secret" not in told.everything


@pytest.mark.parametrize(
    ("told", "is_told"),
    [
        ("Restart=on-failure\nActiveState=activating", False),  # the next try waits, or has begun
        ("Restart=on-failure\nActiveState=inactive", False),  # it has succeeded already
        ("Restart=on-failure\nActiveState=failed", True),
        ("Restart=no\nActiveState=activating", True),  # its timer has started it anew
        ("Restart=no\nActiveState=failed", True),
        ("", True),
    ],
)
def test_a_unit_that_is_tried_again_is_not_told(
    simulated: Simulated, slack: Slack, tmp_path: Path, told: str, is_told: bool
) -> None:
    program = tmp_path / "systemctl"
    program.write_text(f"#!/bin/sh\necho '{told}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    done = simulated.ok("failed", "scanner.service", PATH=f"{tmp_path}:{os.defpath}")
    assert slack.count("Unit failed: scanner.service") == int(is_told), done.said


def test_a_failed_unit_is_told_with_broken_settings_and_without_journalctl(simulated: Simulated, slack: Slack) -> None:
    done = simulated.do("failed", "scanner.service", BROKER="nobody", MAX_LIVE_POSITIONS="many", PATH="/nowhere")
    assert done.code == 0
    assert slack.count("no journalctl on this host") == 1


def test_a_failed_unit_of_a_live_service_is_told_as_live(simulated: Simulated, slack: Slack) -> None:
    """OnFailure= starts a unit of its own, without the drop-in that makes the service LIVE."""
    while True:
        now = host.wall()
        beat = Heartbeat(SCHEMA, 7, now, now, 0, "LIVE", session=str(new_york_day(now)))
        heartbeat.finish(simulated.state / "heartbeat.json", beat)
        simulated.ok("failed", "execution.service")
        if new_york_day(host.wall()) == new_york_day(now):
            break
        (simulated.state / "alerts.json").unlink()  # midnight came between the two
    assert slack.titles[-1] == "LIVE · Unit failed: execution.service"


def test_failed_says_when_nobody_is_told_and_refuses_what_is_no_unit(simulated: Simulated) -> None:
    simulated.env.clear()
    assert "no message is sent" in simulated.ok("failed", "execution.service").out
    assert simulated.do("failed", "--output=/etc/passwd").code == 64
    assert simulated.do("failed", "a;b").code == 64


def test_cycles_that_fail_in_a_row_are_a_fail_although_the_service_is_alive(simulated: Simulated) -> None:
    """Five exit-69 cycles in a row: `watch` said PASS and 0."""
    simulated.sim("clock", "next")

    def judged() -> tuple[int, dict[str, str]]:
        done = simulated.do("watch", "--json")
        return done.code, {one["what"]: one["status"] for one in json.loads(done.out)["findings"]}

    simulated.do("run")
    simulated.sim("outage", "on")
    for number in (1, 2, 3):
        assert simulated.do("run").code == 69
        code, found = judged()
        assert (found["service"], found["cycles"]) == ("PASS", "FAIL" if number == 3 else "PASS")
    assert code == 2
    simulated.sim("outage", "off")
    assert simulated.do("run").code == 0
    assert judged()[1]["cycles"] == "PASS"


def test_watch_prints_a_table_or_json(simulated: Simulated) -> None:
    simulated.sim("clock", "next")
    done = simulated.do("watch", "--json")
    found = json.loads(done.out)
    assert {one["what"] for one in found["findings"]} == {"service", "cycles", "timers", "watchlist", "outbox"}
    assert found["state_dir"] == str(simulated.state)
    assert "State dir" in simulated.do("watch").out


def test_a_cycle_that_cannot_begin_is_told(simulated: Simulated, slack: Slack) -> None:
    done = simulated.do("run", BROKER="nobody")
    assert done.code == 78
    assert slack.titles == ["DRY_RUN · Cycle failed"] and slack.count("BROKER=nobody") == 1
    simulated.do("run", BROKER="nobody")
    assert len(slack.told) == 1


def test_a_process_whose_telling_hangs_ends_cleanly_and_in_time(simulated: Simulated, slack: Slack) -> None:
    simulated.sim("clock", "next")
    simulated.env["HEALTHCHECK_URL"] = f"{slack.url}/ping/8a2f-uuid-of-the-check"
    slack.faults.add(hanging(), method=ANY, path="*", times=faults.EVERY)
    began = time.monotonic()
    done = simulated.do("run")
    took = time.monotonic() - began
    assert done.code == EXIT_DONE and done.err == "", done.said
    assert "no complete answer within" in done.out and took < host.PATIENCE_SECONDS
    slack.faults.clear()

    def told() -> bool:
        """A machine under load may use up the budget of a cycle or two."""
        assert simulated.do("run").code == EXIT_DONE
        return bool(about(slack, "Heartbeat"))

    assert host.eventually(told)
