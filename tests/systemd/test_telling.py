"""What the units tell Slack: that a unit failed, and that no cycle has been heard of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from droplet import FAILED, STATE, Droplet
from venue import faults
from venue.slack import Slack

from execution.settings.registry import BY_NAME
from gates.base.sessions import NEW_YORK

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("systemd")]  # one machine for all

WATCH = "execution-watch.service"
SUMMARY = "execution-summary.service"


@pytest.fixture
def slack(desk: Droplet) -> Iterator[Slack]:
    """Set as an operator sets it: secrets as files, the rest in the settings file."""
    with Slack() as opened:
        for name, value in opened.webhook_env.items():
            if BY_NAME[name].secret:
                desk.put(f"/etc/avwap/credentials.d/telling/{name}", value)
            else:
                desk.machine.run(f"echo {name}={value} >> /etc/avwap/execution.env")
        yield opened


def ended(desk: Droplet, unit: str) -> str:
    desk.machine.wait_for(f"systemctl show -p ExecMainExitTimestampMonotonic --value {unit} | grep -qv '^0$'")
    return desk.show("ExecMainStatus", unit)


def test_a_unit_that_failed_is_told_with_its_last_lines(desk: Droplet, slack: Slack) -> None:
    desk.drop_in("90-wrong.conf", "Environment=MAX_LIVE_POSITIONS=five")
    desk.cycle()
    assert ended(desk, FAILED) == "0"
    (told,) = [one for one in slack.told if "Unit failed: execution.service" in one.title]
    assert "MAX_LIVE_POSITIONS=five" in told.everything
    assert desk.venue.secret not in told.everything


def test_a_broken_slack_makes_no_circle(desk: Droplet, slack: Slack) -> None:
    slack.close()
    desk.drop_in("90-wrong.conf", "Environment=MAX_LIVE_POSITIONS=five")
    desk.cycle()
    assert ended(desk, FAILED) == "69"
    assert desk.show("Result", FAILED) == "success"


def test_a_service_that_went_silent_is_told_by_the_watch(desk: Droplet, slack: Slack) -> None:
    desk.cycle()
    said = desk.cycle(WATCH)
    assert desk.show("Result", WATCH) == "success", said
    assert not any("ilent" in one.title for one in slack.told)
    desk.machine.run(f"rm {STATE}/heartbeat.json")
    said = desk.cycle(WATCH)
    assert (desk.show("Result", WATCH), desk.show("ExecMainStatus", WATCH)) == ("success", "2"), said
    assert any("heartbeat" in one.everything for one in slack.told), slack.told


def test_the_watch_sees_whether_the_timers_run(desk: Droplet, slack: Slack) -> None:
    """From within its sandbox, without being root."""
    assert "timers     WARN    execution.timer" in desk.cycle(WATCH)
    desk.machine.run("systemctl start execution.timer scanner.timer execution-sweep.timer execution-summary.timer")
    said = desk.cycle(WATCH)
    desk.machine.run("systemctl stop '*.timer'")
    assert "timers     PASS    run" in said


def test_the_summary_is_sent_once_also_over_a_holiday_and_a_day_that_was_missed(desk: Droplet, slack: Slack) -> None:
    def summaries() -> list[str]:
        return [one.title for one in slack.told if "2026-11-2" in one.title and "ummary" in one.title]

    desk.cycle()
    for day, hour, total in ((20, 16, 1), (20, 16, 1), (24, 10, 2), (26, 16, 4), (27, 10, 4), (27, 13, 5)):
        desk.at(datetime(2026, 11, day, hour, 20, tzinfo=NEW_YORK))
        said = desk.cycle(SUMMARY)
        assert (desk.show("Result", SUMMARY), desk.show("ExecMainStatus", SUMMARY)) == ("success", "0"), said
        assert len(summaries()) == total, (day, hour, [one.title for one in slack.told])


def test_a_scan_that_is_tried_again_is_told_once_when_it_has_given_up(desk: Droplet, slack: Slack) -> None:
    """Whether systemd starts OnFailure= after the last try alone (252) or after each (254 and later)."""
    desk.machine.run(f"rm -rf {STATE}/watchlists/2026-11-20.json {STATE}/scanner")
    tries = ("[Unit]", "StartLimitBurst=2", "[Service]", "RestartSec=5")
    desk.drop_in("90-twice.conf", *tries, unit="scanner.service")
    desk.venue.faults.add(faults.server_error(503), method="GET", path="*", times=faults.EVERY)
    desk.mark()
    desk.machine.run("systemctl start --no-block scanner.service")
    desk.machine.wait_for("systemctl is-failed --quiet scanner.service", 90)
    desk.wait_for_line("scanner.service failed; told", "execution-failed@scanner.service")
    assert len([one for one in slack.told if "Unit failed: scanner.service" in one.title]) == 1
