"""A list is taken whole or not at all, and replaces another one only when asked."""

from __future__ import annotations

from typing import Any

import pytest
from support.place import DAY, Place

from execution.operator.import_list import Imported, ListChange, ListRequest, NotImported, import_list
from gates.base.errors import LockHeld
from gates.base.locks import only_one
from scanner.watchlist import load_watchlist

CSV = "Symbol,Entry_Level,Stop_Loss,Target_R2\nAAPL,100.00,97.00,106.00\n"
OTHER = CSV.replace("AAPL", "MSFT")


def asked(place: Place, text: str | bytes = CSV, **more: Any) -> ListRequest:
    session = place.service().table.on(DAY)
    assert session is not None
    return ListRequest(session, text if isinstance(text, bytes) else text.encode(), "my/list.csv", **more)


def symbols(place: Place) -> list[str]:
    return [row.symbol for row in load_watchlist(place.state.watchlist(DAY)).rows]


def test_a_list_is_new_then_the_same_then_another(place: Place) -> None:
    path, service = place.state.watchlist(DAY), place.service()
    assert import_list(service, asked(place)) == Imported(path, 1, ListChange.NEW)
    assert load_watchlist(path).source == "imported list.csv"
    assert import_list(service, asked(place)) == Imported(path, 1, ListChange.SAME)
    no = import_list(service, asked(place, OTHER))
    assert isinstance(no, NotImported) and "1 rows from imported list.csv" in no.why and symbols(place) == ["AAPL"]
    assert import_list(service, asked(place, OTHER, replaces=True)) == Imported(path, 1, ListChange.REPLACED)
    assert symbols(place) == ["MSFT"]


def test_an_unreadable_list_is_replaced_only_when_asked(place: Place) -> None:
    place.state.watchlist(DAY).write_text("{")
    no = import_list(place.service(), asked(place))
    assert isinstance(no, NotImported) and "(an unreadable list)" in no.why
    done = import_list(place.service(), asked(place, replaces=True))
    assert isinstance(done, Imported) and done.became is ListChange.REPLACED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"\xff\xfe", "my/list.csv cannot be read (not UTF-8 text); name a CSV with the columns Symbol"),
        (CSV.replace("97.00", "none"), "my/list.csv: "),
        (CSV.replace("97.00", "x") + "KO,y,1,2\n", "my/list.csv: "),
    ],
)
def test_what_is_no_list_is_not_imported(place: Place, text: str | bytes, why: str) -> None:
    no = import_list(place.service(), asked(place, text))
    assert isinstance(no, NotImported) and no.why.startswith(why)
    assert not place.state.watchlist(DAY).exists()


def test_no_list_is_taken_beside_a_cycle(place: Place) -> None:
    with only_one(place.state.lock), pytest.raises(LockHeld):
        import_list(place.service(), asked(place))
    assert not place.state.watchlist(DAY).exists()
