"""The droplet of docs/deploying.md: what its commands said, and what they left on the machine."""

from __future__ import annotations

import json
import re

import pytest
from droplet import DROP_INS, STATE, Droplet, deploying_commands

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("systemd")]  # one machine for all

UNITS = (
    *("execution.service", "execution-loop.service", "execution-watch.service", "execution-sweep.service"),
    *("execution-summary.service", "execution-failed@execution.service", "scanner.service"),
)


def test_every_command_of_the_page_was_run(droplet: Droplet) -> None:
    assert list(droplet.said) == deploying_commands()
    assert len(droplet.said) >= 14


def test_the_page_ends_with_a_cycle_in_dry_run(droplet: Droplet) -> None:
    said = next(one for command, one in droplet.said.items() if command.startswith("journalctl"))
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in said.out
    assert "Gate watchlist status=PASS reason=session 2026-11-20" in said.out
    assert f"state dir   {STATE}" in droplet.said["execution status"].out
    timers = droplet.said["systemctl list-timers --no-pager"].out
    for name in ("scanner", "execution", "execution-watch", "execution-sweep", "execution-summary"):
        assert f"{name}.timer" in timers


def test_the_code_is_roots_and_was_built_by_a_user_who_can_change_nothing_any_more(droplet: Droplet) -> None:
    run = droplet.machine.run
    assert run("find /opt/avwap -xdev ! -user root").out == ""
    assert run("find /opt/avwap/gates -name '*.pyc'").out != ""
    as_builder = "setpriv --reuid=avwap-build --regid=avwap-build --clear-groups"
    assert run(f"{as_builder} touch /opt/avwap/gates/facts.py", check=False).code != 0
    revision = next(
        one
        for one in json.loads(run("execution doctor --json", check=False).out)["checks"]
        if one["check"] == "revision"
    )
    assert revision["result"] == "PASS" and "commit " in revision["evidence"]


@pytest.mark.parametrize("unit", UNITS)
def test_exposure_is_at_most_what_it_was(droplet: Droplet, unit: str) -> None:
    said = droplet.machine.run(f"systemd-analyze security --no-pager --threshold=14 {unit}", check=False)
    found = re.search(r"exposure level for \S+: ([0-9.]+)", said.out)
    assert found is not None and float(found[1]) <= 1.4 and said.code == 0, said.out


def test_systemd_understands_every_line(droplet: Droplet) -> None:
    said = droplet.machine.run(
        "systemd-analyze verify --man=no /etc/systemd/system/{execution,scanner}*.{service,timer}"
    )
    assert said.out == ""


def test_the_service_runs_as_a_user_that_is_not_root_and_owns_the_state(droplet: Droplet) -> None:
    run = droplet.machine.run
    for unit in UNITS:
        assert droplet.show("User", unit) == "avwap"
    assert run(f"stat -c '%a %U' {STATE}").out.split() == ["700", "avwap"]
    assert run(f"find {STATE} ! -user avwap").out == ""
    assert run("getent passwd avwap").out.strip().endswith("/usr/sbin/nologin")


def test_the_command_line_sees_what_the_service_sees(desk: Droplet) -> None:
    desk.cycle()
    seen = json.loads(desk.machine.run("execution status --json").out)
    assert seen["state_dir"] == STATE
    assert desk.machine.run(f"find {STATE} ! -user avwap").out == ""


def test_the_command_line_obeys_the_drop_ins_of_the_service(desk: Droplet) -> None:
    """Else `gates` tells of other caps than the service's, and a lifted kill switch that is not."""
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in desk.machine.run("execution gates").out
    for name in ("40-canary.conf", "30-kill.conf"):
        desk.machine.run(f"cd {DROP_INS} && cp {name}.example {name}")
    desk.drop_in("50-odd.conf", "Environment='SLACK_CHANNEL=a channel; with $(odd) words'")
    said = desk.machine.run("execution gates").out
    assert "Gate caps(orders/day=1, positions=1, gross_notional=500.0, per_symbol=250.0)" in said
    assert "Gate allowlist=SYM1,SYM2" in said
    assert "reason=kill switch active (env)" in said
    said = desk.machine.run("ALLOWLIST_SYMBOLS=KO LD_PRELOAD=/none PYTHONPATH=/none execution gates").out
    assert "Gate allowlist=SYM1,SYM2" in said, "what is set in root's shell is not what the service has"


def test_a_command_started_in_the_checkout_reads_the_same_settings(desk: Droplet) -> None:
    """Without the credentials, and so with a refusal, but one that knows whose state directory it is."""
    desk.cycle()
    plain = "setpriv --reuid=avwap --regid=avwap --init-groups .venv/bin/execution status"
    said = desk.machine.run(f"cd /opt/avwap && {plain}", check=False)
    assert said.code == 78 and "the state dir is bound to account PA3VENUE0001" in said.out


def test_a_stranger_is_told_to_say_sudo(desk: Droplet) -> None:
    said = desk.machine.run("setpriv --reuid=nobody --regid=nogroup --clear-groups execution status", check=False)
    assert (said.code, "sudo execution status" in said.out) == (64, True)


def test_install_again_changes_nothing_and_never_what_was_edited(desk: Droplet) -> None:
    run, unit = desk.machine.run, "/etc/systemd/system/execution.service"
    assert "nothing to do" in run("execution units install").out
    run(f"sed -i s/TimeoutStartSec=55/TimeoutStartSec=50/ {unit}")
    assert run("execution units diff", check=False).code == 1
    kept = run("execution units install", check=False)
    assert kept.code == 1 and f"{unit} was edited by a person and stays so" in kept.out
    assert "TimeoutStartSec=50" in run(f"cat {unit}").out
    run("execution units install --overwrite")
    assert "TimeoutStartSec=55" in run(f"cat {unit}").out


def test_uninstall_removes_what_it_installed_and_nothing_else(desk: Droplet) -> None:
    run, folder = desk.machine.run, "/etc/systemd/system/execution.service.d"
    run("systemctl enable --now --quiet execution.timer")
    desk.put(f"{folder}/99-mine.conf", "[Service]\nNice=5\n")
    said = run("/opt/avwap/.venv/bin/execution units uninstall", check=False)
    assert f"LEFT: {folder} is not empty and is left" in said.out
    left = run("ls /etc/systemd/system /usr/local/bin /etc/avwap /etc/avwap/credentials; systemctl list-timers").out
    assert "execution.timer" not in left and "scanner" not in left
    assert "APCA_API_KEY_ID" in left and "execution.env" in left
    assert run(f"cat {folder}/99-mine.conf; ls {STATE}/state.json; id avwap").code == 0
    assert run("test -e /root/avwap_r3k_scanner/state -o -L /opt/avwap/.env", check=False).code == 1
    run("/opt/avwap/.venv/bin/execution units install")
