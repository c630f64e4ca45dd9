"""Takes secrets out of any bytes: by value, by name and by shape.

By value: every secret we know, also where it was written as base64, in an address or in JSON. By name:
what follows `SOME_TOKEN=`. By shape: users in addresses, webhooks, key ids. Everything works on bytes
one to one, so that a torn or odd file is cleaned like any other. Hiding too much is a nuisance, hiding
too little cannot be taken back, so what is in doubt is hidden.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from execution.settings import REGISTRY
from gates.common.environment import SOUNDS_SECRET

HIDDEN = "[redacted]"
SHORTEST = 4
"""A shorter secret stands in every other word; hiding it would only show where it is."""
SHORTEST_BY_SOUND = 8
SECRET_NAMES = frozenset(setting.name for setting in REGISTRY if setting.secret)

_NAMED = re.compile(r"""(?P<quote>["']?)(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*""", re.ASCII)
_WORD = re.compile(
    r"""(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\\.|[^\s"'\\])+""", re.ASCII | re.DOTALL
)
_QUOTED_REST = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*(?=")', re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*(?=')", re.DOTALL),
}
_LINE_REST = re.compile(r"[^\n]*")
_SHAPES = tuple(
    re.compile(pattern, re.ASCII | flags)
    for pattern, flags in (
        (r"://(?P<url_user>[^/\s@\"']+)@", 0),
        (r"hooks\.slack\.com/(?P<webhook>[^\s\"'\\]+)", 0),
        (r"hc-ping\.com/(?P<webhook>[^\s\"'\\]+)", 0),
        (r"(?P<slack_token>xox[a-z]-[A-Za-z0-9-]{6,})", 0),
        (r"\b(?P<key_id>[PA]K[A-Z0-9]{18,})\b", 0),
        (r"\b(?P<arm_token>arm1-[A-Za-z0-9._-]{8,})", 0),
        (r"authorization[\"']?\s*:\s*[\"']?(?:bearer|basic)\s+(?P<authorization>[^\s\"']+)", re.IGNORECASE),
        (r"SetCredential(?:Encrypted)?=[^:\s]+:(?P<credential>[^\n]+)", 0),
        (
            r"(?:apca[-_]api[-_](?:key[-_]id|secret[-_]key)|live_confirm_token|slack_bot_token)"
            r"[\"']?\s*:\s*[\"']?(?P<named>[^\s\"',}]+)",
            re.IGNORECASE,
        ),
    )
)

Span = tuple[int, int, str]


def is_secret_name(name: str) -> bool:
    return name in SECRET_NAMES or SOUNDS_SECRET.search(name.upper()) is not None


def worth_hiding(name: str, value: str) -> bool:
    return len(value) >= (SHORTEST if name in SECRET_NAMES else SHORTEST_BY_SOUND)


@dataclass(frozen=True)
class Known:
    """Secret values and the variable each belongs to, ready to be found in any of their spellings."""

    names: Mapping[str, str]
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)
    _name_of: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for value, name in self.names.items():
            for form in spellings(value):
                self._name_of.setdefault(form, name)
        if self._name_of:
            longest_first = sorted(self._name_of, key=lambda form: (-len(form), form))
            pattern = re.compile(f"(?=({'|'.join(map(re.escape, longest_first))}))")
            object.__setattr__(self, "_pattern", pattern)

    def spans(self, text: str) -> Iterable[Span]:
        for match in self._pattern.finditer(text) if self._pattern else ():
            yield match.start(1), match.end(1), self._name_of[match[1]]


NOTHING_KNOWN = Known({})


def spellings(value: str) -> set[str]:
    """The value as it may stand in a file, each as text of one character per byte."""
    data = value.encode("utf-8", "surrogateescape")
    texts = {value, value.replace("%", "%%"), value.replace("\\", "\\\\").replace('"', '\\"')}
    texts |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    escaped = {quote(data, safe=""), quote(data), quote_plus(data)}
    texts |= escaped | {re.sub("%..", lambda found: found[0].lower(), text) for text in escaped}
    texts |= {data.hex(), data.hex().upper()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        texts.add(encode(data).decode())
        for ahead, lost in ((0, 0), (1, 2), (2, 3)):  # what stands before it shifts every character
            whole = (ahead + len(data)) * 8 // 6
            texts.add(encode(bytes(ahead) + data).decode()[lost:whole])
    forms = {text.encode("utf-8", "surrogateescape").decode("latin-1") for text in texts}
    return {form for form in forms if len(form) >= SHORTEST}


def spans_by_name(text: str) -> Iterable[Span]:
    """What is assigned to a name that is, or sounds like, a secret."""
    for match in _NAMED.finditer(text):
        if not is_secret_name(match["name"]):
            continue
        end = _value_end(text, match.end(), match["quote"])
        if end > match.end():
            yield match.end(), end, match["name"]


def spans_by_shape(text: str) -> Iterable[Span]:
    for pattern in _SHAPES:
        for match in pattern.finditer(text):
            name = str(match.lastgroup)
            yield match.start(name), match.end(name), name


def hide(
    data: bytes, known: Known, more: Iterable[Span] = (), shown_as: Callable[[str, bytes], str] | None = None
) -> bytes:
    """The bytes with every secret replaced. `more` are places found by whoever knows the file's grammar;
    `shown_as` says what stands there instead."""
    text = data.decode("latin-1")
    spans = [*known.spans(text), *spans_by_name(text), *spans_by_shape(text), *more]
    parts, position = [], 0
    for start, end, name in _merged(spans):
        raw = text[start:end].encode("latin-1")
        parts += [text[position:start], shown_as(name, raw) if shown_as else HIDDEN]
        position = end
    return "".join([*parts, text[position:]]).encode("latin-1")


def hide_text(text: str, known: Known) -> str:
    return hide(text.encode("utf-8", "surrogateescape"), known).decode("utf-8", "backslashreplace")


def _merged(spans: list[Span]) -> list[Span]:
    """Places in order, overlapping ones made one; the longest gives the name."""
    merged: list[Span] = []
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        if merged and start < merged[-1][1]:
            before = merged[-1]
            merged[-1] = (before[0], max(before[1], end), before[2])
        else:
            merged.append((start, end, name))
    return merged


def _value_end(text: str, start: int, quote_mark: str) -> int:
    line_end = _end(_LINE_REST, text, start)
    line_start = text.rfind("\n", 0, start) + 1
    if text[line_start:start].lstrip().startswith(("#", ";")):
        return line_end
    if quote_mark:
        match = _QUOTED_REST[quote_mark].match(text, start)
        return match.end() if match else line_end
    end = _end(_WORD, text, start)
    return line_end if text[end : end + 1] in ('"', "'", "\\") else end


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start
