"""Broker, account, feed, list, ledgers, orders, positions: each at its limits, the whole finding compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.checks import AT, GOOD, LIVE, facts, look_with, looked
from support.facts import new_york, session_on
from support.trading import GOOD_ACCOUNT, broker_order, entry, ledger, position, protection

from execution.checks import trade
from execution.checks.facts import Facts, NoQuote, Spot
from execution.checks.finding import Check, Finding, Result, Unknown, ask, failed, no_data, passed, warning
from execution.checks.heartbeat import Pulse
from execution.ledger.chain import ChainLink
from execution.ledger.day import Ledger
from execution.ledger.lists import joined
from execution.orders import OrderStatus
from execution.state.heartbeat import MISSING
from execution.state.ledgers import Ledgers, OpenLedger
from gates.base.record import replace
from gates.facts import WatchlistFacts
from scanner.watchlist import Coverage, make_watchlist

D = Decimal
S = OrderStatus
BROKER = "alpaca (auto: an Alpaca key is set, paper)"
LOOK_THERE = "look at keys, network and the broker's status page; cycles ask again"


def test_a_broker_that_answers() -> None:
    assert trade.broker(GOOD) == passed(f"{BROKER}: clock, account, positions and orders answered")


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({"clock_problem": "clock: ReadTimeout", "account_problem": "not asked"}, "no answer (clock: ReadTimeout)"),
        ({"account_problem": "account: HTTP 500"}, "no answer (account: account: HTTP 500)"),
        ({"positions_problem": "a", "orders_problem": "b"}, "no answer (positions: a; orders: b)"),
    ],
)
def test_a_broker_that_does_not(changes: dict[str, str], evidence: str) -> None:
    assert trade.broker(facts(**changes)) == failed(evidence, LOOK_THERE)


ASK_BROKER = "see the check `broker`"
HANDS_UP = "lift it on the broker's own page"
REBIND = "use the right keys, or `execution init --new-account`"


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (
            GOOD,
            passed(
                "account PA3TEST active, buying power 20000.00, equity 10000.00; "
                "at risk per trade 50.00 (0.5 % of equity)"
            ),
        ),
        (
            facts(risk_per_trade_pct=D("1.0")),
            passed(
                "account PA3TEST active, buying power 20000.00, equity 10000.00; "
                "at risk per trade 100.00 (1.0 % of equity)"
            ),
        ),
        (
            facts(account=replace(GOOD_ACCOUNT, blocked="trade_suspended_by_user")),
            failed("account PA3TEST may not trade (trade_suspended_by_user)", HANDS_UP),
        ),
        (
            facts(account=replace(GOOD_ACCOUNT, number="PA9")),
            failed("state dir is bound to PA3TEST, broker says PA9", REBIND),
        ),
        (
            facts(account=None, account_problem="account: HTTP 500"),
            no_data("account not known (account: HTTP 500)", ASK_BROKER),
        ),
    ],
)
def test_account(found: Facts, finding: Finding) -> None:
    assert trade.account(found) == finding


def spot(age: str, bid: str = "600.01", ask: str = "600.03") -> Spot:
    return Spot("SPY", D(bid), D(ask), D(age))


FEED = "look at ALPACA_DATA_FEED and the broker's status page; entries need young quotes"
SHUT = Pulse(AT, MISSING, None, session_on("2026-11-23"), 120)


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (GOOD, passed("feed iex: SPY quote 1.5s old (limit 60s)")),
        (facts(spot=spot("60")), passed("feed iex: SPY quote 60.0s old (limit 60s)")),
        (facts(spot=spot("60.1")), failed("feed iex: SPY quote 60.1s old (limit 60s)", FEED)),
        (facts(spot=spot("-61")), failed("feed iex: SPY quote -61.0s old (limit 60s)", FEED)),
        (
            facts(spot=spot("900"), pulse=SHUT),
            no_data("market closed; feed iex: SPY answered, its last quote is 900s old"),
        ),
        (
            facts(spot=spot("1", bid="0")),
            warning("feed iex: SPY has one side only (0 / 600.03)", "ask again; else look at ALPACA_DATA_FEED"),
        ),
        (facts(spot=spot("99999"), on_simulator=True), passed("simulated: SPY 600.01 / 600.03")),
    ],
)
def test_feed(found: Facts, finding: Finding) -> None:
    assert trade.feed(found) == finding


def test_a_feed_that_refuses_fails_at_any_hour() -> None:
    refused = NoQuote("stocks/quotes/latest: HTTP 403 code 42210000: subscription does not permit")
    for found in (facts(spot=refused), facts(spot=refused, pulse=SHUT)):
        assert trade.feed(found) == failed(refused.why, FEED)
    unasked = Unknown("not asked, the broker does not answer (clock: ReadTimeout)", "")
    assert ask(Check("feed", "?", trade.feed), facts(spot=unasked, look=unasked)).finding == no_data(unasked.why)


LIST = "`scanner run`, or `execution watchlist import FILE.csv --session 2026-11-20`"
STALE = WatchlistFacts("watchlist stale (session 2026-11-19, expected 2026-11-20)", "2026-11-20", 0)


def covered(universe: int, with_bars: int) -> Any:
    return make_watchlist(
        AT.date(), [], as_of=None, generated_at=AT, source="x", coverage=Coverage(universe, with_bars)
    )


@pytest.mark.parametrize(
    ("found", "finding"),
    [
        (GOOD, passed("session 2026-11-20, 42 rows, bars for 2590 of 2594 stocks (99.8 %, limit 90 %)")),
        (
            facts(watchlist=covered(100, 90)),
            passed("session 2026-11-20, 42 rows, bars for 90 of 100 stocks (90.0 %, limit 90 %)"),
        ),
        (
            facts(watchlist=covered(100, 89)),
            warning(
                "session 2026-11-20, 42 rows, bars for 89 of 100 stocks (89.0 %, limit 90 %)",
                "`scanner run` again; some bars did not come",
            ),
        ),
        (
            facts(watchlist=make_watchlist(AT.date(), [], as_of=None, generated_at=AT, source="imported a.csv")),
            passed("session 2026-11-20, 42 rows"),
        ),
        (looked(watchlist=STALE), failed(str(STALE.problem), LIST)),
        (
            replace(looked(watchlist=STALE), now=new_york("2026-11-19 18:00")),
            warning(str(STALE.problem), LIST + " before that session"),
        ),
        (
            looked(watchlist=WatchlistFacts(None, "2026-11-20", 0)),
            warning("session 2026-11-20, 0 rows: nothing will be entered", LIST),
        ),
        (facts(session=None), no_data("no session known", "see the check `sessions`")),
    ],
)
def test_watchlist(found: Facts, finding: Finding) -> None:
    assert trade.watchlist(found) == finding


OK_LIVE, OK_DRY = GOOD.chain
REBUILD = "`execution ledger verify`, then `execution ledger rebuild`; never delete a ledger"
MOVE = "`execution ledger verify`; move the broken dry-run ledger away, the next cycle begins it again"


def link(mode: str, session: str, problem: str) -> ChainLink:
    return ChainLink(mode, session, problem)


@pytest.mark.parametrize(
    ("chain", "live_problem", "finding"),
    [
        ((OK_LIVE, OK_DRY), None, passed("2 ledgers, digests and chain hold")),
        ((link("LIVE", "current", "missing"), OK_DRY), "missing", failed("LIVE current: missing", REBUILD)),
        (
            (link("LIVE", "2026-11-18", "digest does not match its content"), OK_LIVE, OK_DRY),
            None,
            failed("LIVE 2026-11-18: digest does not match its content", REBUILD),
        ),
        (
            (OK_LIVE, OK_DRY),
            "unreadable: dated 2026-11-19, but 2026-11-20 is archived already",
            failed("LIVE current: unreadable: dated 2026-11-19, but 2026-11-20 is archived already", REBUILD),
        ),
        (
            (OK_LIVE, link("DRY_RUN", "current", "missing")),
            None,
            warning("DRY_RUN current: missing", "the next cycle begins it again; look who removed it"),
        ),
        ((OK_LIVE, link("DRY_RUN", "current", "is empty")), None, failed("DRY_RUN current: is empty", MOVE)),
        (
            (link("LIVE", "current", "is empty"), link("DRY_RUN", "current", "missing")),
            None,
            failed("LIVE current: is empty; DRY_RUN current: missing", REBUILD),
        ),
    ],
)
def test_ledger(chain: tuple[ChainLink, ...], live_problem: str | None, finding: Finding) -> None:
    ledgers = GOOD.ledgers if live_problem is None else Ledgers(OpenLedger(None, live_problem), GOOD.ledgers.dry_run)
    assert trade.ledger(facts(chain=chain, ledgers=ledgers)) == finding


def bare(**changes: Any) -> Any:
    return entry(status=S.FILLED, filled=4, **changes)


SETTLE = "cycles look again; else `execution ledger settle ID --as STATUS --evidence TEXT`"


@pytest.mark.parametrize(
    ("live", "finding"),
    [
        (LIVE, passed("0 in doubt (limit 0)")),
        (ledger(entry(status=S.UNKNOWN)), failed("1 in doubt (limit 0): avx-20261120-AAPL-entry-1", SETTLE)),
        (
            ledger(entry("MSFT", S.INTENDED), carried=(bare(protections=(protection(S.UNKNOWN),)),)),
            failed("2 in doubt (limit 0): avx-20261120-MSFT-entry-1, avx-20261120-AAPL-protect-1", SETTLE),
        ),
    ],
)  # fmt: skip
def test_unresolved(live: Ledger, finding: Finding) -> None:
    assert trade.unresolved(facts(live=live)) == finding


NEXT_CYCLE = "the next cycle protects them"
WAITS = "the cycles' lines PROTECT WAITS say what each waits for; else set a stop on the broker's own page"
BOTH = replace(GOOD.look.view, positions=(position(), position("KO", 1)))


@pytest.mark.parametrize(
    ("live", "finding"),
    [
        (LIVE, passed("0 shares without a working stop (limit 0)")),
        (ledger(entry(status=S.FILLED, filled=4, exited=4)), passed("0 shares without a working stop (limit 0)")),
        (
            ledger(bare(naked_since=AT)),
            warning("without a working stop, seen for the first time: AAPL 4 shares", NEXT_CYCLE),
        ),
        (
            ledger(bare(naked_since=new_york("2026-11-20 10:30"))),
            failed("without a working stop (limit 0): AAPL 4 shares", WAITS),
        ),
        (
            ledger(bare(naked_since=AT), entry("KO", S.CANCELLED, filled=1, naked_since=new_york("2026-11-20 10:29"))),
            failed("without a working stop (limit 0): AAPL 4 shares, KO 1 shares", WAITS),
        ),
    ],
)
def test_naked(live: Ledger, finding: Finding) -> None:
    look = look_with(view=BOTH)
    lists = GOOD.lists if live is LIVE else joined()
    assert trade.naked(facts(live=live, look=look, lists=lists)) == finding


def test_without_positions_nothing_is_known_to_be_naked() -> None:
    look = look_with(view=replace(GOOD.look.view, positions_problem="HTTP 500"))
    assert trade.naked(facts(look=look)).result is Result.NO_DATA


COMPARE = (
    "compare with the broker's page; `execution ledger explain SYMBOL --shares N --evidence TEXT` enters what you "
    "found; the symbol gets no entry until both agree"
)


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, passed("ledger and broker agree")),
        ({"positions": (position(), position("KO", 9))}, passed("ledger and broker agree; not ours: KO")),
        (
            {"positions": (position(qty=3),), "open_orders": (broker_order("by-hand", symbol="T"),)},
            failed(
                "1 of our symbols differ (limit 0): "
                "AAPL position differs: expected 4, found 3, difference -1; "
                "`execution ledger explain` enters why; not ours: T",
                COMPARE,
            ),
        ),
    ],
)
def test_reconciliation(changes: dict[str, Any], finding: Finding) -> None:
    assert trade.reconciliation(facts(**changes)) == finding


@pytest.mark.parametrize("check", [trade.unresolved, trade.naked, trade.reconciliation])
def test_without_ledger_or_broker_nothing_is_claimed(check: Any) -> None:
    unknown = Unknown("live ledger unavailable (missing)", "see the check `ledger`")
    assert ask(Check("x", "?", check), facts(live=unknown)).finding == no_data(unknown.why, unknown.action)


@pytest.mark.parametrize("check", [trade.broker, trade.account, trade.watchlist])
def test_a_service_that_could_not_be_opened_has_not_been_asked(check: Any) -> None:
    unknown = Unknown("the broker was not asked: MAX_LIVE_POSITIONS=x: …", "mend that first")
    assert ask(Check("x", "?", check), facts(look=unknown)).result is Result.NO_DATA
