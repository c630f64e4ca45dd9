"""Keeps tokens.json: which session each hand-made token first served, so that no file time brings one back to life.

A token made by hand lives by the time of its file, and a copy of the directory may give the file a new one. So the
first cycle that takes a token writes down its salted digest and the session; by that the token's life is counted from
then on. Only cycles write here. A file that was lost is begun again with the token that lies there now as served long
ago: a new one has to be made. A token that `arm` made has a record of its own and is not kept here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import date
from pathlib import Path

import msgspec

from execution.records import Moment, Record, read_unsealed
from execution.state import guards
from gates.base.statefile import StateMissing, StateUnreadable, render, replace, sealed
from gates.facts import Served
from gates.switches import names_a_record

FILE = "tokens.json"
SCHEMA = 1
MOST = 5000


class ServedToken(Record, frozen=True):
    """`session` is the first it served; None for one that lay there when the file was lost."""

    digest: str
    session: date | None
    at: Moment


class Tokens(Record, frozen=True):
    schema: int
    salt: str
    served: tuple[ServedToken, ...] = ()

    def __post_init__(self) -> None:
        bytes.fromhex(self.salt)

    def find(self, token: bytes) -> ServedToken | None:
        digest = self.digest(token)
        return next((one for one in self.served if hmac.compare_digest(one.digest, digest)), None)

    def digest(self, token: bytes) -> str:
        return hmac.digest(bytes.fromhex(self.salt), token, hashlib.sha256).hex()


def load(path: Path) -> Tokens:
    return read_unsealed(path, Tokens, SCHEMA)


def served(path: Path, token: bytes) -> Served:
    """What is known of a hand-made token's sessions; a file that was lost or cannot be read is a problem."""
    try:
        known = load(path).find(token)
    except StateMissing:
        return Served(problem=f"{FILE} is missing") if guards.lost(path) else Served()
    except StateUnreadable as broken:
        return Served(problem=f"{FILE} is unreadable ({broken.what}), move it away")
    if known is not None and known.session is None:
        return Served(problem=f"{FILE} was lost while it lay here")
    return Served(known.session if known is not None else None)


def remember(path: Path, token: bytes, session: date, at: Moment) -> None:
    """Durably, before anything is sent by it: this text serves this session."""
    if names_a_record(token):
        return
    try:
        found = load(path)
    except StateMissing:
        found = Tokens(SCHEMA, os.urandom(16).hex())
    if found.find(token) is None:
        one = ServedToken(found.digest(token), session, at)
        _save(path, msgspec.structs.replace(found, served=(*found.served[1 - MOST :], one)))


def begin_again(path: Path, token: bytes, at: Moment) -> bool:
    """Where the file was lost: one in which the token that lies there now has served; whether it was so."""
    if not guards.lost(path):
        return False
    found = Tokens(SCHEMA, os.urandom(16).hex())
    known = () if not token or names_a_record(token) else (ServedToken(found.digest(token), None, at),)
    _save(path, msgspec.structs.replace(found, served=known))
    return True


def _save(path: Path, tokens: Tokens) -> None:
    replace(path, render(sealed(msgspec.to_builtins(tokens))))
