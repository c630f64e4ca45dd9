"""The verbs that tell: doctor, preflight, go-nogo, health, morning, close-day, as an operator runs them.

Each is a process on a simulated desk. Timers are left out where a verdict is compared: whether systemd
runs is the machine's own affair.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.desk import CHECKOUT, READ_ONLY, Desk, Done, needs_mounts
from support.terminal import terminal

from execution.checks import preflight as checks_preflight
from execution.checks.catalog import CLOSE_DAY, DOCTOR, GO_NO_GO, MORNING, PREFLIGHT
from execution.checks.preflight import Preflight

VERBS = {"doctor": DOCTOR, "preflight": PREFLIGHT, "go-nogo": GO_NO_GO, "morning": MORNING, "close-day": CLOSE_DAY}
RUNBOOK = {
    "DRY_RUN": "1",
    "ALLOWLIST_SYMBOLS": "AAPL,MSFT",
    "MAX_LIVE_ORDERS_PER_DAY": "1",
    "MAX_LIVE_POSITIONS": "1",
    "MAX_LIVE_GROSS_NOTIONAL": "500",
    "MAX_LIVE_NOTIONAL_PER_SYMBOL": "250",
}
"""Section 4.2 of the runbook, before DRY_RUN is taken away."""

TINY_DISK = 'mount -t tmpfs -o size=1m,mode=0700 none "$0" && cp -a "$1/." "$0" && shift && exec "$@"'


def told(desk: Desk, *verb: str, code: int | None = None, **changes: str | None) -> dict[str, Any]:
    done = desk.do(*verb, "--json", **changes)
    if code is not None:
        assert done.code == code, done.said
    document: dict[str, Any] = json.loads(done.out)
    return document


def results(document: dict[str, Any]) -> dict[str, str]:
    return {one["check"]: one["result"] for one in document["checks"] if one["check"] not in ("timers", "time_sync")}


def wrong(document: dict[str, Any]) -> dict[str, str]:
    return {check: result for check, result in results(document).items() if result in ("WARN", "FAIL")}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_asks_its_checks_in_order_and_writes_only_its_own_record(desk: Desk, verb: str) -> None:
    before = desk.digest()
    document = told(desk, verb)
    assert [one["check"] for one in document["checks"]] == [check.name for check in VERBS[verb]]
    assert document["verb"] == verb and document["state_dir"] == str(desk.state)
    assert all(set(one) == {"check", "question", "result", "evidence", "action"} for one in document["checks"])
    assert all(one["evidence"] for one in document["checks"])
    if verb == "preflight":
        assert (desk.state / "preflight.json").exists()
    else:
        assert desk.digest() == before


def test_the_exit_code_is_the_worst_answer(desk: Desk) -> None:
    for verb in VERBS:
        done = desk.do(verb, "--json")
        expected = {"PASS": 0, "WARN": 1, "FAIL": 2}[json.loads(done.out)["result"]]
        assert done.code == expected, verb
        text = desk.do(verb)
        assert text.code == expected and str(desk.state) in text.out
        assert "\033" not in text.out


# --- preflight ------------------------------------------------------------------------------------


def test_the_preflight_passes_with_the_runbooks_own_settings_and_keeps_a_record(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    document = told(desk, "preflight", **RUNBOOK)
    assert wrong(document) == {}
    assert document["passed"] is True
    assert set(document["acceptable_no_data"]) <= {"drop_ins", "slack", "timers"}
    kept = checks_preflight.read(desk.state / "preflight.json")
    account = told(desk, "status", **RUNBOOK)["account"]
    assert kept == Preflight(1, kept.at, kept.session, account, document["result"], False, ())
    assert str(kept.session) == desk.session
    if document["result"] == "PASS":  # a machine with half of the timers is warned of it
        assert desk.do("preflight", "--strict", **RUNBOOK).code == 0
        assert checks_preflight.read(desk.state / "preflight.json").strict


def test_a_warning_passes_and_fails_strictly(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    desk.state.chmod(0o750)
    told(desk, "preflight", code=1, **RUNBOOK)
    kept = checks_preflight.read(desk.state / "preflight.json")
    assert (kept.result, kept.strict, kept.failing, kept.passed) == ("WARN", False, (), True)
    told(desk, "preflight", "--strict", code=2, **RUNBOOK)
    kept = checks_preflight.read(desk.state / "preflight.json")
    assert (kept.result, kept.strict, kept.passed) == ("WARN", True, False)
    assert kept.failing == ("state_dir",)


def test_a_failing_preflight_takes_the_passing_record_away(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    desk.do("preflight", **RUNBOOK)
    assert checks_preflight.read(desk.state / "preflight.json").passed
    desk.watchlist_path().unlink()
    done = desk.do("preflight", **RUNBOOK)
    assert done.code == 2
    kept = checks_preflight.read(desk.state / "preflight.json")
    assert (kept.result, kept.failing, kept.passed) == ("FAIL", ("watchlist",), False)
    assert "NOT passed: watchlist" in done.out


def test_an_unknown_broker_fails_the_preflight_and_is_no_account(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    desk.sim("outage", "on")
    document = told(desk, "preflight", code=2, **RUNBOOK)
    assert results(document)["account"] == "FAIL"
    assert checks_preflight.read(desk.state / "preflight.json").account is None


@needs_mounts
def test_a_preflight_that_cannot_be_recorded_does_not_pass(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    read_only = ("unshare", "-m", "sh", "-c", READ_ONLY, str(desk.state))
    done = desk.do("preflight", before=read_only, **RUNBOOK)
    assert done.code == 2
    assert "no record kept: cannot write" in done.out and "Read-only file system" in done.out
    assert "state_dir" in done.out and "takes no writes" in done.out


def test_a_record_that_finds_no_place_does_not_pass_though_all_else_does(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    (desk.state / "preflight.json").mkdir()
    document = told(desk, "preflight", code=2, **RUNBOOK)
    assert wrong(document) == {}
    assert document["passed"] is False and document["record"].startswith("no record kept: cannot write")


@needs_mounts
def test_a_disk_without_room_fails(desk: Desk, tmp_path: Path) -> None:
    desk.cycle()
    (tmp_path / "small").mkdir()
    before = ("unshare", "-m", "sh", "-c", TINY_DISK, str(tmp_path / "small"), str(desk.state))
    done = desk.do("doctor", "--json", before=before, AVWAP_STATE_DIR=str(tmp_path / "small"))
    assert done.code == 2
    assert wrong(json.loads(done.out)) == {"disk": "FAIL"}


# --- health ---------------------------------------------------------------------------------------


def test_health_is_one_line_and_an_exit_code(desk: Desk) -> None:
    desk.cycle()
    done = desk.ok("health")
    assert done.out.count("\n") == 1 and done.err == ""
    assert done.out.startswith("PASS last cycle ")
    assert "(limit 120s), exit 0, mode DRY_RUN" in done.out and str(desk.state) in done.out
    assert told(desk, "health")["result"] == "PASS"
    desk.sim("clock", "+4m")
    stale = desk.do("health")
    assert stale.code == 2 and stale.out.startswith("FAIL last cycle ")


def test_an_idle_day_is_healthy(desk: Desk) -> None:
    desk.sim("clock", "+10h")
    assert desk.ok("health").out.startswith("PASS market closed until ")
    assert results(told(desk, "doctor"))["heartbeat"] == "PASS"


@pytest.mark.parametrize("changes", [{"BROKER": "alpca"}, {"MAX_LIVE_POSITIONS": "x"}, {"AVWAP_STATE_DIR": "~/x"}])
def test_health_with_settings_that_cannot_be_used_is_still_one_line(desk: Desk, changes: dict[str, str]) -> None:
    done = desk.do("health", **changes)
    assert done.code in (0, 1, 2) and done.out.count("\n") == 1 and done.err == ""


NAGIOS = re.compile(r"EXECUTION (OK|WARNING|CRITICAL|UNKNOWN) - [^|]+ \| age=([0-9]+s|U);60;120\n")


def test_health_is_a_nagios_plugin(desk: Desk) -> None:
    desk.cycle()
    done = desk.ok("health", "--nagios")
    assert re.fullmatch(r"EXECUTION OK - last cycle [0-9]+s ago .* \| age=[0-9]+s;60;120\n", done.out) and not done.err
    desk.sim("clock", "+90s")
    late = desk.do("health", "--nagios")
    assert late.code == 1 and NAGIOS.fullmatch(late.out)[1] == "WARNING"  # type: ignore[index]
    assert desk.do("health").code == 0
    desk.sim("clock", "+4m")
    stale = desk.do("health", "--nagios")
    assert stale.code == 2 and NAGIOS.fullmatch(stale.out)[1] == "CRITICAL"  # type: ignore[index]
    desk.sim("clock", "+10h")
    idle = desk.ok("health", "--nagios")
    assert NAGIOS.fullmatch(idle.out).groups() == ("OK", "U")  # type: ignore[union-attr]


def test_what_cannot_be_asked_is_unknown_to_nagios(desk: Desk, tmp_path: Path) -> None:
    done = desk.do("health", "--nagios", AVWAP_STATE_DIR=str(tmp_path / "nowhere"))
    assert done.code == 3 and done.out.startswith("EXECUTION UNKNOWN - ") and done.out.count("\n") == 1
    both = desk.do("health", "--nagios", "--json")
    assert both.code == 64 and both.err.count("\n") == 1


WITH_MODULES = """
import sys
from execution.__main__ import main
code = main(["health"])
print("MODULES", *sorted(sys.modules))
"""


def test_health_needs_no_network_and_loads_no_client(desk: Desk) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_MODULES], cwd=CHECKOUT, env=desk.environment(), capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    loaded = set(done.stdout.rpartition("MODULES ")[2].split())
    assert not {"requests", "alpaca", "ssl", "http.client", "pandas", "execution.checks.gather"} & loaded


# --- the day --------------------------------------------------------------------------------------


def test_the_morning_after_a_live_day(live_desk: Desk) -> None:
    live_desk.cycles(3)
    assert live_desk.taken_symbols()
    live_desk.next_session("AAPL,100.00,97.00,106.00")
    live_desk.cycle(**RUNBOOK)
    document = told(live_desk, "morning", **RUNBOOK)
    (last,) = [one for one in document["checks"] if one["check"] == "last_ledger"]
    assert last["result"] == "PASS"
    assert " orders (" in last["evidence"] and "realized" in last["evidence"]
    assert wrong(document) == {}


def test_a_fill_since_the_last_cycle_is_no_difference(live_desk: Desk) -> None:
    live_desk.cycle()
    assert set(live_desk.entries().values()) == {"submitted"}
    live_desk.sim("clock", "+1m")
    filled = [order for order in live_desk.orders() if order["status"] == "filled"]
    document = told(live_desk, "doctor")
    assert filled and wrong(document) == {}
    (seen,) = [one["evidence"] for one in document["checks"] if one["check"] == "reconciliation"]
    assert seen == "ledger and broker agree"  # not: shares that are not ours


def test_closing_the_day_asks_for_the_switches_back(live_desk: Desk) -> None:
    live_desk.cycle()
    early = told(live_desk, "close-day")
    assert results(early)["session_over"] == "WARN"
    live_desk.sim("clock", "+7h")
    live_desk.do("sweep")
    document = told(live_desk, "close-day")
    assert results(document)["session_over"] == "PASS"
    assert results(document)["nothing_rests"] == "PASS"
    assert results(document)["live_is_off"] == "WARN"
    quiet = told(live_desk, "close-day", DRY_RUN="1")
    assert results(quiet)["live_is_off"] == "PASS"


def test_go_nogo_says_no_in_words(desk: Desk) -> None:
    desk.cycle(**RUNBOOK)
    done = desk.do("go-nogo", **RUNBOOK)
    assert done.code == 2
    assert "NO-GO: do not enable LIVE" in done.out
    document = told(desk, "go-nogo", code=2, **RUNBOOK)
    assert document["go"] is False
    assert results(document) == {
        "box_watchlist": "PASS",
        "box_running": "PASS",
        "box_slack": "FAIL",
        "box_gate_lines": "PASS",
        "box_caps": "PASS",
        "box_kill_drill": "FAIL",
    }


# --- how it looks ---------------------------------------------------------------------------------


def test_on_a_terminal_results_are_coloured_and_columns_stand(desk: Desk) -> None:
    with terminal() as screen:
        subprocess.run(
            [sys.executable, "-m", "execution", "doctor"], cwd=CHECKOUT, env=desk.environment(COLUMNS="100"),
            stdin=subprocess.DEVNULL, stdout=screen.its, stderr=screen.its, timeout=60, check=False,
        )  # fmt: skip
    seen = screen.shown
    assert "\033[32mPASS\033[0m" in seen and "\033[90mNO-DATA\033[0m" in seen
    plain = [line for line in seen.splitlines() if "PASS\033" in line or "NO-DATA\033" in line]
    assert len({line.index("\033[") for line in plain if not line.startswith("doctor:")}) == 1


def secrets_in(done: Done, *secrets: str) -> list[str]:
    return [secret for secret in secrets if secret in done.said]


@pytest.mark.parametrize("verb", [*VERBS, "health"])
def test_no_secret_in_any_output(live_desk: Desk, verb: str) -> None:
    token = live_desk.env["LIVE_CONFIRM_TOKEN"]
    hidden = {
        "SLACK_BOT_TOKEN": "xoxb-111111111111-verysecretverysecret",
        "SLACK_CHANNEL": "#x",
        "SLACK_API_BASE_URL": "http://127.0.0.1:1",
        "LIVE_CONFIRM_TOKENS": "not-a-setting-but-a-secret",
    }
    for arguments in ((verb,), (verb, "--json")):
        done = live_desk.do(*arguments, **hidden)
        assert secrets_in(done, token, hidden["SLACK_BOT_TOKEN"], hidden["LIVE_CONFIRM_TOKENS"]) == []
        assert "Traceback" not in done.said
