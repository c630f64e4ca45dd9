"""Whatever the world: no plan exceeds a cap, none enters anything twice, and a rehearsal decides the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st
from support.trading import (
    DAY,
    NOW,
    YESTERDAY,
    D,
    S,
    World,
    all_submitted,
    bars,
    broker_order,
    entry,
    ident,
    ledger,
    limits,
    position,
    quote,
    row,
    symbols_of,
    written,
)

from execution.broker.port import Account, BrokerOrder, Position
from execution.ledger.day import Entry, Ledger
from execution.ledger.usage import session_usage
from execution.orders import DONE
from execution.planning.plan import Plan, possible_rows, request_of
from gates.base.record import replace
from gates.mode import Mode

SYMBOLS = ("AAPL", "MSFT", "NVDA", "TSLA")
RARELY = st.sampled_from([False] * 7 + [True])
AT_THE_BROKER = sorted(DONE | {S.SUBMITTED, S.WORKING, S.PARTIALLY_FILLED}, key=str)


def dollars(*about: int) -> st.SearchStrategy[Decimal]:
    """One of these amounts and up to a hundred dollars more, in cents."""
    return st.builds(lambda whole, cents: whole + D(cents) / 100, st.sampled_from(about), st.integers(0, 10_000))


@st.composite
def markets(draw: st.DrawFn) -> dict[str, Any]:
    """Rows in any order; most have triggered and have a fair quote."""
    rows, quotes, closes = [], {}, {}
    for symbol in draw(st.permutations(SYMBOLS)):
        level = draw(dollars(5, 40, 100))
        stop = level * draw(st.sampled_from([D("0.9"), D("0.97"), D("0.99")]))
        ask = level * D("1.01") if draw(RARELY) else level + draw(st.sampled_from([D(0), D("0.01"), D("0.02")]))
        close = level - (D("0.01") if draw(RARELY) else 0)
        rows.append(row(symbol, str(level), str(stop), str(level * D("1.1"))))
        quotes[symbol] = quote(str(ask - D("0.01")), str(ask), NOW - timedelta(seconds=61 if draw(RARELY) else 2))
        closes[symbol] = bars(str(level), str(close))
    return {"rows": tuple(rows), "quotes": quotes, "bars": closes}


@st.composite
def attempts(draw: st.DrawFn, symbol: str) -> list[Entry]:
    """Tries of one symbol, one after another."""
    over = st.sampled_from([S.CANCELLED, S.EXPIRED, S.REJECTED, S.NOT_SENT])
    made = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        status = draw(st.sampled_from(S) if draw(RARELY) else over)
        filled = draw(st.integers(0, 4)) if draw(RARELY) else 4 if status is S.FILLED else 0
        made.append(entry(symbol, status, attempt=number, filled=filled, exited=draw(st.integers(0, filled))))
    return made


@st.composite
def broker_orders(draw: st.DrawFn) -> BrokerOrder:
    symbol = draw(st.sampled_from(SYMBOLS))
    ours = ident(symbol, draw(st.integers(1, 4)), draw(st.sampled_from([DAY, DAY, YESTERDAY])))
    name = draw(st.sampled_from([ours, ours, "by-hand", "avx-by-hand"]))
    qty, filled = D(draw(st.integers(1, 9))), draw(st.integers(0, 4))
    return broker_order(name, draw(st.sampled_from(AT_THE_BROKER)), symbol=symbol, qty=qty, filled=filled)


@st.composite
def positions(draw: st.DrawFn, book: Ledger) -> tuple[Position, ...]:
    """Mostly what the ledger expects."""
    held = dict.fromkeys(SYMBOLS, D(0))
    for one in book.everything():
        held[one.symbol] += one.held_qty
    if draw(RARELY):
        held[draw(st.sampled_from(SYMBOLS))] += draw(st.integers(-1, 3))
    return tuple(position(symbol, str(qty)) for symbol, qty in held.items())


@st.composite
def worlds(draw: st.DrawFn, fresh: bool = False) -> World:
    """Any morning; a fresh one begins with blank ledgers, and nothing of ours is at the broker."""
    entered = () if fresh else draw(st.lists(st.sampled_from(SYMBOLS), max_size=2, unique=True))
    held = entry("TSLA", S.FILLED, day=YESTERDAY, filled=4)
    working = entry("NVDA", draw(st.sampled_from([S.WORKING, S.UNKNOWN])), day=YESTERDAY)
    carried = (held, working) if not fresh and draw(RARELY) else ()
    today = [one for symbol in entered for one in draw(attempts(symbol))]
    book = ledger(*today, carried=carried, mode=Mode.LIVE if fresh else draw(st.sampled_from(Mode)))
    foreign = st.builds(broker_order, st.just("by-hand"), symbol=st.sampled_from(SYMBOLS))
    return World(
        ledger=book,
        live=ledger(carried=carried),
        orders=() if fresh else tuple(draw(st.lists(broker_orders(), max_size=1))),
        open_orders=(draw(foreign if fresh else broker_orders()),) if draw(RARELY) else (),
        positions=draw(positions(book)),
        account=Account("PA3TEST", equity=draw(dollars(4_000, 40_000)), buying_power=draw(dollars(5_000, 900, 200))),
        limits=limits(
            orders_per_day=draw(st.sampled_from([9, 8, 6, 5, 4, 3, 2, 1])),
            positions=draw(st.sampled_from([8, 6, 5, 4, 3, 2, 1])),
            gross_notional=draw(dollars(5_000, 2_000, 900, 300)),
            per_symbol=draw(dollars(1_500, 700, 300)),
            risk_per_trade_pct=draw(st.sampled_from([D("0.1"), D("0.5"), D(5)])),
            entry_trigger=draw(st.sampled_from(["hold", "touch"])),
            max_entry_attempts=draw(st.integers(1, 4)),
        ),
        **draw(markets()),
    )


def taken_by_broker(plan: Plan) -> tuple[BrokerOrder, ...]:
    """The plan's orders as the broker lists them once it has taken them."""
    return tuple(
        broker_order(
            approved.request.client_order_id,
            S.SUBMITTED,
            symbol=approved.symbol,
            qty=D(approved.request.qty),
            limit_price=approved.request.limit_price,
        )
        for approved in plan.approved
    )


def cost(plan: Plan) -> Decimal:
    return sum((approved.request.limit_price * approved.request.qty for approved in plan.approved), D(0))


@given(worlds())
def test_a_plan_never_exceeds_a_cap_whatever_came_before(world: World) -> None:
    plan, caps = world.plan, world.limits.caps
    event(f"approved {len(plan.approved)}")
    after = session_usage(DAY, written(world.ledger, plan), world.orders, world.positions)
    for approved in plan.approved:
        order = approved.request
        risk = (order.limit_price - order.stop_price) * order.qty
        assert order.qty >= 1
        assert risk <= world.account.equity * world.limits.risk_per_trade_pct / 100
        assert after.by_symbol[order.symbol] <= caps.per_symbol
    if plan.approved:
        assert len(after.ids) <= caps.orders_per_day
        assert len(after.symbols) <= caps.positions
        assert after.gross <= caps.gross_notional
        assert cost(plan) <= world.account.buying_power


@given(worlds())
def test_no_symbol_is_entered_twice_nor_where_it_is_foreign_locked_or_in_doubt(world: World) -> None:
    plan, facts = world.plan, world.facts
    ids = [approved.request.client_order_id for approved in plan.approved]
    names = symbols_of(plan.approved)
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)
    for approved in plan.approved:
        symbol = approved.symbol
        assert symbol not in facts.reconciliation.foreign
        assert symbol not in facts.reconciliation.locks
        assert symbol not in facts.doubles
        today = [one for one in world.ledger.entries if one.symbol == symbol]
        assert all(one.status in DONE | {S.NOT_SENT} and one.filled_qty == 0 for one in today)
        assert sum(one.status in DONE for one in today) < world.limits.max_entry_attempts
        known = world.ledger.find(approved.request.client_order_id)
        assert approved.resent is (known is not None)
        assert known is None or approved.request == request_of(known)


@given(worlds())
def test_every_row_is_answered_exactly_once(world: World) -> None:
    plan = world.plan
    assert sorted(symbols_of(plan.approved) + symbols_of(plan.refused)) == sorted(symbols_of(world.rows))
    possible = possible_rows(world.rows, world.facts)
    assert set(symbols_of(plan.approved)) <= set(symbols_of(possible))


@given(worlds(), st.booleans())
def test_the_same_world_twice_approves_nothing_new(world: World, listed: bool) -> None:
    plan = world.plan
    again = world.but(
        ledger=all_submitted(written(world.ledger, plan)),
        orders=(*world.orders, *taken_by_broker(plan)) if listed else world.orders,
        account=replace(world.account, buying_power=world.account.buying_power - cost(plan)),
    )
    assert again.plan.approved == ()


@given(worlds(), broker_orders())
def test_one_more_order_of_ours_at_the_broker_never_turns_a_no_into_a_yes(world: World, more: BrokerOrder) -> None:
    for one in world.rows:
        alone = world.but(rows=(one,))
        if not alone.plan.approved:
            assert alone.but(orders=(*world.orders, more)).plan.approved == ()


@given(worlds(fresh=True), st.lists(markets(), max_size=2))
def test_a_rehearsal_approves_and_refuses_the_same_orders_cycle_after_cycle(
    live: World, later_markets: list[dict[str, Any]]
) -> None:
    rehearsal = live.but(ledger=ledger(mode=Mode.DRY_RUN))
    for market in [{}, *later_markets]:
        live, rehearsal = live.but(**market), rehearsal.but(**market)
        plan = live.plan
        assert plan == rehearsal.plan
        live = live.but(ledger=all_submitted(written(live.ledger, plan)), orders=(*live.orders, *taken_by_broker(plan)))
        rehearsal = rehearsal.but(ledger=all_submitted(written(rehearsal.ledger, plan)))


@given(worlds(), st.sampled_from(["orders_per_day", "positions", "gross_notional", "per_symbol"]))
def test_a_cap_of_nothing_allows_nothing(world: World, cap: str) -> None:
    caps = replace(world.limits.caps, **{cap: 0 if cap in ("orders_per_day", "positions") else Decimal(0)})
    assert world.but(limits=replace(world.limits, caps=caps)).plan.approved == ()
