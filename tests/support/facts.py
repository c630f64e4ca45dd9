"""Facts that every gate allows, to be spoiled one field at a time, and a small session table.

The month is November 2026: 20 is an ordinary Friday, 26 is Thanksgiving, 27 closes at 13:00.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from gates.base.instrument import US_STOCK
from gates.base.record import replace
from gates.base.sessions import NEW_YORK, Session, SessionTable, make_session
from gates.facts import (
    ArmFacts,
    ArmRecord,
    Caps,
    EntryFacts,
    Limits,
    Market,
    ModeFacts,
    OrderFacts,
    Presence,
    TokenFile,
    Usage,
    WatchlistFacts,
)

OPENS, CLOSES, HALF_DAY_CLOSES = time(9, 30), time(16), time(13)
THANKSGIVING, HALF_DAY = date(2026, 11, 26), date(2026, 11, 27)


def table_of(first: str, last: str, holidays: tuple[date, ...] = (), half_days: tuple[date, ...] = ()) -> SessionTable:
    """The weekdays from first to last without the holidays."""
    day, days = date.fromisoformat(first), []
    while day <= date.fromisoformat(last):
        if day.weekday() < 5 and day not in holidays:
            days.append(day)
        day += timedelta(days=1)
    return SessionTable(make_session(day, OPENS, HALF_DAY_CLOSES if day in half_days else CLOSES) for day in days)


TABLE = table_of("2026-11-02", "2026-12-04", (THANKSGIVING,), (HALF_DAY,))


def new_york(text: str) -> datetime:
    """`2026-11-20 10:31` told in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def session_on(day: str, table: SessionTable = TABLE) -> Session:
    session = table.on(date.fromisoformat(day))
    assert session is not None, f"{day} is no session of this table"
    return session


NOW = new_york("2026-11-20 10:31")
SESSION = session_on("2026-11-20")
TOKEN = b"press-both-keys"
GOOD_TOKEN_FILE = TokenFile(found=True, permissions=0o600, content=TOKEN, written_at=new_york("2026-11-20 07:00"))
GOOD_MODE = ModeFacts(
    now=NOW,
    table=TABLE,
    session=SESSION,
    kill_env=False,
    kill_file=Presence.ABSENT,
    dry_run=False,
    live_trading=True,
    token=TOKEN,
    token_file=GOOD_TOKEN_FILE,
    arm_sessions=1,
    ledger_problem=None,
    account_problem=None,
    account_mismatch=None,
    account_told=True,
    account_bound=True,
    positions_problem=None,
)
GOOD_CAPS = Caps(orders_per_day=5, positions=5, gross_notional=Decimal("5000.0"), per_symbol=Decimal("1000.0"))
GOOD_LIMITS = Limits(
    caps=GOOD_CAPS,
    allowlist=None,
    entry_trigger="hold",
    max_chase_pct=Decimal("0.5"),
    price_collar_pct=Decimal("2.0"),
    risk_per_trade_pct=Decimal("0.5"),
    max_quote_age_seconds=60,
    max_entry_attempts=1,
)
ARMED_LIMITS = replace(GOOD_LIMITS, allowlist=frozenset({"AAPL", "MSFT"}))
ARM_DIGEST = "0123456789abcdef" * 4
ARM_TOKEN = f"arm1-{ARM_DIGEST}-{'5a' * 16}".encode()
GOOD_ARM_RECORD = ArmRecord(
    digest=ARM_DIGEST,
    armed_at=new_york("2026-11-20 07:00"),
    until=new_york("2026-11-20 16:00"),
    sessions=(date(2026, 11, 20),),
    host="server/1234567890abcdef",
    account="PA3TEST",
    limits=ARMED_LIMITS,
)
GOOD_ARM = ArmFacts(
    record=GOOD_ARM_RECORD,
    problem=None,
    host="server/1234567890abcdef",
    account="PA3TEST",
    limits=replace(ARMED_LIMITS, caps=replace(GOOD_CAPS, gross_notional=Decimal(5000), per_symbol=Decimal(1000))),
)
GOOD_MARKET = Market(
    session=SESSION,
    table_ends="2026-12-04",
    open_by_table=True,
    hours_ignored=False,
    broker_problem=None,
    broker_open=True,
    broker_day="2026-11-20",
    skew_seconds=Decimal("0.4"),
    max_skew_seconds=5,
)
GOOD_ENTRY = EntryFacts(
    settings_mistakes=0,
    state_problem=None,
    paused=Presence.ABSENT,
    market=GOOD_MARKET,
    watchlist=WatchlistFacts(problem=None, session="2026-11-20", rows=42),
    ledger_problem=None,
    account_problem=None,
    account_mismatch=None,
    account_told=True,
    account_bound=True,
    account_blocked=None,
    positions_problem=None,
    orders_problem=None,
    unresolved=(),
    seconds_to_close=19_740,
    no_entry_before_close_seconds=900,
)
GOOD_USAGE = Usage(orders=0, symbols=frozenset(), gross=Decimal(0), of_symbol=Decimal(0))
GOOD_ORDER = OrderFacts(
    symbol="AAPL",
    instrument=US_STOCK,
    qty=Decimal(4),
    size_note="risk 50.00 per trade",
    limit=Decimal("101.35"),
    stop=Decimal("97.90"),
    target=Decimal("108.10"),
    row_entry=Decimal("101.00"),
    trigger_met=True,
    trigger_note="two bars closed at or above 101.00",
    bid=Decimal("101.20"),
    ask=Decimal("101.25"),
    quote_age_seconds=Decimal(2),
    quote_problem=None,
    limits=GOOD_LIMITS,
    max_risk=Decimal(50),
    buying_power=Decimal(10_000),
    earlier_entry=None,
    foreign=None,
    lock=None,
    usage=GOOD_USAGE,
)


def mode_facts(**changes: Any) -> ModeFacts:
    return replace(GOOD_MODE, **changes)


def armed_mode_facts(
    *, record: dict[str, Any] | None = None, token: bytes = ARM_TOKEN, facts: dict[str, Any] | None = None, **arm: Any
) -> ModeFacts:
    """The same with a token that `arm` made; `record` and the other changes are to the arm record's facts, those of
    its limits by their own names."""
    now = {name: arm.pop(name) for name in [*arm] if name in GOOD_ARM.limits.__match_args__}
    found = replace(GOOD_ARM, record=replace(GOOD_ARM_RECORD, **(record or {})))
    found = replace(found, limits=replace(found.limits, **now))
    file = replace(GOOD_TOKEN_FILE, content=token)
    good = replace(GOOD_MODE, token=token, token_file=file, arm=replace(found, **arm))
    return replace(good, **(facts or {}))


def token_file(**changes: Any) -> TokenFile:
    return replace(GOOD_TOKEN_FILE, **changes)


def entry_facts(**changes: Any) -> EntryFacts:
    return replace(GOOD_ENTRY, **changes)


def entry_facts_with_market(**changes: Any) -> EntryFacts:
    return replace(GOOD_ENTRY, market=replace(GOOD_MARKET, **changes))


def order_changed(facts: OrderFacts, **changes: Any) -> OrderFacts:
    """Changes by the name of their field, those of the limits too."""
    limits = {name: changes.pop(name) for name in facts.limits.__match_args__ if name in changes}
    return replace(facts, limits=replace(facts.limits, **limits), **changes)


def order_facts(**changes: Any) -> OrderFacts:
    return order_changed(GOOD_ORDER, **changes)


def order_facts_with_caps(**changes: Any) -> OrderFacts:
    return order_facts(caps=replace(GOOD_CAPS, **changes))


def order_facts_with_usage(**changes: Any) -> OrderFacts:
    return replace(GOOD_ORDER, usage=replace(GOOD_USAGE, **changes))
