"""Rows and facts to approved intents and refusals: every No by name, caps that hold, nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from support.facts import GOOD_LIMITS
from support.trading import (
    GOOD_BARS,
    INTENDED,
    NOW,
    SENT_AT,
    YESTERDAY,
    D,
    S,
    World,
    bars,
    broker_order,
    entry,
    ident,
    ledger,
    limits,
    position,
    quote,
    request,
    row,
    symbols_of,
)

from execution.broker.port import Account
from execution.ledger.day import Entry, EntryOrigin, Event
from execution.planning.plan import Approved, Plan, Refused, by_symbol, intended_entry, possible_rows, request_of
from gates.base.instrument import US_STOCK
from gates.base.record import replace
from gates.catalog import ORDER_GATES
from gates.facts import OrderFacts, Usage
from gates.verdict import Answer, Verdict, allow, ask_all, refuse

FOUR = tuple(row(symbol) for symbol in ("AAPL", "MSFT", "NVDA", "TSLA"))
THREE = FOUR[:3]
GOOD_FACTS = OrderFacts(
    symbol="AAPL",
    instrument=US_STOCK,
    qty=D(9),
    size_note="per symbol 1000.00 left of 1000.0 at 101.35 a share",
    limit=D("101.35"),
    stop=D("97.90"),
    target=D("108.10"),
    row_entry=D("100.85"),
    trigger_met=True,
    trigger_note="held: closes 100.90 and 101.02 at or above entry 100.85",
    bid=D("101.00"),
    ask=D("101.05"),
    quote_age_seconds=D(0),
    quote_problem=None,
    limits=GOOD_LIMITS,
    max_risk=D(50),
    buying_power=D(20_000),
    earlier_entry=None,
    foreign=None,
    lock=None,
    usage=Usage(0, frozenset(), D(0), D(0)),
)


def only_refusal(plan: Plan) -> Verdict:
    assert plan.approved == ()
    assert len(plan.refused) == 1
    return plan.refused[0].verdict


# A row that everything allows


def test_a_good_row_becomes_an_intent_with_all_that_was_known_and_answered() -> None:
    answers = ask_all(ORDER_GATES, GOOD_FACTS)
    assert World().plan == Plan((Approved(request(), GOOD_FACTS, answers, resent=False, row=row()),), ())


def test_every_order_gate_has_answered_an_approved_order() -> None:
    (approved,) = World().plan.approved
    assert [answer.gate for answer in approved.answers] == [gate.name for gate in ORDER_GATES]
    assert all(answer.passed for answer in approved.answers)
    assert approved.symbol == "AAPL"


def test_every_order_gate_has_answered_a_refused_order_too() -> None:
    (refused,) = World(limits=limits(allowlist=frozenset())).plan.refused
    assert [answer.gate for answer in refused.answers] == [gate.name for gate in ORDER_GATES]


def test_the_bracket_is_rounded_toward_less_risk() -> None:
    (approved,) = World(rows=(row(stop="97.9001", target="108.1099"),)).plan.approved
    assert (approved.request.stop_price, approved.request.target_price) == (D("97.91"), D("108.10"))


def test_far_below_the_entry_the_collar_bounds_what_we_pay() -> None:
    (approved,) = World(quotes={"AAPL": quote("97.95", "98.00")}).plan.approved
    assert approved.request.limit_price == D("99.96")


def test_no_rows_no_plan() -> None:
    assert World(rows=()).plan == Plan((), ())


# Every No by its code and words

DOUBLE = "avx-20261120-AAPL-entry-1"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"limits": limits(allowlist=frozenset({"MSFT"}))},
            refuse("allowlist", "not on the allowlist (MSFT)"),
        ),
        (
            {"ledger": ledger(entry(status=S.FILLED, filled=4))},
            refuse("once.per_session", f"already entered today ({DOUBLE} filled)"),
        ),
        (
            {"orders": (broker_order(status=S.CANCELLED),)},
            refuse("once.per_session", f"already entered today ({DOUBLE} cancelled at the broker)"),
        ),
        (
            {"positions": (position(qty=2),)},
            refuse("foreign", "not ours to touch (position of 2 shares that is not ours)"),
        ),
        (
            {"open_orders": (broker_order("by-hand"),)},
            refuse("foreign", "not ours to touch (open buy order of 4 shares that is not ours)"),
        ),
        (
            {"ledger": ledger(carried=(entry(status=S.FILLED, day=YESTERDAY, filled=4),))},
            refuse(
                "reconciliation",
                "symbol locked (position differs: expected 4, found 0, difference -4; "
                "`execution ledger explain` enters why)",
            ),
        ),
        (
            {"bars": {"AAPL": bars("100.90", "100.84")}},
            refuse("trigger", "waiting: closes 100.90 and 100.84, entry 100.85"),
        ),
        ({"bars": {"MSFT": GOOD_BARS}}, refuse("trigger", "waiting: no 10-minute bar of 10:10")),
        ({"quotes": {}}, refuse("quote", "no usable quote (the broker sent none)")),
        (
            {"quotes": {}, "quotes_problem": "timed out"},
            refuse("quote", "no usable quote (timed out)"),
        ),
        (
            {"quotes": {"AAPL": quote(moment=NOW - timedelta(seconds=61))}},
            refuse("quote.age", "quote too old (61s, limit 60s)"),
        ),
        (
            {"quotes": {"AAPL": quote(bid="97.90")}},
            refuse("price.levels", "bid 97.90 at or below stop 97.90"),
        ),
        (
            {"rows": (row(target="101.35"),)},
            refuse("price.levels", "levels out of order (stop 97.90, limit 101.35, target 101.35)"),
        ),
        (
            {"quotes": {"AAPL": quote(ask="101.36")}},
            refuse("price.chase", "ask 101.36 above limit 101.35 (entry 100.85 + 0.5% = 101.35425)"),
        ),
        (
            {"limits": limits(orders_per_day=0)},
            refuse("caps.orders_per_day", "max orders/day reached (0 of 0)"),
        ),
        (
            {"limits": limits(positions=1), "positions": (position("TSLA"),)},
            refuse("caps.positions", "max positions reached (1 of 1)"),
        ),
        (
            {"limits": limits(gross_notional=D("101.34"))},
            refuse(
                "caps.gross_notional",
                "max gross notional reached (one share costs 101.35, used 0.00 of 101.34)",
            ),
        ),
        (
            {"limits": limits(per_symbol=D("101.34"))},
            refuse(
                "caps.per_symbol",
                "max notional per symbol reached (one share costs 101.35, used 0.00 of 101.34)",
            ),
        ),
        (
            {"account": Account("PA3TEST", D(10_000), D("101.34"))},
            refuse("buying_power", "buying power too small (101.35 of 101.34)"),
        ),
        ({"account": Account("PA3TEST", D(689), D(20_000))}, refuse("size.risk", "risk 3.45 above 3.445 per trade")),
        ({"account": Account("PA3TEST", D(0), D(20_000))}, refuse("size.risk", "risk 3.45 above 0.00 per trade")),
    ],
)
def test_every_no_names_its_number_and_its_limit(changes: dict[str, Any], expected: Verdict) -> None:
    assert only_refusal(World(**changes).plan) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"limits": limits(allowlist=frozenset({"AAPL"}))},
        {"ledger": ledger(entry("MSFT", S.FILLED, filled=4), entry("TSLA")), "positions": (position("MSFT"),)},
        {"positions": (position("TSLA", 2),), "open_orders": (broker_order("by-hand", symbol="TSLA"),)},
        {"orders": (broker_order(ident(day=YESTERDAY), S.CANCELLED),)},
        {"orders": (broker_order("avx-20261120-AAPL-stop-1", S.CANCELLED),)},
        {
            "ledger": ledger(carried=(entry(status=S.FILLED, day=YESTERDAY, filled=1),)),
            "positions": (position(qty=1),),
        },
        {"quotes": {"AAPL": quote(moment=NOW - timedelta(seconds=60))}},
        {"quotes": {"AAPL": quote(ask="101.35")}},
        {"quotes": {"AAPL": quote(bid="97.91")}},
        {"rows": (row(target="101.36"),)},
        {"limits": limits(orders_per_day=1)},
        {"limits": limits(positions=1)},
        {"limits": limits(gross_notional=D("101.35"))},
        {"limits": limits(per_symbol=D("101.35"))},
        {"account": Account("PA3TEST", D(10_000), D("101.35"))},
        {"account": Account("PA3TEST", D(690), D(20_000))},
        {"limits": limits(entry_trigger="touch"), "bars": {}},
    ],
)
def test_one_step_inside_the_limit_is_a_yes(changes: dict[str, Any]) -> None:
    assert symbols_of(World(**changes).plan.approved) == ["AAPL"]


def test_quotes_that_could_not_be_read_in_part_refuse_only_their_own_rows() -> None:
    plan = World(rows=THREE, quotes={"MSFT": quote()}, quotes_problem="timed out").plan
    assert symbols_of(plan.approved) == ["MSFT"]
    assert [refused.verdict.reason for refused in plan.refused] == ["no usable quote (timed out)"] * 2


# Every approved row counts against the caps of the next


def reasons(plan: Plan) -> list[str]:
    return [refused.verdict.reason for refused in plan.refused]


@pytest.mark.parametrize(
    ("caps", "approved", "refused"),
    [
        ({"orders_per_day": 4}, 4, []),
        ({"orders_per_day": 3}, 3, ["max orders/day reached (3 of 3)"]),
        ({"orders_per_day": 2}, 2, ["max orders/day reached (2 of 2)"] * 2),
        ({"positions": 4}, 4, []),
        ({"positions": 3}, 3, ["max positions reached (3 of 3)"]),
        ({"positions": 2}, 2, ["max positions reached (2 of 2)"] * 2),
        (
            {"gross_notional": D("1824.30"), "per_symbol": D("912.15")},
            2,
            ["max gross notional reached (one share costs 101.35, used 1824.30 of 1824.3)"] * 2,
        ),
        (
            {"gross_notional": D("1925.64"), "per_symbol": D("912.15")},
            2,
            ["max gross notional reached (one share costs 101.35, used 1824.30 of 1925.64)"] * 2,
        ),
        (
            {"gross_notional": D("1925.65"), "per_symbol": D("912.15")},
            3,
            ["max gross notional reached (one share costs 101.35, used 1925.65 of 1925.65)"],
        ),
    ],
)
def test_rows_share_the_caps_in_the_lists_order(caps: dict[str, Any], approved: int, refused: list[str]) -> None:
    plan = World(rows=FOUR, limits=limits(**caps)).plan
    assert symbols_of(plan.approved) == symbols_of(FOUR)[:approved]
    assert reasons(plan) == refused


@pytest.mark.parametrize(
    ("gross", "shares"),
    [("1824.29", [9, 8]), ("1824.30", [9, 9]), ("1824.31", [9, 9]), ("912.15", [9]), ("1013.50", [9, 1])],
)
def test_what_is_left_of_gross_sizes_the_next(gross: str, shares: list[int]) -> None:
    plan = World(rows=FOUR[:2], limits=limits(gross_notional=D(gross))).plan
    assert [approved.request.qty for approved in plan.approved] == shares


@pytest.mark.parametrize(
    ("power", "shares", "refused"),
    [
        ("1824.29", [9, 8], []),
        ("1824.30", [9, 9], []),
        ("1013.50", [9, 1], []),
        ("1013.49", [9], ["buying power too small (101.35 of 101.34)"]),
    ],
)
def test_orders_of_one_plan_share_the_buying_power(power: str, shares: list[int], refused: list[str]) -> None:
    plan = World(rows=FOUR[:2], account=Account("PA3TEST", D(10_000), D(power))).plan
    assert [approved.request.qty for approved in plan.approved] == shares
    assert reasons(plan) == refused


def test_what_was_bought_earlier_in_the_session_is_in_the_accounts_own_buying_power_already() -> None:
    world = World(ledger=ledger(entry("MSFT")), account=Account("PA3TEST", D(10_000), D("912.15")))
    assert world.plan.approved[0].facts.buying_power == D("912.15")
    assert world.plan.approved[0].request.qty == 9


def test_a_refused_row_takes_nothing_from_the_next() -> None:
    world = World(rows=THREE, ledger=ledger(entry("AAPL", S.REJECTED)), limits=limits(orders_per_day=3))
    assert symbols_of(world.plan.approved) == ["MSFT", "NVDA"]
    assert [approved.facts.usage.orders for approved in world.plan.approved] == [1, 2]


def test_the_order_of_the_list_decides_who_gets_the_room() -> None:
    world = World(rows=tuple(reversed(THREE)), limits=limits(orders_per_day=1))
    assert symbols_of(world.plan.approved) == ["NVDA"]


# One entry per symbol per session, whatever the attempts

NEW, AGAIN = False, True


@pytest.mark.parametrize(
    ("earlier", "attempts", "expected"),
    [
        ((), 1, (1, NEW)),
        ((S.CANCELLED,), 2, (2, NEW)),
        ((S.EXPIRED,), 2, (2, NEW)),
        ((S.REJECTED,), 2, (2, NEW)),
        ((S.CANCELLED, S.REJECTED), 3, (3, NEW)),
        ((S.NOT_SENT,), 1, (1, AGAIN)),
        ((S.NOT_SENT,), 3, (1, AGAIN)),
        ((S.CANCELLED, S.NOT_SENT), 2, (2, AGAIN)),
        ((S.CANCELLED, S.EXPIRED, S.NOT_SENT), 3, (3, AGAIN)),
        ((S.CANCELLED,), 1, "entry-1 cancelled, attempt 1 of 1"),
        ((S.EXPIRED,), 1, "entry-1 expired, attempt 1 of 1"),
        ((S.REJECTED,), 1, "entry-1 rejected, attempt 1 of 1"),
        ((S.CANCELLED, S.EXPIRED), 2, "entry-2 expired, attempt 2 of 2"),
        ((S.CANCELLED, S.EXPIRED, S.REJECTED), 3, "entry-3 rejected, attempt 3 of 3"),
        ((S.CANCELLED, S.EXPIRED), 1, "entry-2 expired, attempt 2 of 1"),
        ((S.CANCELLED, S.NOT_SENT), 1, "entry-1 cancelled, attempt 1 of 1"),
        ((S.INTENDED,), 3, "entry-1 intended"),
        ((S.UNKNOWN,), 3, "entry-1 unknown"),
        ((S.SUBMITTED,), 3, "entry-1 submitted"),
        ((S.WORKING,), 3, "entry-1 working"),
        ((S.PARTIALLY_FILLED,), 3, "entry-1 partially_filled"),
        ((S.FILLED,), 3, "entry-1 filled"),
        ((S.CANCELLED, S.UNKNOWN), 3, "entry-2 unknown"),
        ((S.CANCELLED, S.WORKING), 3, "entry-2 working"),
        ((S.FILLED, S.NOT_SENT), 3, "entry-1 filled"),
        ((S.WORKING, S.CANCELLED), 3, "entry-1 working"),
    ],
)
def test_a_further_attempt_needs_every_earlier_one_over_without_a_fill(
    earlier: tuple[S, ...], attempts: int, expected: tuple[int, bool] | str
) -> None:
    done = [
        entry(status=status, attempt=number, filled=4 if status is S.FILLED else 0)
        for number, status in enumerate(earlier, 1)
    ]
    held = 4 * earlier.count(S.FILLED)
    world = World(ledger=ledger(*done), positions=(position(qty=held),), limits=limits(max_entry_attempts=attempts))
    if isinstance(expected, str):
        why = refuse("once.per_session", f"already entered today (avx-20261120-AAPL-{expected})")
        assert only_refusal(world.plan) == why
    else:
        (approved,) = world.plan.approved
        assert (approved.request.client_order_id, approved.resent) == (ident(attempt=expected[0]), expected[1])


@pytest.mark.parametrize("status", [S.CANCELLED, S.EXPIRED])
@pytest.mark.parametrize(("filled", "exited"), [(1, 0), (3, 3), ("0.5", 0)])
def test_one_filled_share_is_the_sessions_entry(status: S, filled: int | str, exited: int) -> None:
    done = entry(status=status, filled=filled, exited=exited)
    held = D(filled) - exited
    world = World(ledger=ledger(done), positions=(position(qty=str(held)),), limits=limits(max_entry_attempts=3))
    why = f"already entered today (avx-20261120-AAPL-entry-1 {status.value})"
    assert only_refusal(world.plan) == refuse("once.per_session", why)


def test_an_attempt_the_broker_never_heard_of_does_not_make_the_next_id_a_used_one() -> None:
    """A rebuilt ledger knows only what the broker knows, and that does not know what it refused."""
    world = World(ledger=ledger(entry(status=S.CANCELLED, attempt=2)), limits=limits(max_entry_attempts=3))
    assert [approved.request.client_order_id for approved in world.plan.approved] == [ident(attempt=3)]


def test_attempts_are_counted_by_their_number_and_not_by_how_many_are_remembered() -> None:
    world = World(ledger=ledger(entry(status=S.CANCELLED, attempt=2)), limits=limits(max_entry_attempts=2))
    why = "already entered today (avx-20261120-AAPL-entry-2 cancelled, attempt 2 of 2)"
    assert only_refusal(world.plan) == refuse("once.per_session", why)


def test_yesterdays_entry_that_still_works_leaves_no_room_for_a_second_one() -> None:
    working = entry(status=S.WORKING, day=YESTERDAY)
    world = World(
        ledger=ledger(carried=(working,)),
        orders=(broker_order(working.client_order_id),),
        open_orders=(broker_order(working.client_order_id),),
    )
    assert world.plan.approved == ()


def test_a_symbol_that_stands_in_the_rows_twice_is_entered_once() -> None:
    plan = World(rows=(row(), row("MSFT"), row()), limits=limits(risk_per_trade_pct=D("0.1"))).plan
    assert symbols_of(plan.approved) == ["AAPL", "MSFT"]
    assert symbols_of(plan.refused) == ["AAPL"]


# The same order again

UNSENT = entry(status=S.NOT_SENT, qty=D(3), notional=D("304.05"), order_id=None)
DOUBTED = msgspec.structs.replace(UNSENT, history=(INTENDED, Event(SENT_AT, S.UNKNOWN), Event(SENT_AT, S.NOT_SENT)))


@pytest.mark.parametrize("again", [UNSENT, DOUBTED], ids=["never left", "proven absent"])
def test_what_its_row_still_asks_for_goes_out_again_with_the_same_id_and_the_same_payload(again: Entry) -> None:
    (approved,) = World(ledger=ledger(again)).plan.approved
    assert (approved.request, approved.resent) == (request(qty=3), True)
    assert approved.facts == replace(GOOD_FACTS, qty=3, size_note="as first intended")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"limits": limits(allowlist=frozenset({"MSFT"}))}, "allowlist"),
        ({"positions": (position(qty=1),)}, "foreign"),
        ({"bars": {}}, "trigger"),
        ({"quotes": {"AAPL": quote(ask="101.36")}}, "price.chase"),
        ({"limits": limits(orders_per_day=0)}, "caps.orders_per_day"),
        ({"limits": limits(gross_notional=D("304.04"))}, "caps.gross_notional"),
        ({"limits": limits(per_symbol=D("304.04"))}, "caps.per_symbol"),
        ({"account": Account("PA3TEST", D(10_000), D("304.04"))}, "buying_power"),
        ({"account": Account("PA3TEST", D("2069.99"), D(20_000))}, "size.risk"),
    ],
)
def test_an_order_sent_again_is_put_before_every_gate_again(changes: dict[str, Any], code: str) -> None:
    assert only_refusal(World(ledger=ledger(DOUBTED)).but(**changes).plan).code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"limits": limits(gross_notional=D("304.05"))},
        {"limits": limits(per_symbol=D("304.05"))},
        {"account": Account("PA3TEST", D(10_000), D("304.05"))},
        {"account": Account("PA3TEST", D(2070), D(20_000))},
    ],
)
@pytest.mark.parametrize("again", [UNSENT, DOUBTED], ids=["never left", "proven absent"])
def test_an_order_sent_again_is_not_made_smaller_or_larger(again: Entry, changes: dict[str, Any]) -> None:
    (approved,) = World(ledger=ledger(again)).but(**changes).plan.approved
    assert (approved.request, approved.resent) == (request(qty=3), True)


CHANGED = [
    {"rows": (row(stop="97.00"),)},
    {"rows": (row(target="109.00"),)},
    {"rows": (row(entry="100.80"),)},
]


@pytest.mark.parametrize("changes", [*CHANGED, {"limits": limits(per_symbol=D("304.04"))}])
def test_what_never_left_makes_room_for_what_its_row_asks_for_now(changes: dict[str, Any]) -> None:
    world = World(ledger=ledger(UNSENT)).but(**changes)
    (approved,) = world.plan.approved
    (fresh,) = World().but(**changes).plan.approved
    assert approved.request == replace(fresh.request, client_order_id=ident(attempt=2))
    assert not approved.resent


LOWER_ASK = {"quotes": {"AAPL": quote(bid="99.30", ask="99.31")}}


def test_an_ask_that_fell_is_no_change_of_the_row() -> None:
    """The limit of the first sending is too far from it now, so it waits; a new order bids less."""
    (approved,) = World(ledger=ledger(UNSENT)).but(**LOWER_ASK).plan.approved
    assert (approved.request.client_order_id, approved.request.limit_price) == (ident(attempt=2), D("101.29"))
    assert only_refusal(World(ledger=ledger(DOUBTED)).but(**LOWER_ASK).plan).code == "price.collar"


@pytest.mark.parametrize("changes", CHANGED)
def test_what_was_in_doubt_keeps_its_id_and_waits_for_its_levels(changes: dict[str, Any]) -> None:
    """A look that found nothing is no proof for ever, and a used id is the last guard against a second order."""
    (fresh,) = World().but(**changes).plan.approved
    stop, limit, target = fresh.request.stop_price, fresh.request.limit_price, fresh.request.target_price
    words = "not_sent was in doubt with stop 97.90, limit 101.35, target 108.10; the row asks for"
    why = f"already entered today ({DOUBLE} {words} stop {stop}, limit {limit}, target {target})"
    assert only_refusal(World(ledger=ledger(DOUBTED)).but(**changes).plan) == refuse("once.per_session", why)


def test_what_was_never_sent_counts_as_no_attempt() -> None:
    book = ledger(UNSENT, entry(status=S.CANCELLED, attempt=2))
    (approved,) = World(ledger=book, limits=limits(max_entry_attempts=2)).plan.approved
    assert approved.request.client_order_id == ident(attempt=3)
    why = "already entered today (avx-20261120-AAPL-entry-2 cancelled, attempt 1 of 1)"
    assert only_refusal(World(ledger=book).plan) == refuse("once.per_session", why)


# Rows that merely wait


LOW_BARS = {"AAPL": bars("100.00", "100.00")}


@pytest.mark.parametrize(
    ("changes", "waiting"),
    [
        ({"bars": LOW_BARS}, True),
        ({"bars": {}}, True),
        ({"bars": LOW_BARS, "limits": limits(allowlist=frozenset())}, False),
        ({"bars": LOW_BARS, "ledger": ledger(entry())}, False),
        ({"bars": LOW_BARS, "positions": (position(),)}, False),
        ({"bars": LOW_BARS, "ledger": ledger(entry("AAPL", S.FILLED, filled=4))}, False),
        ({"quotes": {"AAPL": quote(ask="101.36")}}, False),
        ({"limits": limits(orders_per_day=0)}, False),
        ({"limits": limits(entry_trigger="touch"), "quotes": {"AAPL": quote(bid="99.00", ask="100.00")}}, True),
    ],
)
def test_a_row_waits_when_nothing_stands_against_it_but_the_price(changes: dict[str, Any], waiting: bool) -> None:
    (refused,) = World(**changes).plan.refused
    assert refused.waiting is waiting


@pytest.mark.parametrize("rule", ["hold", "touch"])
def test_a_row_whose_prices_could_not_be_had_does_not_merely_wait(rule: str) -> None:
    world = World(quotes={}, quotes_problem="timed out", bars={}, limits=limits(entry_trigger=rule))
    assert not world.plan.refused[0].waiting
    assert world.plan.refused[0].verdict.reason == "no usable quote (timed out)"


def test_an_ask_of_nothing_is_said_and_an_old_quote_below_the_entry_waits() -> None:
    """With an ask of 0 the limit is 0 and the trigger cannot be met either."""
    touch = limits(entry_trigger="touch")
    (refused,) = World(quotes={"AAPL": quote(ask="0")}, limits=touch).plan.refused
    assert not refused.waiting and refused.verdict.reason.endswith("ask 0)")
    old = quote(bid="99.00", ask="100.00", moment=NOW - timedelta(seconds=61))
    (refused,) = World(quotes={"AAPL": old}, limits=touch).plan.refused
    assert refused.waiting


def test_money_that_is_not_told_buys_nothing() -> None:
    for account in (Account("PA3TEST", None, D(20_000)), Account("PA3TEST", D(10_000), None)):
        assert not World(account=account).plan.approved


def test_buying_power_that_is_not_told_buys_not_even_a_share_of_less_than_a_dollar() -> None:
    cheap = World(rows=(row("AAPL", "0.90", "0.80", "1.20"),), quotes={"AAPL": quote("0.90", "0.90")})
    cheap = cheap.but(bars={"AAPL": bars("0.90", "0.90")})
    assert cheap.but(account=Account("PA3TEST", D(10_000), D(1))).plan.approved[0].request.qty == 1
    assert not cheap.but(account=Account("PA3TEST", D(10_000), None)).plan.approved


def test_the_verdict_of_a_refusal_is_its_first_no_in_printing_order() -> None:
    answers = (
        Answer("allowlist", allow("allowlist", "on the allowlist")),
        Answer("once", refuse("once.per_session", "already entered today (x)")),
        Answer("size", refuse("size", "no whole share fits (y)")),
    )
    assert Refused("AAPL", answers).verdict == refuse("once.per_session", "already entered today (x)")
    assert not Refused("AAPL", answers).waiting


# Which rows are worth a quote


def test_rows_that_something_standing_refuses_need_no_price() -> None:
    world = World(
        rows=(*FOUR, row("IBM"), row("AMD")),
        ledger=ledger(entry("AAPL", S.WORKING), carried=(entry("IBM", S.FILLED, day=YESTERDAY, filled=4),)),
        positions=(position("MSFT"),),
        orders=(broker_order(ident("NVDA"), symbol="NVDA"),),
        limits=limits(allowlist=frozenset({"AAPL", "MSFT", "NVDA", "IBM", "AMD"})),
    )
    assert symbols_of(possible_rows(world.rows, world.facts)) == ["AMD"]


def test_a_row_that_waits_or_meets_a_cap_is_still_worth_a_quote() -> None:
    world = World(rows=THREE, quotes={}, bars={}, limits=limits(orders_per_day=0, gross_notional=D(0)))
    assert possible_rows(world.rows, world.facts) == THREE


# Small pure steps


def test_entries_by_symbol_keep_their_order() -> None:
    first, other, second = entry(attempt=1), entry("MSFT"), entry(attempt=2)
    assert by_symbol([first, other, second]) == {"AAPL": (first, second), "MSFT": (other,)}
    assert by_symbol([]) == {}


def test_an_intent_is_written_down_whole() -> None:
    listed = msgspec.structs.replace(
        row(), setup="reclaimed", anchor="earnings", anchor_date=YESTERDAY, avg_volume=D(1_234_567), score=D("2.5")
    )
    (approved,) = World(rows=(listed,)).plan.approved
    assert intended_entry(approved, NOW) == Entry(
        client_order_id=DOUBLE,
        order_id=None,
        symbol="AAPL",
        side="buy",
        qty=D(9),
        limit_price=D("101.35"),
        notional=D("912.15"),
        stop_price=D("97.90"),
        target_price=D("108.10"),
        timestamp=NOW,
        status=S.INTENDED,
        history=(Event(NOW, S.INTENDED),),
        origin=EntryOrigin(
            D("100.85"), D("101.00"), D("101.05"), "reclaimed", "earnings", YESTERDAY, D(1_234_567), D("2.5")
        ),
    )


def test_what_was_written_is_what_is_sent() -> None:
    (approved,) = World().plan.approved
    assert request_of(intended_entry(approved, NOW)) == approved.request
    assert str(request_of(entry(qty=D("4.0"))).qty) == "4"
