"""The runbook's appendix names everything the code has, and nothing it has not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from support.desk import new_desk

from execution.__main__ import EXECUTION
from execution.settings.registry import REGISTRY
from execution.state.directory import StateDir
from execution.view.condition import ORDER
from gates.base import errors
from gates.base.environment import CHECKOUT, ENV_FILE
from gates.mode import Mode
from scanner.__main__ import SCANNER
from scanner.artifacts import Artifacts
from scanner.settings import REGISTRY as SCANNER_REGISTRY

PAGE = (CHECKOUT / "docs" / "runbook.md").read_text()
DAY = date(2026, 11, 19)
LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T\] (?:(?:WARNING|ERROR): )?(.*)")
BY_ARGPARSE_AND_SHELL = {2, 130}
"""Exit codes that no constant of ours names: a failing check, and an interrupt."""
BY_SYSTEMD = {243}


def section(title: str) -> str:
    return PAGE.partition(f"\n### {title}\n")[2].partition("\n### ")[0]


def cells(title: str, column: int = 1) -> list[str]:
    """One column of a section's table, heading and rule left out."""
    rows = [line.split(" | ") for line in section(title).splitlines() if line.startswith("|")]
    return [row[column].strip(" |") for row in rows[2:]]


def quoted(texts: list[str]) -> list[str]:
    return [name for text in texts for name in re.findall(r"`([^`]+)`", text)]


def test_every_variable() -> None:
    known = {one.name for one in (*REGISTRY, *SCANNER_REGISTRY)} | {ENV_FILE}
    named = quoted(cells("Variables"))
    assert sorted(named) == sorted(known)


def test_what_status_names_first() -> None:
    title = "What `status` names first"
    said = [", ".join(f"`{name}`" for name in (*one.mode_gates, *one.entry_gates)) or "to come" for one in ORDER]
    assert list(zip(cells(title, 0), cells(title, 1), strict=True)) == [
        (place.condition.value, words) for place, words in zip(ORDER, said, strict=True)
    ]


def test_every_verb() -> None:
    verbs = {f"{program.name} {verb}": text for program in (EXECUTION, SCANNER) for verb, text in program.verbs.items()}
    assert dict(zip(quoted(cells("Verbs", 0)), cells("Verbs", 1), strict=True)) == verbs


def test_every_file_of_the_state_directory() -> None:
    root = Path("/state")
    state = StateDir(root)
    properties = [name for name, value in vars(StateDir).items() if isinstance(value, property)]
    paths = [getattr(state, name) for name in properties]
    paths += [path for mode in Mode for path in (state.ledger(mode).path, state.ledger(mode).archive_path(DAY))]
    artifacts = Artifacts(root, DAY)
    paths += [artifacts.candidates, artifacts.tradingview]
    known = {str(path.relative_to(root)) for path in paths} | {"scanner"}
    dated = {re.sub(r"/\d{4}-\d\d-\d\d\.jsonl?$", "", name) for name in known}
    named = {re.sub(r"/\d{4}-\d\d-\d\d\.jsonl?$", "", name.rstrip("/")) for name in quoted(cells("Files", 0))}
    assert named == dated


def test_every_exit_code() -> None:
    known = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert {int(code) for code in cells("Exit codes", 0)} == known | BY_ARGPARSE_AND_SHELL | BY_SYSTEMD


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a day of LIVE cycles says: a lost reply, a cap, a kill, an exit, a close, the next morning."""
    desk = new_desk(tmp_path_factory.mktemp("lines"))
    said = [desk.cycle().said]
    desk.sim("behave", "AAPL", "lose-reply")
    desk.sim("behave", "AAPL", "hide")
    desk.sim("behave", "MSFT", "partial")
    desk.sim("behave", "KO", "reject")
    desk.arm()
    said += [desk.cycle().said, desk.cycles(12).said]
    desk.sim("price", "AAPL", "96.00")
    said.append(desk.cycle().said)
    (desk.state / "KILL_SWITCH").touch()
    said.append(desk.cycle().said)
    desk.sim("clock", "+6h")
    said += [desk.cycle().said, desk.ok("sweep").said]
    desk.sim("clock", "next")
    said.append(desk.cycle().said)
    return [found[1] for text in said for line in text.splitlines() if (found := LINE.fullmatch(line))]


def test_every_line_a_day_says(journal: list[str]) -> None:
    assert "Gate mode=LIVE status=PASS reason=live trading confirmed" in journal
    starts = tuple(quoted(cells("Journal lines", 0)))
    assert [line for line in journal if not line.startswith(starts)] == []
    seen = {start for start in starts if any(line.startswith(start) for line in journal)}
    assert {"UNKNOWN ", "REJECTED ", "EXIT ", "PROTECT ", "CANCEL ", "Ledger ", "Swept"} <= seen
