"""Any twelve characters of a secret are found however they are wrapped or spelled, and nothing else is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.leaks import HIDDEN, Leaks

SECRET = "aZ3kP9qLm2Xw7RtYc5Vb8NsHd4JfGu6TgEo1WiQx"
KEY = "PKQ7W3E9R5T1Y8U2I6O4"
HOOK = "https://hooks.slack.com/services/T0AB12CD/B0EF34GH/q9w8e7r6t5y4"
LEAKS = Leaks({SECRET: "SECRET", KEY: "KEY", HOOK: "HOOK", "short": "SHORT"})


def percent(text: str) -> str:
    return "".join(f"%{ord(one):02x}" for one in text)


SPELLED: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "lower": str.lower,
    "wrapped": lambda piece: f"{piece[:5]}\n    {piece[5:]}",
    "wrapped CRLF": lambda piece: f"{piece[:5]}\r\n{piece[5:]}",
    "escaped line end": lambda piece: f"{piece[:5]}\\n{piece[5:]}",
    "quoted pieces": lambda piece: f"{piece[:4]}' + '{piece[4:]}",
    "spread": " ".join,
    "JSON": lambda piece: "".join(f"\\u{ord(one):04x}" for one in piece),
    "JSON in JSON": lambda piece: json.dumps("".join(f"\\u{ord(one):04X}" for one in piece)),
    "percent": percent,
    "percent twice": lambda piece: quote(percent(piece)),
    "percent thrice": lambda piece: quote(quote(percent(piece))),
    "hex": lambda piece: piece.encode().hex(),
    "HEX with colons": lambda piece: piece.encode().hex(":").upper(),
    "hex dump": lambda piece: piece.encode().hex(" ", 2),
    "backslash x": lambda piece: "".join(f"\\x{ord(one):02x}" for one in piece),
    "entities": lambda piece: "".join(f"&#{ord(one)};" for one in piece),
    "hex entities": lambda piece: "".join(f"&#x{ord(one):X};" for one in piece),
    "UTF-16": lambda piece: piece.encode("utf-16-le").decode("latin-1"),
    "wrapped base64": lambda piece: base64.encodebytes(piece.encode() * 5).decode(),
}
for shift in range(5):
    ahead = b"\xfe\xff\xfb\x01~"[:shift]
    SPELLED[f"base64 {shift}"] = lambda piece, ahead=ahead: base64.b64encode(ahead + piece.encode() + b"!").decode()
    SPELLED[f"base64 of addresses {shift}"] = lambda piece, ahead=ahead: base64.urlsafe_b64encode(
        ahead + piece.encode()
    ).decode()
    SPELLED[f"base32 {shift}"] = lambda piece, ahead=ahead: base64.b32encode(ahead + piece.encode() + b"!").decode()


@pytest.mark.parametrize("spelling", SPELLED)
@pytest.mark.parametrize("at", [0, 1, 7, 28])
def test_twelve_characters_are_found_in_every_spelling(spelling: str, at: int) -> None:
    spelled = SPELLED[spelling](SECRET[at : at + 12])
    said = LEAKS.hidden_text(f"<<{spelled}>>")
    assert HIDDEN in said
    assert said.startswith("<<")
    assert said.endswith(">>")
    edges = 1 if "base" not in spelling else 16
    assert len(said.replace(HIDDEN, "").strip("<>")) <= edges or spelling in ("spread", "JSON in JSON")


@given(st.integers(0, len(SECRET) - 12), st.binary(max_size=30), st.binary(max_size=30))
def test_whatever_stands_around_it(at: int, before: bytes, after: bytes) -> None:
    said = LEAKS.hidden(before + b" " + SECRET[at : at + 12].encode() + b" " + after)
    assert HIDDEN.encode() in said
    assert SECRET[at : at + 12].encode() not in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "a",
        SECRET[:11],
        f"{SECRET[:8]} and {SECRET[8:16]}",
        "https://hooks.slack.com/services/",
        "[2026-11-20 10:31:02 EST] Gate mode=LIVE status=PASS reason=live trading confirmed",
        '{"id": "61e69015-8549-4bfd-b9c3-01e75843f47d", "qty": "4", "x": "50%25 &#9999; \\\\n \\n"}',
    ],
)
def test_what_is_no_piece_is_left_alone(text: str) -> None:
    assert LEAKS.hidden_text(text) is text


def test_the_whole_of_a_secret_is_one_place_and_carries_its_name() -> None:
    data = f"a {SECRET} b {KEY} c {HOOK[-20:]}".encode()
    assert [name for _, _, name in LEAKS.spans(data)] == ["SECRET", "KEY", "HOOK"]
    assert LEAKS.hidden(data) == b"a [redacted] b [redacted] c [redacted]"
    assert LEAKS.hidden(SECRET.encode() * 3) == b"[redacted]" * 3


def test_a_row_of_zeros_gives_nothing_away() -> None:
    leaks = Leaks({"PK0000000000000000001": "KEY", "0" * 40: "SECRET"})
    assert leaks.hidden(b"00000000-0000-0000-0000-000000000001") == b"00000000-0000-0000-0000-000000000001"
    assert leaks.hidden(b"key venue-PK0000000000000000001") == b"key venue-PK0000000000000000001"


def test_signs_within_a_secret_are_skipped_on_both_sides() -> None:
    odd = Leaks({"ab-cd/ef+gh%ij&kl=mn?op\\qr": "ODD", "------------": "SIGNS"})
    assert odd.hidden_text("x ab-cd/ef+gh%ij&kl= y") == "x [redacted]= y"
    assert odd.hidden_text("------------") == "------------"


def test_nothing_known_finds_nothing() -> None:
    assert Leaks({}).hidden(b"anything at all") == b"anything at all"


def test_an_address_without_a_path_and_what_is_no_address() -> None:
    leaks = Leaks({"https://only.a.host.example": "HOST", "q1w2e3r4t5y6u7i8": "TOKEN"})
    assert HIDDEN in leaks.hidden_text("https://only.a.host.example")
    assert HIDDEN in leaks.hidden_text("q1w2e3r4t5y6")


@pytest.mark.parametrize(
    "piece", ["a", "%41", "\\x41", "&#65;", "\\\\", "&#", "%25", SECRET, SECRET[:9], "[2026-11-20 10:31] Gate "]
)
def test_cost_grows_with_the_length_of_the_text_and_no_faster(piece: str) -> None:
    """Steps are counted, not seconds: every letter is looked at a bounded number of times."""
    looks = 0

    class Counted(Leaks):
        def _around(self, letters: bytes, at: int, number: int, within: int) -> tuple[int, int, str]:
            nonlocal looks
            looks += 1
            return super()._around(letters, at, number, within)

    counted = Counted({SECRET: "SECRET", "a" * 40: "ROW"})
    sizes = []
    for times in (200, 400):
        looks = 0
        counted.spans((piece * times).encode())
        sizes.append(looks)
    assert sizes[1] <= 2 * sizes[0] + 200
