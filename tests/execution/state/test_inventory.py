"""What stays open, in one line, from the ledger alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.trading import DAY, NOW, S, entry, ledger

from execution.ledger.day import Entry
from execution.state.directory import StateDir
from execution.state.inventory import stays_open, words
from gates.mode import Mode

HELD = entry(status=S.FILLED, filled=4)
BARE = entry("MSFT", status=S.FILLED, filled=2, naked_since=NOW)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((), "nothing"),
        ((HELD,), "held AAPL 4"),
        ((HELD, BARE), "held AAPL 4, MSFT 2; without a stop when last seen MSFT"),
        ((entry(status=S.PARTIALLY_FILLED, filled=1),), "held AAPL 1; resting entries AAPL 3"),
        ((entry("KO", status=S.UNKNOWN),), f"in doubt {entry('KO').client_order_id}"),
        ((entry(status=S.CANCELLED),), "nothing"),
    ],
)
def test_what_is_held_what_rests_and_what_is_in_doubt(entries: tuple[Entry, ...], said: str) -> None:
    assert words(ledger(*entries)) == f"Stays open by the live ledger of session {DAY}: {said}."


def test_a_ledger_that_cannot_be_read_is_said_and_raises_nothing(tmp_path: Path) -> None:
    state = StateDir(tmp_path)
    assert stays_open(state) == "What stays open is not known (live ledger missing); look at the broker's own page."
    state.ledger(Mode.LIVE).path.mkdir()
    assert stays_open(state).startswith("What stays open is not known (live ledger ")


def test_whatever_the_ledger_does_the_words_come_out(tmp_path: Path) -> None:
    state = StateDir(tmp_path)
    state.ledger(Mode.LIVE).path.write_text("[" * 100_000)
    assert stays_open(state).startswith("What stays open is not known (live ledger ")
