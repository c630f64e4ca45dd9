"""The six boxes and the daily lists: what ticks them, what does not, the whole finding compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from support.checks import AT, BEAT, GOOD, LIVE, YESTERDAY, facts, looked
from support.facts import new_york, session_on
from support.trading import broker_order, entry, ledger

from execution.checks import daily, go_no_go, liveness
from execution.checks.facts import AlertsTold, Drill, Facts
from execution.checks.finding import Check, Finding, Result, Unknown, ask, failed, no_data, passed, warning
from execution.checks.heartbeat import Pulse
from execution.ledger.day import Exit
from execution.orders import OrderStatus
from execution.state.heartbeat import MISSING
from gates.base.record import replace
from gates.facts import WatchlistFacts
from gates.verdict import Answer, allow

D = Decimal
S = OrderStatus
MONDAY = session_on("2026-11-23")
SHUT = Pulse(new_york("2026-11-20 17:00"), BEAT, None, MONDAY, 120)
EVENING: dict[str, Any] = {
    "now": new_york("2026-11-20 17:00"), "pulse": SHUT, "session": MONDAY, "closed_session": session_on("2026-11-20"),
}  # fmt: skip


# --- 1 watchlist ----------------------------------------------------------------------------------


def test_a_list_that_is_not_due_yet_ticks_no_box() -> None:
    assert go_no_go.watchlist(GOOD).result is Result.PASS
    missing = looked(watchlist=WatchlistFacts("watchlist missing (expected 2026-11-23)", "2026-11-23", 0))
    early = replace(missing, **EVENING)
    assert go_no_go.watchlist(early) == failed(
        "watchlist missing (expected 2026-11-23)",
        "`scanner run`, or `execution watchlist import FILE.csv --session 2026-11-23` before that session",
    )


# --- 2 running ------------------------------------------------------------------------------------


def with_beat(**changes: Any) -> Facts:
    return facts(pulse=replace(GOOD.pulse, beat=msgspec.structs.replace(BEAT, **changes)))


YOUNG = "last cycle 57s ago (limit 120s)"


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (GOOD, passed(f"{YOUNG}, exit 0, mode DRY_RUN, in DRY_RUN")),
        (
            with_beat(mode="LIVE"),
            warning(
                f"{YOUNG}, exit 0, mode LIVE: it is LIVE already",
                "this list is for before; `execution status` tells what goes on",
            ),
        ),
        (with_beat(exit_code=69), warning(f"{YOUNG}, exit 69 (broker unreachable)", liveness.REMEDY)),
        (
            with_beat(started_at=new_york("2026-11-20 09:50"), finished_at=new_york("2026-11-20 09:51")),
            failed("last cycle 2400s ago (limit 120s)", liveness.REMEDY),
        ),
        (
            facts(pulse=Pulse(AT, MISSING, None, MONDAY, 120)),
            failed(
                "market closed until 2026-11-23 09:30:00 EST; no cycle has run yet",
                "let a cycle run with DRY_RUN=1 first",
            ),
        ),
        (
            replace(
                with_beat(started_at=new_york("2026-11-18 15:59"), finished_at=new_york("2026-11-18 15:59")),
                pulse=replace(
                    SHUT,
                    beat=msgspec.structs.replace(
                        BEAT,
                        started_at=new_york("2026-11-18 15:59"),
                        finished_at=new_york("2026-11-18 15:59"),
                    ),
                ),
            ),
            failed("last cycle 2026-11-18 15:59:00 EST, none since session 2026-11-20", liveness.REMEDY),
        ),
    ],
)
def test_running(found: Facts, finding: Finding) -> None:
    assert go_no_go.running(found) == finding


def test_a_closed_market_without_dry_run_is_told() -> None:
    idle = facts(dry_run=False, pulse=replace(SHUT, beat=msgspec.structs.replace(BEAT, mode=None)))
    assert go_no_go.running(idle) == warning(
        "market closed until 2026-11-23 09:30:00 EST; last cycle 2026-11-20 10:30:01 EST, exit 0; DRY_RUN is not set",
        "set DRY_RUN=1 until both keys are in place",
    )


# --- 3 Slack --------------------------------------------------------------------------------------


HEARTBEAT_AT = new_york("2026-11-20 10:00")


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        (
            AlertsTold(HEARTBEAT_AT, YESTERDAY.day),
            passed("heartbeat told 2026-11-20 10:00:00 EST, summary of 2026-11-19 told"),
        ),
        (
            AlertsTold(HEARTBEAT_AT, YESTERDAY.day, waiting=3),
            failed("3 messages wait to be told (limit 0)", go_no_go.TELL),
        ),
        (
            AlertsTold(None, YESTERDAY.day),
            failed("no heartbeat was told to Slack in the last session", go_no_go.TELL),
        ),
        (
            AlertsTold(new_york("2026-11-19 15:00"), YESTERDAY.day),
            failed("no heartbeat was told to Slack in the last session", go_no_go.TELL),
        ),
        (AlertsTold(HEARTBEAT_AT, None), failed("no daily summary was told", "`execution summary --send`")),
        (
            AlertsTold(HEARTBEAT_AT, date(2026, 11, 18)),
            failed("last daily summary is of 2026-11-18, want 2026-11-19", "`execution summary --send`"),
        ),
    ],
)
def test_told(told: AlertsTold, finding: Finding) -> None:
    assert go_no_go.told(facts(told=told)) == finding


def test_nothing_told_is_not_known() -> None:
    unknown = Unknown("nothing was told yet", "look")
    assert ask(Check("x", "?", go_no_go.told), facts(told=unknown)).finding == no_data("nothing was told yet", "look")


# --- 4 gate lines ---------------------------------------------------------------------------------


def test_gate_lines() -> None:
    line = "Gate mode=DRY_RUN status=FAIL reason=DRY_RUN enabled"
    assert go_no_go.gate_lines(GOOD) == passed(f"session 2026-11-20: {line}")


# --- 5 caps ---------------------------------------------------------------------------------------

ONE = (
    "MAX_LIVE_ORDERS_PER_DAY=1, MAX_LIVE_POSITIONS=1, MAX_LIVE_GROSS_NOTIONAL=500.0, MAX_LIVE_NOTIONAL_PER_SYMBOL=250.0"
)


def figures(orders: str = "1", gross: str = "500.0", allowlist: str = "AAPL,MSFT") -> str:
    return f"orders_per_day {orders}, positions 1, gross_notional {gross}, per_symbol 250.0; allowlist {allowlist}"


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, passed(figures())),
        ({"allowlist_symbols": None}, passed(figures(allowlist="not used"))),
        (
            {"allowlist_symbols": frozenset()},
            warning(figures(allowlist="names no symbol"), "name a symbol in ALLOWLIST_SYMBOLS, or unset it"),
        ),
        (
            {"max_live_orders_per_day": 2},
            warning(f"wider than on a first day: MAX_LIVE_ORDERS_PER_DAY ({figures('2')})", f"for the first day {ONE}"),
        ),
        (
            {"max_live_gross_notional": D("5000.01")},
            failed(
                f"wider than the defaults: MAX_LIVE_GROSS_NOTIONAL ({figures(gross='5000.01')})",
                f"for the first day {ONE}",
            ),
        ),
        (
            {"named": GOOD.named - {"MAX_LIVE_POSITIONS"}},
            failed(f"not set, only defaulted: MAX_LIVE_POSITIONS ({figures()})", f"set them; for the first day {ONE}"),
        ),
    ],
)
def test_caps(changes: dict[str, Any], finding: Finding) -> None:
    assert go_no_go.caps(facts(**changes)) == finding


# --- 6 drill --------------------------------------------------------------------------------------

DRILLED = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
SAID = "drill of 2026-11-18 09:00:00 EST, 9 steps"


@pytest.mark.parametrize(
    ("drill", "finding"),
    [
        (Drill(DRILLED, True, 9), passed(f"{SAID}, passed, 2 days ago (limit 7 days)")),
        (
            Drill(DRILLED, False, 9),
            failed(f"{SAID}, did not pass", "`execution drill` again, and read where it stops"),
        ),
        (
            Drill(datetime(2026, 11, 13, 15, tzinfo=UTC), True, 9),
            failed("drill of 2026-11-13 10:00:00 EST, 9 steps, 7 days ago (limit 7 days)", "`execution drill` again"),
        ),
        (
            Drill(datetime(2026, 11, 21, 15, tzinfo=UTC), True, 9),
            failed("drill of 2026-11-21 10:00:00 EST, 9 steps, -1 days ago (limit 7 days)", "`execution drill` again"),
        ),
        (Unknown("drill.json: missing", missing=True), failed("no drill on record", "`execution drill`, and watch it")),
        (Unknown("drill.json: is empty", "again"), no_data("drill.json: is empty", "again")),
    ],
)
def test_kill_drill(drill: Drill | Unknown, finding: Finding) -> None:
    assert ask(Check("x", "?", go_no_go.kill_drill), facts(drill=drill)).finding == finding


# --- daily ----------------------------------------------------------------------------------------


def test_the_last_ledger_is_told() -> None:
    sold = Exit("AAPL", "stop", D(4), D("97.90"), AT, "avx-20261120-AAPL-entry-1", D("-13.60"))
    finished = msgspec.structs.replace(LIVE, entries=(*LIVE.entries, entry("KO", S.CANCELLED)), exits=(sold,))
    assert daily.last_ledger(facts(finished=finished)) == passed(
        "live ledger of 2026-11-20: 2 orders (1 filled), notional 405.40, 1 exits, realized -13.60, 1 still held"
    )
    doubt = ledger(entry(status=S.UNKNOWN))
    assert daily.last_ledger(facts(finished=doubt)) == failed(
        "live ledger of 2026-11-20: 1 orders (0 filled), notional 405.40, 0 exits, realized 0.00, 0 still held; "
        "in doubt: avx-20261120-AAPL-entry-1",
        "`execution ledger show`, then settle each of them",
    )


def test_a_ledger_with_an_exit_without_a_result_has_no_sum() -> None:
    untold = Exit("AAPL", "stop", D(4), None, AT, "avx-20261120-AAPL-entry-1", None)
    over = msgspec.structs.replace(untold, qty=D(9), beyond=True)
    story = "live ledger of 2026-11-20: 0 orders (0 filled), notional 0.00, {} exits, realized not known ({} without a "
    assert daily.last_ledger(facts(finished=ledger(exits=(untold,)))) == passed(
        f"{story.format(1, 1)}known result), 0 still held"
    )
    assert daily.last_ledger(facts(finished=ledger(exits=(untold, over)))) == warning(
        f"{story.format(2, 2)}known result), 0 still held; sold beyond what was held: AAPL 9",
        "look at the position on the broker's own page",
    )


def test_the_session_is_over() -> None:
    assert daily.session_over(facts(**EVENING)) == passed("session 2026-11-20 is over")
    assert daily.session_over(facts(**EVENING | {"closed_session": None})) == no_data("no session known")
    assert daily.session_over(GOOD) == warning(
        "session 2026-11-20 is open until 2026-11-20 16:00:00 EST", "run this again after the close"
    )


def test_nothing_rests() -> None:
    assert daily.nothing_rests(GOOD) == no_data("the session is still open; entries may work")
    assert daily.nothing_rests(facts(**EVENING)) == passed("0 entries of ours rest at the broker (limit 0)")
    orders = (broker_order(), broker_order("avx-20261120-AAPL-protect-1"), broker_order("by-hand"))
    assert daily.nothing_rests(facts(**EVENING, open_orders=orders)) == failed(
        "1 entries rest overnight (limit 0): avx-20261120-AAPL-entry-1", "`execution sweep`"
    )
    assert daily.nothing_rests(facts(**EVENING, orders_problem="HTTP 500")) == no_data(
        "broker's orders not known (HTTP 500)", "see the check `broker`"
    )


def test_live_is_off() -> None:
    assert daily.live_is_off(GOOD) == no_data("the session is still open; mode DRY_RUN")
    assert daily.live_is_off(facts(**EVENING)) == passed("DRY_RUN: DRY_RUN enabled")
    assert daily.live_is_off(facts(**EVENING, live_trading=True, dry_run=False)) == warning(
        "DRY_RUN by the gates (DRY_RUN enabled), but LIVE_TRADING is on and DRY_RUN off", "set DRY_RUN=1 again"
    )
    armed = (Answer("dry_run", allow("dry_run", "DRY_RUN off")),)
    live = replace(looked(mode_answers=armed), **EVENING)
    assert daily.live_is_off(live) == failed(
        "LIVE is armed for the next session", "`execution disarm`, unless you mean it; and DRY_RUN=1 again"
    )


def test_the_summary_was_told() -> None:
    assert daily.summary_told(GOOD) == passed("summary of 2026-11-19 told")
    evening = facts(**EVENING)
    assert daily.summary_told(evening) == warning(
        "summary of 2026-11-20 not told yet (last: 2026-11-19)", "`execution summary --send`"
    )
    assert daily.summary_told(facts(told=AlertsTold(None, None))) == warning(
        "summary of 2026-11-19 not told yet (last: none)", "`execution summary --send`"
    )
    assert daily.summary_told(facts(closed_session=None)) == no_data("the session table does not know the last session")
