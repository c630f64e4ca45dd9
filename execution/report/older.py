"""Makes, of a ledger's document, the one that an older release reads: for the way back from an upgrade.

Schema 1 was widened by fields after its first release, which refuses a field that it does not know. What the broker
tells again each minute is left out, and so is how an order came about, by which nothing is decided; what no other
source would tell is named, and then nothing is written. A schema 3 brings another row of `SHAPES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from gates.base.record import dataclass
from gates.base.statefile import SEAL, digest_of_rest, sealed

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a record in an older release, and which of its fields hold records of another shape."""

    fields: frozenset[str]
    inside: Mapping[str, str]
    not_null: frozenset[str] = frozenset()


def _shape(fields: str, not_null: str = "", **inside: str) -> Shape:
    return Shape(frozenset(fields.split()), inside, frozenset(not_null.split()))


ENTRY = (
    "client_order_id order_id symbol side qty limit_price notional stop_price target_price timestamp status filled_qty "
    "filled_avg_price exited_qty legs protections naked_since history"
)
FIRST_RELEASE: Mapping[str, Shape] = {
    "ledger": _shape(
        "schema date_ny mode account previous carried entries exits sha256",
        carried="entry", entries="entry", exits="exit",
    ),
    "entry": _shape(ENTRY, legs="leg", protections="protection", history="event"),
    "leg": _shape("kind order_id status qty price filled_qty filled_avg_price"),
    "protection": _shape(
        "client_order_id qty stop_price target_price status order_id legs history", legs="leg", history="event"
    ),
    "event": _shape("at status note"),
    "exit": _shape("symbol kind qty price at entry realized", not_null="price realized"),
}  # fmt: skip
SHAPES: Mapping[int, Mapping[str, Shape]] = {1: FIRST_RELEASE}
"""By the schema: what its first release reads."""

TOLD_AGAIN = frozenset(
    {
        "works",
        "asleep",
        "price_refused",
        "cancel_asked_at",
        "cancels_asked",
        "unrecognised",
        "order_id",
        "note",
        "sales",
    }
)
"""Fields that the first release did without: it asks the broker, or tries once more."""
HOW_IT_CAME_ABOUT = frozenset({"origin", "asked_at", "answered_at"})
"""Fields of schema 2 that are there to be read by people; the ledgers that are kept as they are go on having them."""
COUNTED = frozenset({"qty", "fills_at_most"})
"""Quantities of the simulated broker's record."""
NEW_MOVES = frozenset(
    {("submitted", "unknown"), ("working", "rejected"), ("working", "unknown"), ("partially_filled", "rejected"),
     ("partially_filled", "unknown"), ("rejected", "filled")}
)  # fmt: skip
"""Steps of an order's life that its first release takes for a damaged history."""


@dataclass(frozen=True, slots=True)
class Older:
    """A ledger as an older release reads it, and what of it that release cannot hold; then it is not to be written."""

    document: Document
    unheld: tuple[str, ...]


def older(document: Document, schema: int, renamed: Mapping[str, str]) -> Older:
    """`renamed`: the digests of the ledgers before this one, as they are and as they were made; its chain follows."""
    unheld: list[str] = []
    made = _as(SHAPES[schema], "ledger", document, str(document["date_ny"]), unheld.append)
    previous = made.get("previous")
    if previous is not None:
        made["previous"] = {**previous, SEAL: renamed.get(previous[SEAL], previous[SEAL])}
    made = {**made, "schema": schema}
    if digest_of_rest(made) == document[SEAL]:
        return Older(document, tuple(unheld))
    return Older(sealed({name: value for name, value in made.items() if name != SEAL}), tuple(unheld))


def older_account(document: Document) -> Document:
    """The simulated broker's record, whose schema 1 wrote quantities as numbers of JSON."""
    return {**_with_numbers(document), "schema": 1}


def _with_numbers(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_with_numbers, value))
    if not isinstance(value, dict):
        return value
    return {
        name: json.loads(part) if name in COUNTED and isinstance(part, str) else _with_numbers(part)
        for name, part in value.items()
    }


def _as(
    shapes: Mapping[str, Shape], kind: str, record: Document, where: str, refuse: Callable[[str], None]
) -> Document:
    shape, made = shapes[kind], {}
    for name, value in record.items():
        if name in shape.inside:
            inner = shape.inside[name]
            made[name] = [_as(shapes, inner, one, f"{where}, {_name_of(one, inner)}", refuse) for one in value]
        elif name in shape.fields:
            made[name] = value
        elif _says_something(name, value) and name not in TOLD_AGAIN | HOW_IT_CAME_ABOUT:
            refuse(f"{where}: {name}")
    for name in sorted(shape.not_null):
        if made.get(name) is None:
            refuse(f"{where}: a {name} that is not known")
    for before, after in _moves(made.get("history", [])):
        if (before, after) in NEW_MOVES:
            refuse(f"{where}: the step from {before} to {after}")
    return made


def _says_something(name: str, value: Any) -> bool:
    """A fee of nothing is known to be none, as the first release takes every order to have none."""
    return bool(value) and not (name == "fee" and Decimal(value["amount"]) == 0)


def _name_of(record: Document, kind: str) -> str:
    return str(record.get("client_order_id") or record.get("entry") or kind)


def _moves(history: list[Document]) -> Iterator[tuple[str, str]]:
    for before, after in pairwise(history):
        yield str(before["status"]), str(after["status"])
