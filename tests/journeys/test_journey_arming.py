"""From DRY_RUN to LIVE and back, by the commands an operator types: the runbook's own, and `execution arm`.

The runbook's shell lines are run by a shell as they are printed there; only what systemd would do with the
drop-in's variables is done here by handing them to the next process.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest
from support import host
from support.desk import CHECKOUT, LIVE, Desk, Done, NewDesk, read_json, side_by_side

from gates.base.sessionfile import load_sessions

TOKEN_FILE = "live_confirm_token.txt"

MAKE_THE_TOKEN = """
STATE_DIR="${AVWAP_STATE_DIR:-/root/avwap_r3k_scanner/state}"
mkdir -p "${STATE_DIR}"
TOKEN="$(openssl rand -hex 16)"
printf "%s" "${TOKEN}" > "${STATE_DIR}/live_confirm_token.txt"
chmod 600 "${STATE_DIR}/live_confirm_token.txt"
"""
TOUCH_THE_KILL_FILE = """
STATE_DIR="${AVWAP_STATE_DIR:-/root/avwap_r3k_scanner/state}"
touch "${STATE_DIR}/KILL_SWITCH"
"""
DAY_ONE = {
    "ALLOWLIST_SYMBOLS": "MSFT,AAPL",
    "MAX_LIVE_ORDERS_PER_DAY": "1",
    "MAX_LIVE_POSITIONS": "1",
    "MAX_LIVE_GROSS_NOTIONAL": "500",
    "MAX_LIVE_NOTIONAL_PER_SYMBOL": "250",
}


def shell(desk: Desk, script: str) -> str:
    environ = {**desk.environment(), **host.environment()}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60).stdout


def account(desk: Desk) -> str:
    return str(read_json(desk.state / "simulated_broker.json")["account"])


def arm(desk: Desk, *more: str, confirm: str | None = None) -> Done:
    return desk.do("arm", "--override", "a test", "--confirm", confirm or account(desk), *more)


def take_the_keys(desk: Desk) -> str:
    """As the last line that arm prints says: both keys into the environment."""
    token = (desk.state / TOKEN_FILE).read_text()
    desk.env |= {"LIVE_TRADING": "1", "LIVE_CONFIRM_TOKEN": token}
    return token


def armed(desk: Desk, *more: str) -> Desk:
    done = arm(desk, *more)
    assert done.code == 0, done.said
    take_the_keys(desk)
    return desk


def test_the_runbook_line_by_line_to_live_and_back(desk: Desk) -> None:
    # 2, 3.5: DRY_RUN is enforced, and the logs show explicit gate output
    desk.env["DRY_RUN"] = "1"
    assert desk.cycle().line("Gate mode=") == "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled"
    # 4.1
    shell(desk, MAKE_THE_TOKEN)
    token = shell(desk, 'cat "${AVWAP_STATE_DIR}/live_confirm_token.txt"')
    assert re.fullmatch("[0-9a-f]{32}", token)
    # 4.2: both keys and day-1 caps while DRY_RUN is still there
    desk.env |= {"LIVE_TRADING": "1", "LIVE_CONFIRM_TOKEN": token, **DAY_ONE}
    assert desk.cycle().line("Gate mode=") == "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled"
    # 4.3, 5
    del desk.env["DRY_RUN"]
    done = desk.cycle()
    assert done.line("Gate mode=") == "Gate mode=LIVE status=PASS reason=live trading confirmed"
    assert done.line("Gate allowlist=") == "Gate allowlist=AAPL,MSFT"
    caps = "Gate caps(orders/day=1, positions=1, gross_notional=500.0, per_symbol=250.0)"
    assert done.line("Gate caps(") == caps
    assert done.submitted == ["AAPL"]
    assert token not in done.said
    # 7: kill by file, then by variable
    shell(desk, TOUCH_THE_KILL_FILE)
    assert desk.cycle().reason == "kill switch active (file)"
    assert desk.cycle(KILL_SWITCH="1").reason == "kill switch active (env)"
    # 9: clear it, and LIVE is back; 4.5: disable after the close, and DRY_RUN says so
    desk.ok("unkill", "--reason", "the runbook was read to its end")
    assert desk.cycle().reason == LIVE
    desk.env["DRY_RUN"] = "1"
    assert desk.cycle().line("Gate mode=") == "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled"
    # never left enabled overnight: the next session knows this token no more
    del desk.env["DRY_RUN"]
    desk.next_session()
    assert desk.cycle().reason.startswith("confirm token expired (armed ")


def test_arming_shows_all_that_it_binds_and_no_token(desk: Desk) -> None:
    desk.env |= {"ALLOWLIST_SYMBOLS": "msft,AAPL"}
    done = arm(desk, "--until", "15:00")
    assert done.code == 0, done.said
    token = take_the_keys(desk)
    lines = [line for line in done.out.splitlines() if re.match(r"\S.*? {2,}\S", line)]
    rows = dict(re.split(r" {2,}", line, maxsplit=1) for line in lines)
    session = desk.session
    assert rows["account"].startswith(f"{account(desk)}, equity 100000.00")
    assert rows["state dir"] == str(desk.state)
    assert rows["LIVE for"].startswith(f"session {session}, until {session} 15:00:00 E")
    assert (rows["orders"], rows["positions"]) == ("0 of 5 used today", "0 of 5")
    assert rows["allowlist"] == "AAPL,MSFT" and rows["per symbol"] == "1000.0"
    assert rows["preflight"] == "none; overridden: a test"
    assert "systemctl" not in done.out and "/etc/" not in done.out, "what is printed fits a checkout"
    assert token not in done.said
    record = (desk.state / "live_arm.json").read_text()
    assert token not in record and '"override": "a test"' in record
    assert desk.cycle().reason == LIVE


def test_the_printed_lines_hand_the_key_over(desk: Desk) -> None:
    done = arm(desk)
    line = next(line.strip() for line in done.out.splitlines() if line.strip().startswith("export "))
    keys = shell(desk, f'{line}\nprintf "%s %s" "$LIVE_TRADING" "$LIVE_CONFIRM_TOKEN"').split()
    desk.env |= {"LIVE_TRADING": keys[0], "LIVE_CONFIRM_TOKEN": keys[1]}
    assert desk.cycle().reason == LIVE


def _other_cap(desk: Desk) -> None:
    desk.env["MAX_LIVE_POSITIONS"] = "6"


def _tighter_cap(desk: Desk) -> None:
    desk.env["MAX_LIVE_GROSS_NOTIONAL"] = "4999.99"


def _chase(desk: Desk) -> None:
    desk.env["MAX_CHASE_PCT"] = "0.4"


def _allowlist(desk: Desk) -> None:
    desk.env["ALLOWLIST_SYMBOLS"] = "AAPL"


def _record_lost(desk: Desk) -> None:
    (desk.state / "live_arm.json").unlink()


def _record_edited(desk: Desk) -> None:
    path = desk.state / "live_arm.json"
    path.write_text(path.read_text().replace('"orders_per_day": 5', '"orders_per_day": 500'))
    desk.env["MAX_LIVE_ORDERS_PER_DAY"] = "500"


def _record_of_an_earlier_arming(desk: Desk) -> None:
    before = (desk.state / "live_arm.json").read_bytes()
    armed(desk, "--until", "15:00")
    (desk.state / "live_arm.json").write_bytes(before)


def _record_broken(desk: Desk) -> None:
    (desk.state / "live_arm.json").write_text("{")


def _readable_by_all(desk: Desk) -> None:
    (desk.state / TOKEN_FILE).chmod(0o644)


def _newline(desk: Desk) -> None:
    path = desk.state / TOKEN_FILE
    path.write_text(path.read_text() + "\n")


def _empty(desk: Desk) -> None:
    (desk.state / TOKEN_FILE).write_text("")


def _link(desk: Desk) -> None:
    os.rename(desk.state / TOKEN_FILE, desk.root / "token")
    (desk.state / TOKEN_FILE).symlink_to(desk.root / "token")


def _somebody_elses(desk: Desk) -> None:
    os.chown(desk.state / TOKEN_FILE, 65534, -1)


def _another_hand(desk: Desk) -> None:
    (desk.state / TOKEN_FILE).write_text("arm1-")
    desk.env["LIVE_CONFIRM_TOKEN"] = "arm1-"


REASONS: dict[Callable[[Desk], None], str] = {
    _other_cap: "arm record mismatch (caps changed)",
    _tighter_cap: "arm record mismatch (caps changed)",
    _chase: "arm record mismatch (MAX_CHASE_PCT changed)",
    _allowlist: "arm record mismatch (allowlist changed)",
    _record_lost: "arm record mismatch (record missing)",
    _record_edited: "arm record mismatch (record changed)",
    _record_of_an_earlier_arming: "arm record mismatch (record changed)",
    _record_broken: "arm record mismatch (record unreadable: is not valid JSON",
    _readable_by_all: "confirm token file permissions too open (0644, want 0600)",
    _newline: "LIVE_CONFIRM_TOKEN mismatch",
    _empty: "confirm token file empty",
    _link: "confirm token file unreadable (is a link)",
    _another_hand: "arm record mismatch (record changed)",
    **({_somebody_elses: "confirm token file unreadable (owned by uid 65534, want 0)"} if os.geteuid() == 0 else {}),
}


def test_every_change_ends_live_with_a_clear_answer(another: NewDesk) -> None:
    def journey(spoil: Callable[[Desk], None]) -> None:
        desk = armed(another(spoil.__name__, armed=False))
        token = desk.env["LIVE_CONFIRM_TOKEN"]
        spoil(desk)
        done = desk.cycle()
        assert done.mode == "DRY_RUN" and done.reason.startswith(REASONS[spoil]), (spoil.__name__, done.reason)
        assert desk.taken() == []
        assert token not in done.said

    side_by_side(REASONS, journey)


def test_a_copy_on_another_host_is_not_armed(desk: Desk) -> None:
    armed(desk)
    path = desk.state / "live_arm.json"
    other = path.read_text().replace(f'"{os.uname().nodename}/', '"elsewhere/')
    path.write_text(other)
    token = desk.env["LIVE_CONFIRM_TOKEN"]
    digest = subprocess.run(
        [sys.executable, "-c", "import sys, pathlib; from execution.state.arming import load; "
         "print(load(pathlib.Path(sys.argv[1])).digest)", str(path)],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    token = f"arm1-{digest}-{token[-32:]}"
    desk.write_token(token.encode())
    assert desk.cycle(LIVE_CONFIRM_TOKEN=token).reason == "arm record mismatch (host changed)"


def test_live_ends_at_the_close_and_at_until_and_serves_its_sessions_only(another: NewDesk) -> None:
    until = armed(another("until", armed=False), "--until", "12:00")
    session = until.session
    until.sim("clock", f"{session}T11:58")
    assert until.cycle().reason == LIVE
    until.cycle()
    assert until.cycle().reason == f"confirm token expired (armed {session})"
    two = armed(another("two", armed=False), "--sessions", "2")
    two.next_session()
    assert two.cycle().reason == LIVE
    two.next_session()
    assert two.cycle().reason == f"confirm token expired (armed {session})"


def test_armed_at_half_past_twelve_on_a_half_day_it_ends_at_one(desk: Desk) -> None:
    table = load_sessions(desk.state / "sessions.json")
    session = table.on(date.fromisoformat(desk.session))
    while session is not None and not session.is_half_day:
        session = table.after(session.day)
    assert session is not None
    desk.sim("clock", f"{session}T12:30")
    done = arm(desk)
    assert done.code == 0 and f"until {session} 13:00:00 EST" in done.out, done.said
    take_the_keys(desk)
    assert desk.cycle().reason == LIVE
    desk.sim("clock", f"{session}T12:58")
    assert desk.cycle().reason == LIVE
    late = arm(desk, "--until", "15:00")
    assert late.code == 64 and f"session {session} closes {session} 13:00:00 EST" in late.err
    assert desk.cycle().has("Market closed; skipping cycle.")
    gates = json.loads(desk.ok("gates", "--json").out)
    assert gates["mode_reason"] == f"confirm token expired (armed {session})"


# Refused


def test_without_a_passing_preflight_it_takes_a_reason(desk: Desk) -> None:
    def try_arming(*more: str) -> Done:
        return desk.do("arm", "--confirm", account(desk), *more)

    refused = try_arming()
    assert refused.code == 64
    assert "not armed: no preflight was run; run `execution preflight` for session" in refused.err
    preflight = {
        "schema": 1, "at": f"{desk.session}T13:00:00Z", "session": desk.session, "account": account(desk),
        "result": "FAIL", "strict": False, "failing": ["disk"],
    }  # fmt: skip
    path = desk.state / "preflight.json"
    for changes, words in (
        ({}, "the last preflight did not pass (FAIL: disk)"),
        ({"result": "PASS", "session": "2026-01-02"}, "the last preflight was of session 2026-01-02"),
        ({"result": "PASS", "account": "SIM0"}, "the last preflight was of account SIM0"),
    ):
        path.write_text(json.dumps({**preflight, **changes}))
        refused = try_arming()
        assert refused.code == 64 and words in refused.err, refused.said
    assert not (desk.state / TOKEN_FILE).exists()
    path.write_text(json.dumps({**preflight, "result": "PASS", "failing": []}))
    assert try_arming().code == 0
    assert read_json(desk.state / "live_arm.json")["override"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--confirm", "SIM0"), "'SIM0' is not the account number"),
        (("--sessions", "0", "--confirm", "SIM0"), "write a number from 1 to 5"),
        (("--until", "25:00", "--confirm", "SIM0"), "write close, or a New York time"),
        ((), "nothing was done; add --confirm SIM"),
    ],
)
def test_a_mistake_at_the_keyboard_arms_nothing(desk: Desk, arguments: tuple[str, ...], words: str) -> None:
    done = desk.do("arm", "--override", "x", *arguments)
    assert (done.code, words in done.err) == (64, True), done.said
    assert not (desk.state / TOKEN_FILE).exists() and not (desk.state / "live_arm.json").exists()


def test_settings_mistakes_and_a_silent_broker_arm_nothing(desk: Desk) -> None:
    assert desk.do("arm", "--override", " ", "--confirm", account(desk)).code == 64
    mistaken = desk.do("arm", "--override", "x", "--confirm", account(desk), MAX_LIVE_ORDERS="1")
    assert mistaken.code == 78 and "did you mean MAX_LIVE_ORDERS_PER_DAY?" in mistaken.err
    desk.sim("outage", "on")
    assert arm(desk).code == 69
    assert not (desk.state / TOKEN_FILE).exists()


# Taken away


def test_disarm_takes_live_away_and_token_new_gives_a_plain_one(desk: Desk) -> None:
    armed(desk)
    assert desk.cycle().reason == LIVE
    done = desk.ok("disarm")
    assert "Stays open by the live ledger of session " in done.out and "resting entries AAPL" in done.out
    assert "The next cycle is DRY_RUN: it opens nothing" in done.out
    assert "DISARMED: live_confirm_token.txt and live_arm.json removed" in done.out
    assert desk.cycle().reason == "confirm token file missing"
    assert "Was not armed" in desk.ok("disarm").out
    new = desk.ok("token", "new")
    token = take_the_keys(desk)
    assert re.fullmatch("[0-9a-f]{32}", token) and token not in new.said
    assert (desk.state / TOKEN_FILE).stat().st_mode & 0o777 == 0o600
    assert desk.cycle().reason == LIVE


@pytest.mark.parametrize("typed", ["right", "wrong"])
def test_on_a_terminal_the_account_number_is_typed(desk: Desk, typed: str) -> None:
    number = account(desk) if typed == "right" else "SIM0"
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, f"{number}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "execution", "arm", "--override", "typed"],
            cwd=CHECKOUT, env=desk.environment(), stdin=terminal, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert f"Type the account number ({account(desk)}) to arm LIVE: " in done.stdout
    assert done.returncode == (0 if typed == "right" else 64)
    assert (desk.state / TOKEN_FILE).exists() is (typed == "right")
