"""What is sent for naked shares, what waits, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.broker import Desk
from support.trading import (
    DAY,
    NOW,
    SENT_AT,
    D,
    S,
    broker_leg,
    broker_order,
    entry,
    held,
    ident,
    later,
    ledger,
    leg,
    protection,
    quote,
    told_legs,
)

from execution.act.due import Standing
from execution.act.guard import Guard
from execution.act.retries import intended_protection, sent_again
from execution.broker.errors import BrokerUnreachable
from execution.broker.port import BrokerOrder, BySymbol, Position, Quote
from execution.ledger.day import Entry, Ledger, Protection
from execution.ledger.lists import joined
from execution.ledger.notes import LOST
from execution.orders import OrderStatus, protect_id
from gates.base.logs import Level
from gates.base.record import dataclass, field, replace

STANDING = Standing(NOW, ttl_seconds=600, session_over=False, killed=False, kill_cancels=True, kill_protects=True)
FIRST, SECOND = protect_id(DAY, "AAPL", 1), protect_id(DAY, "AAPL", 2)
ENDED = entry(status=S.CANCELLED, filled=4)
DIFFERS = "`execution ledger explain AAPL --shares N --evidence TEXT` once you know why"


@dataclass(frozen=True)
class Looked:
    """What one round left: the ledger, its lines, the ids to be sent, and what the broker heard."""

    book: Ledger
    said: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    diary: list[str] = field(default_factory=list)


def look(
    book: Ledger | Entry,
    *positions: Position,
    quoted: Quote | Exception | None = None,
    standing: Standing = STANDING,
    orders: tuple[BrokerOrder, ...] = (),
    untold: tuple[str, ...] = (),
    untold_orders: tuple[str, ...] = (),
    **desk: object,
) -> Looked:
    """One round over a ledger; one entry alone stands for a ledger of it."""
    book = book if isinstance(book, Ledger) else ledger(book)
    told = BySymbol({"AAPL": quoted}) if isinstance(quoted, Quote) else BySymbol({}) if quoted is None else quoted
    broker = Desk(**{"quoted": told} | desk)
    lists = joined(told_legs(*book.everything()), orders)
    lists.untold.update(untold_orders)
    guard = Guard(broker, lists, standing, 60)
    after = guard.intend(book, positions, frozenset(untold))
    assert {one.level for one in guard.said} <= {Level.WARNING}  # whatever is not protected is for a person to see
    return Looked(after, [one.text for one in guard.said], guard.ids, broker.diary)


def with_pairs(*protections: Protection, **changes: object) -> Entry:
    return msgspec.structs.replace(ENDED, protections=protections, **changes)


def pair(status: OrderStatus = S.UNKNOWN, qty: int = 4, **changes: object) -> Protection:
    return protection(status, qty=D(qty), **changes)


def marked(one: Entry) -> Entry:
    return msgspec.structs.replace(one, naked_since=NOW)


def protected(one: Entry, qty: int = 4, at_market: bool = False) -> Entry:
    return intended_protection(marked(one), Decimal(qty), NOW, at_market)


# Naked shares


def test_naked_shares_of_an_entry_that_ended_get_a_pair() -> None:
    assert look(ENDED, held(4)) == Looked(ledger(protected(ENDED)), ids=[FIRST])


def test_naked_shares_of_a_filled_entry_are_marked_first_and_get_a_pair_next() -> None:
    filled = entry(status=S.FILLED, filled=4)
    first = look(filled, held(4))
    assert first == Looked(ledger(marked(filled)))
    second = look(first.book, held(4), standing=replace(STANDING, now=later(60)))
    expected = intended_protection(marked(filled), Decimal(4), later(60), at_market=False)
    assert second == Looked(ledger(expected), ids=[FIRST])


def test_a_guarded_entry_loses_its_mark_and_nothing_is_said() -> None:
    guarded = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))
    assert look(marked(guarded), held(4)) == Looked(ledger(guarded))


def test_what_is_not_free_waits_and_the_rest_is_protected() -> None:
    why = "they are not free: other orders hold them, or the position has fewer"
    waits = f"PROTECT WAITS AAPL: {{}} shares have no stop; {why}"
    assert look(ENDED, held(4, free=3)) == Looked(ledger(protected(ENDED, 3)), [waits.format(1)], [FIRST])
    assert look(ENDED, held(4, free=1)) == Looked(ledger(protected(ENDED, 1)), [waits.format(3)], [FIRST])
    assert look(ENDED, held(4, free=0)) == Looked(ledger(marked(ENDED)), [waits.format(4)])


def test_two_entries_of_a_symbol_are_protected_under_two_names() -> None:
    another = entry(status=S.CANCELLED, filled=4, attempt=2)
    after = look(ledger(ENDED, another), held(8))
    assert after.ids == [FIRST, SECOND]
    assert [one.client_order_id for one in after.book.entries[1].protections] == [SECOND]


@pytest.mark.parametrize(
    ("one", "standing", "why"),
    [
        (
            ENDED,
            replace(STANDING, flattening=True),
            "the latch `flatten` is set; say `execution flatten` again, or `execution latches clear flatten`",
        ),
        (
            ENDED,
            replace(STANDING, killed=True, kill_protects=False),
            "kill switch active and KILL_PROTECTS_POSITIONS is off",
        ),
        (
            msgspec.structs.replace(ENDED, status=S.UNKNOWN, order_id=None),
            STANDING,
            f"{ident()} is in doubt; `execution ledger settle` says what became of it",
        ),
        (
            with_pairs(pair(S.REJECTED)),
            replace(STANDING, now=SENT_AT + timedelta(seconds=59)),
            "the broker refused the last one (no reason given); the next try is at 2026-11-20 10:30:00 EST",
        ),
    ],
)
def test_what_waits_says_why(one: Entry, standing: Standing, why: str) -> None:
    after = look(one, held(4), standing=standing)
    assert after.said == [f"PROTECT WAITS AAPL: 4 shares have no stop; {why}"]
    assert (after.ids, after.diary) == ([], [])
    assert after.book == ledger(msgspec.structs.replace(one, naked_since=standing.now))


def test_an_entry_that_the_broker_lost_is_said_each_cycle() -> None:
    lost = msgspec.structs.replace(ENDED, status=S.UNKNOWN)
    doubt = f"{ident()} is in doubt; `execution ledger settle` says what became of it"
    assert look(lost, held(4)) == Looked(
        ledger(marked(lost)),
        [f"IN DOUBT AAPL: {ident()}: {LOST}", f"PROTECT WAITS AAPL: 4 shares have no stop; {doubt}"],
    )
    held_none = entry(status=S.UNKNOWN, order_id="id-AAPL-1")
    assert look(held_none).said == [f"IN DOUBT AAPL: {ident()}: {LOST}"]
    assert look(entry(status=S.UNKNOWN)).said == []
    assert look(entry(status=S.INTENDED, order_id="id-AAPL-1")).said == []


def test_an_entry_whose_orders_were_not_told_waits() -> None:
    after = look(ENDED, held(4), untold_orders=(ident(),))
    why = "PROTECT WAITS AAPL: 4 shares have no stop; the broker did not tell its orders"
    assert after == Looked(ledger(marked(ENDED)), [why])
    assert look(ENDED, held(4), untold_orders=(ident("MSFT"),)).ids == [FIRST]


def test_the_pause_ends_on_time() -> None:
    refused = with_pairs(pair(S.REJECTED))
    after = look(refused, held(4), standing=replace(STANDING, now=SENT_AT + timedelta(seconds=60)))
    assert (after.said, after.ids) == ([], [SECOND])


def test_the_reason_of_the_last_refusal_is_said() -> None:
    refused = pair(S.REJECTED)
    event = msgspec.structs.replace(refused.history[-1], at=NOW, note="wash trade")
    last = pair(S.REJECTED, client_order_id=SECOND, history=(*refused.history, event))
    after = look(with_pairs(refused, last), held(4))
    assert after.said == [
        "PROTECT WAITS AAPL: 4 shares have no stop; the broker refused the last one (wash trade); "
        "the next try is at 2026-11-20 10:33:00 EST"
    ]


def test_a_kill_protects_unless_it_was_told_not_to() -> None:
    assert look(ENDED, held(4), standing=replace(STANDING, killed=True)).ids == [FIRST]


# Sells of ours in the way

ALONE = entry(status=S.FILLED, filled=4, naked_since=SENT_AT, legs=(leg("stop", S.REJECTED), leg("target")))
TOLD_TO_END = (
    "PROTECT WAITS AAPL: 4 shares have no stop; sells of ours without a working stop beside them were told to end first"
)


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (True, "CANCEL ASKED AAPL: reason=no working stop beside it target order_id=id-target"),
        (
            False,
            "CANCEL ASKED AAPL: reason=no working stop beside it target order_id=id-target, "
            "the broker refuses to cancel it",
        ),
        (BrokerUnreachable("HTTP 500"), "CANCEL FAILED AAPL: reason=HTTP 500 target order_id=id-target"),
    ],
)
def test_a_target_whose_stop_ended_is_told_to_end_before_a_pair_is_sent(taken: bool | Exception, said: str) -> None:
    after = look(ALONE, held(4, free=0), cancels={"id-target": taken})
    assert after == Looked(ledger(ALONE), [said, TOLD_TO_END], [], ["cancel id-target"])


def test_one_cancel_that_fails_keeps_no_other_from_being_tried() -> None:
    asleep = entry(status=S.CANCELLED, filled=4, legs=(leg("stop", asleep=True), leg("target", asleep=True)))
    after = look(asleep, held(4, free=0), cancels={"id-stop": BrokerUnreachable("HTTP 500")})
    assert after.diary == ["cancel id-stop", "cancel id-target"]


# A position that differs

SAID = "POSITION AAPL: expected 4, found {}; " + DIFFERS


@pytest.mark.parametrize(
    ("found", "quoted", "why"),
    [
        (8, quote("49.90", "50.00"), "bid 49.90 is not between stop and target (a split?)"),
        (1, quote("997", "998"), "bid 997 is not between stop and target (a split?)"),
        (3, quote("97.90", "98.00"), "bid 97.90 is not between stop and target (a split?)"),
        (
            3,
            quote("108.10", "108.20"),
            "bid 108.10 is not between stop and target (a split?)",
        ),
        (3, None, "the price cannot be told (no quote)"),
        (3, BySymbol({}, {"AAPL": "bp is null"}), "the price cannot be told (bp is null)"),
        (3, BrokerUnreachable("HTTP 500"), "the price cannot be told (HTTP 500)"),
        (
            3,
            quote("100.00", "110.00"),
            "the price cannot be told (spread too wide (bid 100.00 ask 110.00: 9.52%, limit 1%))",
        ),
    ],
)
def test_levels_that_may_not_fit_are_not_sent(found: int, quoted: Quote, why: str) -> None:
    """After a split the stop of the old shares is far above the price of the new ones: R4."""
    after = look(ENDED, held(found), quoted=quoted)
    waits = f"PROTECT WAITS AAPL: {min(4, found)} shares have no stop; the position differs, and {why}"
    assert after == Looked(ledger(marked(ENDED)), [SAID.format(found), waits], [], ["quotes AAPL"])


@pytest.mark.parametrize(("bid", "ask"), [("97.91", "98.00"), ("108.09", "108.20")])
def test_a_position_that_differs_is_protected_up_to_what_is_certain(bid: str, ask: str) -> None:
    after = look(ENDED, held(3), quoted=quote(bid, ask))
    assert after.ids == [FIRST]
    assert after.book == ledger(protected(ENDED, 3))
    more = look(ENDED, held(9), quoted=quote(bid, ask))
    assert more == Looked(ledger(protected(ENDED)), [SAID.format(9)], [FIRST], ["quotes AAPL"])


def test_a_position_that_could_not_be_read_grants_nothing_and_says_so() -> None:
    after = look(ENDED, untold=("AAPL",), quoted=quote())
    assert after == Looked(
        ledger(marked(ENDED)),
        [
            "POSITION AAPL: expected 4, found not told; look at the broker's own page",
            "PROTECT WAITS AAPL: 4 shares have no stop; the position could not be read; look at the broker's own page",
        ],
    )


def test_a_difference_is_said_although_nothing_is_naked() -> None:
    guarded = entry(status=S.FILLED, filled=4, legs=(leg("stop"), leg("target")))
    assert look(guarded, held(9, free=5)) == Looked(ledger(guarded), [SAID.format(9)])


# At the market

PRICED = with_pairs(pair(S.REJECTED, price_refused=True))
PASSED, FAR_BELOW = quote("97.90", "98.00"), quote("49", "49.10")


def test_shares_whose_pair_was_refused_for_its_prices_are_sold_when_the_stop_is_passed() -> None:
    assert look(PRICED, held(4), quoted=PASSED) == Looked(
        ledger(protected(PRICED, at_market=True)), [], [SECOND], ["quotes AAPL"]
    )


@pytest.mark.parametrize(
    ("quoted", "why"),
    [
        (quote("97.91", "98.00"), "bid 97.91 is above the stop 97.90"),
        (quote("1.00", "180.00"), "spread too wide (bid 1.00 ask 180.00: 197.79%, limit 1%)"),
        (quote("97.00", "97.10", later(-61)), "quote too old (61s, limit 60s)"),
        (quote("97.00", "97.10", later(-60.5)), "quote too old (60s, limit 60s)"),
        (quote("0", "97.10"), "no usable quote (bid 0, ask 97.10)"),
        (None, "no quote"),
        (BrokerUnreachable("HTTP 500"), "HTTP 500"),
    ],
)
def test_without_a_quote_good_enough_to_trade_on_the_pair_is_tried_again(quoted: Quote | None, why: str) -> None:
    """A wide or old quote sold a position at the market: R6."""
    said = f"PROTECT AAPL: the pair is tried again, not sold at the market: {why}"
    assert look(PRICED, held(4), quoted=quoted) == Looked(ledger(protected(PRICED)), [said], [SECOND], ["quotes AAPL"])


def test_a_refusal_for_another_reason_is_followed_by_a_pair_without_asking_for_a_price() -> None:
    refused = with_pairs(pair(S.REJECTED))
    after = look(refused, held(4), quoted=PASSED)
    assert after == Looked(ledger(protected(refused)), [], [SECOND])


def by_hand(qty: int, **changes: object) -> BrokerOrder:
    return broker_order("by-hand", S.FILLED, side="sell", order_id="by-hand", filled=qty, qty=D(qty), **changes)


@pytest.mark.parametrize("qty", [1, 4])
def test_nothing_is_sold_at_the_market_while_a_sale_of_others_may_not_be_in_the_position_yet(qty: int) -> None:
    after = look(PRICED, held(4), quoted=PASSED, orders=(by_hand(qty),))
    why = f"others sold {qty} shares in the last minutes, which the position may not show yet"
    said = f"PROTECT AAPL: the pair is tried again, not sold at the market: {why}"
    assert after == Looked(ledger(protected(PRICED)), [said], [SECOND])
    assert look(PRICED, held(4), quoted=PASSED, orders=(by_hand(1),)).said == [said.replace("sold 4", "sold 1")]
    earlier = by_hand(4, updated_at=later(-900))
    assert look(PRICED, held(4), quoted=PASSED, orders=(earlier,)).said == []


def test_nothing_is_sold_at_the_market_where_the_position_differs() -> None:
    after = look(PRICED, held(3), quoted=quote("98", "98.10"))
    assert "PROTECT AAPL: the pair is tried again, not sold at the market: the position differs" in after.said
    assert not after.book.entries[0].protections[-1].at_market


# In doubt

DOUBT = with_pairs(pair())
SALE = with_pairs(pair(stop_price=None, target_price=None))


def not_again(why: str) -> str:
    return f"PROTECT WAITS AAPL: {FIRST} over 4 shares is in doubt and not sent again: {why}"


def again(one: Entry) -> Entry:
    return msgspec.structs.replace(one, protections=tuple(sent_again(each, NOW) for each in one.protections))


def test_a_protection_in_doubt_goes_out_again_under_its_own_name() -> None:
    assert look(DOUBT, held(4)) == Looked(ledger(again(DOUBT)), [], [FIRST])


def test_a_protection_that_the_broker_had_and_lost_is_left_to_the_looks() -> None:
    lost = with_pairs(pair(order_id="id-pair"))
    assert look(lost, held(4)) == Looked(ledger(lost), [not_again("the broker had it, and no list shows it now")])


def test_a_protection_in_doubt_whose_shares_are_gone_does_not() -> None:
    """Sold by `flatten`, or by hand, since it was written down: R1."""
    sold = msgspec.structs.replace(DOUBT, exited_qty=D(4))
    assert look(sold) == Looked(ledger(sold), [not_again("its shares are sold, guarded or not free")])


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (replace(STANDING, takes_no_orders="blocked"), replace(STANDING, takes_no_orders="blocked").holds_back("AAPL")),
        (replace(STANDING, killed=True, kill_protects=False), "kill switch active and KILL_PROTECTS_POSITIONS is off"),
    ],
)
def test_what_holds_protections_back_holds_back_those_in_doubt(standing: Standing, why: str) -> None:
    assert look(DOUBT, held(4), standing=standing) == Looked(ledger(DOUBT), [not_again(why)])


@pytest.mark.parametrize(
    ("one", "found", "quoted", "why"),
    [
        (DOUBT, 8, quote("98", "98.10"), None),
        (DOUBT, 8, quote("49", "49.10"), "the position differs, and bid 49 is not between stop and target (a split?)"),
        (SALE, 4, PASSED, None),
        (SALE, 4, quote("97.91", "98.00"), "bid 97.91 is above the stop 97.90"),
        (SALE, 4, None, "no quote"),
        (SALE, 8, PASSED, "the position differs"),
    ],
)
def test_what_is_sent_again_is_asked_again(one: Entry, found: int, quoted: Quote | None, why: str | None) -> None:
    after = look(one, held(found), quoted=quoted)
    assert (after.book, after.ids) == (ledger(one if why else again(one)), [] if why else [FIRST])
    assert [line for line in after.said if line.startswith("PROTECT")] == ([not_again(why)] if why else [])


def test_one_that_is_answered_is_not_sent_again() -> None:
    working = with_pairs(pair(S.WORKING))
    assert look(working, held(4, free=0)) == Looked(ledger(working))


def test_what_goes_out_again_leaves_less_for_the_next_entry() -> None:
    another = entry(status=S.CANCELLED, filled=4, attempt=2)
    after = look(ledger(DOUBT, another), held(8, free=5))
    assert after.ids == [FIRST, SECOND]
    assert after.book.entries[1].protections[0].qty == 1


def test_a_stop_of_another_trader_is_left_alone() -> None:
    stop = broker_leg("stop", order_id="by-hand")
    assert look(ENDED, held(4, free=0), orders=(stop,)) == Looked(ledger(ENDED))


@given(
    st.sampled_from([ENDED, DOUBT, SALE, PRICED, ALONE, with_pairs(pair(S.WORKING)), with_pairs(pair(S.REJECTED))]),
    st.integers(-4, 9),
    st.integers(-4, 9),
    st.sampled_from([None, PASSED, quote("1", "180"), quote("98", "98.10"), FAR_BELOW]),
    st.sampled_from([STANDING, replace(STANDING, flattening=True)]),
    st.sampled_from([(), (by_hand(4),)]),
)
def test_every_naked_share_is_sent_for_or_said_and_none_is_sent_that_is_not_free(
    one: Entry, qty: int, free: int, quoted: Quote | None, standing: Standing, orders: tuple[BrokerOrder, ...]
) -> None:
    after = look(one, held(qty, free), quoted=quoted, standing=standing, orders=orders)
    names = {each.client_order_id: each for each in after.book.entries[0].protections}
    sent = sum(names[name].qty for name in after.ids)
    assert sent <= max(0, min(qty, free, 4))
    said = any(line.startswith("PROTECT WAITS AAPL") for line in after.said)
    is_guarded = one.protections and one.protections[-1].status is S.WORKING
    assert sent == max(0, min(qty, 4)) or said or is_guarded
    assert any(line.startswith("POSITION AAPL") for line in after.said) is (qty != 4)
    if any(names[name].at_market for name in after.ids):
        assert (qty, orders, standing) == (4, (), STANDING)
        assert quoted in (PASSED, FAR_BELOW)


# Shares of ours, more than were bought


def bought_by_hand(qty: int) -> BrokerOrder:
    return broker_order("by-hand", S.FILLED, filled=qty, qty=D(qty))


SOLD = entry(status=S.FILLED, filled=4, exited=4, legs=(leg("stop", S.CANCELLED), leg("target", S.FILLED, 4)))


@pytest.mark.parametrize(
    ("found", "orders", "said"),
    [
        (8, (), [f"POSITION AAPL: expected 0, found 8; {DIFFERS}"]),
        (1, (), [f"POSITION AAPL: expected 0, found 1; {DIFFERS}"]),
        ("0.9", (), []),
        (8, (bought_by_hand(8),), []),
        (8, (bought_by_hand(5),), [f"POSITION AAPL: expected 5, found 8; {DIFFERS}"]),
    ],
)
def test_shares_left_when_all_of_ours_were_sold_are_said(
    found: int | str, orders: tuple[BrokerOrder, ...], said: list[str]
) -> None:
    """A split made more of them, and the stop sold the old number; a purchase of another trader explains its own."""
    assert look(SOLD, held(found), orders=orders) == Looked(ledger(SOLD), said)


def test_a_symbol_that_was_never_ours_is_not_spoken_of() -> None:
    assert look(SOLD, replace(held(8), symbol="KO")) == Looked(ledger(SOLD))


@pytest.mark.parametrize("level", ["stop_price", "target_price"])
def test_without_a_stop_or_a_target_there_is_no_pair_to_send(level: str) -> None:
    """An entry adopted from a record that told no legs."""
    bare = msgspec.structs.replace(ENDED, **{level: D(0)})
    why = "its stop or its target is not known to us; look at the broker's own page"
    assert look(bare, held(4)) == Looked(ledger(marked(bare)), [f"PROTECT WAITS AAPL: 4 shares have no stop; {why}"])
