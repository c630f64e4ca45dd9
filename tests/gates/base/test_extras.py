"""Which command brings a package that is missing, in a checkout and beside a wheel, and what is no such package."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from gates.base import extras
from gates.base.extras import by_extra, remedy

LINES = [
    "requests>=2.30",
    "pyarrow>=16; extra == 'scan'",
    'exchange-calendars<9,>=4.5 ; extra == "scan"',
    "tomli>=2; python_version < '3.11' and extra == 'scan'",
    "pytest; extra == 'dev'",
]


def test_extras_are_read_from_the_metadata_without_the_developers() -> None:
    assert by_extra(LINES) == {
        "scan": {"pyarrow": "pyarrow>=16", "exchange-calendars": "exchange-calendars<9,>=4.5", "tomli": "tomli>=2"}
    }


def test_a_package_of_an_extra_is_brought_by_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    said = remedy("pyarrow.parquet")
    assert said == (
        "pyarrow.parquet is not installed, it comes with the extra 'scan'; bring it with `make .venv/run.ready`"
    )
    monkeypatch.setattr(extras, "is_checkout", lambda: False)
    said = remedy("exchange_calendars")
    assert said is not None
    command = shlex.split(said.partition("`")[2].rstrip("`"))
    assert command[:4] == [sys.executable, "-m", "pip", "install"] and Path(command[0]).is_absolute()
    assert {"pyarrow>=16", "numpy>=1.26"} < set(command)


def test_the_command_is_of_the_tool_that_installed_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert extras._install(tmp_path, ["a>=1"]) == f"{sys.executable} -m pip install 'a>=1'"
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert extras._install(tmp_path, ["a"]) == f"uv pip install --python {sys.executable} a"
    (tmp_path / "pipx_metadata.json").touch()
    assert extras._install(tmp_path, ["a"]) == "pipx inject avwap-execution a"


def test_any_other_module_that_is_missing_is_no_extras_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [remedy(name) for name in ("execution.nowhere", "pytest_of_nobody", "pytest", None)] == [None] * 4
    monkeypatch.setattr(extras, "DISTRIBUTION", "avwap-not-installed")
    assert remedy("pyarrow") is None
