"""Finds any twelve characters of a known secret in bytes, however they are wrapped or spelled, in linear time.

Text and secret are brought to one form before they are compared: escapes (`%41`, `%2541`, `&#65;`, `\\x41`,
`\\u0041`) are undone, letters are made small, and only letters and digits are left, so that blanks, line ends,
quotes, colons between hex digits and the two alphabets of base64 make no difference. Every secret is looked for as it
is, in base64 and base32 at any shift, and in hex. The text is asked at every few places whether a
short piece of a secret begins there, and only such places are looked at closely.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

WINDOW = 12
"""So many characters of a secret give it away."""
LEAST = 8
"""The fewest letters and digits that such a window is known by; with fewer, ordinary words would be hidden."""
GRAM = 6
FEWEST_LETTERS = 5
"""A piece of fewer different letters, such as a row of zeros, stands everywhere and gives nothing away."""
HIDDEN = "[redacted]"

_ESCAPE = (
    rb"%(?:25)*([0-9A-Fa-f]{2})|\\+x([0-9A-Fa-f]{2})|\\+u00([0-9A-Fa-f]{2})|&#[xX]0*([0-9A-Fa-f]{2});"
    rb"|&#0*([0-9]{1,3});|\\+[abfnrtv]"
)
_MARKS = (b"\\", b"%", b"&#")
_SMALL = bytes(range(256)).lower()
_DROPPED = bytes(one for one in range(128) if not chr(one).isalnum())
_TOKEN = rb"(?P<escape>" + _ESCAPE + rb")|[0-9A-Za-z\x80-\xff]+"
"""Both are compiled when the first text needs them, which most cycles never do."""

SecretSpan = tuple[int, int, str]


class _Form(NamedTuple):
    """One spelling of a secret in the common form, and how long a piece of it gives the secret away."""

    letters: bytes
    least: int
    name: str


class _Sought(NamedTuple):
    """Every spelling of some secrets, and where each short piece stands in them."""

    forms: Sequence[_Form]
    step: int
    places: Mapping[bytes, Sequence[tuple[int, int]]]


@lru_cache(maxsize=32)
def _sought(names: tuple[tuple[str, str], ...]) -> _Sought:
    """Made when the first text is read, once for the several clients that know the same key."""
    forms = [form for value, name in names for form in _forms(value, name)]
    places: dict[bytes, list[tuple[int, int]]] = {}
    for number, form in enumerate(forms):
        for at in range(len(form.letters) - GRAM + 1):
            places.setdefault(form.letters[at : at + GRAM], []).append((number, at))
    return _Sought(forms, min((form.least for form in forms), default=GRAM) - GRAM + 1, places)


class Leaks:
    """Holds secret values, by the name of the setting each belongs to, ready to be found by any piece."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = tuple(names.items())

    @property
    def _sought(self) -> _Sought:
        return _sought(self._names)

    def spans(self, data: bytes) -> list[SecretSpan]:
        """Where a piece of a secret stands, as begin and end in `data` and the secret's name."""
        letters = _common(data)
        found = list(self._found(letters)) if self._sought.forms else []
        if not found:
            return []
        origin = _Origin(data)
        return [(origin.begin(start), origin.end(end - 1), name) for start, end, name in found]

    def hidden(self, data: bytes) -> bytes:
        """The bytes with every such piece replaced."""
        parts, position = [], 0
        for start, end, _ in self.spans(data):
            parts += [data[position:start], HIDDEN.encode()]
            position = end
        return b"".join([*parts, data[position:]]) if parts else data

    def hidden_text(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        hidden = self.hidden(data)
        return text if hidden is data else hidden.decode("utf-8", "backslashreplace")

    def _found(self, letters: bytes) -> Iterator[SecretSpan]:
        places, step, done = self._sought.places, self._sought.step, 0
        grams = (letters[at : at + GRAM] for at in range(0, len(letters) - GRAM + 1, step))
        for number, gram in enumerate(grams):
            at = number * step
            if gram not in places or at < done:
                continue
            best = max((self._around(letters, at, *place) for place in places[gram]), key=_length)
            if best[1] > max(best[0], done):
                yield max(best[0], done), best[1], best[2]
                done = best[1]

    def _around(self, letters: bytes, at: int, number: int, within: int) -> SecretSpan:
        """All of the text around `at` that is also in this form of the secret around `within`."""
        form = self._sought.forms[number]
        back = _shared(reversed(letters[max(0, at - within) : at]), reversed(form.letters[:within]))
        ahead = _shared(letters[at : at + len(form.letters) - within], form.letters[within:])
        start, end = at - back, at + ahead
        enough = end - start >= form.least and len(set(letters[start:end])) >= FEWEST_LETTERS
        return (start, end, form.name) if enough else (at, at, form.name)


def _length(span: SecretSpan) -> int:
    return span[1] - span[0]


def _shared(one: Iterable[int], other: Iterable[int]) -> int:
    """How many letters both begin with."""
    count = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            break
        count += 1
    return count


def _common(data: bytes) -> bytes:
    """Letters and digits alone, small, with escapes undone."""
    if any(mark in data for mark in _MARKS):
        data = re.sub(_ESCAPE, _undone, data)
    return data.translate(_SMALL, _DROPPED)


def _undone(match: re.Match[bytes]) -> bytes:
    *in_hex, in_tens = match.groups()
    for digits in in_hex:
        if digits is not None:
            return bytes([int(digits, 16)])
    return bytes([int(in_tens) & 255]) if in_tens is not None else b""


class _Origin:
    """Leads from a place among the letters of the common form back to the bytes it came from."""

    def __init__(self, data: bytes) -> None:
        self._at: list[int] = []
        self._from: list[tuple[int, int]] = []
        place = 0
        for match in re.finditer(_TOKEN, data):
            escaped = match["escape"] is not None
            size = len(_common(match[0]))
            if size:
                self._at.append(place)
                self._from.append((match.start(), match.end() if escaped else -1))
                place += size

    def begin(self, place: int) -> int:
        number = bisect_right(self._at, place) - 1
        return self._from[number][0] + place - self._at[number]

    def end(self, place: int) -> int:
        number = bisect_right(self._at, place) - 1
        start, end = self._from[number]
        return end if end >= 0 else start + place - self._at[number] + 1


def _forms(value: str, name: str) -> Iterator[_Form]:
    """What a secret looks like in the common form: as it is, in base64, in base32 and in hex."""
    from base64 import b32encode, b64encode

    data = _behind_host(value).encode("utf-8", "surrogateescape")
    if len(data) < WINDOW:
        return
    spelled = [(data, WINDOW), (data.hex().encode(), 2 * WINDOW)]
    spelled += [(piece, 15) for piece in _shifted(data, 6, 3, b64encode)]
    spelled += [(piece, 18) for piece in _shifted(data, 5, 5, b32encode)]
    for letters, window in spelled:
        common, least = _common(letters), window
        if len(common) < len(letters):
            pieces = (len(_common(letters[at : at + window])) for at in range(len(letters) - window + 1))
            least = max(LEAST, min(pieces, default=0))
        if len(common) >= least:
            yield _Form(common, least, name)


def _shifted(data: bytes, bits: int, shifts: int, encode: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """What stands for these bytes alone, whatever stands before and behind them."""
    for ahead in range(shifts):
        first, behind = -(-ahead * 8 // bits), (ahead + len(data)) * 8 // bits
        yield encode(bytes(ahead) + data)[first:behind]


def _behind_host(value: str) -> str:
    """Of an address what follows its host: who is spoken to is no secret."""
    scheme = value.find("://")
    return value[value.find("/", scheme + 3) + 1 :] if scheme >= 0 and "/" in value[scheme + 3 :] else value
