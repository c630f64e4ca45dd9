"""Our records behave as the standard library's: each claim is held against a standard dataclass of the same fields."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from gates.base import record

OPTIONS: list[dict[str, Any]] = [
    {"frozen": frozen, "slots": slots, "eq": eq}
    for frozen in (True, False)
    for slots in (True, False)
    for eq in (True, False)
] + [{"frozen": True, "slots": True, "order": True}]


def order_of(decorator: Callable[..., Any], options: dict[str, Any], specifier: Any = record) -> Any:
    @decorator(**options)
    class Order:
        KIND: ClassVar[str] = "buy"
        symbol: str
        token: bytes = specifier.field(default=b"", repr=False)
        qty: int = 1
        notes: list[str] = specifier.field(default_factory=list)

        @property
        def double(self) -> int:
            return self.qty * 2

    return Order


@pytest.fixture(params=OPTIONS, ids=str)
def both(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    options = request.param
    return order_of(record.dataclass, options), order_of(dataclasses.dataclass, options, dataclasses)


def outcome(what: Callable[[], object]) -> object:
    try:
        return what()
    except (TypeError, AttributeError) as refused:
        return type(refused).__name__, str(refused)


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("AAPL",), {}),
    (("AAPL", b"x", 2), {}),
    (("AAPL",), {"qty": 3, "notes": ["a"]}),
    ((), {"symbol": "MSFT"}),
    ((), {}),
    (("AAPL", b"", 1, [], 5), {}),
    (("AAPL",), {"symbol": "MSFT"}),
    (("AAPL",), {"side": "buy"}),
]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_record_is_made_and_shown_alike(both: tuple[Any, Any], call: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    ours, theirs = ([outcome(lambda one=one: repr(one(*call[0], **call[1]))) for _ in range(2)] for one in both)
    assert ours == theirs


def test_records_compare_and_hash_alike(both: tuple[Any, Any]) -> None:
    def told(one: Any) -> list[object]:
        a, b, c = one("AAPL"), one("AAPL"), one("MSFT", qty=2)
        pairs = [(a, b), (a, c), (c, a), (a, "AAPL"), (a, a)]
        compared = [outcome(lambda x=x, y=y: x == y) for x, y in pairs]
        sorts = [outcome(lambda x=x, y=y: x < y) for x, y in pairs] + [outcome(lambda: c >= a)]
        hashed = outcome(
            lambda: hash(dataclasses.replace(a, notes=()) if one is both[1] else record.replace(a, notes=()))
        )
        return [compared, sorts, hashed[0] if isinstance(hashed, tuple) else "a number"]

    assert told(both[0]) == told(both[1])


def test_equal_records_have_one_hash() -> None:
    one = order_of(record.dataclass, {"frozen": True, "slots": True})
    assert len({one("AAPL", notes=()), one("AAPL", notes=()), one("AAPL", qty=2, notes=())}) == 2


def test_what_is_set_afterwards(both: tuple[Any, Any]) -> None:
    def told(one: Any) -> list[object]:
        made = one("AAPL")
        said = []
        for name in ("qty", "side"):
            said.append(outcome(lambda name=name: setattr(made, name, 5)))
            said.append(outcome(lambda name=name: getattr(made, name)))
        said.append(outcome(lambda: delattr(made, "qty")))
        return [said[0], said[1], bool(said[2]), bool(said[3]), said[4]]

    ours, theirs = told(both[0]), told(both[1])
    assert ours == theirs


def test_nobody_changes_a_frozen_record() -> None:
    made = order_of(record.dataclass, {"frozen": True, "slots": True})("AAPL")
    with pytest.raises(record.FrozenInstanceError, match="cannot assign to field 'qty'"):
        made.qty = 5
    with pytest.raises(record.FrozenInstanceError, match="cannot delete field 'qty'"):
        del made.qty
    assert made.qty == 1 and not hasattr(made, "__dict__")


def test_a_list_of_one_record_is_no_other_records() -> None:
    one = order_of(record.dataclass, {"frozen": True, "slots": True})
    first, second = one("AAPL"), one("MSFT")
    first.notes.append("a")
    assert second.notes == []


def test_one_with_changes(both: tuple[Any, Any]) -> None:
    ours, theirs = both
    assert repr(record.replace(ours("AAPL"), qty=9)) == repr(dataclasses.replace(theirs("AAPL"), qty=9))
    assert outcome(lambda: record.replace(ours("AAPL"), side=1)) == outcome(
        lambda: dataclasses.replace(theirs("AAPL"), side=1)
    )


def test_fields_and_plain_values(both: tuple[Any, Any]) -> None:
    ours, theirs = both
    assert [one.name for one in record.fields(ours)] == [one.name for one in dataclasses.fields(theirs)]
    assert [one.name for one in record.fields(ours) if one.default is record.MISSING] == ["symbol", "notes"]
    inner_ours, inner_theirs = ours("AAPL"), theirs("AAPL")
    outer_ours = ours("MSFT", notes=[inner_ours, {"x": (inner_ours, 1)}])
    outer_theirs = theirs("MSFT", notes=[inner_theirs, {"x": (inner_theirs, 1)}])
    assert record.asdict(outer_ours) == dataclasses.asdict(outer_theirs)
    assert ours.__match_args__ == theirs.__match_args__ and ours.KIND == "buy" and inner_ours.double == 2


@record.dataclass(frozen=True, slots=True)
class Base:
    one: int
    two: int = 2

    def __post_init__(self) -> None:
        if self.one < 0:
            raise ValueError("one is below zero")


@record.dataclass(frozen=True, slots=True)
class Derived(Base):
    three: int = 3

    def __repr__(self) -> str:
        return "derived"


@record.dataclass
class Plain:
    pass


@record.dataclass(frozen=True)
class Open:
    one: int

    def __hash__(self) -> int:
        return 7


def test_fields_are_inherited_and_own_methods_stay() -> None:
    made = Derived(1, three=5)
    assert (made.one, made.two, made.three, repr(made)) == (1, 2, 5, "derived")
    assert made != Base(1) and made == Derived(1, 2, 5)
    assert Plain() == Plain() and repr(Plain()) == "Plain()" and hash(Open(1)) == 7


@pytest.mark.parametrize("wrong", [Base, Derived])
def test_what_is_asked_after_the_making_is_asked(wrong: type[Base]) -> None:
    with pytest.raises(ValueError, match="below zero"):
        wrong(-1)


@pytest.mark.parametrize("made", [Base(1), Derived(1, 2, 5), Open(3), Plain()], ids=repr)
def test_a_record_is_copied_and_travels_to_another_process(made: object) -> None:
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert again == made and type(again) is type(made)
