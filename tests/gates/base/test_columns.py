"""Rows in columns: whole words, nothing lost, no line too long, header above its cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.columns import COMFORT, GAP, INDENT, Cell, laid_out, plain, wrapped

WORDS = st.text(alphabet="abcXYZ019.,:;/-%()äß", min_size=1, max_size=40)
CELLS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
LONG = st.text(alphabet="ab/", min_size=1, max_size=200)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[Cell]], frozenset[int]]:
    number = draw(st.integers(1, 9))
    rows = draw(st.lists(st.lists(CELLS | LONG, min_size=number, max_size=number), min_size=1, max_size=6))
    right = draw(st.frozensets(st.integers(0, number - 1)))
    return [[Cell(text) for text in row] for row in rows], right


def lines(rows: list[list[Cell]], width: int | None = None, right: frozenset[int] = frozenset()) -> list[str]:
    return [plain(line) for line in laid_out(rows, right, width)]


def cells(*texts: str) -> list[Cell]:
    return [Cell(text) for text in texts]


@given(tables(), st.integers(60, 200))
def test_no_line_is_longer_than_the_width_and_none_ends_in_a_blank(
    drawn: tuple[list[list[Cell]], frozenset[int]], width: int
) -> None:
    rows, right = drawn
    for line in lines(rows, width, right):
        assert len(line) <= width
        assert line == line.rstrip()


@given(tables(), st.integers(60, 200))
def test_every_word_is_found_whole_and_nothing_is_lost_or_added(
    drawn: tuple[list[list[Cell]], frozenset[int]], width: int
) -> None:
    rows, right = drawn
    shown = " ".join(lines(rows, width, right)).split()
    written = [word for row in rows for cell in row for word in cell.text.split()]
    assert sorted("".join(shown)) == sorted("".join(written))
    assert {word for word in written if len(word) <= width} <= set(shown)


@given(tables())
def test_without_a_width_every_row_is_one_line(drawn: tuple[list[list[Cell]], frozenset[int]]) -> None:
    rows, right = drawn
    assert len(lines(rows, None, right)) == len(rows)


@given(st.lists(WORDS, min_size=1, max_size=30), st.integers(40, 120))
def test_wrapping_keeps_words_and_their_order(words: list[str], width: int) -> None:
    found = wrapped(" ".join(words), width)
    assert " ".join(found).split() == words
    assert max(map(len, found)) <= width


def test_nothing_is_nothing() -> None:
    assert laid_out([]) == []


def test_numbers_end_together_and_so_does_their_header() -> None:
    rows = [cells("symbol", "qty", "why"), cells("A", "7", "x"), cells("BRK.B", "1200", "y")]
    assert lines(rows, right=frozenset({1})) == ["symbol   qty  why", "A          7  x", "BRK.B   1200  y"]


def test_what_fits_stands_as_without_a_width() -> None:
    rows = [cells("state dir", "/srv/avwap"), cells("now", "10:31")]
    assert lines(rows, 60) == lines(rows)


def test_prose_becomes_narrower_and_goes_on_in_its_column() -> None:
    reason = "watchlist stale (session 2026-11-19, expected 2026-11-20) and a word or two more"
    found = lines([cells("PASS", "watchlist", reason)], 60)
    assert [line[:17].strip() for line in found] == ["PASS  watchlist", ""]
    assert " ".join(line[17:] for line in found) == reason


def test_two_columns_of_prose_share_the_room() -> None:
    found = lines([cells("a " * 40, "b " * 40, "c")], 83)
    assert {line.index("b") for line in found} == {39 + GAP}


def test_columns_that_do_not_fit_go_on_below_under_their_own_header() -> None:
    names = ("order id", "client order id", "symbol")
    rows = [cells(*names), cells("o" * 36, "c" * 25, "AAPL"), cells("p" * 36, "d" * 25, "MSFT")]
    assert lines(rows, 60) == [
        "order id",
        f"{'':{INDENT}}client order id            symbol",
        "o" * 36,
        f"{'':{INDENT}}{'c' * 25}  AAPL",
        "p" * 36,
        f"{'':{INDENT}}{'d' * 25}  MSFT",
    ]


def test_a_word_that_one_row_has_widens_no_column() -> None:
    path = "/srv/" + "x" * 47
    rows = [cells("state dir", path), cells("broker", "simulated"), cells("now", "10:31")]
    assert lines(rows, 60) == ["state dir", f"{'':{INDENT}}{path}", "broker     simulated", "now        10:31"]


def test_a_word_as_wide_as_the_line_begins_at_the_margin() -> None:
    rows = [cells("state dir", "x" * 60), cells("broker", "simulated"), cells("now", "10:31")]
    assert lines(rows, 60)[:2] == ["state dir", "x" * 60]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("x" * 70, ["x" * 60, "x" * 10]),
        ("/tmp/" + "y" * 50 + "/" + "z" * 20, ["/tmp/" + "y" * 50 + "/", "z" * 20]),
        ("/" + "y" * 70, ["/" + "y" * 59, "y" * 11]),
    ],
)
def test_only_a_word_longer_than_the_width_is_broken_a_path_at_its_strokes(word: str, parts: list[str]) -> None:
    assert wrapped(word, 60) == parts


def test_a_part_below_that_has_nothing_to_say_takes_no_line() -> None:
    rows = [cells("a" * 40, "b" * 40), cells("c" * 40, "")]
    assert lines(rows, 60) == ["a" * 40, " " * INDENT + "b" * 40, "c" * 40]
    assert lines([cells("", "")], 60) == [""]


def test_a_character_may_be_wider_than_one() -> None:
    def double(text: str) -> int:
        return 2 * len(text)

    assert wrapped("ab cd", 4, double) == ["ab", "cd"]
    assert wrapped("abc", 1, double) == ["a", "b", "c"]
    assert [plain(line) for line in laid_out([cells("ab", "x"), cells("abc", "y")], measure=double)] == [
        "ab    x",
        "abc  y",
    ]


def test_a_colour_goes_with_each_part_of_a_wrapped_cell() -> None:
    found = laid_out([[Cell("PASS"), Cell("word " * 30, "31")]], width=60)
    assert {cell.colour for line in found for cell in line if "word" in cell.text} == {"31"}
    assert COMFORT < 60
