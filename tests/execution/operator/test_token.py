"""The token alone: made anew, handed on as it is, and neither beside one of root's nor without a directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.place import Place

from execution.operator.refusal import Cause
from execution.operator.token import FORM, NotMade, TokenMade, make_token, text_of_token
from execution.state.directory import StateDir
from gates.base.statefile import StateMissing, StateUnreadable


def test_each_token_is_a_new_one(place: Place) -> None:
    assert make_token(place.state) == TokenMade(place.state.token)
    first = text_of_token(place.state)
    make_token(place.state)
    assert FORM.fullmatch(first) and text_of_token(place.state) != first
    assert place.state.token.stat().st_mode & 0o777 == 0o600


def test_a_token_of_roots_is_handed_on_and_none_is_made_beside_it(place: Place, tmp_path: Path) -> None:
    switches = tmp_path / "switches"
    switches.mkdir()
    of_root = switches / place.state.token.name
    of_root.write_text("of-root-0123456789")
    state = StateDir(place.state.root, switches)
    no = make_token(state)
    assert isinstance(no, NotMade) and no.cause is Cause.REQUEST and no.why.startswith(f"{of_root} is there")
    assert not place.state.token.exists()
    assert text_of_token(state) == b"of-root-0123456789"


@pytest.mark.parametrize("text", ["", "short", "with a blank in its text", "x" * 201, "0123456789abcdef\n"])
def test_what_is_no_token_is_not_handed_on(place: Place, text: str) -> None:
    place.state.token.write_text(text)
    with pytest.raises(StateUnreadable, match="is no token"):
        text_of_token(place.state)


def test_no_token_is_handed_on_where_none_is(place: Place) -> None:
    with pytest.raises(StateMissing):
        text_of_token(place.state)


def test_a_directory_that_was_never_used_gets_no_token(tmp_path: Path) -> None:
    state = StateDir(tmp_path)
    for asked in (make_token, text_of_token):
        with pytest.raises(StateUnreadable):
            asked(state)
    assert not state.token.exists()
