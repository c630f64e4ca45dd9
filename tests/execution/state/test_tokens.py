"""tokens.json: the session each hand-made token first served, kept without its text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.facts import ARM_TOKEN

from execution.state import tokens
from gates.base.statefile import StateUnreadable, render, sealed
from gates.facts import Served

AT = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
TOKEN, OTHER = b"press-both-keys", b"press-both-keys\n"


def begun(root: Path) -> Path:
    (root / "state.json").write_bytes(render({"schema": 2, "begun": ["tokens"]}))
    return root


def test_the_first_session_stays_the_first(tmp_path: Path) -> None:
    assert tokens.served(tmp_path / "tokens.json", TOKEN) == Served()
    tokens.remember(tmp_path / "tokens.json", TOKEN, FRIDAY, AT)
    tokens.remember(tmp_path / "tokens.json", TOKEN, MONDAY, AT)
    tokens.remember(tmp_path / "tokens.json", OTHER, MONDAY, AT)
    assert tokens.served(tmp_path / "tokens.json", TOKEN) == Served(FRIDAY)
    assert tokens.served(tmp_path / "tokens.json", OTHER) == Served(MONDAY)
    assert TOKEN not in (tmp_path / "tokens.json").read_bytes()


def test_an_armed_token_has_a_record_of_its_own(tmp_path: Path) -> None:
    tokens.remember(tmp_path / "tokens.json", ARM_TOKEN, FRIDAY, AT)
    assert not (tmp_path / "tokens.json").exists()


def test_the_same_text_looks_different_in_every_directory(tmp_path: Path) -> None:
    digests = set()
    for name in "ab":
        (tmp_path / name).mkdir()
        tokens.remember(tmp_path / name / "tokens.json", TOKEN, FRIDAY, AT)
        digests.add(tokens.load(tmp_path / name / "tokens.json").served[0].digest)
    assert len(digests) == 2


def test_a_list_that_was_lost_is_a_problem_and_begins_again_with_what_lies_there(tmp_path: Path) -> None:
    assert not tokens.begin_again(tmp_path / "tokens.json", TOKEN, AT), "never begun is not lost"
    begun(tmp_path)
    assert tokens.served(tmp_path / "tokens.json", TOKEN) == Served(problem="tokens.json is missing")
    assert tokens.begin_again(tmp_path / "tokens.json", TOKEN, AT)
    assert tokens.served(tmp_path / "tokens.json", TOKEN) == Served(problem="tokens.json was lost while it lay here")
    assert tokens.served(tmp_path / "tokens.json", OTHER) == Served()
    assert not tokens.begin_again(tmp_path / "tokens.json", OTHER, AT)


@pytest.mark.parametrize("token", [b"", ARM_TOKEN])
def test_without_a_hand_made_token_it_begins_empty(tmp_path: Path, token: bytes) -> None:
    assert tokens.begin_again(begun(tmp_path) / "tokens.json", token, AT)
    assert tokens.load(tmp_path / "tokens.json").served == ()


@pytest.mark.parametrize(
    "document",
    [
        {"schema": 1, "salt": "5a", "served": [], "more": 1},
        {"schema": 1, "salt": "no hex", "served": []},
        {"schema": 1, "salt": "5a", "served": [{"digest": "00"}]},
        {"schema": 2, "salt": "5a", "served": []},
    ],
)
def test_a_list_that_is_not_as_it_should_be_is_a_problem(tmp_path: Path, document: dict[str, object]) -> None:
    (tmp_path / "tokens.json").write_bytes(render(sealed(document)))
    problem = tokens.served(tmp_path / "tokens.json", TOKEN).problem
    assert problem is not None and problem.startswith("tokens.json is unreadable (")
    with pytest.raises(StateUnreadable):
        tokens.remember(tmp_path / "tokens.json", TOKEN, FRIDAY, AT)


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 3)
    path, texts = tmp_path / "tokens.json", [b"%d" % number for number in range(5)]
    for text in texts:
        tokens.remember(path, text, FRIDAY, AT)
    assert [tokens.served(path, text).first for text in texts] == [None, None, *[FRIDAY] * 3]
