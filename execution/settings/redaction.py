"""Takes secrets out of any bytes: by value, by name and by shape.

By value: every secret we know, also where it was written as base64, in an address or in JSON, the torn
beginning of one, and any twelve characters of one however they are spelled (`gates.base.leaks`). By name:
what stands behind `SOME_TOKEN=` or `"some_token":`. By shape: users in addresses, webhooks, key ids.
Everything works on bytes one to one, so that a torn or odd file is cleaned like any other. Hiding too much is
a nuisance, hiding too little cannot be taken back, so what is in doubt is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from execution.settings.registry import REGISTRY
from execution.settings.spellings import as_bytes, pieces, spellings
from gates.base.environment import SOUNDS_SECRET
from gates.base.leaks import HIDDEN, Leaks, SecretSpan
from gates.base.record import dataclass

MARK = re.compile(r"\[redacted (?P<name>[A-Za-z0-9_]+) (?P<digest>sha256:[0-9a-f]{16})\]")
SHORTEST = 4
"""A shorter secret stands in every other word; hiding it would only show where it is."""
SHORTEST_BY_SOUND = 8
BEGINNING = 8
"""So many characters of a torn secret give it away; in an address, of what follows the host."""
SECRET_NAMES = frozenset(setting.name for setting in REGISTRY if setting.secret)
DIRECTIVES = frozenset(
    {"PassEnvironment", "LoadCredential", "LoadCredentialEncrypted", "ImportCredential", "KeyringMode"}
    | {"CREDENTIALS_DIRECTORY"}
)
"""systemd's own words that sound secret and hold a name or a path."""

_ASSIGNED = re.compile(
    r"""(?P<quote>["']?)(?<![A-Za-z0-9_])(?P<escape>(?<=\\)[nrt])?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"""
)
_KEYED = re.compile(r"""(?<![A-Za-z0-9_-])(?P<name>[A-Za-z][A-Za-z0-9_-]*)\\*["']?[ \t]*:[ \t]*(?P<quote>\\*["'])?""")
_KEYED_SECRET = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSPHRASE|API_?KEY|SECRET_?KEY|WEBHOOK(?:_URL)?|CREDENTIAL)$"
)
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\\.|[^\s"'\\])+""", re.DOTALL)
_COMMENT = re.compile(r"[ \t]*[#;]")
_QUOTED_REST = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*(?=")', re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*(?=')", re.DOTALL),
}
_PLAIN = re.compile(r"[^\s,}\]]*")
_SAYS_NOTHING = re.compile(
    rf"""(?:\\*["'])?(?:\((?:secret|not set|not shown|empty|credential|unreadable)\)|{MARK.pattern}|\[redacted\]"""
    r"""|Secret\((?:not )?set\)|null|None|true|false)(?=[\s"'\\:;,}\])]|$)""",
    re.MULTILINE,
)
_SHAPES = tuple(
    re.compile(pattern, re.ASCII | flags)
    for pattern, flags in (
        (r"://(?P<url_user>[^/\s@\"']+)@", 0),
        (r"hooks\.slack\.com\\?/(?P<webhook>(?:[^\s\"'\\]|\\/)+)", 0),
        (r"hc-ping\.com\\?/(?P<webhook>(?:[^\s\"'\\]|\\/)+)", 0),
        (r"(?P<slack_token>xox[a-z]-[A-Za-z0-9-]{6,})", 0),
        (r"\b(?P<key_id>[PA]K[A-Z0-9]{18,})\b", 0),
        (r"\b(?P<arm_token>arm1-[A-Za-z0-9._-]{8,})", 0),
        (r"authorization\\*[\"']?[ \t]*:[ \t]*\\*[\"']?(?P<authorization>[^\n\"']+)", re.IGNORECASE),
        # To its end, or to the end of a torn one's letters; in JSON its lines stand behind each other.
        (
            r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----"
            r"(?P<private_key>(?:(?!-----END)[A-Za-z0-9+/=,: \t\r\n-]|\\[rn])+)",
            0,
        ),
        (r"SetCredential(?:Encrypted)?=[^:\s]{1,300}:(?P<credential>[^\n]+)", 0),
    )
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Bytes without secrets, and in how many places one stood."""

    data: bytes
    hidden: int


def is_secret_name(name: str) -> bool:
    return name in SECRET_NAMES or (SOUNDS_SECRET.search(name.upper()) is not None and name not in DIRECTIVES)


def worth_hiding(name: str, value: str) -> bool:
    return len(value) >= (SHORTEST if name in SECRET_NAMES else SHORTEST_BY_SOUND)


class Known:
    """Secret values and the variable each belongs to, ready to be found in any of their spellings."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._name_of: dict[str, str] = {}
        for value, name in names.items():
            for piece in pieces(value) if len(value) >= SHORTEST else ():
                for form in spellings(piece):
                    self._name_of.setdefault(form, name)
        self._beginnings = sorted(
            (_beginning(value), as_bytes(value), name) for value, name in names.items() if _tears(name, value)
        )
        self._leaks = Leaks({value: name for value, name in names.items() if _tears(name, value)})

    def __repr__(self) -> str:
        return f"Known({len(self._name_of)} spellings)"

    def spans(self, text: str) -> Iterator[SecretSpan]:
        for form, name in self._name_of.items():
            for start in _places(text, form):
                yield start, start + len(form), name
        for beginning, value, name in self._beginnings:
            for start in _places(text, beginning):
                yield start, start + _shared(value, text[start : start + len(value)]), name
        yield from self._leaks.spans(text.encode("latin-1"))


NOTHING_KNOWN = Known({})


def hide(
    data: bytes, known: Known, more: Iterable[SecretSpan] = (), shown_as: Callable[[str, bytes], str] | None = None
) -> Cleaned:
    """The bytes with every secret replaced. `more` are places found by whoever knows the file's grammar;
    `shown_as` says what stands there instead."""
    text = data.decode("latin-1")
    spans = _merged([*known.spans(text), *_assigned(text), *_keyed(text), *_shaped(text), *more])
    parts, position = [], 0
    for start, end, name in spans:
        raw = text[start:end].encode("latin-1")
        parts += [text[position:start], shown_as(name, raw) if shown_as else HIDDEN]
        position = end
    return Cleaned("".join([*parts, text[position:]]).encode("latin-1"), len(spans))


def hide_text(text: str, known: Known) -> str:
    return hide(text.encode("utf-8", "surrogateescape"), known).data.decode("utf-8", "backslashreplace")


def _assigned(text: str) -> Iterator[SecretSpan]:
    """What is assigned to a name that is, or sounds like, a secret. A line is looked at once, however
    many names are on it: what is assigned within a hidden place is hidden already."""
    done, line = 0, (0, -1)
    for match in _ASSIGNED.finditer(text):
        start = match.end()
        if start <= done or not _assigns_secret(match["name"], match["escape"] or ""):
            continue
        if _SAYS_NOTHING.match(text, start):
            continue
        if start > line[1]:
            line = (text.rfind("\n", 0, start) + 1, _line_end(text, start))
        done = _end_of_assigned(text, start, match["quote"], line)
        yield *unquoted(text, start, done), match["name"]


def _assigns_secret(name: str, escape: str) -> bool:
    """`escape` is what may be the end of a line in JSON, or the first letter of the name."""
    return is_secret_name(name) or (name not in DIRECTIVES and is_secret_name(escape + name))


def _keyed(text: str) -> Iterator[SecretSpan]:
    """What stands behind a secret's name in JSON, in a printed dict, or in a header."""
    done = 0
    for match in _KEYED.finditer(text):
        name, start = match["name"].upper().replace("-", "_"), match.end()
        if (
            start <= done
            or not (name in SECRET_NAMES or _KEYED_SECRET.search(name))
            or _SAYS_NOTHING.match(text, start)
        ):
            continue
        done = _end_of_keyed(text, start, match["quote"])
        yield start, done, name


def _shaped(text: str) -> Iterator[SecretSpan]:
    for pattern in _SHAPES:
        for match in pattern.finditer(text):
            name = str(match.lastgroup)
            if not _SAYS_NOTHING.match(text, match.start(name)):
                yield match.start(name), match.end(name), name


def _merged(spans: list[SecretSpan]) -> list[SecretSpan]:
    """Places in order, overlapping ones made one; the longest gives the name."""
    merged: list[SecretSpan] = []
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1], span[2])):
        if merged and start < merged[-1][1]:
            before = merged[-1]
            merged[-1] = (before[0], max(before[1], end), before[2])
        elif start < end:
            merged.append((start, end, name))
    return merged


def _places(text: str, wanted: str) -> Iterator[int]:
    """Where it stands, overlapping occurrences too."""
    start = text.find(wanted)
    while start >= 0:
        yield start
        start = text.find(wanted, start + 1)


def _tears(name: str, value: str) -> bool:
    """Whether the beginning alone is looked for: not of a path in a variable that only sounds secret."""
    return len(value) > BEGINNING and (name in SECRET_NAMES or _KEYED_SECRET.search(name.upper()) is not None)


def _beginning(value: str) -> str:
    """What gives a torn secret away; the host of an address does not."""
    scheme = value.find("://")
    ahead = value.find("/", scheme + 3) + 1 if scheme >= 0 else 0
    return as_bytes(value)[: ahead + BEGINNING]


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _end_of_assigned(text: str, start: int, quote_mark: str, line: tuple[int, int]) -> int:
    if _COMMENT.match(text, line[0]):
        return line[1]
    if quote_mark:
        match = _QUOTED_REST[quote_mark].match(text, start)
        return match.end() if match else line[1]
    end = _end(_WORD, text, start)
    return line[1] if text[end : end + 1] in ('"', "'", "\\") else end


def _end_of_keyed(text: str, start: int, quote_mark: str | None) -> int:
    """Up to the quotes' end, or the end of a torn line; without quotes, the word."""
    if quote_mark is None:
        return _end(_PLAIN, text, start)
    if len(quote_mark) == 1:
        match = _QUOTED_REST[quote_mark].match(text, start)
    else:
        match = re.compile(rf"[^\n]*?(?=(?<!\\){re.escape(quote_mark)})").match(text, start)
    return match.end() if match else _line_end(text, start)


def unquoted(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the quotes around all of it: the same value is the same, quoted or not."""
    mark = text[start : start + 1]
    whole = end - start > 2 and mark in ('"', "'") and text[end - 1] == mark and mark not in text[start + 1 : end - 1]
    return (start + 1, end - 1) if whole else (start, end)


def _line_end(text: str, start: int) -> int:
    found = text.find("\n", start)
    return found if found >= 0 else len(text)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start
