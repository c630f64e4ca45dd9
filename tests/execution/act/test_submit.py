"""Tests that each intent leaves at most once, and that whatever is not clear stays in doubt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trading import NOW, D, S, World, broker_order, entry, ident, ledger, row, written

from execution.act.submit import Recorder, send_all, send_one
from execution.broker.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from execution.broker.port import BracketRequest, BrokerOrder
from execution.ledger.day import Entry, Event, Ledger
from execution.planning.plan import request_of
from gates.base.record import dataclass, field
from gates.mode import Mode

Answer = Callable[[], BrokerOrder | None]
INTENT = entry(status=S.INTENDED)


def says(answer: BrokerOrder | None) -> Answer:
    return lambda: answer


def raises(problem: BaseException) -> Answer:
    def fail() -> BrokerOrder | None:
        raise problem

    return fail


NOTHING = says(None)


@dataclass
class OneAnswer:
    """A sender that gives one answer to every submit and one to every look, and remembers the questions."""

    on_submit: Answer
    on_look: Answer = NOTHING
    submitted: list[BracketRequest] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)

    def submit(self, request: BracketRequest) -> BrokerOrder:
        self.submitted.append(request)
        order = self.on_submit()
        assert order is not None
        return order

    def find(self, client_order_id: str) -> BrokerOrder | None:
        self.looked_up.append(client_order_id)
        return self.on_look()


def at_now() -> datetime:
    return NOW


def answered(status: S, note: str | None = None, **fields: object) -> Entry:
    history = (*INTENT.history, Event(NOW, status, note, NOW, NOW))
    return msgspec.structs.replace(INTENT, status=status, history=history, **fields)


TAKEN = broker_order(status=S.SUBMITTED, order_id="61e69015")
WORKING = broker_order(status=S.WORKING, order_id="61e69015")
UNCLEAR = raises(BrokerUnclear("timeout after 5s"))
GONE = raises(BrokerUnreachable("connection refused"))


# A clear answer


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (TAKEN, answered(S.SUBMITTED, order_id="61e69015")),
        (WORKING, answered(S.WORKING, order_id="61e69015")),
        (
            broker_order(status=S.FILLED, filled=4, order_id="61e69015"),
            answered(S.FILLED, order_id="61e69015", filled_qty=D(4), filled_avg_price=D("101.30")),
        ),
        (
            broker_order(status=S.REJECTED, order_id="61e69015", reason="not shortable"),
            answered(S.REJECTED, "not shortable", order_id="61e69015"),
        ),
    ],
)
def test_a_clear_answer_is_recorded_and_nothing_is_looked_up(answer: BrokerOrder, after: Entry) -> None:
    sender = OneAnswer(says(answer))
    assert send_one(INTENT, sender, at_now) == after
    assert (sender.submitted, sender.looked_up) == ([request_of(INTENT)], [])


def test_a_clear_refusal_is_recorded_and_nothing_is_looked_up() -> None:
    sender = OneAnswer(raises(BrokerRefused("insufficient buying power (405.40 of 12.00)")))
    after = answered(S.REJECTED, "insufficient buying power (405.40 of 12.00)")
    assert send_one(INTENT, sender, at_now) == after
    assert (len(sender.submitted), sender.looked_up) == (1, [])


# Anything else


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (BrokerUnclear("timeout after 5s"), "timeout after 5s"),
        (BrokerUnclear("client_order_id must be unique"), "client_order_id must be unique"),
        (BrokerUnreachable("connection reset"), "BrokerUnreachable while sending"),
        (ValueError("no JSON"), "ValueError while sending"),
        (KeyError("id"), "KeyError while sending"),
        (TimeoutError(), "TimeoutError while sending"),
    ],
)
@pytest.mark.parametrize(
    ("look", "saw"),
    [
        (NOTHING, "not found at the first look"),
        (GONE, "look failed: connection refused"),
        (raises(ValueError("no JSON")), "look failed: ValueError"),
    ],
)
def test_what_is_not_clear_and_not_found_stays_unknown(problem: Exception, said: str, look: Answer, saw: str) -> None:
    sender = OneAnswer(raises(problem), look)
    assert send_one(INTENT, sender, at_now) == answered(S.UNKNOWN, f"{said}; {saw}")
    assert (sender.submitted, sender.looked_up) == ([request_of(INTENT)], [ident()])


@pytest.mark.parametrize("problem", [BrokerUnclear("timeout"), BrokerUnreachable("reset"), ValueError("no JSON")])
@pytest.mark.parametrize("found", [TAKEN, WORKING, broker_order(status=S.REJECTED, order_id="61e69015")])
def test_what_is_not_clear_but_found_is_adopted(problem: Exception, found: BrokerOrder) -> None:
    sender = OneAnswer(raises(problem), says(found))
    assert send_one(INTENT, sender, at_now) == answered(found.status, order_id="61e69015")
    assert (len(sender.submitted), sender.looked_up) == (1, [ident()])


def test_an_answer_that_cannot_be_taken_over_leaves_the_order_in_doubt() -> None:
    """A quantity that is no number: the order may well exist."""
    broken = broker_order(status=S.FILLED, filled="NaN")
    sender = OneAnswer(says(broken), says(broken))
    after = send_one(INTENT, sender, at_now)
    assert after.status is S.UNKNOWN
    assert after.history[-1].note is not None
    assert "while sending; look failed: " in after.history[-1].note


@pytest.mark.parametrize("death", [KeyboardInterrupt(), SystemExit(1)])
@pytest.mark.parametrize("when", ["while sending", "while looking"])
def test_a_death_is_not_caught_because_the_intent_is_on_disk(death: BaseException, when: str) -> None:
    sender = OneAnswer(raises(death)) if when == "while sending" else OneAnswer(UNCLEAR, raises(death))
    with pytest.raises(type(death)):
        send_one(INTENT, sender, at_now)


# One after another

INTENTS = tuple(entry(symbol, S.INTENDED) for symbol in ("AAPL", "MSFT", "NVDA"))


@dataclass
class Desk:
    """Everything send_all talks to: takes every order unless told otherwise, and keeps a diary."""

    refuse: dict[str, str] = field(default_factory=dict)
    unclear: frozenset[str] = frozenset()
    diary: list[str] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)

    def submit(self, request: BracketRequest) -> BrokerOrder:
        self.diary.append(f"submit {request.symbol}")
        if request.symbol in self.unclear:
            raise BrokerUnclear("timeout")
        qty = Decimal(request.qty)
        return broker_order(request.client_order_id, S.SUBMITTED, symbol=request.symbol, qty=qty)

    def find(self, client_order_id: str) -> BrokerOrder | None:
        self.diary.append("look")
        return None

    def no_longer(self, intent: Entry, book: Ledger) -> str | None:
        self.diary.append(f"ask {intent.symbol}")
        self.ledgers.append(book)
        return self.refuse.get(intent.symbol)

    def report(self, one: Entry) -> None:
        self.diary.append(f"{one.symbol} {one.status.value}")

    def send(self, book: Ledger, intents: tuple[Entry, ...] = INTENTS) -> Ledger:
        return send_all(book, intents, self, self.no_longer, at_now, self.report)


def statuses(book: Ledger) -> list[S]:
    return [one.status for one in book.entries]


def test_each_is_asked_about_then_sent_then_told() -> None:
    desk = Desk(unclear=frozenset({"MSFT"}))
    after = desk.send(ledger(*INTENTS))
    assert desk.diary == [
        "ask AAPL",
        "submit AAPL",
        "AAPL submitted",
        "ask MSFT",
        "submit MSFT",
        "look",
        "MSFT unknown",
        "ask NVDA",
        "submit NVDA",
        "NVDA submitted",
    ]
    assert statuses(after) == [S.SUBMITTED, S.UNKNOWN, S.SUBMITTED]


def test_what_became_of_one_is_in_the_ledger_when_the_next_is_asked_about() -> None:
    desk = Desk(unclear=frozenset({"AAPL"}))
    desk.send(ledger(*INTENTS))
    assert [statuses(book) for book in desk.ledgers] == [
        [S.INTENDED, S.INTENDED, S.INTENDED],
        [S.UNKNOWN, S.INTENDED, S.INTENDED],
        [S.UNKNOWN, S.SUBMITTED, S.INTENDED],
    ]


def test_what_may_no_longer_leave_does_not_and_says_why() -> None:
    desk = Desk(refuse={"MSFT": "kill switch active (file)", "NVDA": "kill switch active (file)"})
    after = desk.send(ledger(*INTENTS))
    assert statuses(after) == [S.SUBMITTED, S.NOT_SENT, S.NOT_SENT]
    assert after.entries[1].history == (
        *INTENTS[1].history,
        Event(NOW, S.NOT_SENT, "not sent: kill switch active (file)"),
    )
    assert "submit MSFT" not in desk.diary
    assert "submit NVDA" not in desk.diary
    assert desk.diary[-1] == "NVDA not_sent"


def test_an_empty_reason_is_a_reason() -> None:
    desk = Desk(refuse={"AAPL": ""})
    assert statuses(desk.send(ledger(*INTENTS)))[0] is S.NOT_SENT


def test_only_what_is_given_is_sent() -> None:
    book = ledger(*INTENTS, entry("TSLA", S.NOT_SENT), carried=(entry("IBM", S.UNKNOWN),))
    desk = Desk()
    after = desk.send(book, INTENTS[1:2])
    assert [line for line in desk.diary if line.startswith("submit")] == ["submit MSFT"]
    untouched = [one for one in after.everything() if one in list(book.everything())]
    assert [one.symbol for one in untouched] == ["IBM", "AAPL", "NVDA", "TSLA"]
    assert statuses(after)[1] is S.SUBMITTED


def test_nothing_to_send_changes_nothing() -> None:
    desk = Desk()
    assert desk.send(ledger(*INTENTS), ()) == ledger(*INTENTS)
    assert desk.diary == []


OUTCOMES = st.sampled_from(
    [
        says(TAKEN),
        raises(BrokerRefused("no")),
        UNCLEAR,
        GONE,
        raises(ValueError("odd")),
        raises(BrokerUnclear("client_order_id must be unique")),
    ]
)
LOOKS = st.sampled_from([NOTHING, says(WORKING), GONE, raises(ValueError("odd"))])


@given(OUTCOMES, LOOKS)
def test_it_is_posted_once_and_only_a_clear_no_is_a_rejection(on_submit: Answer, on_look: Answer) -> None:
    sender = OneAnswer(on_submit, on_look)
    after = send_one(INTENT, sender, at_now)
    assert len(sender.submitted) == 1
    assert len(sender.looked_up) <= 1
    assert after.history[:-1] == INTENT.history
    assert after.status is not S.NOT_SENT
    if after.status is S.REJECTED:
        with pytest.raises(BrokerRefused):
            on_submit()


# The rehearsal


def recorder(book: Ledger) -> Recorder:
    return Recorder(at_now, book.find)


RECORDED = BrokerOrder(
    order_id="dry-run",
    client_order_id=ident(),
    symbol="AAPL",
    side="buy",
    kind="limit",
    qty=D(4),
    status=S.SUBMITTED,
    filled_qty=D(0),
    filled_avg_price=None,
    limit_price=D("101.35"),
    stop_price=None,
    submitted_at=NOW,
    updated_at=NOW,
)


def test_a_recorded_order_counts_as_sent() -> None:
    assert recorder(ledger()).submit(request_of(INTENT)) == RECORDED


def test_an_intent_a_dead_cycle_left_was_recorded_the_moment_it_was_written() -> None:
    assert recorder(ledger(INTENT)).find(ident()) == RECORDED
    assert recorder(ledger(INTENT)).find(ident("MSFT")) is None


def test_a_rehearsal_writes_the_same_ledger_but_for_the_brokers_id() -> None:
    rows = tuple(row(symbol) for symbol in ("AAPL", "MSFT"))
    intents = {}
    for mode in Mode:
        world = World(ledger=ledger(mode=mode), live=ledger(), rows=rows)
        book = written(world.ledger, world.plan)
        sender = Desk() if mode is Mode.LIVE else recorder(book)
        after = send_all(book, book.entries, sender, lambda intent, now: None, at_now, lambda one: None)
        intents[mode] = [msgspec.structs.replace(one, order_id=None) for one in after.entries]
        assert statuses(after) == [S.SUBMITTED, S.SUBMITTED]
    assert intents[Mode.LIVE] == intents[Mode.DRY_RUN]
