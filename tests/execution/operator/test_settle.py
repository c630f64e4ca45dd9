"""A person's word on an order, on shares and on a lost ledger: taken with evidence, and only where it may be true."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from support.place import DAY, Place
from support.trading import entry, ident

from execution.act.rebuild import Rebuilt
from execution.broker.port import Broker, Told, Unreadable
from execution.ledger.explain import Explanation
from execution.operator.refusal import Cause
from execution.operator.settle import (
    NotRebuilt,
    NotSettled,
    Settled,
    SettleRequest,
    StaysUnexplained,
    explain,
    rebuild,
    settle,
)
from execution.orders import OrderStatus
from execution.service import Service
from gates.base.errors import LockHeld, UsageError
from gates.base.locks import only_one
from gates.base.record import replace
from gates.base.statefile import StateMissing, StateUnreadable
from gates.mode import Mode

S = OrderStatus
D = Decimal
AAPL = ident("AAPL", day=DAY)
SAW = "seen on the broker's page"


def asked(status: OrderStatus, **changes: Any) -> SettleRequest:
    return replace(SettleRequest(AAPL, status, SAW), **changes)


@pytest.fixture
def doubtful(place: Place) -> Place:
    """One entry in doubt, four shares at 101.35."""
    place.keep(entry(day=DAY, status=S.UNKNOWN))
    return place


@pytest.mark.parametrize(
    ("request_", "filled", "price"),
    [
        (asked(S.FILLED), D(4), D("101.35")),
        (asked(S.FILLED, price=D("101.20")), D(4), D("101.20")),
        (asked(S.CANCELLED), D(0), None),
        (asked(S.CANCELLED, filled_qty=D(1)), D(1), D("101.35")),
        (asked(S.EXPIRED), D(0), None),
        (asked(S.REJECTED), D(0), None),
        (asked(S.NOT_SENT), D(0), None),
    ],
)
def test_an_order_becomes_what_was_seen(
    doubtful: Place, request_: SettleRequest, filled: Decimal, price: Decimal | None
) -> None:
    done = settle(doubtful.service(), request_)
    assert isinstance(done, Settled) and (done.before.status, done.after.status) == (S.UNKNOWN, request_.status)
    kept = doubtful.live.find(AAPL)
    assert kept == done.after and (kept.filled_qty, kept.filled_avg_price) == (filled, price)
    assert kept.history[-1].note == f"settled by operator: {SAW}"


@pytest.mark.parametrize(
    ("request_", "about", "why"),
    [
        (asked(S.FILLED, client_order_id="avx-x"), None, "avx-x is not in the live ledger of"),
        (asked(S.FILLED, evidence=" "), "evidence", "is empty; write what you saw and where"),
        (asked(S.WORKING), None, f"{AAPL} is unknown; that cannot become working"),
        (asked(S.FILLED, filled_qty=D(3)), "filled-qty", "3 does not fit filled: order of 4, 0 filled before"),
        (asked(S.CANCELLED, filled_qty=D(5)), "filled-qty", "5 does not fit cancelled: order of 4, 0 filled before"),
        (asked(S.NOT_SENT, filled_qty=D(1)), None, "an order with 1 shares filled was not not_sent"),
        (asked(S.REJECTED, filled_qty=D(1)), None, "an order with 1 shares filled was not rejected"),
    ],
)
def test_what_cannot_be_true_is_not_entered(
    doubtful: Place, request_: SettleRequest, about: str | None, why: str
) -> None:
    before = doubtful.files()
    no = settle(doubtful.service(), request_)
    assert isinstance(no, NotSettled) and (no.cause, no.about) == (Cause.REQUEST, about) and no.why.startswith(why)
    assert doubtful.files() == before


def test_what_was_filled_before_stays_filled(place: Place) -> None:
    place.keep(entry(day=DAY, status=S.PARTIALLY_FILLED, filled=2))
    no = settle(place.service(), asked(S.CANCELLED, filled_qty=D(1)))
    assert isinstance(no, NotSettled) and no.why == "1 does not fit cancelled: order of 4, 2 filled before"
    done = settle(place.service(), asked(S.CANCELLED))
    assert isinstance(done, Settled) and (done.after.filled_qty, done.after.filled_avg_price) == (D(2), D("101.30"))


def test_no_word_is_entered_beside_a_cycle_or_into_a_ledger_that_is_gone(doubtful: Place) -> None:
    service = doubtful.service()
    with only_one(doubtful.state.lock):
        for work in (
            lambda: settle(service, asked(S.FILLED)),
            lambda: explain(service, word(1)),
            lambda: rebuild(service),
        ):
            with pytest.raises(LockHeld):
                work()
    doubtful.state.ledger(Mode.LIVE).path.unlink()
    with pytest.raises(StateMissing):
        settle(doubtful.service(), asked(S.FILLED))


# Shares


def word(shares: int, **changes: Any) -> Explanation:
    return replace(Explanation("AAPL", D(shares), SAW), **changes)


@pytest.fixture
def lacking(place: Place) -> Place:
    """Four shares of ours by the ledger, none at the broker."""
    place.keep(entry(day=DAY, status=S.FILLED, filled=4))
    return place


def test_shares_that_are_gone_are_explained(lacking: Place) -> None:
    assert explain(lacking.service(), word(4, price=D("99.00"))) == word(4, price=D("99.00"))
    (gone,) = lacking.live.exits
    assert (gone.symbol, gone.qty, gone.price) == ("AAPL", D(4), D("99.00"))


@pytest.mark.parametrize("bad", [word(0), word(-1), word(1, evidence=" ")])
def test_a_word_needs_shares_and_evidence(lacking: Place, bad: Explanation) -> None:
    before = lacking.files()
    no = explain(lacking.service(), bad)
    assert isinstance(no, StaysUnexplained) and no.why.startswith("--shares takes a number above 0")
    assert lacking.files() == before


def test_a_word_explains_no_more_than_the_difference(lacking: Place) -> None:
    before = lacking.files()
    assert isinstance(explain(lacking.service(), word(5)), StaysUnexplained)
    assert lacking.files() == before


def test_a_word_on_another_account_is_not_entered(lacking: Place) -> None:
    rebind(lacking)
    lacking.state.ledger(Mode.LIVE).save(msgspec.structs.replace(lacking.live, account="SIM-other"))
    no = explain(lacking.service(), word(4))
    assert isinstance(no, StaysUnexplained) and no.why.startswith("account mismatch: ")


class OddPositions:
    """The simulated broker, but for one position that cannot be read."""

    def __init__(self, broker: Broker, symbol: str | None) -> None:
        self._broker = broker
        self._symbol = symbol

    def __getattr__(self, question: str) -> object:
        return getattr(self._broker, question)

    def positions(self) -> object:
        return Told((), (Unreadable("qty 'x'", self._symbol),))


@pytest.mark.parametrize("symbol", [None, "AAPL"])
def test_a_position_that_cannot_be_read_is_not_explained(lacking: Place, symbol: str | None) -> None:
    service: Service = lacking.service()
    odd = replace(service, broker=lambda watch: OddPositions(lacking.broker, symbol))  # type: ignore[arg-type, return-value]
    no = explain(odd, word(4))
    assert isinstance(no, StaysUnexplained) and no.why.startswith("the position of AAPL could not be read")


# A lost ledger


def rebind(place: Place) -> None:
    place.state.write_record(msgspec.structs.replace(place.state.read_record(), account="SIM-other"))


def test_a_lost_ledger_comes_back_from_the_brokers_record(place: Place) -> None:
    name = place.hold()
    place.state.ledger(Mode.LIVE).path.unlink()
    done = rebuild(place.service())
    assert isinstance(done, Rebuilt) and (done.ledger.date_ny, done.ledger.account) == (DAY, place.account)
    assert place.live.find(name) is not None


def test_a_ledger_that_can_be_read_is_not_made_anew(place: Place) -> None:
    with pytest.raises(UsageError, match="there is nothing to rebuild"):
        rebuild(place.service())


def test_a_ledger_of_another_account_is_not_made_anew(place: Place) -> None:
    rebind(place)
    no = rebuild(place.service())
    assert isinstance(no, NotRebuilt) and no.why.startswith("account mismatch: state dir is bound to SIM-other")


def test_without_a_session_table_nothing_is_made_anew(place: Place) -> None:
    service = replace(place.service(), table=place.service().table.__class__(()), table_problem="unreadable: a test")
    no = rebuild(service)
    assert isinstance(no, NotRebuilt) and no.why == "the session table does not know today (ends unreadable: a test)"


def test_a_ledger_that_is_damaged_takes_no_word(doubtful: Place) -> None:
    doubtful.state.ledger(Mode.LIVE).path.write_text("{")
    with pytest.raises(StateUnreadable):
        settle(doubtful.service(), asked(S.FILLED))
