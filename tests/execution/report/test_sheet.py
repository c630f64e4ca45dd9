"""What is shown of a story: the mode first, numbers that line up, a phone's width, nothing made up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.facts import GOOD_CAPS, SESSION, TABLE, new_york, session_on
from support.trading import DAY, NOW, S, at, entry, ident, ledger, leg, position, protection

from execution.channel.messages import PHONE_WIDTH, MessageLevel, blocks, headline, lined_up, plain
from execution.ledger.day import Exit
from execution.ledger.shelf import Kept
from execution.report.chart import caption, draw
from execution.report.closed_gates import ClosedGate, ModeSpan, RefusedSymbols, SessionDecisions, Span
from execution.report.curve import Curve, Point, make_curve
from execution.report.detail import in_full
from execution.report.document import document
from execution.report.message import message
from execution.report.page import page
from execution.report.session import BrokerHoldings, SessionLedger, SessionReport, held_by, session_ledger
from execution.report.sheet import Tone, sheet
from execution.report.tables import exits, positions, price, signed
from gates.base.record import replace
from gates.base.sessions import counted_in
from gates.mode import Mode

D = Decimal
EVENING = new_york("2026-11-20 16:10")
DIGEST = "ab" * 32
HOLDINGS = BrokerHoldings((position("MSFT", 4, "103.30"),), equity=D("100144.77"))


def span(starts: str, ends: str) -> Span:
    return Span(new_york(f"2026-11-20 {starts}"), new_york(f"2026-11-20 {ends}"))


DECIDED = SessionDecisions(
    lines=3,
    first_at=span("09:30", "16:00").starts,
    modes=(
        ModeSpan("DRY_RUN", "DRY_RUN enabled", span("09:30", "09:45")),
        ModeSpan("LIVE", "live trading confirmed", span("09:45", "16:00")),
    ),
    closed=(ClosedGate("near_close", "too close to the close", (span("15:45", "16:00"),)),),
    closed_minutes=15,
    refusals=(
        RefusedSymbols("caps.positions", (("KO", "max positions reached (5 of 5)"),)),
        RefusedSymbols("new.code", (("F", ""),)),
    ),
    waiting=("IBM",),
    caps=GOOD_CAPS,
)


def one_ledger(many: int = 1) -> SessionLedger:
    entries = [entry(f"AA{chr(65 + n)}", S.FILLED, filled=4, exited=4) for n in range(many)]
    exits = tuple(Exit(one.symbol, "stop", D(4), D("97.90"), NOW, one.client_order_id, D("-13.60")) for one in entries)
    held = entry("MSFT", S.FILLED, filled=4, legs=(leg("stop"), leg("target")), protections=(protection(),))
    kept = Kept(SESSION.day, "live_orders_today.json", ledger(*entries, held), DIGEST)
    return session_ledger(Mode.LIVE, kept, SESSION.day, exits, counted_in(TABLE), HOLDINGS)


NOTHING = SessionLedger(Mode.DRY_RUN, "dry_run_orders_today.json", digest="cd" * 32)


def a_report(**changes: Any) -> SessionReport:
    live = one_ledger()
    good = SessionReport(
        session=SESSION, now=EVENING, broker="simulated", mode=Mode.LIVE, live=live, dry_run=NOTHING, decided=DECIDED,
        limits=GOOD_CAPS, limits_of_the_day=True, held=held_by(live, HOLDINGS), holdings_problem=None,
        equity=HOLDINGS.equity, standing=(),
    )  # fmt: skip
    return replace(good, **changes)


NO_CURVE = Curve()


def facts(told: SessionReport, curve: Curve = NO_CURVE) -> dict[str, str]:
    shown = sheet(told, curve)
    return {fact.name: fact.text for fact in (*shown.result, *shown.facts)}


# --- words ----------------------------------------------------------------------------------------


def test_a_whole_day_in_facts() -> None:
    curve = Curve((Point(SESSION.day, D("1"), D("1")), Point(SESSION.day, D("-13.60"), D("-12.60"))))
    assert facts(a_report(), curve) == {
        "realised": "-13.60; 1 exit",
        "unrealised": "+8.00; 1 position held",
        "equity": "100,144.77; at the broker",
        "realised in all": "-12.60; 2 sessions since 2026-11-20",
        "orders": "2 orders (2 filled), 2 fills",
        "caps used": "orders 2 of 5, positions 1 of 5, gross 810.80 of 5000.0, exposure 413.20, "
        "largest 405.40 (AAA) of 1000.0",
        "mode": "DRY_RUN 09:30 to 09:45 (DRY_RUN enabled); LIVE 09:45 to 16:00",
        "entries closed": "15 of 390 min: near_close 15",
        "refused": "cap on positions 1, new.code 1, waited for its price 1",
        "LIVE ledger": f"sha256 {DIGEST}",
    }


def test_a_part_that_was_filled_is_said_beside_how_it_ended() -> None:
    part = entry("AAA", S.CANCELLED, filled=1)
    told = a_report(live=replace(one_ledger(), orders=(part, entry("BBB", S.CANCELLED)), fills=(part,)))
    assert facts(told)["orders"] == "2 orders (1 cancelled after a partial fill, 1 cancelled), 1 fill (AAA 1 of 4)"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "LIVE: summary of Friday 2026-11-20"),
        ({"mode": Mode.DRY_RUN}, "DRY_RUN: summary of Friday 2026-11-20"),
        ({"mode": None}, "MODE NOT KNOWN: summary of Friday 2026-11-20"),
        ({"session": session_on("2026-11-27")}, "LIVE: summary of Friday 2026-11-27, half-day"),
    ],
)
def test_the_mode_stands_first(changes: dict[str, Any], words: str) -> None:
    assert sheet(a_report(**changes), NO_CURVE).title == words


def test_what_is_unknown_is_said_and_marked() -> None:
    told = a_report(
        live=SessionLedger(Mode.LIVE, "live_orders_today.json", problem="digest"), held=(), equity=None,
        holdings_problem="positions not read", decided=SessionDecisions("2026-11-20.jsonl is missing"),
    )  # fmt: skip
    shown = sheet(told, Curve(left_out=("ledger/LIVE/2026-11-18.json: digest",)))
    unknown = {fact.name for fact in (*shown.result, *shown.facts) if fact.tone is Tone.UNKNOWN}
    assert unknown == {
        "realised", "unrealised", "realised in all", "orders", "caps used", "mode", "entries closed", "refused"
    }  # fmt: skip
    assert "0.00" not in " ".join(facts(told).values())
    assert message(told, Curve(), None).level is MessageLevel.WARNING


def test_a_latch_has_its_row_and_an_order_in_doubt_is_bad() -> None:
    latched = replace(DECIDED, closed=(ClosedGate("latched", "latched: flatten", (span("10:00", "11:00"),)),))
    assert facts(a_report(decided=latched))["latched"] == "60 min (latched: flatten)"
    named = facts(a_report())
    assert "latched" not in named and not [name for name in named if "breaker" in name], (
        "nothing is said of what is not there"
    )
    kept = Kept(SESSION.day, "", ledger(entry(status=S.UNKNOWN)), DIGEST)
    doubtful = session_ledger(Mode.LIVE, kept, SESSION.day, (), counted_in(TABLE), HOLDINGS)
    shown = sheet(a_report(live=doubtful), Curve())
    assert next(fact for fact in shown.facts if fact.name == "orders").tone is Tone.BAD


@pytest.mark.parametrize(
    ("amount", "text"),
    [("14.544", "+14.54"), ("-0.001", "0.00"), ("0", "0.00"), ("-1234567.891", "-1,234,567.89"), ("0.005", "0.00")],
)
def test_profit_has_a_sign_and_cents(amount: str, text: str) -> None:
    assert signed(D(amount)) == text


@pytest.mark.parametrize(("amount", "text"), [("100.1100", "100.11"), ("0.12345", "0.1234"), ("97", "97.00")])
def test_prices_have_cents_at_least(amount: str, text: str) -> None:
    assert price(D(amount)) == text


def test_a_report_has_the_legs_and_protections_of_an_order() -> None:
    (msft,) = [one for one in in_full(a_report()) if one.title.startswith("MSFT")]
    assert msft.title.splitlines()[1] == f"{ident('MSFT')}, order id-MSFT-1"
    assert [row[1] for row in msft.rows] == [
        "entry", "entry", "entry", "stop", "target", "protection", "protection", "target", "stop"
    ]  # fmt: skip
    exits = next(one for one in in_full(a_report()) if one.title == "exits")
    assert exits.rows[-1][5] == "-13.60"


UNTOLD = Exit("KO", "foreign", D(4), None, NOW, ident("KO"), None)
OVER = Exit("AAPL", "flatten", D(9), D("1097.90"), NOW, ident(), None, beyond=True)


def with_exits(*exits: Exit, **changes: Any) -> SessionReport:
    good = one_ledger()
    return a_report(live=replace(good, exits=(*good.exits, *exits), **changes))


def test_profit_names_how_many_exits_have_no_known_result() -> None:
    assert facts(with_exits(UNTOLD))["realised"] == "not known; 1 of 2 exits without a known result"
    assert facts(with_exits(UNTOLD, OVER))["realised"] == "not known; 2 of 3 exits without a known result"
    result = sheet(with_exits(UNTOLD), NO_CURVE).result[0]
    assert result.tone is Tone.UNKNOWN
    assert message(with_exits(UNTOLD), NO_CURVE, None).level is MessageLevel.WARNING
    lost = SessionLedger(Mode.LIVE, "", problem="digest", exits=(UNTOLD,))
    assert facts(a_report(live=lost))["realised"] == "not known; LIVE ledger: digest"


def test_an_exit_without_a_price_is_shown_as_not_told() -> None:
    told = with_exits(UNTOLD)
    assert exits(told.live).rows == (
        ("AAA", "stop", "4", "97.90", "10:31", "-13.60"),
        ("KO", "foreign", "4", "not told", "10:31", "not told"),
    )
    (full,) = [one for one in in_full(told) if one.title == "exits"]
    assert full.rows[1:] == (
        ("10:31:00", "KO", "foreign", "4", "not told", "not told", ident("KO")),
        ("", "", "sum", "", "", "not known", ""),
    )
    assert "KO   foreign  4  not told  not told" in message(told, NO_CURVE, None).lines


def test_what_was_sold_beyond_what_was_held_is_named() -> None:
    told = with_exits(OVER)
    assert exits(told.live).rows[1] == (
        "AAPL", "flatten", "9", "1097.90", "10:31", "not told", "beyond what was held"
    )  # fmt: skip
    (fact,) = [one for one in sheet(told, NO_CURVE).facts if one.name == "oversold"]
    assert (fact.text, fact.tone) == (
        "AAPL 9, sold beyond what was held; look at the broker's own page", Tone.BAD
    )  # fmt: skip
    (full,) = [one for one in in_full(told) if one.title == "exits"]
    assert [row[-1] for row in full.rows] == ["", "beyond what was held", ""]
    said = message(told, NO_CURVE, None)
    assert "AAPL  beyond  9  1097.90  not told" in said.lines
    assert max(len(line) for line in (*said.lines, *lined_up(said.rows, width=PHONE_WIDTH))) <= PHONE_WIDTH
    absent = SessionLedger(Mode.LIVE, "", problem="no cycle ran", absent=True, exits=(OVER,))
    unseen = a_report(
        mode=None, live=absent, dry_run=replace(absent, exits=()), decided=SessionDecisions("missing"), held=()
    )
    assert [fact.name for fact in sheet(unseen, NO_CURVE).facts] == ["oversold", "service"]


def test_exits_seen_late_without_a_result_have_no_sum() -> None:
    (note,) = [one for one in sheet(with_exits(late=(UNTOLD,)), NO_CURVE).notes if "seen first" in one]
    assert note == "1 exit of earlier sessions seen first in this one (not known); counted on the day it happened."


def test_a_curve_with_a_session_without_a_result_has_no_sum() -> None:
    days = (DAY - timedelta(days=1), DAY)
    curve = Curve((Point(days[0], None, None), Point(days[1], D("-13.60"), None)))
    assert facts(a_report(), curve)["realised in all"] == "not known; 1 of 2 sessions without a known result"
    ends = "The curve's sum ends before the first session without a known result: 2026-11-19."
    assert ends in sheet(a_report(), curve).notes
    assert ends not in sheet(a_report(), Curve(curve.points[:1])).notes
    told = document(a_report(), curve)["curve"]
    assert told == {
        "points": [
            {"day": "2026-11-19", "realized": None, "total": None},
            {"day": "2026-11-20", "realized": "-13.60", "total": None},
        ],
        "left_out": [],
    }


@pytest.mark.parametrize(
    ("amounts", "left_out", "words"),
    [
        (("1", "2", "3"), (), "Realised +$6.00 in 3 sessions (bars: each, line: sum)"),
        (("1", None, "3"), (), "Realised in 3 sessions, 1 of them not known"),
        ((None, None, None), (), "Realised in 3 sessions, 3 of them not known"),
        (("1", "2", "3"), ("a",), "Realised in 3 sessions, without 1 ledger that cannot be read"),
        (("1", None, "3"), ("a",), "Realised in 3 sessions, 1 of them not known, without 1 ledger that cannot be read"),
    ],
)
def test_a_picture_says_what_is_not_in_it(
    amounts: tuple[str | None, ...], left_out: tuple[str, ...], words: str
) -> None:
    ledgers = [
        ledger(date_ny=DAY - timedelta(days=2 - place), exits=(
            Exit("AAPL", "stop", D(4), None, at("11:00") - timedelta(days=2 - place), ident(), amount and D(amount)),
        ))
        for place, amount in enumerate(amounts)
    ]  # fmt: skip
    kept = [Kept(one.date_ny, "", one, DIGEST) for one in ledgers]
    curve = make_curve(kept, DAY, "PA3TEST", counted_in(TABLE), left_out)
    assert caption(curve) == words
    assert draw(curve, on_white=True).startswith(b"\x89PNG")


def test_json_has_null_for_what_is_not_known() -> None:
    told = document(with_exits(UNTOLD), NO_CURVE)
    assert told["realized"] is None
    ledgers = told["ledgers"]
    assert isinstance(ledgers, dict)
    shown = ledgers["LIVE"]["exits"][1]
    assert (shown["price"], shown["realized"], shown["beyond"]) == (None, None, False)


def test_a_partly_filled_order_that_was_cancelled_is_a_fill() -> None:
    part = entry("AAPL", S.CANCELLED, filled=3)
    kept = Kept(SESSION.day, "", ledger(part), DIGEST)
    told = a_report(live=session_ledger(Mode.LIVE, kept, SESSION.day, (), counted_in(TABLE), HOLDINGS))
    assert facts(told)["orders"] == "1 order (1 cancelled after a partial fill), 1 fill (AAPL 3 of 4)"


def test_a_fill_without_a_price_has_none() -> None:
    untold = entry(
        "MSFT", S.FILLED, filled=4, filled_avg_price=None, legs=(leg("stop", filled=4, filled_avg_price=None),)
    )
    kept = Kept(SESSION.day, "", ledger(untold), DIGEST)
    live = session_ledger(Mode.LIVE, kept, SESSION.day, (), counted_in(TABLE), HOLDINGS)
    told = a_report(live=live, held=held_by(live, HOLDINGS))
    assert facts(told)["unrealised"] == "not known; MSFT was bought at a price not told, 1 position by the ledger"
    assert positions(told).rows == (
        ("MSFT", "4", "not told", "103.30", "not known", "97.90", "108.10", "not known", "not known"),
    )
    (full,) = in_full(told)[2:3]
    assert full.rows[-2:] == (
        ("", "entry", "4 of 4 filled", "price not told"),
        ("", "stop", "working", "4 at 97.90, 4 sold, price not told, order id-stop"),
    )
    said = message(told, NO_CURVE, None).lines
    assert {"MSFT  4  not told  ?", "MSFT  97.90  108.10  ?  ?"} <= {*said}


# --- Slack ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [1, 20])
def test_a_message_fits_a_phone_and_slack(many: int) -> None:
    live = one_ledger(many)
    told = a_report(live=live)
    said = message(told, Curve(), None)
    assert headline(said) == "LIVE · Summary of Friday 2026-11-20"
    assert max(len(line) for line in lined_up(said.rows, width=PHONE_WIDTH)) <= PHONE_WIDTH
    assert all(len(line) <= 40 for line in said.lines)
    for block in blocks(said):
        assert len(block.get("text", {}).get("text", "")) <= 3000
    assert DIGEST in plain(said)
    if many == 20:
        assert "and 8 more" in said.lines


def test_a_day_in_no_mode_says_so_in_the_title() -> None:
    absent = SessionLedger(Mode.LIVE, "", problem="no cycle ran", absent=True)
    rehearsed = replace(absent, mode=Mode.DRY_RUN)
    told = a_report(mode=None, live=absent, dry_run=rehearsed, decided=SessionDecisions("missing"), held=())
    assert headline(message(told, Curve(), None)) == "NO CYCLE RAN: summary of Friday 2026-11-20"


# --- the page -------------------------------------------------------------------------------------


def test_every_text_is_escaped() -> None:
    evil = '<img src=x onerror=alert(1)>&"'
    decided = replace(DECIDED, closed=(ClosedGate(evil, evil, (span("10:00", "11:00"),)),), modes=(
        ModeSpan(evil, evil, span("10:00", "11:00")),))  # fmt: skip
    text = page(sheet(a_report(decided=decided, standing=(evil,)), Curve(left_out=(evil,))), Curve(), evil)
    assert "<img" not in text and text.count("&lt;img src=x") >= 5
