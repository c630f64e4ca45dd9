"""kill, unkill, pause, resume, disarm and latches: what must work when nothing else does.

They need a directory's name and no more: no network, no lock, no valid settings, no free disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.desk import CHECKOUT, LIVE, READ_ONLY, Desk, NewDesk, needs_mounts, read_json, side_by_side
from venue import faults
from venue.venue import Venue

from gates.base.locks import only_one

BROKEN_SETTINGS = {
    "BROKER": "whatever", "APCA_API_BASE_URL": "http://far.away", "APCA_API_KEY_ID": "PKHALF", "MAX_LIVE_ORDERS": "1",
    "ENTRY_TTL_SECONDS": "soon", "LIVE_TRADNG": "1", "ALPACA_PAPER": "maybe",
}  # fmt: skip
STOPS = {"kill": "KILL_SWITCH", "pause": "PAUSED", "disarm": None}


def may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("verb", "marker"), STOPS.items())
def test_with_broken_settings_a_held_lock_and_no_network(live_desk: Desk, verb: str, marker: str | None) -> None:
    """Where namespaces may be made, in a process without even a loopback."""
    before = ["unshare", "-n"] if may_unshare() else []
    with only_one(live_desk.state / "execution.lock"):
        done = live_desk.do(verb, before=before, **BROKEN_SETTINGS)
    assert done.code == 0, done.said
    if marker is not None:
        assert (live_desk.state / marker).stat().st_mode & 0o777 == 0o600
    else:
        assert not (live_desk.state / "live_confirm_token.txt").exists()
    reasons = {"kill": "kill switch active (file)", "pause": LIVE, "disarm": "confirm token file missing"}
    assert live_desk.cycle().reason == reasons[verb]
    assert live_desk.taken() == []


@pytest.mark.parametrize("verb", STOPS)
def test_stopping_loads_no_http_client_and_no_broker(live_desk: Desk, verb: str) -> None:
    code = (
        "import sys; from execution.__main__ import main; main([sys.argv[1]]);"
        "print(*[m for m in sys.modules if m in ('requests', 'alpaca', 'ssl', 'http.client', 'socket') "
        "or m.startswith(('execution.broker', 'execution.wiring'))], file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, verb]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=live_desk.environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == ""


def test_the_kill_file_says_who_when_and_why_and_a_second_kill_is_success(live_desk: Desk) -> None:
    done = live_desk.ok("kill", "--reason", "odd fills", SUDO_USER="alice")
    path = live_desk.state / "KILL_SWITCH"
    assert f"KILLED: {path} is there now" in done.out
    assert "Stays open by the live ledger of session " in done.out and "held" not in done.out
    assert "`execution flatten` closes positions; `execution unkill` undoes the kill." in done.out
    assert "(sudo by alice)\n" in path.read_text() and "\nwhy: odd fills\n" in path.read_text()
    before = path.read_text()
    assert "was there already" in live_desk.ok("kill", "--reason", "again").out
    assert path.read_text() == before


def test_a_full_disk_and_a_failing_fsync_do_not_stop_a_kill(another: NewDesk) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")

    def journey(inject: str) -> None:
        desk = another(inject.replace(":", "-").replace("=", "-"))
        path = str(desk.state / "KILL_SWITCH")
        trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", f"inject={inject}"]
        done = desk.do("kill", "--reason", "full", before=trace, PYTHONDONTWRITEBYTECODE="1")
        assert done.code == 0 and "its existence is enough" in done.out, done.said
        assert desk.cycle().reason == "kill switch active (file)"

    side_by_side(["write:error=ENOSPC", "fsync:error=EIO", "write:error=EIO"], journey)


def test_a_kill_that_cannot_be_made_says_what_else_to_do(live_desk: Desk) -> None:
    done = live_desk.do("kill", AVWAP_STATE_DIR=str(live_desk.root / "nowhere"))
    assert done.code == 74
    assert "NOT KILLED by file" in done.err and "KILL_SWITCH=1" in done.err and "systemctl stop" in done.err


def test_a_directory_that_is_none_of_ours_is_warned_about(live_desk: Desk) -> None:
    done = live_desk.ok("kill", AVWAP_STATE_DIR=str(live_desk.root))
    assert "is not an initialised state directory; is it the one the service uses?" in done.out


def test_pause_and_resume(live_desk: Desk) -> None:
    live_desk.ok("pause", "--reason", "lunch")
    done = live_desk.cycle()
    assert (done.reason, done.submitted) == (LIVE, [])
    assert done.line("Gate entries") == "Gate entries status=FAIL reason=paused (file)"
    assert "why: lunch" in live_desk.ok("resume", "--reason", "eaten").out
    (kept,) = read_json(live_desk.state / "latches.json")["cleared"]
    assert (kept["latch"]["name"], kept["why"]) == ("PAUSED", "eaten")
    assert "Was not paused" in live_desk.ok("resume").out
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


def test_unkill_needs_a_reason_and_keeps_it(live_desk: Desk) -> None:
    live_desk.ok("kill", "--reason", "odd fills")
    assert live_desk.do("unkill").code == live_desk.do("unkill", "--reason", " ").code == 64
    assert live_desk.cycle().reason == "kill switch active (file)"
    live_desk.ok("unkill", "--reason", "a glitch")
    assert live_desk.cycle().reason == LIVE
    (kept,) = read_json(live_desk.state / "latches.json")["cleared"]
    assert "why: odd fills" in kept["latch"]["why"] and kept["why"] == "a glitch"
    assert "No kill file" in live_desk.ok("unkill", "--reason", "again").out


def test_unkill_refuses_while_the_cause_stands_elsewhere_and_says_where(live_desk: Desk) -> None:
    live_desk.ok("kill")
    account = read_json(live_desk.state / "simulated_broker.json")["account"]
    assert live_desk.do("flatten", "--confirm", account, "--reason", "odd").code == 0
    for changes, words in (
        ({}, f"latched in {live_desk.state / 'latches.json'}: flatten (set "),
        ({"KILL_SWITCH": "1"}, "the KILL_SWITCH variable is set (environment or .env)"),
    ):
        done = live_desk.do("unkill", "--reason", "fine", **changes)
        assert done.code == 64 and words in done.err, done.said
        assert (live_desk.state / "KILL_SWITCH").exists()
    live_desk.ok("latches", "clear", "flatten", "--reason", "looked at it")
    (live_desk.state / "latches.json").write_text("{")
    done = live_desk.do("unkill", "--reason", "fine")
    assert done.code == 64 and "unreadable (is not valid JSON" in done.err
    live_desk.ok("latches", "clear", "unreadable", "--reason", "put aside")
    live_desk.ok("unkill", "--reason", "fine")
    assert live_desk.cycle().reason == LIVE


def test_latches_are_shown_and_cleared_by_name_with_a_reason(live_desk: Desk) -> None:
    assert "Nothing is latched." in live_desk.ok("latches", "show").out
    account = read_json(live_desk.state / "simulated_broker.json")["account"]
    live_desk.ok("cancel-all", "--confirm", account, "--reason", "quiet, please")
    shown = live_desk.ok("latches", "show").out
    assert "cancel-all" in shown and "quiet, please" in shown
    assert live_desk.cycle().submitted == []
    assert live_desk.do("latches", "clear", "flatten", "--reason", "x").code == 64
    assert live_desk.do("latches", "clear", "cancel-all", "--reason", "").code == 64
    live_desk.ok("latches", "clear", "cancel-all", "--reason", "over")
    assert '"because": "over"' in live_desk.ok("latches", "show", "--json").out
    assert live_desk.cycle().submitted == ["AAPL", "MSFT", "KO"]


def test_a_simulated_day_flattened_and_written_down(live_desk: Desk) -> None:
    """A stop at 3 a.m. practised: kill with the broker's switch, flatten, and back."""
    live_desk.cycle()
    live_desk.cycle()
    live_desk.ok("kill", "--broker")
    assert live_desk.cycle().line("Gate entries").endswith("account blocked (trade_suspended_by_user)")
    account = read_json(live_desk.state / "simulated_broker.json")["account"]
    done = live_desk.ok("flatten", "--confirm", account)
    assert "SUSPEND LIFTED" in done.out and "SUSPENDED again at the broker" in done.out
    assert sorted(one["kind"] for one in live_desk.ledger()["exits"]) == ["flatten"] * 3
    live_desk.check_books()
    live_desk.ok("latches", "clear", "flatten", "--reason", "flat")
    live_desk.ok("unkill", "--reason", "flat")
    assert read_json(live_desk.state / "simulated_broker.json")["suspended"] is False
    assert live_desk.cycle().reason == LIVE


# The broker's own switch, at a broker


@pytest.fixture
def real_desk(live_desk: Desk, venue: Venue) -> Desk:
    """Bound to the account at the venue, where it was bound to a simulated one."""
    live_desk.env |= {**venue.env, "BROKER": "alpaca", "HTTP_TIMEOUT_SECONDS": "3"}
    record = live_desk.state / "state.json"
    number = read_json(record)["account"]
    record.write_text(record.read_text().replace(number, venue.book.account.number))
    return live_desk


def test_kill_with_broker_sets_reads_back_and_warns(real_desk: Desk, venue: Venue) -> None:
    done = real_desk.ok("kill", "--broker")
    assert venue.book.account.suspend_trade
    assert "SUSPENDED, read back." in done.out
    assert "the broker refuses closes and new stops too" in done.out
    done = real_desk.ok("unkill", "--reason", "over")
    assert "suspend lifted, read back" in done.out and not venue.book.account.suspend_trade
    assert not (real_desk.state / "KILL_SWITCH").exists()


def test_kill_with_broker_needs_no_account_number(real_desk: Desk, venue: Venue) -> None:
    venue.faults.add(faults.server_error(), method="GET", path="/v2/account", times=faults.EVERY)
    done = real_desk.ok("kill", "--broker")
    assert venue.book.account.suspend_trade
    assert "account (not told: account: HTTP 500" in done.out and "SUSPENDED, read back." in done.out


def test_a_broker_that_does_not_hear_leaves_the_file_and_is_told(real_desk: Desk, venue: Venue) -> None:
    rule = venue.faults.add(faults.server_error(), method="*", path="*", times=faults.EVERY)
    done = real_desk.do("kill", "--broker")
    assert done.code == 69 and "the broker was NOT told" in done.err
    assert (real_desk.state / "KILL_SWITCH").exists()
    assert venue.secret not in done.said and venue.key not in done.said
    done = real_desk.do("unkill", "--reason", "over")
    assert done.code == 69 and (real_desk.state / "KILL_SWITCH").exists()
    venue.faults.remove(rule)
    assert real_desk.ok("unkill", "--reason", "over")


def test_broken_settings_stop_the_broker_part_and_never_the_file(real_desk: Desk) -> None:
    done = real_desk.do("kill", "--broker", BROKER="whatever")
    assert done.code == 78 and "the broker was NOT told" in done.err
    assert (real_desk.state / "KILL_SWITCH").exists()


def test_an_env_file_nobody_can_read_names_no_directory(live_desk: Desk) -> None:
    broken = live_desk.root / "env"
    broken.write_bytes(b"\xff\xfe")
    done = live_desk.do("kill", AVWAP_STATE_DIR=None, AVWAP_ENV_FILE=str(broken))
    assert done.code == 78 and "set AVWAP_STATE_DIR" in done.err
    assert not (Path(CHECKOUT) / "state" / "KILL_SWITCH").exists()


@pytest.mark.parametrize(("marker", "undo"), [("KILL_SWITCH", ("unkill", "--reason", "x")), ("PAUSED", ("resume",))])
def test_a_marker_that_is_a_directory_is_removed_unless_something_is_in_it(
    live_desk: Desk, marker: str, undo: tuple[str, ...]
) -> None:
    path = live_desk.state / marker
    path.mkdir()
    (path / "why").touch()
    done = live_desk.do(*undo)
    assert done.code == 74 and "with something in it" in done.err, done.said
    assert read_json(live_desk.state / "latches.json")["cleared"] == []
    (path / "why").unlink()
    live_desk.ok(*undo)
    assert not path.exists()
    assert len(read_json(live_desk.state / "latches.json")["cleared"]) == 1


def test_resume_names_the_way_past_an_unreadable_latch_file(live_desk: Desk) -> None:
    live_desk.ok("pause")
    (live_desk.state / "latches.json").write_bytes(b"")
    done = live_desk.do("resume")
    assert done.code == 64 and "execution latches clear unreadable --reason TEXT" in done.err, done.said
    assert (live_desk.state / "PAUSED").exists()
    live_desk.ok("latches", "clear", "unreadable", "--reason", "looked")
    live_desk.ok("resume")


def test_disarm_takes_what_it_can_and_says_what_else_takes_live_away(live_desk: Desk) -> None:
    token, record = live_desk.state / "live_confirm_token.txt", live_desk.state / "live_arm.json"
    token.unlink()
    token.mkdir()
    record.write_text("{}")
    done = live_desk.do("disarm")
    assert done.code == 74 and "NOT DISARMED" in done.err and "LIVE_TRADING" in done.err, done.said
    assert not record.exists()


@needs_mounts
@pytest.mark.parametrize(("verb", "word"), [("pause", "NOT PAUSED"), ("disarm", "NOT DISARMED")])
def test_on_a_read_only_directory_they_say_what_else_stops_it(live_desk: Desk, verb: str, word: str) -> None:
    done = live_desk.do(verb, before=["unshare", "-m", "sh", "-c", READ_ONLY, str(live_desk.state)])
    assert done.code == 74 and word in done.err and "unit" in done.err, done.said


def test_arm_says_that_no_session_is_known(live_desk: Desk) -> None:
    (live_desk.state / "sessions.json").write_bytes(b"")
    done = live_desk.do("arm", "--override", "x", "--confirm", "ANY")
    assert done.code == 64 and "session table" in done.err and "None" not in done.err, done.said


def test_a_latch_in_a_torn_file_is_not_cleared_and_the_way_out_is_named(desk: Desk) -> None:
    (desk.state / "latches.json").write_bytes(b'{"schema": 1, "latc')
    done = desk.do("latches", "clear", "flatten", "--reason", "fine")
    assert done.code == 74
    assert "`execution latches clear unreadable --reason TEXT` puts it aside" in done.said
    assert desk.ok("latches", "clear", "unreadable", "--reason", "looked at").out.count("put aside") == 1
