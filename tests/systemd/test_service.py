"""The service under systemd, trading at the venue: started, stopped, hung, killed, and told from its journal."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from droplet import DROP_INS, FAILED, RUNBOOK_STATE, STATE, Droplet
from support import host
from venue import faults

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("systemd")]  # one machine for all

AAPL, MSFT = "avx-20261120-AAPL-entry-1", "avx-20261120-MSFT-entry-1"
CREDENTIALS = "/etc/avwap/credentials"
RUNBOOK_TOKEN = f"""
STATE_DIR="${{AVWAP_STATE_DIR:-{RUNBOOK_STATE}}}"
mkdir -p "${{STATE_DIR}}"
TOKEN="$(openssl rand -hex 16)"
printf "%s" "${{TOKEN}}" > "${{STATE_DIR}}/live_confirm_token.txt"
chmod 600 "${{STATE_DIR}}/live_confirm_token.txt"
printf "%s" "${{TOKEN}}"
"""
LIVE = "Gate mode=LIVE status=PASS reason=live trading confirmed"


def arm(desk: Droplet) -> str:
    """Both keys and no DRY_RUN; the token as a credential."""
    token = desk.machine.run(RUNBOOK_TOKEN).out
    desk.date_now(f"{STATE}/live_confirm_token.txt")
    desk.put(f"{CREDENTIALS}/LIVE_CONFIRM_TOKEN", token)
    desk.machine.run(f"cd {DROP_INS} && rm 10-dry-run.conf && cp 20-live.conf.example 20-live.conf")
    desk.machine.run("systemctl daemon-reload")
    return token


def results(desk: Droplet, unit: str = "execution.service") -> tuple[str, str, str]:
    """systemd's own judgement: active state, result, exit status."""
    return desk.show("ActiveState", unit), desk.show("Result", unit), desk.show("ExecMainStatus", unit)


def start_without_waiting(desk: Droplet, unit: str = "execution.service") -> None:
    desk.mark()
    desk.machine.run(f"systemctl start --no-block {unit}")


# --- a cycle ----------------------------------------------------------------------------------------


def test_a_dry_run_cycle_by_restart_submits_nothing(desk: Droplet) -> None:
    said = desk.cycle()
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in said
    assert "Gate caps(orders/day=5, positions=5, gross_notional=5000.0, per_symbol=1000.0)" in said
    assert "SUBMITTED AAPL:" in said and "order_id=dry-run" in said
    assert desk.entry_posts() == []
    assert results(desk) == ("inactive", "success", "0")


def test_a_dry_run_cycle_by_the_timer(desk: Droplet) -> None:
    """The same timer with other minutes: every second, so that nobody waits for half past nine."""
    desk.drop_in("every-second.conf", "[Timer]", "OnCalendar=", "OnCalendar=*:*:*", unit="execution.timer")
    desk.mark()
    desk.machine.run("systemctl start execution.timer")
    desk.wait_for_line("SUBMITTED AAPL")
    desk.machine.run("systemctl stop execution.timer execution.service", check=False)
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in desk.journal()


def test_warnings_are_found_by_their_priority(desk: Droplet) -> None:
    desk.machine.run(f"touch {STATE}/KILL_SWITCH")
    desk.cycle()
    loud = desk.journal("-p warning")
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)" in loud
    assert "Gate caps(" not in loud and "Gate caps(" in desk.journal()


def test_a_list_of_another_day_opens_nothing(desk: Droplet) -> None:
    desk.machine.run(f"cd {STATE}/watchlists && mv 2026-11-20.json 2026-11-19.json")
    assert "Gate entries status=FAIL reason=watchlist" in desk.cycle()
    assert "watchlist" in desk.journal("-p warning")
    assert results(desk)[1:] == ("success", "0")


# --- LIVE, and the way back -------------------------------------------------------------------------


def test_live_as_the_runbook_enables_it(desk: Droplet) -> None:
    """4.1 to 4.5 to the letter: the token through the runbook's path, both keys in a drop-in, DRY_RUN removed last."""
    token = desk.machine.run(RUNBOOK_TOKEN).out
    desk.date_now(f"{STATE}/live_confirm_token.txt")
    desk.drop_in("override.conf", "Environment=LIVE_TRADING=1", f"Environment=LIVE_CONFIRM_TOKEN={token}")
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in desk.cycle()
    assert desk.entry_posts() == []
    desk.machine.run(f"rm {DROP_INS}/10-dry-run.conf && systemctl daemon-reload")
    said = desk.cycle()
    assert LIVE in said
    assert desk.entry_posts() == [AAPL, MSFT]
    desk.machine.run(f"cd {DROP_INS} && cp 10-dry-run.conf.example 10-dry-run.conf && systemctl daemon-reload")
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in desk.cycle()


def test_the_token_that_root_wrote_is_read_by_the_service(desk: Droplet) -> None:
    arm(desk)
    assert desk.machine.run(f"stat -c '%U %a' {STATE}/live_confirm_token.txt").out.split() == ["root", "600"]
    assert LIVE in desk.cycle()
    assert desk.machine.run(f"stat -c '%U %a' {STATE}/live_confirm_token.txt").out.split() == ["avwap", "600"]


def test_the_canary_is_small(desk: Droplet) -> None:
    arm(desk)
    desk.machine.run(f"cd {DROP_INS} && sed s/SYM1,SYM2/AAPL,KO/ 40-canary.conf.example > 40-canary.conf")
    desk.machine.run("systemctl daemon-reload")
    said = desk.cycle()
    assert "Gate allowlist=AAPL,KO" in said
    assert "Gate caps(orders/day=1, positions=1, gross_notional=500.0, per_symbol=250.0)" in said
    assert desk.entry_posts() == [AAPL]


def test_arming_by_the_verb_on_the_first_live_day(desk: Droplet) -> None:
    """Small by drop-in, armed by root's shell: what is bound there must be what the service then finds."""
    desk.machine.run(f"cd {DROP_INS} && sed s/SYM1,SYM2/AAPL,KO/ 40-canary.conf.example > 40-canary.conf")
    desk.machine.run("systemctl daemon-reload")
    said = desk.machine.run("execution arm --override rehearsal --confirm PA3VENUE0001").out
    assert "AAPL,KO" in said
    desk.run_as_printed(said)
    assert LIVE in desk.cycle()
    assert desk.entry_posts() == [AAPL]


def test_root_touches_the_kill_switch_where_the_runbook_says(desk: Droplet) -> None:
    arm(desk)
    desk.machine.run(f'STATE_DIR="${{AVWAP_STATE_DIR:-{RUNBOOK_STATE}}}"; touch "${{STATE_DIR}}/KILL_SWITCH"')
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)" in desk.cycle()
    assert desk.entry_posts() == []
    desk.machine.run(f"rm {RUNBOOK_STATE}/KILL_SWITCH")
    assert LIVE in desk.cycle()


def test_the_kill_switch_by_drop_in_beats_all_others(desk: Droplet) -> None:
    arm(desk)
    desk.machine.run(f"cd {DROP_INS} && cp 30-kill.conf.example 30-kill.conf && systemctl daemon-reload")
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (env)" in desk.cycle()
    assert desk.entry_posts() == []


def test_no_secret_is_to_be_seen(desk: Droplet) -> None:
    """Looked for while a LIVE cycle holds all of them: in what systemd shows, in every process, in the journal."""
    token = arm(desk)
    desk.venue.faults.add(faults.silence())
    start_without_waiting(desk)
    desk.venue.wait_until_holding()
    shown = desk.machine.run(
        "systemctl show execution.service; systemctl cat execution.service; systemctl status execution.service",
        check=False,
    ).out
    environments = desk.machine.run(
        "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'", check=False
    ).out
    assert "CREDENTIALS_DIRECTORY=/run/credentials/execution.service" in environments
    desk.venue.release()
    desk.machine.run("systemctl stop execution.service; journalctl --sync")
    everything = shown + environments + desk.machine.run("journalctl --no-pager -o json").out
    for secret in (token, desk.venue.key, desk.venue.secret):
        assert secret not in everything


# --- what goes wrong --------------------------------------------------------------------------------


def test_a_cycle_that_hangs_is_ended_and_the_next_one_settles_its_order(desk: Droplet) -> None:
    arm(desk)
    desk.drop_in("90-short.conf", "TimeoutStartSec=2", "TimeoutStopSec=1", "Environment=HTTP_TIMEOUT_SECONDS=30")
    desk.venue.faults.add(faults.accept_then_silence())
    said = desk.cycle()
    assert "start operation timed out" in said
    assert results(desk)[:2] == ("failed", "timeout")
    assert "Triggering OnFailure= dependencies." in said
    statuses = {entry["client_order_id"]: entry["status"] for entry in desk.ledger()["entries"]}
    assert statuses == {AAPL: "intended", MSFT: "intended"}
    assert LIVE in desk.cycle()
    statuses = {entry["client_order_id"]: entry["status"] for entry in desk.ledger()["entries"]}
    assert statuses[AAPL] in ("submitted", "working", "filled")
    assert desk.entry_posts().count(AAPL) == 1


def test_power_gone_in_the_middle_of_a_submit_loses_nothing(desk: Droplet) -> None:
    arm(desk)
    desk.drop_in("90-patient.conf", "Environment=HTTP_TIMEOUT_SECONDS=30")
    desk.venue.faults.add(faults.accept_then_silence())
    start_without_waiting(desk)
    desk.venue.wait_until_holding()
    desk.machine.pull_the_plug()
    assert desk.entry_posts() == [AAPL]
    desk.machine.boot()
    assert LIVE in desk.cycle()
    for _ in range(4):
        desk.at(desk.venue.now() + timedelta(seconds=60))
        desk.cycle()
    statuses = {entry["client_order_id"]: entry["status"] for entry in desk.ledger()["entries"]}
    assert statuses[AAPL] in ("submitted", "working", "filled") and statuses[MSFT] in ("submitted", "working", "filled")
    assert sorted(one for one in desk.entry_posts() if one) == [AAPL, MSFT]
    assert desk.machine.run("execution ledger verify").code == 0


def test_a_restart_in_the_middle_of_a_cycle_is_no_failure(desk: Droplet) -> None:
    """Six of them, one upon the other: an operator in a hurry is never told to come back later."""
    arm(desk)
    desk.venue.faults.add(faults.accept_then_silence())
    start_without_waiting(desk)
    desk.venue.wait_until_holding()
    for _ in range(6):
        desk.machine.run("systemctl restart execution.service")
    assert results(desk) == ("inactive", "success", "0")
    assert "Triggering OnFailure" not in desk.journal()
    assert desk.entry_posts().count(AAPL) == 1


def test_without_slack_no_summary_is_sent_and_none_is_missed(desk: Droplet) -> None:
    desk.machine.run("systemctl start execution-summary.service")
    assert desk.show("Result", "execution-summary.service") == "success"
    assert desk.show("ConditionResult", "execution-summary.service") == "no"


def test_another_cycle_at_work_is_no_failure(desk: Droplet) -> None:
    desk.machine.run("systemd-run --quiet --unit=holder flock /var/lib/avwap/execution.lock sleep 60")
    desk.machine.wait_for("! flock --nonblock /var/lib/avwap/execution.lock true")
    desk.cycle()
    desk.machine.run("systemctl stop holder")
    assert results(desk) == ("inactive", "success", "75")
    assert "Triggering OnFailure" not in desk.journal()


def test_a_broker_that_does_not_answer_is_no_failure(desk: Droplet) -> None:
    desk.venue.faults.add(faults.clock_down(), times=faults.EVERY)
    assert "skipping cycle." in desk.cycle()
    assert results(desk) == ("inactive", "success", "69")


def test_wrong_settings_fail_once_and_are_told(desk: Droplet) -> None:
    desk.drop_in("90-wrong.conf", "Environment=MAX_LIVE_POSITIONS=five", "Restart=on-failure", "RestartSec=100ms")
    said = desk.cycle()
    assert "settings: MAX_LIVE_POSITIONS=five" in desk.journal("-p err")
    assert results(desk) == ("failed", "exit-code", "78")
    assert "Triggering OnFailure= dependencies." in said
    desk.machine.wait_for(f"systemctl show -p ExecMainExitTimestampMonotonic --value {FAILED} | grep -qv '^0$'")
    assert desk.show("NRestarts") == "0"


def test_a_line_nobody_can_read_in_the_settings_file_stops_the_service(desk: Droplet) -> None:
    desk.machine.run("echo 'MAX_LIVE_ORDERS_PER_DAY 1' >> /etc/avwap/execution.env")
    assert "/etc/avwap/execution.env line" in desk.cycle()
    assert results(desk) == ("failed", "exit-code", "78")


def test_the_failure_unit_is_given_the_failed_unit(desk: Droplet) -> None:
    assert "/execution failed execution.service ;" in desk.show("ExecStart", FAILED)
    assert desk.show("OnFailure") == FAILED
    assert desk.show("OnFailure", FAILED) == ""


def test_what_the_service_may_not_touch(desk: Droplet) -> None:
    """The sandbox from within: its own state and nothing else, also where permissions would let it."""
    desk.machine.run("mkdir -p -m 777 /srv/open /etc/open /var/lib/open && chmod 755 /root")
    places = "/srv/open/x /etc/open/x /var/lib/open/x /opt/avwap/x"
    tried = f"touch {STATE}/x && echo own; for f in {places}; do touch $f && echo $f; done; ls /root && echo root"
    desk.drop_in("90-try.conf", "ExecStart=", f"ExecStart=-/bin/bash -c '{tried}'")
    said = desk.cycle()
    assert "own" in said.splitlines()
    for path in (*places.split(), "root"):
        assert path not in said.splitlines()


# --- clocks -----------------------------------------------------------------------------------------


def test_a_half_day_ends_at_one(desk: Droplet) -> None:
    desk.at(datetime(2026, 11, 27, 17, 40, tzinfo=UTC))
    desk.put_watchlist()
    assert "SUBMITTED AAPL" in desk.cycle()
    desk.at(datetime(2026, 11, 27, 18, 0, 5, tzinfo=UTC))
    assert "Market closed; skipping cycle." in desk.cycle()
    assert "Swept" in desk.cycle("execution-sweep.service")


def test_the_sweep_leaves_an_open_session_alone(desk: Droplet) -> None:
    said = desk.cycle("execution-sweep.service")
    assert "not sweeping" in said
    assert results(desk, "execution-sweep.service") == ("inactive", "success", "75")


def test_the_week_in_which_clocks_change(desk: Droplet) -> None:
    """Half past nine is 13:30 UTC on Friday and 14:30 UTC on Monday; the hour between is no session."""
    for moment, is_open in (
        (datetime(2026, 10, 30, 13, 29, 30, tzinfo=UTC), False),
        (datetime(2026, 10, 30, 13, 46, tzinfo=UTC), True),
        (datetime(2026, 11, 2, 13, 46, tzinfo=UTC), False),
        (datetime(2026, 11, 2, 14, 46, tzinfo=UTC), True),
    ):
        desk.at(moment)
        desk.put_watchlist()
        said = desk.cycle()
        assert ("Gate mode=DRY_RUN" in said) is is_open, (moment, said)
        assert ("Market closed; skipping cycle." in said) is not is_open
        assert ("EDT]" in said) is (moment.month == 10)


def elapses(desk: Droplet, timer: str, after: str, count: int) -> list[str]:
    """When a timer's own lines fire next after a moment, in UTC, all its lines together."""
    text = desk.machine.run(f"systemctl cat {timer}").out
    found: set[str] = set()
    for line in re.findall(r"^OnCalendar=(.+)$", text, re.MULTILINE):
        said = desk.machine.run(
            f"TZ=UTC systemd-analyze calendar --base-time='{after}' --iterations={count} '{line}'"
        ).out
        found |= set(re.findall(r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+ \S+) UTC", said))
    return sorted(found)[:count]


def test_timers_keep_new_york_time_over_the_change(desk: Droplet) -> None:
    friday, monday = "2026-10-30 19:59:30 UTC", "2026-11-01 12:00:00 UTC"
    assert elapses(desk, "execution.timer", friday, 6) == [
        *(f"2026-10-30 20:0{minute}:00" for minute in range(5)),
        "2026-11-02 14:30:00",
    ]
    assert len([one for one in elapses(desk, "execution.timer", monday, 500) if one < "2026-11-03"]) == 390 + 5
    assert elapses(desk, "scanner.timer", monday, 1) == ["2026-11-02 13:30:00"]
    assert elapses(desk, "scanner.timer", "2026-10-30 00:00:00 UTC", 1) == ["2026-10-30 12:30:00"]
    assert elapses(desk, "execution-sweep.timer", monday, 4) == [
        f"2026-11-02 {clock}:00" for clock in ("14:00", "18:10", "21:10", "22:10")
    ]
    assert elapses(desk, "execution-loop.timer", "2027-03-13 00:00:00 UTC", 1) == ["2027-03-15 13:30:05"]


def test_a_missed_minute_is_not_replayed(desk: Droplet) -> None:
    assert desk.show("Persistent", "execution.timer") == "no"
    assert desk.show("AccuracyUSec", "execution.timer") == "1s"


# --- the loop ---------------------------------------------------------------------------------------


def test_the_loop_says_what_it_is_doing_and_ends_when_asked(desk: Droplet) -> None:
    desk.machine.run("systemctl start execution-loop.service")
    desk.machine.wait_for("systemctl show -p StatusText --value execution-loop.service | grep -q 'cycle 1'")
    assert desk.show("Type", "execution-loop.service") == "notify"
    assert desk.show("StatusText", "execution-loop.service") == (
        "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled (cycle 1)"
    )
    begun = time.monotonic()
    desk.machine.run("systemctl stop execution-loop.service")
    assert time.monotonic() - begun < host.PATIENCE_SECONDS
    assert results(desk, "execution-loop.service") == ("inactive", "success", "0")
    assert (
        "Asked to stop after 1 cycles" in desk.machine.run("journalctl -u execution-loop.service -b -n 20 -o cat").out
    )


def test_the_loop_obeys_the_drop_ins_of_the_service(desk: Droplet) -> None:
    arm(desk)
    desk.machine.run(f"cd {DROP_INS} && cp 30-kill.conf.example 30-kill.conf && systemctl daemon-reload")
    desk.machine.run("systemctl start execution-loop.service")
    desk.machine.wait_for(
        "systemctl show -p StatusText --value execution-loop.service | grep -q 'kill switch active (env)'"
    )
    desk.machine.run("systemctl stop execution-loop.service")


def test_the_loop_finishes_the_submit_it_is_in(desk: Droplet) -> None:
    arm(desk)
    desk.venue.faults.add(faults.accept_then_late())
    start_without_waiting(desk, "execution-loop.service")
    desk.venue.wait_until_holding()
    desk.machine.run("systemctl stop --no-block execution-loop.service")
    desk.machine.wait_for("systemctl show -p ActiveState --value execution-loop.service | grep -q deactivating")
    desk.venue.release()
    desk.machine.wait_for("systemctl show -p ActiveState --value execution-loop.service | grep -q inactive")
    assert results(desk, "execution-loop.service") == ("inactive", "success", "0")
    statuses = {entry["client_order_id"]: entry["status"] for entry in desk.ledger()["entries"]}
    assert statuses[AAPL] in ("submitted", "working", "filled")


def test_a_loop_that_hangs_is_ended_by_the_watchdog_and_begun_again(desk: Droplet) -> None:
    arm(desk)
    desk.drop_in(
        "90-short.conf",
        "WatchdogSec=2",
        "RestartSec=100ms",
        "Environment=HTTP_TIMEOUT_SECONDS=30",
        unit="execution-loop.service",
    )
    desk.pause(1)
    desk.venue.faults.add(faults.accept_then_silence())
    start_without_waiting(desk, "execution-loop.service")
    desk.machine.wait_for("test $(systemctl show -p NRestarts --value execution-loop.service) = 1")
    desk.machine.wait_for("systemctl show -p StatusText --value execution-loop.service | grep -q 'mode=LIVE'")
    desk.machine.run("systemctl stop execution-loop.service")
    assert "Watchdog timeout" in desk.journal(unit="execution-loop.service")
    assert desk.entry_posts().count(AAPL) == 1


def test_the_loop_ends_with_the_session(desk: Droplet) -> None:
    desk.at(datetime(2026, 11, 27, 17, 59, 55, tzinfo=UTC))
    desk.put_watchlist()
    desk.pause(2)
    start_without_waiting(desk, "execution-loop.service")
    desk.machine.wait_for("systemctl show -p ActiveState --value execution-loop.service | grep -q inactive")
    assert "Session over after" in desk.journal(unit="execution-loop.service")
    assert results(desk, "execution-loop.service") == ("inactive", "success", "0")


# --- the scanner ------------------------------------------------------------------------------------


def test_the_scanner_tries_until_it_has_a_list(desk: Droplet) -> None:
    desk.machine.run(f"rm -rf {STATE}/watchlists/2026-11-20.json {STATE}/scanner")
    desk.drop_in("90-soon.conf", "RestartSec=100ms", unit="scanner.service")
    down = desk.venue.faults.add(faults.server_error(503), method="GET", path="*", times=faults.EVERY)
    start_without_waiting(desk, "scanner.service")
    desk.machine.wait_for("test $(systemctl show -p NRestarts --value scanner.service) -ge 1")
    desk.venue.faults.remove(down)
    desk.machine.wait_for(f"test -e {STATE}/watchlists/2026-11-20.json", 40)
    desk.machine.wait_for("systemctl show -p ActiveState --value scanner.service | grep -q inactive")
    assert results(desk, "scanner.service")[1:] == ("success", "0")
