"""Pages of bars: whatever way they are written they are read exactly, and what is no page is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.bars.pages import Page, PageOdd, join, read_page
from scanner.bars.panel import FIELDS, day_of

BAR = {"t": "2026-11-19T05:00:00Z", "o": 10.0, "h": 11.5, "l": 9.5, "c": 11.25, "v": 12_345, "n": 7, "vw": 10.8}
DAY = date(2026, 11, 19)
Bars = list[tuple[str, date, tuple[float, ...]]]


def page_of(bars: object, token: object = None) -> bytes:
    return json.dumps({"bars": bars, "next_page_token": token}).encode()


def told(page: Page) -> Bars:
    """What a page holds, bar by bar."""
    flat = page.bars
    return [
        (
            flat.symbols[flat.codes[place]],
            day_of(np.datetime64(int(flat.days[place]), "D")),
            tuple(float(flat.values[name][place]) for name in FIELDS),
        )
        for place in range(len(flat))
    ]


def read(bars: object) -> Bars:
    return told(read_page(page_of(bars)))


ONE = [("AAPL", DAY, (10.0, 11.5, 9.5, 11.25, 12_345.0))]


def test_a_page_is_read_with_its_token() -> None:
    page = read_page(page_of({"AAPL": [BAR]}, "QUFQTA=="))
    assert (told(page), page.next_token) == (ONE, "QUFQTA==")
    assert read_page(page_of({"AAPL": [BAR]})).next_token is None


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"next_page_token": None, "bars": {"AAPL": [dict(reversed(BAR.items()))]}}),
        json.dumps({"bars": {"AAPL": [BAR]}, "next_page_token": None}, indent=4),
        json.dumps({"bars": {"AAPL": [BAR]}, "next_page_token": None}, indent="\t").replace("\n", "\r\n"),
        json.dumps({"bars": {"AAPL": [BAR]}, "next_page_token": None}, separators=(",", ":")),
        json.dumps({"bars": {"AAPL": [BAR | {"new": "field", "other": None, "yes": True}]}, "next_page_token": None}),
        json.dumps({"bars": {"AAPL": [BAR]}, "next_page_token": None, "currency": "USD"}),
        json.dumps({"bars": {"AAPL": [BAR], "KO": []}, "next_page_token": None}),
        '{"bars": {"KO": [ \n ], "AAPL": [' + json.dumps(BAR) + ' ] }, "next_page_token": null}\n\n',
    ],
)
def test_spaces_order_and_new_fields_change_nothing(body: str) -> None:
    assert told(read_page(body.encode())) == ONE


@pytest.mark.parametrize("separator", ["},{", "}, {", "} , {", "}\n,\n{", "}\r\n,\t{"])
def test_bars_stand_apart_however_they_are_parted(separator: str) -> None:
    bars = [BAR | {"t": f"2026-11-{day}T05:00:00Z", "c": 10 + day / 100} for day in (17, 18, 19)]
    body = page_of({"AAPL": bars}).decode().replace("}, {", separator).encode()
    assert [(day, prices[3]) for _, day, prices in told(read_page(body))] == [
        (date(2026, 11, day), 10 + day / 100) for day in (17, 18, 19)
    ]


@pytest.mark.parametrize("bars", [None, {}, {"AAPL": []}, {"AAPL": [], "KO": []}])
def test_no_bars_are_no_bars(bars: object) -> None:
    page = read_page(page_of(bars))
    assert (len(page.bars), page.bars.symbols, page.next_token) == (0, (), None)
    assert set(page.bars.values) == set(FIELDS)


def test_a_page_may_be_empty_and_yet_not_the_last() -> None:
    assert read_page(page_of({}, "QQ==")).next_token == "QQ=="


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in BAR.items() if key != name}


GOOD_PAGE = page_of({"AAPL": [BAR], "KO": [BAR]})
ODD = {
    "nothing": b"",
    "a web page": b"<html><body>504 Gateway Time-out</body></html>",
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "no token": b'{"bars": {}}',
    "no bars": b'{"next_page_token": null}',
    "a token that is a number": b'{"bars": {}, "next_page_token": 7}',
    "bars as a list": b'{"bars": [], "next_page_token": null}',
    "bars of a symbol as text": page_of({"AAPL": "[]"}),
    "bars of a symbol as one bar": page_of({"AAPL": BAR}),
    "a bar as a list": page_of({"AAPL": [[1, 2, 3]]}),
    "a bar as a number": page_of({"AAPL": [1]}),
    "null among the bars": page_of({"AAPL": [BAR, None]}),
    "null before the bars": page_of({"AAPL": [None, BAR]}),
    "a bar in a list in a list": page_of({"AAPL": [[BAR]]}),
    "an empty bar": page_of({"AAPL": [{}]}),
    "an empty bar among others": page_of({"AAPL": [BAR, {}, BAR]}),
    "a comma too many": GOOD_PAGE.replace(b"}]", b"},]"),
    "a comma too few": page_of({"AAPL": [BAR, BAR]}).replace(b"}, {", b"} {"),
    "not a number": GOOD_PAGE.replace(b"11.25", b"NaN"),
    "infinity": GOOD_PAGE.replace(b"11.25", b"Infinity"),
    "two answers": GOOD_PAGE + GOOD_PAGE,
    "half a character": GOOD_PAGE.replace(b"AAPL", b"AA\xff\xfe"),
    "text behind it": GOOD_PAGE + b"x",
    **{f"without {name}": page_of({"AAPL": [BAR, without(name)]}) for name in "tohlcv"},
    **{f"{name} is null": page_of({"AAPL": [BAR | {name: None}]}) for name in "tohlcv"},
    **{f"{name} is text": page_of({"AAPL": [BAR | {name: "ten"}]}) for name in "tohlcv"},
    **{f"{name} is true": page_of({"AAPL": [BAR | {name: True}]}) for name in "tohlcv"},
    **{f"{name} is a list": page_of({"AAPL": [BAR | {name: [1]}]}) for name in "tohlcv"},
    "a day that does not exist": page_of({"AAPL": [BAR | {"t": "2026-11-31T05:00:00Z"}]}),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_what_is_no_page_is_odd(body: bytes) -> None:
    with pytest.raises(PageOdd) as caught:
        read_page(body)
    assert 0 < len(str(caught.value)) <= 200 and "\n" not in str(caught.value)


def test_no_beginning_of_a_page_is_a_page() -> None:
    for length in range(len(GOOD_PAGE)):
        with pytest.raises(PageOdd):
            read_page(GOOD_PAGE[:length])


@pytest.mark.parametrize("extra", [{"a": 1}, "}, {", "{", '"}, {"'])
def test_braces_inside_a_bar_are_read_right_or_refused(extra: object) -> None:
    """Never half a bar, never one bar too many."""
    body = page_of({"AAPL": [BAR | {"x": extra}, BAR]})
    try:
        assert read_page(body).bars.codes.tolist() == [0, 0]
    except PageOdd:
        return


def day_text(day: date) -> str:
    """New York midnight as the vendor writes it: 04:00Z in summer, 05:00Z in winter."""
    from gates.base.sessions import new_york_midnight

    return new_york_midnight(day).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_every_midnight_of_three_years_is_its_own_new_york_day() -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(1_100)]
    assert {day_text(day)[11:13] for day in days} == {"04", "05"}
    assert [day for _, day, _ in read({"AAPL": [BAR | {"t": day_text(day)} for day in days]})] == days


PRICES = st.one_of(
    st.floats(0.0001, 1e7), st.integers(1, 10**12), st.decimals("0.01", "99999", places=2).map(float), st.just(0)
)
EXTRA = st.dictionaries(
    st.sampled_from(["n", "vw", "x", "é"]), st.none() | st.booleans() | st.integers(-9, 9), max_size=3
)
SOME_BARS = st.lists(
    st.builds(
        lambda day, values, extra: {"t": day_text(day), **dict(zip("ohlcv", values, strict=True)), **extra},
        st.dates(date(2000, 1, 1), date(2040, 1, 1)),
        st.tuples(PRICES, PRICES, PRICES, PRICES, PRICES),
        EXTRA,
    ),
    max_size=6,
)


@given(
    bars=st.dictionaries(st.from_regex(r"[A-Z]{1,5}(\.[AB])?", fullmatch=True), SOME_BARS, max_size=5),
    token=st.none() | st.text(max_size=12),
    indent=st.sampled_from([None, 0, 1, "\t"]),
    ascii_only=st.booleans(),
)
def test_it_reads_what_json_reads(bars: dict[str, Any], token: str | None, indent: Any, ascii_only: bool) -> None:
    document = {"bars": bars, "next_page_token": token}
    body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    again = json.loads(body)
    page = read_page(body)
    assert page.next_token == again["next_page_token"]
    assert told(page) == [
        (symbol, date.fromisoformat(bar["t"][:10]), tuple(float(bar[name]) for name in "ohlcv"))
        for symbol, rows in again["bars"].items()
        for bar in rows
    ]


def test_pages_join_to_one() -> None:
    first = read_page(page_of({"KO": [BAR], "AAPL": [BAR]})).bars
    second = read_page(page_of({"AAPL": [BAR | {"t": "2026-11-20T05:00:00Z"}]})).bars
    joined = join([first, join([]), second])
    assert joined.symbols == ("AAPL", "KO")
    assert [(joined.symbols[code], int(day)) for code, day in zip(joined.codes, joined.days, strict=True)] == [
        ("KO", 20_776),
        ("AAPL", 20_776),
        ("AAPL", 20_777),
    ]


def test_a_page_nested_without_end_is_no_page() -> None:
    with pytest.raises(PageOdd):
        read_page(b'{"bars": {"AAPL": ' + b"[" * 100_000)
