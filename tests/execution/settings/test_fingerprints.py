"""A mark gives nothing away, tells same from other, and is filled with exactly what stood there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.settings.fingerprints import Sealer, fill, open_sealer
from execution.settings.redaction import NOTHING_KNOWN
from gates.base.statefile import StateUnreadable

SEALER = Sealer(b"k" * 32)
ENV = """# comment
APCA_API_KEY_ID=PKHUNTER2HUNTER2HUNT
export APCA_API_SECRET_KEY="two
lines of hunter2"  # and a comment
MAX_LIVE_POSITIONS=2
a line that nobody can read hunter2
LAST_TOKEN='hunter2'
"""


def concealed(text: str) -> str:
    return SEALER.conceal(text.encode(), NOTHING_KNOWN, is_env=True).data.decode()


def test_a_whole_env_file_is_concealed_and_comes_back_byte_for_byte() -> None:
    found = SEALER.conceal(ENV.encode(), NOTHING_KNOWN, is_env=True)
    text = found.data.decode()
    assert "hunter2" not in text.lower()
    assert "MAX_LIVE_POSITIONS=2" in text
    assert fill(text, found.pieces) == (ENV.encode(), [])


def test_what_is_not_at_hand_is_named_once_per_place() -> None:
    found = SEALER.conceal(ENV.encode(), NOTHING_KNOWN, is_env=True)
    _, missing = fill(found.data.decode(), {})
    assert missing == ["APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "unreadable", "LAST_TOKEN"]


def test_the_same_value_has_the_same_mark_quoted_or_not() -> None:
    plain, single, double = (concealed(f"A_TOKEN={q}hunter2{q}\n") for q in ("", "'", '"'))
    assert plain == single.replace("'", "") == double.replace('"', "")
    assert concealed("A_TOKEN=hunter3\n") != plain


def test_another_key_makes_another_mark() -> None:
    other = Sealer(b"o" * 32).conceal(b"A_TOKEN=hunter2\n", NOTHING_KNOWN, is_env=True)
    assert other.data.decode() != concealed("A_TOKEN=hunter2\n")


@given(
    st.lists(st.sampled_from(["A_TOKEN=", "x", "'", '"', "\\", "\n", "#", " ", "=", "é", "export ", "$"])).map("".join)
)
def test_whatever_stands_in_an_env_file_it_comes_back(text: str) -> None:
    found = SEALER.conceal(text.encode(), NOTHING_KNOWN, is_env=True)
    assert fill(found.data.decode(), found.pieces) == (text.encode(), [])


def test_neither_prints_what_it_holds() -> None:
    found = SEALER.conceal(ENV.encode(), NOTHING_KNOWN, is_env=True)
    assert "hunter2" not in repr(found)
    assert "kkkk" not in repr(SEALER)


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = open_sealer(tmp_path / "snapshots", make=True)
    assert open_sealer(tmp_path / "snapshots", make=True) == first == open_sealer(tmp_path / "snapshots", make=False)
    assert (tmp_path / "snapshots" / "salt").stat().st_mode & 0o777 == 0o600


def test_a_reader_without_a_key_writes_none_and_compares_with_nothing(tmp_path: Path) -> None:
    assert open_sealer(tmp_path, make=False) != open_sealer(tmp_path, make=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"abcd\n", b"not hex\n", b"\xff"])
def test_a_broken_key_is_named_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "salt").write_bytes(content)
    with pytest.raises(StateUnreadable, match=r"salt.*move it away"):
        open_sealer(tmp_path, make=True)
    assert (tmp_path / "salt").read_bytes() == content
