"""What does not print is shown as an escape: to a terminal, to a person, and to whoever reads JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.escape import foreign, printable, printable_json, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, größer ≥ 5", "plain, größer ≥ 5"),
        ("\x1b]0;title\x07\x1b[2K", "\\x1b]0;title\\x07\\x1b[2K"),
        ("TS\nGate mode=LIVE", "TS\\nGate mode=LIVE"),
        ("a\tb\rc\0d\x7f\x9b31m", "a\\tb\\rc\\x00d\\x7f\\x9b31m"),
        ("\u202egpj.exe\u2066\u200b\u2028", "\\u202egpj.exe\\u2066\\u200b\\u2028"),
        ("\U000e0041\ud800", "\\U000e0041\\ud800"),
        ("", ""),
    ],
)
def test_what_does_not_print_is_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_line_ends_of_ours_stay() -> None:
    assert printable_lines("one\ntwo\x1b[1A\nthree") == "one\ntwo\\x1b[1A\nthree"
    assert printable_lines("one") == "one"


@given(st.text())
def test_nothing_raw_is_left_and_json_says_the_same(text: str) -> None:
    assert printable(text).isprintable()
    assert all(line.isprintable() for line in printable_lines(text).split("\n"))
    written = printable_json(json.dumps({"x": text}, indent=2, ensure_ascii=False))
    assert written.replace("\n", "").isprintable()
    assert json.loads(written) == {"x": text}
    assert printable_json('{"x": 1}') == '{"x": 1}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("insufficient buying power", "insufficient buying power"),
        (" two\n lines\t", "two lines"),
        ("Gate mode=LIVE status=PASS", "Gate mode\\x3dLIVE status\\x3dPASS"),
        ("\x1b[2Kgr\u00f6\u00dfer\u202e", "\\x1b[2Kgr\\xf6\\xdfer\\u202e"),
        ("x" * 20_000_000, "x" * 200),
        ("=" * 999, ("\\x3d" * 50)),
    ],
)
def test_words_of_another_host_are_one_short_plain_line_that_passes_for_none_of_ours(text: str, shown: str) -> None:
    assert foreign(text) == shown
