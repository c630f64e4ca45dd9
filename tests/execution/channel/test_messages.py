"""How a message looks: title with the mode, aligned rows, one escaped block, a digest line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.voice import NOW, message

from execution.channel.messages import PHONE_WIDTH, MessageLevel, blocks, headline, lined_up, merged, one_line, plain


@pytest.mark.parametrize(
    ("mode", "shown"),
    [("LIVE", "LIVE · Order filled: AAPL"), ("DRY_RUN", "DRY_RUN · Order filled: AAPL"), ("", "Order filled: AAPL")],
)
def test_the_mode_stands_before_the_title(mode: str, shown: str) -> None:
    assert headline(message(mode=mode)) == shown


def test_a_long_title_is_cut_and_lines_become_one() -> None:
    assert headline(message("a\nb")) == "DRY_RUN · a b"
    assert len(headline(message("x" * 500))) == 140


def test_labels_and_values_stand_in_lined_up() -> None:
    assert lined_up([("a", "1"), ("long", "2")]) == ("a     1", "long  2")
    assert lined_up([]) == ()
    table = lined_up([("symbol", "shares"), ("A", "9"), ("MSFT", "1000")], frozenset({1}))
    assert table == ("symbol  shares", "A            9", "MSFT      1000")
    assert lined_up([]) == ()


def test_a_long_value_goes_on_below_itself_where_a_phone_shows_it() -> None:
    reason = "position differs: expected 9, found 7, difference -2"
    assert lined_up([("AAPL", reason), ("a", "b")], width=PHONE_WIDTH) == (
        "AAPL  position differs: expected 9, found",
        "      7, difference -2",
        "a     b",
    )
    assert lined_up([("AAPL", reason)]) == (f"AAPL  {reason}",), "the plain text stays in one line"


def test_the_plain_text_says_all_of_it() -> None:
    said = message(text="A word.", lines=("line",), foot="session 2026-11-20")
    assert plain(said).splitlines() == [
        "DRY_RUN · Order filled: AAPL",
        "A word.",
        "symbol  AAPL",
        "shares  4",
        "line",
        "Fri 20 Nov 10:31 EST · session 2026-11-20",
    ]


def test_block_kit_says_the_same_and_escapes_it() -> None:
    header, words, fixed, context = blocks(message(text="a <b> & c", lines=("```",), level=MessageLevel.ERROR))
    assert header["text"]["text"] == "DRY_RUN · Order filled: AAPL"
    assert words["text"]["text"] == "a &lt;b&gt; &amp; c"
    assert fixed["text"]["text"] == "```\nsymbol  AAPL\nshares  4\n'''\n```"
    assert context["elements"][0]["text"] == ":red_circle: Fri 20 Nov 10:31 EST"


def test_an_escape_is_never_cut_in_the_middle() -> None:
    (_, words, _) = blocks(message(text="&" * 3000, rows=()))
    text = words["text"]["text"]
    assert len(text) <= 3000 and text.endswith("&amp;…")


def test_a_digest_says_each_in_one_line_at_the_gravest_level() -> None:
    later = message("Stopped out: AAPL", NOW + timedelta(minutes=5), level=MessageLevel.WARNING, mode="LIVE")
    digest = merged([message(), later])
    assert digest.lines == (
        "11-20 10:31 DRY_RUN · Order filled: AAPL; symbol AAPL, shares 4",
        "11-20 10:36 LIVE · Stopped out: AAPL; symbol AAPL, shares 4",
    )
    assert (digest.level, digest.mode, digest.at) == (MessageLevel.WARNING, "LIVE", NOW)
    assert len(one_line(message(text="w" * 900))) == 240
