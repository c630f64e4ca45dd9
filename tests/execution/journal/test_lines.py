"""The journal's lines, letter by letter: people grep them."""

from __future__ import annotations

import pytest
from support.facts import GOOD_CAPS, entry_facts, entry_facts_with_market, mode_facts
from support.trading import NOW, D, S, World, bars, entry, ledger, limits, row

from execution.journal.lines import (
    EVERYDAY,
    allowlist_line,
    approved_line,
    caps_line,
    entries_line,
    further,
    gate_line,
    mode_line,
    plan_line,
    refused_line,
    sent_line,
    watchlist_line,
)
from execution.ledger.day import Event
from execution.orders import OrderStatus
from execution.planning.plan import Plan, Refused
from gates.catalog import ENTRY_GATES, MODE_GATES, ORDER_GATES
from gates.facts import Caps, EntryFacts, ModeFacts, Presence, WatchlistFacts
from gates.mode import Mode, entries_verdict, mode_of, mode_reason
from gates.verdict import Answer, allow, ask_all, refuse

CONFIRMED = "Gate mode=LIVE status=PASS reason=live trading confirmed"


@pytest.mark.parametrize(
    ("facts", "mode", "line", "lines"),
    [
        (mode_facts(), Mode.LIVE, CONFIRMED, ()),
        (
            mode_facts(kill_file=Presence.PRESENT),
            Mode.DRY_RUN,
            "Gate mode=DRY_RUN status=FAIL reason=kill switch active (file)",
            (),
        ),
        (
            mode_facts(dry_run=True, kill_env=True, live_trading=False),
            Mode.DRY_RUN,
            "Gate mode=DRY_RUN status=FAIL reason=kill switch active (env)",
            (
                "Gate dry_run status=FAIL reason=DRY_RUN enabled",
                "Gate live_trading status=FAIL reason=LIVE_TRADING disabled",
            ),
        ),
        (
            mode_facts(ledger_problem="missing", positions_problem="timed out"),
            Mode.DRY_RUN,
            "Gate mode=DRY_RUN status=FAIL reason=ledger unavailable (missing)",
            ("Gate positions status=FAIL reason=positions unavailable (timed out)",),
        ),
    ],
)
def test_the_mode_line_names_the_first_no_and_every_further_one_has_its_own(
    facts: ModeFacts, mode: Mode, line: str, lines: tuple[str, ...]
) -> None:
    answers = ask_all(MODE_GATES, facts)
    assert mode_of(answers) is mode
    assert mode_line(answers) == line
    assert mode_reason(answers) == line.split("reason=")[1]
    assert tuple(map(gate_line, further(answers))) == lines


def test_no_answer_is_no_live() -> None:
    assert mode_of(()) is Mode.DRY_RUN
    assert mode_line(()) == "Gate mode=DRY_RUN status=FAIL reason=no gate answered"


def test_what_an_operator_chose_is_no_news() -> None:
    names = {gate.name for gate in MODE_GATES}
    assert {"dry_run", "live_trading"} == EVERYDAY <= names


@pytest.mark.parametrize(
    ("symbols", "line"),
    [
        (None, "Gate allowlist=ALL"),
        (frozenset({"MSFT", "AAPL"}), "Gate allowlist=AAPL,MSFT"),
        (frozenset(), "Gate allowlist=NONE"),
    ],
)
def test_the_allowlist_line(symbols: frozenset[str] | None, line: str) -> None:
    assert allowlist_line(symbols) == line


@pytest.mark.parametrize(
    ("caps", "line"),
    [
        (GOOD_CAPS, "Gate caps(orders/day=5, positions=5, gross_notional=5000.0, per_symbol=1000.0)"),
        (
            Caps(1, 2, D("500"), D("250.55")),
            "Gate caps(orders/day=1, positions=2, gross_notional=500.0, per_symbol=250.55)",
        ),
        (
            Caps(0, 0, D(0), D(0)),
            "Gate caps(orders/day=0, positions=0, gross_notional=0.0, per_symbol=0.0)",
        ),
    ],
)
def test_the_caps_line(caps: Caps, line: str) -> None:
    assert caps_line(caps) == line


STALE = WatchlistFacts("watchlist stale (session 2026-11-19, expected 2026-11-20)", "2026-11-20", 0)


@pytest.mark.parametrize(
    ("facts", "watchlist", "entries"),
    [
        (
            entry_facts(),
            "Gate watchlist status=PASS reason=session 2026-11-20, 42 rows",
            f"Gate entries status=PASS reason={len(ENTRY_GATES)} entry gates pass",
        ),
        (
            entry_facts(watchlist=STALE),
            "Gate watchlist status=FAIL reason=watchlist stale (session 2026-11-19, expected 2026-11-20)",
            "Gate entries status=FAIL reason=watchlist stale (session 2026-11-19, expected 2026-11-20)",
        ),
        (
            entry_facts(unresolved=("avx-20261120-AAPL-entry-1",)),
            "Gate watchlist status=PASS reason=session 2026-11-20, 42 rows",
            "Gate entries status=FAIL reason=unresolved orders (1, limit 0): avx-20261120-AAPL-entry-1",
        ),
    ],
)
def test_the_watchlist_and_entries_lines(facts: EntryFacts, watchlist: str, entries: str) -> None:
    answers = ask_all(ENTRY_GATES, facts)
    assert watchlist_line(answers) == watchlist
    assert entries_line(answers) == entries


def test_entries_need_every_gate() -> None:
    assert entries_verdict(ask_all(ENTRY_GATES, entry_facts())) == allow("ok", f"{len(ENTRY_GATES)} entry gates pass")
    assert not entries_verdict(ask_all(ENTRY_GATES, entry_facts_with_market(broker_open=False))).passed
    assert entries_verdict(()) == refuse("no_answer", "no gate answered")


# Orders


def test_the_line_of_a_refused_order() -> None:
    five = (entry(symbol) for symbol in ("MSFT", "NVDA", "TSLA", "IBM", "AMD"))
    (refused,) = World(ledger=ledger(*five)).plan.refused
    assert refused_line(refused) == (
        "Gate order AAPL status=FAIL reason=max orders/day reached (5 of 5) code=caps.orders_per_day"
    )


def test_the_line_of_an_order_too_small_to_exist_has_both_numbers() -> None:
    (refused,) = World(limits=limits(per_symbol=D(50))).plan.refused
    assert refused_line(refused) == (
        "Gate order AAPL status=FAIL reason=max notional per symbol reached "
        "(one share costs 101.35, used 0.00 of 50.0) code=caps.per_symbol"
    )


def test_the_line_of_an_approved_order() -> None:
    (approved,) = World().plan.approved
    assert approved_line(approved) == (
        f"Gate order AAPL status=PASS reason={len(ORDER_GATES)} order gates pass, 9 shares at 101.35 code=ok"
    )
    (again,) = World(ledger=ledger(entry(status=S.NOT_SENT))).plan.approved
    assert approved_line(again) == (
        f"Gate order AAPL status=PASS reason={len(ORDER_GATES)} order gates pass, 4 shares at 101.35, sent again "
        "code=ok"
    )


WAITS = Refused("X", (Answer("trigger", refuse("trigger", "waiting")),))
REFUSED = Refused("Y", (Answer("allowlist", refuse("allowlist", "not on it")),))


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        (Plan((), ()), "Plan rows=0 approved=0 refused=0 waiting=0"),
        (Plan((), (WAITS, REFUSED, WAITS)), "Plan rows=3 approved=0 refused=1 waiting=2"),
        (World().plan, "Plan rows=1 approved=1 refused=0 waiting=0"),
        (
            World(
                rows=(row("AAPL"), row("MSFT"), row("NVDA")),
                bars={"AAPL": bars("100.90", "101.02"), "MSFT": bars("1.00", "1.00")},
                limits=limits(allowlist=frozenset({"AAPL", "MSFT"})),
            ).plan,
            "Plan rows=3 approved=1 refused=1 waiting=1",
        ),
    ],
)
def test_the_plan_line_counts_every_row_once(plan: Plan, line: str) -> None:
    assert plan_line(plan) == line


NAMED = "client_order_id=avx-20261120-AAPL-entry-1"
ACCEPTED = f"SUBMITTED AAPL: qty=4 limit=101.35 notional=405.40 order_id=dry-run {NAMED}"


BEFORE = (Event(NOW, S.INTENDED), Event(NOW, S.UNKNOWN, "no answer"))


@pytest.mark.parametrize(
    ("status", "note", "line"),
    [
        (S.SUBMITTED, None, ACCEPTED),
        (S.WORKING, None, ACCEPTED),
        (S.PARTIALLY_FILLED, None, ACCEPTED),
        (S.FILLED, None, ACCEPTED),
        (S.CANCELLED, None, ACCEPTED),
        (S.REJECTED, "insufficient buying power", f"REJECTED AAPL: reason=insufficient buying power {NAMED}"),
        (
            S.UNKNOWN,
            "timeout; not found at the first look",
            f"UNKNOWN AAPL: reason=timeout; not found at the first look {NAMED}; the next cycles look again",
        ),
        (
            S.NOT_SENT,
            "not sent: kill switch active (file)",
            f"NOT SENT AAPL: reason=not sent: kill switch active (file) {NAMED}",
        ),
    ],
)
def test_what_became_of_an_intent(status: OrderStatus, note: str | None, line: str) -> None:
    one = entry(status=status, order_id="dry-run", history=(*BEFORE, Event(NOW, status, note)))
    assert sent_line(one) == line


def test_prices_keep_two_decimals_and_more_only_where_there_are_more() -> None:
    one = entry(order_id="61e69015", qty=D(10), limit_price=D("0.5025"), notional=D("5.0250"))
    assert sent_line(one) == f"SUBMITTED AAPL: qty=10 limit=0.5025 notional=5.025 order_id=61e69015 {NAMED}"
