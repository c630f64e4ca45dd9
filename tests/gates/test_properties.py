"""What must hold for all facts: a fault never opens, a tighter limit never allows more, NaN never passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.facts import (
    GOOD_CAPS,
    GOOD_ENTRY,
    GOOD_LIMITS,
    GOOD_MARKET,
    GOOD_MODE,
    GOOD_ORDER,
    GOOD_TOKEN_FILE,
    GOOD_USAGE,
    NOW,
    TOKEN,
    order_changed,
    session_on,
)

from gates.base.record import fields, replace
from gates.catalog import ENTRY_GATES, MODE_GATES, ORDER_GATES
from gates.facts import EntryFacts, ModeFacts, OrderFacts, Presence, Served, TokenFile, WatchlistFacts
from gates.verdict import Answer, Gate, Status, allow, ask_all, refuse, strictest

Facts = TypeVar("Facts")
Fault = Callable[[Any], Any]


def allowed(gates: tuple[Gate[Facts], ...], facts: Facts) -> bool:
    return strictest(ask_all(gates, facts), "").passed


def some_of(good: Facts, **others: st.SearchStrategy[Any]) -> st.SearchStrategy[Facts]:
    """The good facts with any few fields drawn otherwise."""
    return st.fixed_dictionaries({}, optional=others).map(lambda changes: replace(good, **changes))


TROUBLE = st.sampled_from([None, "", "timeout"])
MOMENTS = st.integers(-21 * 86_400, 14 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds))
KEYS = st.sampled_from([TOKEN, TOKEN + b"\n", b"", b" ", b"other"])
SESSIONS = st.sampled_from([None, *map(session_on, ["2026-11-19", "2026-11-20", "2026-11-23", "2026-11-27"])])
CENTS = st.integers(9_500, 11_000).map(lambda cents: Decimal(cents) / 100)
DOLLARS = st.integers(0, 120_000).map(lambda cents: Decimal(cents) / 100)
PERCENTS = st.sampled_from([Decimal(text) for text in ("0", "0.05", "0.3", "0.5", "2.0", "5")])

MODE = some_of(
    GOOD_MODE,
    session=SESSIONS,
    kill_env=st.booleans(),
    kill_file=st.sampled_from(Presence),
    dry_run=st.booleans(),
    live_trading=st.booleans(),
    token=KEYS,
    token_file=some_of(
        GOOD_TOKEN_FILE,
        found=st.booleans(),
        problem=TROUBLE,
        permissions=st.integers(0, 0o777),
        content=KEYS,
        written_at=st.none() | MOMENTS,
    ),
    arm_sessions=st.integers(1, 5),
    ledger_problem=TROUBLE,
    account_problem=TROUBLE,
    account_mismatch=TROUBLE,
    account_told=st.booleans(),
    account_bound=st.booleans(),
    positions_problem=TROUBLE,
)
ENTRY = some_of(
    GOOD_ENTRY,
    settings_mistakes=st.integers(0, 2),
    state_problem=TROUBLE,
    paused=st.sampled_from(Presence),
    market=some_of(
        GOOD_MARKET,
        session=SESSIONS,
        open_by_table=st.booleans(),
        hours_ignored=st.booleans(),
        broker_problem=TROUBLE,
        broker_open=st.booleans(),
        broker_day=st.sampled_from(["", "2026-11-19", "2026-11-20"]),
        skew_seconds=st.integers(-8, 8).map(Decimal),
        max_skew_seconds=st.integers(0, 8),
    ),
    watchlist=st.builds(WatchlistFacts, TROUBLE, st.just("2026-11-20"), st.integers(0, 50)),
    ledger_problem=TROUBLE,
    account_problem=TROUBLE,
    account_mismatch=TROUBLE,
    account_told=st.booleans(),
    account_bound=st.booleans(),
    account_blocked=TROUBLE,
    positions_problem=TROUBLE,
    orders_problem=TROUBLE,
    unresolved=st.sampled_from([(), ("avx-20261120-AAPL-entry-1",)]),
    seconds_to_close=st.integers(-10, 2_000),
    no_entry_before_close_seconds=st.integers(0, 2_000),
    latches=st.sampled_from([(), ("flatten (set …)",)]),
    latches_problem=TROUBLE,
)
ORDER = some_of(
    GOOD_ORDER,
    qty=st.integers(-1, 12),
    limit=CENTS,
    stop=CENTS,
    target=CENTS,
    row_entry=CENTS,
    trigger_met=st.booleans(),
    bid=st.none() | CENTS,
    ask=st.none() | CENTS,
    quote_age_seconds=st.none() | st.integers(-70, 70).map(Decimal),
    quote_problem=TROUBLE,
    max_risk=DOLLARS,
    buying_power=DOLLARS,
    earlier_entry=TROUBLE,
    foreign=TROUBLE,
    lock=TROUBLE,
    limits=some_of(
        GOOD_LIMITS,
        max_quote_age_seconds=st.integers(0, 70),
        max_spread_pct=st.none() | PERCENTS,
        max_chase_pct=PERCENTS,
        price_collar_pct=PERCENTS,
        allowlist=st.none() | st.frozensets(st.sampled_from(["AAPL", "MSFT"])),
        caps=some_of(
            GOOD_CAPS,
            orders_per_day=st.integers(0, 3),
            positions=st.integers(0, 3),
            gross_notional=DOLLARS,
            per_symbol=DOLLARS,
        ),
    ),
    usage=some_of(
        GOOD_USAGE,
        orders=st.integers(0, 3),
        symbols=st.frozensets(st.sampled_from(["AAPL", "MSFT", "NVDA"])),
        gross=DOLLARS,
        of_symbol=DOLLARS,
    ),
)


def set_to(**changes: Any) -> Fault:
    return lambda facts: replace(facts, **changes)


def in_token_file(**changes: Any) -> Fault:
    return lambda facts: replace(facts, token_file=replace(facts.token_file, **changes))


def in_market(**changes: Any) -> Fault:
    return lambda facts: replace(facts, market=replace(facts.market, **changes))


def _after(facts: ModeFacts) -> date:
    """A day after the session, or after any of them where there is none."""
    return facts.session.day + timedelta(days=1) if facts.session is not None else date.max


def oldest(facts: OrderFacts) -> Decimal:
    return Decimal(facts.limits.max_quote_age_seconds)


MODE_FAULTS: dict[str, Fault] = {
    "kill switch in the environment": set_to(kill_env=True),
    "kill file": set_to(kill_file=Presence.PRESENT),
    "kill file uncheckable": set_to(kill_file=Presence.UNCHECKABLE),
    "DRY_RUN": set_to(dry_run=True),
    "LIVE_TRADING off": set_to(live_trading=False),
    "no token": set_to(token=b""),
    "blank token": set_to(token=b" \n"),
    "token mistyped": lambda facts: replace(facts, token=facts.token_file.content + b"x"),
    "no token file": set_to(token_file=TokenFile()),
    "token file unreadable": in_token_file(problem="Permission denied"),
    "token file empty": in_token_file(content=b""),
    "token file readable by others": lambda facts: in_token_file(permissions=facts.token_file.permissions | 0o004)(
        facts
    ),
    "token file with a newline": lambda facts: in_token_file(content=facts.token + b"\n")(facts),
    "token file undated": in_token_file(written_at=None),
    "a token that served a month ago": in_token_file(served=Served(date(2026, 10, 20))),
    "a token that is said to serve later": lambda facts: in_token_file(served=Served(_after(facts)))(facts),
    "a token whose sessions are not known": in_token_file(served=Served(problem="tokens.json is missing")),
    "token file of a month ago": in_token_file(written_at=NOW - timedelta(days=30)),
    "token file dated next month": in_token_file(written_at=NOW + timedelta(days=30)),
    "lease of nothing": set_to(arm_sessions=0),
    "no session": set_to(session=None),
    "ledger unreadable": set_to(ledger_problem="digest"),
    "account unavailable": set_to(account_problem="timeout"),
    "another account": set_to(account_mismatch="bound to PA3AAA"),
    "account not told": set_to(account_told=False),
    "no account bound": set_to(account_bound=False),
    "positions unavailable": set_to(positions_problem="timeout"),
}
ENTRY_FAULTS: dict[str, Fault] = {
    "a settings mistake": lambda facts: replace(facts, settings_mistakes=facts.settings_mistakes + 1),
    "state not writable": set_to(state_problem="No space left on device"),
    "paused": set_to(paused=Presence.PRESENT),
    "pause uncheckable": set_to(paused=Presence.UNCHECKABLE),
    "latched": set_to(latches=("flatten (set …)",)),
    "latches unreadable": set_to(latches_problem="is empty"),
    "no session": in_market(session=None),
    "closed by our table": in_market(open_by_table=False, hours_ignored=False),
    "closed by the broker": in_market(open_by_table=True, broker_open=False, hours_ignored=False),
    "broker's clock unavailable": in_market(broker_problem="timeout"),
    "broker on another day": in_market(broker_day="2026-11-18", hours_ignored=False),
    "broker's clock ahead": in_market(skew_seconds=Decimal(9)),
    "broker's clock behind": in_market(skew_seconds=Decimal(-9)),
    "skew NaN": in_market(skew_seconds=Decimal("NaN")),
    "watchlist stale": set_to(watchlist=WatchlistFacts("watchlist stale", "2026-11-19", 42)),
    "ledger unreadable": set_to(ledger_problem="digest"),
    "account unavailable": set_to(account_problem="timeout"),
    "another account": set_to(account_mismatch="bound to PA3AAA"),
    "account not told": set_to(account_told=False),
    "no account bound": set_to(account_bound=False),
    "account blocked": set_to(account_blocked="trading_blocked"),
    "positions unavailable": set_to(positions_problem="timeout"),
    "orders unavailable": set_to(orders_problem="timeout"),
    "an order in doubt": lambda facts: replace(facts, unresolved=(*facts.unresolved, "avx-20261120-MSFT-entry-1")),
    "near the close": lambda facts: replace(facts, seconds_to_close=facts.no_entry_before_close_seconds),
}
ORDER_FAULTS: dict[str, Fault] = {
    "not on the allowlist": lambda facts: order_changed(facts, allowlist=frozenset({"MSFT"})),
    "an allowlist that names nothing": lambda facts: order_changed(facts, allowlist=frozenset()),
    "entered before": set_to(earlier_entry="avx-20261120-AAPL-entry-1 cancelled"),
    "foreign": set_to(foreign="position of 10"),
    "locked": set_to(lock="ledger 4, broker 3"),
    "trigger not met": set_to(trigger_met=False),
    "no quote": set_to(quote_problem="the broker sent none"),
    "no bid": set_to(bid=None),
    "no ask": set_to(ask=None),
    "crossed": lambda facts: replace(facts, bid=Decimal("101.02"), ask=Decimal("101.01")),
    "undated quote": set_to(quote_age_seconds=None),
    "old quote": lambda facts: replace(facts, quote_age_seconds=oldest(facts) + 1),
    "quote of the future": lambda facts: replace(facts, quote_age_seconds=-oldest(facts) - 1),
    "a wide quote": lambda facts: replace(facts, bid=Decimal(96), ask=Decimal(104)),
    "stop at the limit": lambda facts: replace(facts, stop=facts.limit),
    "target at the limit": lambda facts: replace(facts, target=facts.limit),
    "bid at the stop": lambda facts: replace(facts, bid=facts.stop),
    "limit above the chase": lambda facts: replace(facts, row_entry=facts.limit / 2),
    "ask above the limit": lambda facts: replace(facts, ask=facts.limit + Decimal("0.01")),
    "limit far from the ask": lambda facts: replace(facts, ask=facts.limit / 2),
    "no order left": lambda facts: replace(facts, usage=replace(facts.usage, orders=facts.limits.caps.orders_per_day)),
    "no position left": lambda facts: order_changed(facts, caps=replace(facts.limits.caps, positions=0)),
    "gross full": lambda facts: replace(facts, usage=replace(facts.usage, gross=facts.limits.caps.gross_notional)),
    "symbol full": lambda facts: replace(facts, usage=replace(facts.usage, of_symbol=facts.limits.caps.per_symbol)),
    "too little buying power": lambda facts: replace(facts, buying_power=facts.notional - Decimal("0.01")),
    "no risk budget": set_to(max_risk=Decimal(0)),
    "no whole share": set_to(qty=0),
    "latched": set_to(latched="flatten:AAPL (set …)"),
    "latches not readable": set_to(latches_known=False),
    "positions not told": set_to(untold="positions unavailable (timeout)"),
}


@pytest.mark.parametrize("fault", MODE_FAULTS)
@settings(max_examples=cases(60))
@given(facts=MODE)
def test_one_fault_is_enough_for_dry_run(fault: str, facts: ModeFacts) -> None:
    assert not allowed(MODE_GATES, MODE_FAULTS[fault](facts))


@pytest.mark.parametrize("fault", ENTRY_FAULTS)
@settings(max_examples=cases(60))
@given(facts=ENTRY)
def test_one_fault_is_enough_to_open_nothing(fault: str, facts: EntryFacts) -> None:
    assert not allowed(ENTRY_GATES, ENTRY_FAULTS[fault](facts))


@pytest.mark.parametrize("fault", ORDER_FAULTS)
@settings(max_examples=cases(60))
@given(facts=ORDER)
def test_one_fault_is_enough_to_refuse_an_order(fault: str, facts: OrderFacts) -> None:
    assert not allowed(ORDER_GATES, ORDER_FAULTS[fault](facts))


def less(facts: OrderFacts, field: str, by: Decimal) -> OrderFacts:
    return replace(facts, **{field: getattr(facts, field) - by})


def less_allowed(facts: OrderFacts, field: str, by: Decimal) -> OrderFacts:
    return order_changed(facts, **{field: getattr(facts.limits, field) - by})


def spread_of(facts: OrderFacts) -> Decimal:
    return Decimal(1000) if facts.limits.max_spread_pct is None else facts.limits.max_spread_pct


def allowed_of(facts: OrderFacts, where_all_are: str) -> frozenset[str]:
    return facts.limits.allowlist or frozenset(where_all_are)


def lower_cap(facts: OrderFacts, field: str, by: Decimal) -> OrderFacts:
    return order_changed(facts, caps=replace(facts.limits.caps, **{field: getattr(facts.limits.caps, field) - by}))


def more_used(facts: OrderFacts, field: str, by: Decimal) -> OrderFacts:
    return replace(facts, usage=replace(facts.usage, **{field: getattr(facts.usage, field) + by}))


TIGHTENINGS: dict[str, Callable[[OrderFacts, Decimal], OrderFacts]] = {
    "fewer orders per day": lambda facts, by: lower_cap(facts, "orders_per_day", by),
    "fewer positions": lambda facts, by: lower_cap(facts, "positions", by),
    "less gross notional": lambda facts, by: lower_cap(facts, "gross_notional", by),
    "less per symbol": lambda facts, by: lower_cap(facts, "per_symbol", by),
    "less risk": lambda facts, by: less(facts, "max_risk", by),
    "less buying power": lambda facts, by: less(facts, "buying_power", by),
    "less chase": lambda facts, by: less_allowed(facts, "max_chase_pct", by / 100),
    "a narrower collar": lambda facts, by: less_allowed(facts, "price_collar_pct", by / 100),
    "younger quotes": lambda facts, by: less_allowed(facts, "max_quote_age_seconds", by),
    "narrower quotes": lambda facts, by: order_changed(facts, max_spread_pct=(spread_of(facts) - by / 10)),
    "a shorter allowlist": lambda facts, by: order_changed(facts, allowlist=allowed_of(facts, "ABC") - {"AAPL"}),
    "an allowlist at all": lambda facts, by: order_changed(facts, allowlist=allowed_of(facts, "") & {"MSFT"}),
    "more orders counted": lambda facts, by: more_used(facts, "orders", by),
    "more gross counted": lambda facts, by: more_used(facts, "gross", by),
    "more of the symbol counted": lambda facts, by: more_used(facts, "of_symbol", by),
}


@pytest.mark.parametrize("tighten", TIGHTENINGS)
@settings(max_examples=cases(150))
@given(facts=ORDER, by=st.integers(0, 400).map(Decimal))
def test_a_tighter_limit_never_allows_more(tighten: str, facts: OrderFacts, by: Decimal) -> None:
    if allowed(ORDER_GATES, TIGHTENINGS[tighten](facts, by)):
        assert allowed(ORDER_GATES, facts)


@settings(max_examples=cases(150))
@given(facts=MODE, shorter=st.integers(0, 4))
def test_a_shorter_lease_never_arms_more(facts: ModeFacts, shorter: int) -> None:
    if allowed(MODE_GATES, replace(facts, arm_sessions=facts.arm_sessions - shorter)):
        assert allowed(MODE_GATES, facts)


def decimal_places(facts: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every Decimal in a record, however deep, as the path to it."""
    for field in fields(facts):
        value = getattr(facts, field.name)
        if hasattr(type(value), "__record_fields__"):
            yield from decimal_places(value, (*path, field.name))
        elif isinstance(value, Decimal):
            yield (*path, field.name)


def put(facts: Any, path: tuple[str, ...], value: Decimal) -> Any:
    first, *rest = path
    return replace(facts, **{first: put(getattr(facts, first), tuple(rest), value) if rest else value})


NOT_ASKED = ("limits", "risk_per_trade_pct")
"""Sizing makes `max_risk` of it, which the gates ask for."""
ORDER_NUMBERS = [path for path in decimal_places(GOOD_ORDER) if path != NOT_ASKED]


@pytest.mark.parametrize("odd", ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("path", ORDER_NUMBERS, ids=".".join)
def test_an_order_with_a_number_that_is_none_is_refused(path: tuple[str, ...], odd: str) -> None:
    assert not allowed(ORDER_GATES, put(GOOD_ORDER, path, Decimal(odd)))


@settings(max_examples=cases(300))
@given(facts=ORDER, path=st.sampled_from(ORDER_NUMBERS), odd=st.sampled_from(["NaN", "sNaN"]))
def test_no_other_fact_makes_up_for_a_nan(facts: OrderFacts, path: tuple[str, ...], odd: str) -> None:
    assert not allowed(ORDER_GATES, put(facts, path, Decimal(odd)))


@pytest.mark.parametrize("odd", ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("path", list(decimal_places(GOOD_ENTRY)), ids=".".join)
def test_a_cycle_with_a_number_that_is_none_opens_nothing(path: tuple[str, ...], odd: str) -> None:
    assert not allowed(ENTRY_GATES, put(GOOD_ENTRY, path, Decimal(odd)))


ANSWERS = st.builds(
    Answer,
    st.sampled_from(["first", "second", "third"]),
    st.booleans().map(lambda yes: allow("code", "yes") if yes else refuse("code", "no")),
)


@given(st.lists(ANSWERS).map(tuple))
def test_one_no_among_any_answers_is_a_no(answers: tuple[Answer, ...]) -> None:
    every_yes = bool(answers) and all(answer.passed for answer in answers)
    assert strictest(answers, "").status is (Status.PASS if every_yes else Status.FAIL)


@given(st.lists(ANSWERS).map(tuple), ANSWERS)
def test_adding_a_gate_never_turns_a_no_into_a_yes(answers: tuple[Answer, ...], added: Answer) -> None:
    for place in range(len(answers) + 1):
        longer = (*answers[:place], added, *answers[place:])
        if answers and strictest(longer, "").passed:
            assert strictest(answers, "").passed


@pytest.mark.parametrize(
    ("gates", "strategy"),
    [(MODE_GATES, MODE), (ENTRY_GATES, ENTRY), (ORDER_GATES, ORDER)],
    ids=["mode", "entry", "order"],
)
def test_the_facts_drawn_here_are_sometimes_a_yes_and_sometimes_a_no(
    gates: tuple[Gate[Any], ...], strategy: st.SearchStrategy[Any]
) -> None:
    """Else the properties above would hold of nothing."""
    seen: set[bool] = set()

    @settings(max_examples=400, database=None)
    @given(strategy)
    def look(facts: Any) -> None:
        seen.add(allowed(gates, facts))

    look()
    assert seen == {True, False}
