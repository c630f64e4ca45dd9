"""What root types on the droplet: arming by the printed lines, root's own switches, and a command line that keeps
nothing of root's."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import time
from collections.abc import Iterator

import pytest
from droplet import CHECKOUT, DROP_INS, FAILED, STATE, Droplet
from machine import PATH
from support import host
from venue import faults

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("systemd")]  # one machine for all

LIVE = "Gate mode=LIVE status=PASS reason=live trading confirmed"
SECRETS = "/etc/avwap/credentials"
SCANNER, TELLING = f"{SECRETS}.d/scanner", f"{SECRETS}.d/telling"
SWITCHES = "/etc/avwap/switches"
AS_SERVICE = "setpriv --reuid=avwap --regid=avwap --clear-groups --"


def status(desk: Droplet) -> dict[str, object]:
    found: dict[str, object] = json.loads(desk.machine.run("execution status --json").out)
    return found


def turn_on(desk: Droplet) -> None:
    """The last steps of docs/deploying.md, which the tests undo."""
    desk.machine.run("systemctl enable --now scanner.timer execution.timer execution-sweep.timer")
    desk.machine.run("systemctl enable --now execution-watch.timer execution-summary.timer")


# --- LIVE, by the lines that are printed ----------------------------------------------------------


def test_a_fresh_droplet_has_no_fail_and_is_armed_by_what_is_printed(desk: Droplet) -> None:
    """docs/deploying.md, preflight, arm without --override, its own lines: then `status` and the journal agree."""
    turn_on(desk)
    desk.cycle()
    doctor = json.loads(desk.machine.run("execution doctor --json", check=False).out)
    assert [one for one in doctor["checks"] if one["result"] == "FAIL"] == []
    preflight = desk.machine.run("execution preflight", check=False)
    assert preflight.code in (0, 1), preflight.out
    said = desk.machine.run("execution arm --confirm PA3VENUE0001").out
    lines = desk.run_as_printed(said)
    assert any("/etc/avwap/credentials/LIVE_CONFIRM_TOKEN" in line for line in lines)
    runbook = (CHECKOUT / "docs" / "runbook.md").read_text().splitlines()
    assert [line for line in lines if line not in runbook] == [], "the runbook has them word for word"
    desk.machine.run("systemctl stop execution.timer")
    assert LIVE in desk.cycle()
    seen = status(desk)
    assert (seen["mode"], seen["mode_reason"]) == ("LIVE", "live trading confirmed")
    shown = desk.machine.run("systemctl show execution.service; systemctl cat execution.service").out
    assert desk.machine.run(f"cat {STATE}/live_confirm_token.txt").out not in shown


def test_what_disarm_prints_takes_the_key_away_and_every_unit_still_starts(desk: Droplet) -> None:
    desk.run_as_printed(desk.machine.run("execution arm --override test --confirm PA3VENUE0001").out)
    assert LIVE in desk.cycle()
    said = desk.machine.run("execution disarm").out
    assert f"{SECRETS}/LIVE_CONFIRM_TOKEN" in said
    desk.run_as_printed(said)
    assert desk.machine.run(f"ls {SECRETS}/LIVE_CONFIRM_TOKEN", check=False).code == 2
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in desk.cycle()
    assert desk.show("Result") == "success"


@pytest.mark.parametrize("verb", ["arm --override test --confirm PA3VENUE0001", "token new"])
def test_a_link_in_the_tokens_place_gives_nothing_of_roots_away(desk: Droplet, verb: str) -> None:
    """The token file belongs to the service's user, who may put anything in its place until root pastes."""
    said = desk.machine.run(f"execution {verb}").out
    desk.machine.run(f"{AS_SERVICE} ln -sf /etc/shadow {STATE}/live_confirm_token.txt")
    for line in [line.strip() for line in said.splitlines() if line.startswith("  ")]:
        desk.machine.run(line, check=False)
    assert desk.machine.run("grep -rl '^root:' /etc/avwap", check=False).out == ""
    assert LIVE not in desk.cycle()


def test_directives_in_the_tokens_place_reach_no_unit(desk: Droplet) -> None:
    said = desk.machine.run("execution token new").out
    evil = "0123\nExecStartPre=+/bin/sh -c 'id >/root/pwned'\n"
    desk.machine.run(f"{AS_SERVICE} tee {STATE}/live_confirm_token.txt", answers=evil)
    for line in [line.strip() for line in said.splitlines() if line.startswith("  ")]:
        desk.machine.run(line, check=False)
    desk.cycle()
    assert desk.machine.run("test -e /root/pwned", check=False).code == 1
    assert "0123" not in desk.machine.run(f"cat {DROP_INS}/*.conf {SECRETS}/LIVE_CONFIRM_TOKEN", check=False).out


# --- root's own switches --------------------------------------------------------------------------


def test_a_kill_of_root_cannot_be_lifted_by_the_service(desk: Droplet) -> None:
    said = desk.machine.run("execution kill --reason drill").out
    assert f"{SWITCHES}/KILL_SWITCH is there too" in said
    assert desk.machine.run(f"stat -c '%U %a' {SWITCHES} {SWITCHES}/KILL_SWITCH").out.split() == [
        *("root", "755"),
        *("root", "644"),
    ]
    tried = desk.machine.run(
        f"{AS_SERVICE} sh -c 'rm -f {STATE}/KILL_SWITCH; rm -f {SWITCHES}/KILL_SWITCH'", check=False
    )
    assert tried.code == 1 and "Permission denied" in tried.out
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)" in desk.cycle()
    assert status(desk)["kill_files"] == [f"{SWITCHES}/KILL_SWITCH"]
    lifted = desk.machine.run("execution unkill --reason over", check=False)
    assert lifted.code == 1 and f"as root: rm {SWITCHES}/KILL_SWITCH" in lifted.out
    desk.machine.run(f"rm {SWITCHES}/KILL_SWITCH")
    assert "kill switch active" not in desk.cycle()
    assert status(desk)["kill_files"] == []


def test_a_folder_of_switches_that_cannot_be_looked_into_is_a_kill(desk: Droplet) -> None:
    desk.machine.run(f"chmod 700 {SWITCHES}")
    assert "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)" in desk.cycle()


def test_the_runbooks_token_may_lie_in_roots_folder(desk: Droplet) -> None:
    """4.1 with that folder as STATE_DIR: the service reads it, and whose session it served is remembered."""
    token = "0123456789abcdef0123456789abcdef"
    desk.machine.run(
        f"printf %s {token} > {SWITCHES}/live_confirm_token.txt; chmod 600 {SWITCHES}/live_confirm_token.txt"
    )
    desk.date_now(f"{SWITCHES}/live_confirm_token.txt")
    desk.put(f"{SECRETS}/LIVE_CONFIRM_TOKEN", token)
    desk.machine.run(f"cd {DROP_INS} && rm 10-dry-run.conf && cp 20-live.conf.example 20-live.conf")
    desk.machine.run("systemctl daemon-reload")
    assert LIVE in desk.cycle()
    assert status(desk)["mode"] == "LIVE"
    assert "2026-11-20" in desk.machine.run(f"cat {STATE}/tokens.json").out
    armed = desk.machine.run("execution arm --override test --confirm PA3VENUE0001", check=False)
    assert armed.code == 64 and f"as root: rm {SWITCHES}/live_confirm_token.txt" in armed.out
    disarmed = desk.machine.run("execution disarm", check=False)
    assert disarmed.code == 74 and f"as root: rm {SWITCHES}/live_confirm_token.txt" in disarmed.out


# --- who may read which secret --------------------------------------------------------------------


def test_each_unit_gets_only_the_secrets_it_needs(desk: Droplet) -> None:
    desk.put(f"{TELLING}/HEALTHCHECK_URL", "https://hc.example/ping/1")
    desk.put(f"{SECRETS}/LIVE_CONFIRM_TOKEN", "0123456789abcdef")
    trading = {"avwap_APCA_API_KEY_ID", "avwap_APCA_API_SECRET_KEY", "avwap_LIVE_CONFIRM_TOKEN"}
    wanted = {
        "execution.service": {*trading, "telling_HEALTHCHECK_URL"},
        "execution-sweep.service": {*trading, "telling_HEALTHCHECK_URL"},
        "execution-summary.service": {*trading, "telling_HEALTHCHECK_URL"},
        "execution-watch.service": {*trading, "telling_HEALTHCHECK_URL"},
        FAILED: {"avwap_HEALTHCHECK_URL"},
        "scanner.service": {"avwap_APCA_API_KEY_ID", "avwap_APCA_API_SECRET_KEY"},
    }
    look = f"ls $CREDENTIALS_DIRECTORY; ls -R /run/credentials {SECRETS} {SECRETS}.d | sed s/^/all:/"
    desk.machine.run("mkdir -p /run/credentials/of-a-verb && touch /run/credentials/of-a-verb/OF_A_VERB")
    for unit, names in wanted.items():
        desk.drop_in("90-look.conf", "ExecStartPre=", "ExecStart=", f"ExecStart=-/bin/sh -c '{look}'", unit=unit)
        desk.drop_in("91-look.conf", "[Unit]", "ConditionPathExistsGlob=", unit=unit)
        desk.mark()
        desk.machine.run(f"systemctl start '{unit}'")
        said = [line for line in desk.journal(unit=unit).splitlines() if not line.startswith("all:")]
        found = {line for line in said if re.fullmatch(r"(avwap|telling)_[A-Z_]+", line)}
        assert found == names, (unit, said)
        assert "OF_A_VERB" not in desk.journal(unit=unit), unit


def test_secrets_and_memory_are_nobodys_but_roots(desk: Droplet) -> None:
    run = desk.machine.run
    shown = run(f"stat -c '%a %U %G %n' {SECRETS} {SCANNER} {TELLING} {SECRETS}/* {SCANNER}/*").out.splitlines()
    assert {line.rsplit(" ", 1)[0] for line in shown} == {"700 root root", "600 root root"}
    assert run(f"{AS_SERVICE} ls {SECRETS}", check=False).code == 2
    for unit in ("execution.service", "scanner.service", "execution-watch.service", FAILED):
        assert desk.show("LimitCORE", unit) == "0" and desk.show("NoExecPaths", unit) == STATE


def test_open_folders_and_files_of_secrets_are_closed_by_install(desk: Droplet) -> None:
    run = desk.machine.run
    run(
        f"chgrp avwap {SECRETS}; chmod 750 {SECRETS}; chmod 640 {SECRETS}/*;"
        f"chown avwap {SCANNER}/*; chmod 777 {SWITCHES}"
    )
    assert run("execution units diff", check=False).code == 1
    said = run("execution units install").out
    assert f"{SECRETS} was 0750 of uid 0, must be 0700 of root" in said
    test_secrets_and_memory_are_nobodys_but_roots(desk)
    assert run(f"stat -c %a {SWITCHES}").out.strip() == "755"
    assert "nothing to do" in run("execution units install").out


def test_a_droplet_from_before_the_folders_keeps_all_its_units_working(desk: Droplet) -> None:
    """One folder of all secrets for the group avwap: `units install` closes it and gives the others their copies."""
    run = desk.machine.run
    run(f"rm -rf {SECRETS}.d {SWITCHES}; chgrp -R avwap {SECRETS}; chmod 750 {SECRETS}; chmod 640 {SECRETS}/*")
    desk.put(f"{SECRETS}/SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/x")
    said = run("execution units install").out
    for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"):
        assert f"copied {SECRETS}/{name} to {SCANNER}" in said
    assert f"copied {SECRETS}/SLACK_WEBHOOK_URL to {TELLING}" in said
    assert run(f"cmp {SECRETS}/SLACK_WEBHOOK_URL {TELLING}/SLACK_WEBHOOK_URL").code == 0
    assert run("execution status").code == 0 and run("scanner show", check=False).code == 0


# --- the sandbox ----------------------------------------------------------------------------------


def test_a_unit_does_not_look_into_another_process_of_the_same_user(desk: Droplet) -> None:
    """The cycle, or a verb at the command line, while the scanner was taken over: same user, other user namespace."""
    desk.machine.run("systemd-run --quiet --unit=other -p User=avwap --setenv=OTHERS=secret-of-another sleep 1000")
    look = "cat /proc/[0-9]*/environ /proc/[0-9]*/maps; for p in /proc/[0-9]*; do readlink $p/cwd || echo none; done"
    desk.drop_in("90-look.conf", "ExecStart=", f"ExecStart=-/bin/sh -c '{look}'", unit="scanner.service")
    desk.mark()
    desk.machine.run("systemctl start scanner.service; systemctl stop other")
    said = desk.journal("-a", unit="scanner.service")
    assert "AVWAP_ENV_FILE" in said and "OTHERS" not in said and "/sleep" not in said


def test_the_scanner_works_with_the_key_of_the_paper_account(desk: Droplet) -> None:
    """As docs/recovering.md has it: real money for the cycle, and a key that cannot touch it for the scanner."""
    run = desk.machine.run
    run("echo ALPACA_PAPER=0 >> /etc/avwap/execution.env; systemctl daemon-reload")
    assert "the key is a paper key" in run("scanner show", check=False).out
    run("mkdir -p /etc/systemd/system/scanner.service.d")
    (line,) = re.findall(r"^printf .*10-paper.conf$", (CHECKOUT / "docs/recovering.md").read_text(), re.MULTILINE)
    run(f"{line}; systemctl daemon-reload")
    assert "the key is a paper key" not in run("scanner show", check=False).out


@pytest.mark.parametrize("unit", ["execution.service", "scanner.service"])
def test_a_unit_runs_nothing_from_its_state_and_hears_no_bus(desk: Droplet, unit: str) -> None:
    desk.machine.run(f"cp /bin/true {STATE}/program; chown avwap: {STATE}/program; chmod 755 {STATE}/program")
    tries = f"{STATE}/program || echo no program; ls /run/dbus/system_bus_socket || echo no bus"
    desk.drop_in("90-try.conf", "ExecStart=", f"ExecStart=-/bin/sh -c '{tries}'", unit=unit)
    desk.mark()
    desk.machine.run(f"systemctl start {unit}")
    said = desk.journal(unit=unit).splitlines()
    assert "no program" in said and "no bus" in said


def test_systemctl_revert_takes_nothing_away_unseen(desk: Droplet) -> None:
    run = desk.machine.run
    run(f"cd {DROP_INS} && cp 40-canary.conf.example 40-canary.conf && systemctl daemon-reload")
    run("systemctl revert execution.service")
    assert run(f"ls {DROP_INS}/10-dry-run.conf", check=False).code == 2
    doctor = json.loads(run("execution doctor --json", check=False).out)
    (found,) = [one for one in doctor["checks"] if one["check"] == "drop_ins"]
    assert found["result"] == "FAIL" and "systemctl revert" in found["evidence"]
    assert run("execution units diff", check=False).code == 1
    armed = run("execution preflight", check=False)
    assert armed.code == 2 and "drop_ins" in armed.out
    back = run("execution units install", check=False)
    assert back.code == 1 and "40-canary.conf" in back.out
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in desk.cycle()
    assert "nothing to do" in run("execution units install").out


# --- OnFailure ------------------------------------------------------------------------------------


def test_a_unit_that_is_tried_again_is_told_when_it_has_given_up(desk: Droplet) -> None:
    """As systemd 254 and later do, the failure unit is started while the unit waits for its next try."""
    desk.drop_in("90-wait.conf", "[Unit]", "StartLimitBurst=2", "[Service]", "RestartSec=60", unit="scanner.service")
    desk.venue.faults.add(faults.server_error(503), method="GET", path="*", times=faults.EVERY)
    desk.machine.run(
        f"rm -rf {STATE}/watchlists/2026-11-20.json {STATE}/scanner; systemctl start --no-block scanner.service"
    )
    desk.machine.wait_for("systemctl show -p SubState --value scanner.service | grep -q auto-restart", 60)
    asked = 'from execution.evidence.unit import is_tried_again as again; print(again("scanner.service"))'
    ask = f"/opt/avwap/.venv/bin/python -I -c '{asked}'"
    assert desk.machine.run(ask).out.strip() == "True"
    desk.machine.run("systemctl stop scanner.service; systemctl start --no-block scanner.service")
    desk.drop_in("91-once.conf", "Restart=no", unit="scanner.service")
    desk.machine.wait_for("systemctl show -p ActiveState --value scanner.service | grep -q failed", 60)
    assert desk.machine.run(ask).out.strip() == "False"
    desk.machine.run("systemctl reset-failed scanner.service")


# --- the command line -----------------------------------------------------------------------------

PROBE = """#!/bin/sh
id -u; id -Gn; pwd
grep -E '^(NoNewPrivs|Cap(Bnd|Prm|Eff|Inh|Amb)):' /proc/self/status
env | sort; for fd in 0 1 2; do readlink /proc/self/fd/$fd; done; cat "$CREDENTIALS_DIRECTORY"/APCA_API_KEY_ID; exit 7
"""


@pytest.fixture
def probe(desk: Droplet) -> Iterator[Droplet]:
    """A program in the place of `execution` that tells what it was given."""
    program = "/opt/avwap/.venv/bin/execution"
    desk.machine.run(f"cp {program} /srv/kept")
    desk.put(program, PROBE)
    yield desk
    desk.machine.run(f"cp /srv/kept {program}")


def test_the_command_line_keeps_nothing_of_roots(probe: Droplet) -> None:
    said = probe.machine.run(
        "AWS_SECRET=abc PYTHONPATH=/tmp/evil LD_LIBRARY_PATH=/tmp execution status < /dev/null", check=False
    )
    lines = said.lines
    assert said.code == 7
    assert lines[0] == probe.machine.run("id -u avwap").out.strip()
    assert set(lines[1].split()) == {"avwap", "systemd-journal"}
    assert "NoNewPrivs:\t1" in lines
    assert {line.split()[1] for line in lines if line.startswith("Cap")} == {"0000000000000000"}
    assert not re.search("AWS_SECRET|PYTHONPATH|LD_LIBRARY|/root", "\n".join(lines[3:]))
    assert probe.venue.key in said.out
    assert probe.machine.run("ls /run/credentials").out.count("avwap-") == 0


class Terminal:
    """Root's own terminal, with a program on it."""

    def __init__(self, desk: Droplet, command: str) -> None:
        self.said = b""
        enter = ["nsenter", "-t", str(desk.machine.pid), "-m", "-p", "-u", "-i", "-C", "-r", "-w", "--"]
        self.child, self.screen = pty.fork()
        if self.child == 0:
            os.execvpe("nsenter", [*enter, "/bin/bash", "-c", command], {"PATH": PATH, "HOME": "/root"})

    def until(self, pattern: bytes) -> bytes:
        ends = time.monotonic() + host.PATIENCE_SECONDS
        while not re.search(pattern, self.said):
            assert time.monotonic() < ends, self.said
            if select.select([self.screen], [], [], 1)[0]:
                try:
                    self.said += os.read(self.screen, 65536)
                except OSError:
                    break
        assert re.search(pattern, self.said), self.said
        return self.said

    def type(self, text: bytes) -> None:
        os.write(self.screen, text)

    def code(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def test_a_verb_has_a_terminal_of_its_own(probe: Droplet) -> None:
    probe.put("/opt/avwap/.venv/bin/execution", "#!/bin/sh\ntty; stty size; read -r answer; echo got $answer; exit 3\n")
    terminal = Terminal(probe, "tty; stty rows 33 cols 77; execution status; echo left $?")
    terminal.until(rb"33 77")
    terminal.type(b"yes\r")
    said = terminal.until(rb"left \d+")
    assert b"got yes" in said and b"left 3" in said
    ours, its = re.findall(rb"/dev/pts/\d+", said)[:2]
    assert ours != its
    assert terminal.code() == 0


def test_ctrl_c_ends_the_verb_and_the_shell_is_as_before(probe: Droplet) -> None:
    probe.put("/opt/avwap/.venv/bin/execution", "#!/bin/sh\necho begun; exec sleep 1000\n")
    terminal = Terminal(
        probe, "stty -a > /srv/before; execution status; echo left $?; stty -a | cmp - /srv/before && echo same"
    )
    terminal.until(b"begun")
    terminal.type(b"\x03")
    assert b"left 130" in terminal.until(rb"same|differ")
    assert b"same" in terminal.said


def test_what_ends_the_command_ends_the_verb(probe: Droplet) -> None:
    probe.put("/opt/avwap/.venv/bin/execution", "#!/bin/sh\necho begun > /var/lib/avwap/begun; exec sleep 1234\n")
    probe.machine.run("rm -f /var/lib/avwap/begun; setsid execution status < /dev/null > /dev/null 2>&1 & ")
    probe.machine.wait_for("test -e /var/lib/avwap/begun")
    probe.machine.run("pkill -TERM -f '^/opt/avwap/.venv/bin/python -I /usr/local/bin/execution'")
    probe.machine.wait_for("! pgrep -f '^sleep 1234'")


def test_pipes_and_files_of_roots_go_through(desk: Droplet) -> None:
    csv = "Symbol,Entry_Level,Stop_Loss,Target_R2\nAAPL,100.00,95.00,110.00\n"
    run = desk.machine.run
    desk.put("/root/my-list.csv", csv)
    refused = run("execution watchlist import /root/my-list.csv --session next --replace", check=False)
    assert refused.code == 64 and "execution watchlist import - < /root/my-list.csv" in refused.out
    assert run("execution watchlist import - --session next --replace < /root/my-list.csv").code == 0
    assert "1 rows" in run("cat /root/my-list.csv | execution watchlist import - --session next --replace").out
    assert (
        json.loads(run("execution status --json > /root/status.json; cat /root/status.json").out)["state_dir"] == STATE
    )
    assert run("execution status --json | head -1").out == "{\n"


def test_evidence_holds_the_journal(desk: Droplet) -> None:
    desk.cycle()
    run = desk.machine.run
    run(
        f"execution evidence --out {STATE}/e.tar.gz; mkdir -p /srv/e;"
        f"tar -C /srv/e -xf {STATE}/e.tar.gz; rm {STATE}/e.tar.gz"
    )
    assert "Gate mode=DRY_RUN" in run("cat $(find /srv/e -name 'journal.txt')").out
