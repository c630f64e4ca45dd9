"""The cycle as a program: twice in a row, in a loop, out of hours, and the lines it writes.

Its journal lines are a contract. Every one begins with the New York time; under journald the priority
stands before that; with LOG_FORMAT=json each is one document.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys

from support.desk import CHECKOUT, LIVE, STAMP, Desk


def test_the_second_run_says_what_was_entered_today(desk: Desk) -> None:
    assert desk.cycle().submitted == ["AAPL", "MSFT", "KO"]
    again = desk.cycle()
    assert again.submitted == []
    for symbol in ("AAPL", "MSFT", "KO"):
        line = again.line(f"Gate order {symbol} ")
        name = f"avx-{desk.session.replace('-', '')}-{symbol}-entry-1"
        assert line == (
            f"Gate order {symbol} status=FAIL reason=already entered today ({name} submitted) code=once.per_session"
        )


def test_the_lines_people_grep(live_desk: Desk) -> None:
    done = live_desk.cycle(ALLOWLIST_SYMBOLS="msft,AAPL", MAX_LIVE_GROSS_NOTIONAL="500")
    day = live_desk.session
    assert "Gate mode=LIVE status=PASS reason=live trading confirmed" in done.messages
    assert "Gate allowlist=AAPL,MSFT" in done.messages
    assert "Gate caps(orders/day=5, positions=5, gross_notional=500.0, per_symbol=1000.0)" in done.messages
    assert f"Gate watchlist status=PASS reason=session {day}, 3 rows" in done.messages
    name = f"avx-{day.replace('-', '')}-AAPL-entry-1"
    assert (
        f"SUBMITTED AAPL: qty=4 limit=100.50 notional=402.00 order_id=sim-000001 client_order_id={name}"
        in done.messages
    )
    assert all(STAMP.match(line) for line in done.said.splitlines())
    rehearsed = live_desk.cycle(DRY_RUN="1", ALLOWLIST_SYMBOLS="AAPL")
    assert "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled" in rehearsed.messages
    assert "order_id=dry-run" in rehearsed.line("SUBMITTED AAPL") if rehearsed.submitted else True


def test_out_of_hours(live_desk: Desk) -> None:
    live_desk.sim("clock", f"{live_desk.session}T16:00")
    done = live_desk.cycle()
    assert done.has("Market closed; skipping cycle.")
    assert not done.has("Gate ")
    live_desk.next_session("AAPL,100.00,97.00,106.00")
    live_desk.sim("clock", f"{live_desk.session}T15:44")
    live_desk.arm()
    assert "too close to the close (900s left, limit 900s)" in live_desk.cycle().line("Gate entries")
    live_desk.sim("clock", f"{live_desk.session}T16:00")
    ignoring = live_desk.ok("run", "--dry-run", "--ignore-market-hours")
    assert ignoring.mode == "DRY_RUN"
    assert live_desk.taken() == []


def test_a_loop_until_the_close(live_desk: Desk) -> None:
    done = live_desk.ok("run", "--loop", "--until-close", "--cycle-seconds", "600", LOG_REPEATS="1")
    assert done.submitted == ["AAPL", "MSFT", "KO"]
    last = done.said.splitlines()[-1]
    assert re.search(r"Session over after (\d+) cycles", last), last
    cycles = done.said.count("Gate mode=LIVE")
    assert cycles == int(last.split()[-2]) == 33
    assert "16:0" in last
    assert "too close to the close" in done.said
    assert live_desk.taken_symbols() == ["AAPL", "KO", "MSFT"]
    assert all(STAMP.match(line) for line in done.said.splitlines())


def test_a_loop_ends_at_its_bound_and_at_what_no_cycle_can_mend(live_desk: Desk) -> None:
    assert live_desk.cycles(4).said.count("Gate mode=") == 4
    wrong = live_desk.do("run", "--loop", "--max-cycles", "9", MAX_LIVE_POSITIONS="five")
    assert (wrong.code, wrong.said.count("Gate mode=")) == (78, 1)


def test_json_lines(live_desk: Desk) -> None:
    (live_desk.state / "KILL_SWITCH").touch()
    done = live_desk.do("run", LOG_FORMAT="json", MAX_LIVE_POSITIONS="five")
    assert done.code == 78
    documents = [json.loads(line) for line in done.said.splitlines()]
    assert {frozenset(document) for document in documents} == {frozenset({"timestamp", "level", "message"})}
    messages = {document["message"]: document["level"] for document in documents}
    assert messages["Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)"] == "warning"
    assert any(level == "error" and "MAX_LIVE_POSITIONS=five" in text for text, level in messages.items())
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[45]:00", one["timestamp"]) for one in documents)


def test_the_journald_prefix_stands_before_the_time(live_desk: Desk) -> None:
    (live_desk.state / "KILL_SWITCH").touch()
    journal = live_desk.root / "journal"

    def run(stream_id: str) -> list[str]:
        with journal.open("wb") as stream:
            subprocess.run(
                [sys.executable, "-m", "execution", "run"],
                cwd=CHECKOUT,
                env=live_desk.environment(JOURNAL_STREAM=stream_id, MAX_LIVE_POSITIONS="five"),
                stdout=stream,
                stderr=subprocess.STDOUT,
                check=False,
            )
        return journal.read_text().splitlines()

    journal.touch()
    info = os.stat(journal)
    lines = run(f"{info.st_dev}:{info.st_ino}")
    assert all(re.match(r"<[346]>\[\d{4}-", line) for line in lines), lines
    assert {line[1] for line in lines if "ERROR: settings:" in line} == {"3"}
    assert {line[1] for line in lines if "kill switch active" in line} == {"4"}
    assert {line[1] for line in lines if "Gate caps(" in line} == {"6"}
    assert all(STAMP.match(line) for line in run("1:1")), "somebody else's journal"


def test_what_a_first_cycle_leaves_behind(quiet_morning: Desk, live_desk: Desk) -> None:
    """Private files, a bound account, a heartbeat, a decision, and no temporary file."""
    done = live_desk.cycle()
    assert done.reason == LIVE
    account = json.loads((live_desk.state / "state.json").read_bytes())["account"]
    assert live_desk.ledger()["account"] == account
    for path in live_desk.state.rglob("*"):
        open_to_others = stat.S_IMODE(path.lstat().st_mode) & 0o077
        assert not open_to_others, path
        assert not path.name.endswith(".tmp"), path
    beat = json.loads((live_desk.state / "heartbeat.json").read_bytes())
    assert (beat["exit_code"], beat["mode"]) == (0, "LIVE")
    decided = (live_desk.state / "decisions" / f"{live_desk.session}.jsonl").read_text().splitlines()
    assert len(decided) == len({json.loads(line)["mark"] for line in decided})


def test_a_closed_stdout_does_not_stop_the_cycle(live_desk: Desk) -> None:
    """Whoever reads the journal may die; the orders and their ledger do not depend on it."""
    reader, writer = os.pipe()
    os.close(reader)
    finished = subprocess.run(
        [sys.executable, "-m", "execution", "run"],
        cwd=CHECKOUT,
        env=live_desk.environment(),
        stdout=writer,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    os.close(writer)
    assert live_desk.taken_symbols() == ["AAPL", "KO", "MSFT"]
    assert set(live_desk.entries().values()) == {"submitted"}
    assert finished.returncode in (0, 120)


def test_a_state_dir_found_too_open_is_closed_and_said(live_desk: Desk) -> None:
    live_desk.state.chmod(0o755)
    done = live_desk.cycle()
    assert "is open to others (0755); closed to 0700" in done.said
    assert stat.S_IMODE(live_desk.state.stat().st_mode) == 0o700
    assert done.reason == LIVE
