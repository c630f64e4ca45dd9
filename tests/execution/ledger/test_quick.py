"""The quick way of reading gives what the strict one gives, for whatever bytes lie there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.trading import S, entry, ledger, leg

from execution.ledger import quick
from execution.ledger.day import SCHEMA
from execution.ledger.file import to_bytes
from execution.ledger.quick import read_sealed_quickly
from gates.base.statefile import StateUnreadable, digest_of_rest, read_sealed, render, sealed

GOOD = to_bytes(
    ledger(entry("AAPL", S.FILLED, filled=4, legs=(leg("stop"),)), entry("BRK.B", unrecognised="später ✓\x7f"))
)
DOCUMENT = json.loads(GOOD)


def answer(read: Any, path: Path) -> object:
    try:
        return read(path, SCHEMA)
    except StateUnreadable as broken:
        return broken.what, broken.cause


def agree(path: Path, data: bytes) -> object:
    path.write_bytes(data)
    quickly = answer(read_sealed_quickly, path)
    assert quickly == answer(read_sealed, path)
    return quickly


def test_what_we_write_is_read_without_the_strict_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(GOOD)
    monkeypatch.setattr(quick, "read_sealed", lambda *_: pytest.fail("it was as we write it"))
    assert read_sealed_quickly(tmp_path / "a", SCHEMA) == DOCUMENT
    assert read_sealed_quickly(tmp_path / "a", 99, SCHEMA) == DOCUMENT


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]\n", b"{", b"nonsense", b'{"a": NaN}', render({"schema": 1}), render(sealed({"schema": 2})), GOOD[:-1],
        GOOD.replace(b'"qty": "4"', b'"qty": "5"', 1),
        GOOD.replace(b'"schema": 2,', b'"schema": 1,\n  "schema": 1,', 1),
        GOOD.replace(b'"schema": 2,', b'"schema": true,', 1),
        json.dumps(sealed({"schema": 1, "qty": 1.5}), indent=2).encode() + b"\n",
        json.dumps(DOCUMENT).encode(),
        GOOD.replace("später".encode(), b"sp\\u00e4ter"),
        render(sealed({"schema": True})),
        b'{\n  "schema": 1,\n  "note": "\\ud800"\n}\n',
    ],
)  # fmt: skip
def test_what_is_not_as_we_write_it_is_judged_the_strict_way(tmp_path: Path, data: bytes) -> None:
    agree(tmp_path / "a", data)


def test_a_point_in_a_number_is_refused_also_under_a_seal_that_holds(tmp_path: Path) -> None:
    odd = {"schema": SCHEMA, "qty": 4.5}
    said = agree(tmp_path / "a", json.dumps({**odd, "sha256": digest_of_rest(odd)}, indent=2).encode() + b"\n")
    assert isinstance(said, tuple) and "is not written as text" in said[0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_of_bytes_gets_the_same_answer(tmp_path: Path, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD) - 1))
    taken = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=6))
    agree(tmp_path / "a", GOOD[:place] + put + GOOD[place + taken :])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), st.integers(-(10**30), 10**30))
def test_any_text_and_number_that_we_seal_is_read_alike(tmp_path: Path, text: str, number: int) -> None:
    document = sealed({"schema": SCHEMA, text: [text, number, None, True, {"b": text, "a": []}]})
    assert agree(tmp_path / "a", render(document)) == json.loads(render(document))
