"""Replaces a secret in a kept text by a mark that names its variable and a keyed digest of its value.

`[redacted APCA_API_SECRET_KEY sha256:0123456789abcdef]` shows nothing, yet two kept texts can be
compared, and a mark can be filled again from a present file that still holds the same value. The key
of the digests is random, lies in `snapshots/salt` and never leaves the state directory, so a digest
that was handed out cannot be tried against guesses.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path

from execution.settings.parsing import env_file_lines
from execution.settings.redaction import MARK, Known, hide, is_secret_name, unquoted
from gates.base.leaks import SecretSpan
from gates.base.record import dataclass
from gates.base.statefile import StateMissing, StateUnreadable, create, make_directory, read_bytes

SALT = "salt"
SALT_BYTES = 32

Pieces = Mapping[str, tuple[str, bytes]]
"""By digest: the variable, and the very bytes that were taken out."""


@dataclass(frozen=True)
class Concealed:
    """Holds a text without its secrets, and the pieces that were taken out; its repr shows neither."""

    data: bytes
    pieces: dict[str, tuple[str, bytes]]

    def __repr__(self) -> str:
        return f"Concealed({len(self.pieces)} secrets)"


@dataclass(frozen=True)
class Sealer:
    """Conceals and fingerprints with the key of one state directory."""

    salt: bytes

    def __repr__(self) -> str:
        return "Sealer"

    @property
    def name(self) -> str:
        """Tells one key from another and gives neither away."""
        return self.fingerprint(b"the key itself")

    def fingerprint(self, value: bytes) -> str:
        return f"sha256:{self.digest(value)[:16]}"

    def digest(self, value: bytes) -> str:
        return hmac.new(self.salt, value, hashlib.sha256).hexdigest()

    def conceal(self, data: bytes, known: Known, *, is_env: bool) -> Concealed:
        pieces: dict[str, tuple[str, bytes]] = {}

        def mark(name: str, raw: bytes) -> str:
            digest = self.fingerprint(raw)
            pieces[digest] = (name, raw)
            return f"[redacted {name} {digest}]"

        return Concealed(hide(data, known, env_spans(data) if is_env else (), mark).data, pieces)


def fill(text: str, pieces: Pieces) -> tuple[bytes, list[str]]:
    """The text with its marks filled, and the variables whose values are not at hand."""
    missing: list[str] = []

    def put_back(match: re.Match[bytes]) -> bytes:
        piece = pieces.get(match["digest"].decode("ascii"))
        if piece is None:
            missing.append(match["name"].decode("ascii"))
        return match[0] if piece is None else piece[1]

    return re.sub(MARK.pattern.encode("ascii"), put_back, text.encode("utf-8")), missing


def env_spans(data: bytes) -> Iterable[SecretSpan]:
    """Values of secret names in a `.env`, quoted over several lines or not, and every line that cannot be read."""
    spans: list[SecretSpan] = []
    position = 0
    text = data.decode("latin-1")
    for binding in env_file_lines(StringIO(text, newline="")):
        original = binding.original.string
        start = text.find(original, position)
        if start < 0:
            return [*spans, (position, len(text), "unreadable")]
        position = start + len(original)
        begin, end = start + len(original) - len(original.lstrip()), start + len(original.rstrip())
        if binding.error or (binding.key is not None and binding.value is None):
            spans.append((begin, end, "unreadable"))
        elif binding.key is not None and is_secret_name(binding.key):
            value = text.index("=", begin) + 1
            value += len(text[value:end]) - len(text[value:end].lstrip(" \t"))
            spans.append((*unquoted(text, value, end), re.sub("[^A-Za-z0-9_]", "_", binding.key)))
    return [span for span in spans if span[0] < span[1]]


def open_sealer(directory: Path, *, make: bool) -> Sealer:
    """The state directory's own key. A reader that finds none works with a random one of its own, and
    then no old digest agrees, which is true: nothing can be compared."""
    path = directory / SALT
    if make and not os.path.lexists(path):  # a cycle that tells asks every minute, and the key is there
        make_directory(directory)
        create(path, secrets.token_hex(SALT_BYTES).encode() + b"\n")
    try:
        salt = bytes.fromhex(read_bytes(path).decode("ascii"))
    except StateMissing:
        return Sealer(secrets.token_bytes(SALT_BYTES))
    except ValueError:
        raise StateUnreadable(path, "is not a key of ours; move it away to begin anew") from None
    if len(salt) != SALT_BYTES:
        raise StateUnreadable(path, f"holds {len(salt)} bytes, want {SALT_BYTES}; move it away to begin anew")
    return Sealer(salt)
