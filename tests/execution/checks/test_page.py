"""docs/checks.md is held to the catalog, and its limits to the code."""

from __future__ import annotations

import re

from execution.checks import go_no_go, host, machine, trade
from execution.checks.catalog import EVERY
from execution.checks.gather import BROKER_SECONDS, LIQUID
from execution.settings.registry import BY_NAME
from gates.base.environment import CHECKOUT

PAGE = (CHECKOUT / "docs/checks.md").read_text()


def test_the_page_is_the_catalog() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
    assert [(name, question) for name, question, _ in rows] == [(check.name, check.question) for check in EVERY]
    assert all(action.strip() for _, _, action in rows)


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    for said in (
        f"{BY_NAME['WATCH_SILENT_SECONDS'].default} seconds (`WATCH_SILENT_SECONDS`) without a cycle that",
        f"{machine.FREE_LEAST_MIB} MiB and {machine.INODES_LEAST} inodes free",
        f"below {machine.FREE_WARN_MIB} MiB and {machine.INODES_WARN}",
        f"{machine.TABLE_DAYS_WARN} days left",
        f"bars for {trade.COVERAGE_LEAST_PCT} %",
        f"quote of {LIQUID}",
        f"{go_no_go.DRILL_DAYS} days for a drill",
        f"given {BROKER_SECONDS} seconds in all",
    ):
        assert said in text, said


def test_every_unit_asked_about_is_a_unit() -> None:
    assert all(name.endswith((".timer", ".service")) for name in (*host.UNITS, *host.TRADING_UNITS))
    assert set(host.UNITS) >= host.TRADING_UNITS
