"""Every ledger of a mode against the one it follows: whatever does not hold is one link's problem."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from execution.ledger.chain import ChainLink, chain
from execution.ledger.day import blank
from execution.ledger.file import LedgerFile, to_bytes
from gates.mode import Mode

DAYS = [date(2026, 11, day) for day in (18, 19, 20)]
ARCHIVED = [ChainLink("LIVE", "2026-11-18", None), ChainLink("LIVE", "2026-11-19", None)]
CURRENT = ChainLink("LIVE", "2026-11-20 (current)", None, current=True)
UNCHAINED = ChainLink("LIVE", CURRENT.session, "does not follow the archive of 2026-11-19", True)


@pytest.fixture
def file(tmp_path: Path) -> LedgerFile:
    """Three sessions, two of them archived."""
    (tmp_path / "ledger" / "LIVE").mkdir(parents=True)
    file = LedgerFile(tmp_path, Mode.LIVE)
    file.save(blank(DAYS[0], Mode.LIVE, "SIM1"))
    for day in DAYS[1:]:
        file.roll_over(file.load(), day)
    return file


def test_a_chain_that_holds(file: LedgerFile) -> None:
    assert chain(file) == (*ARCHIVED, CURRENT)


def rewritten(file: LedgerFile) -> None:
    """With a digest that is right."""
    path = file.archive_path(DAYS[1])
    path.write_bytes(to_bytes(replace(file.load_from(path), account="another")))


DAMAGE: dict[str, tuple[Callable[[LedgerFile], object], list[ChainLink]]] = {
    "an archive rewritten": (
        rewritten,
        [*ARCHIVED, UNCHAINED],
    ),
    "an archive gone": (
        lambda file: file.archive_path(DAYS[1]).unlink(),
        [ARCHIVED[0], UNCHAINED],
    ),
    "an archive torn": (
        lambda file: file.archive_path(DAYS[1]).write_bytes(b""),
        [ARCHIVED[0], ChainLink("LIVE", "2026-11-19", "is empty"), UNCHAINED],
    ),
    "the current one missing": (
        lambda file: file.path.unlink(), [*ARCHIVED, ChainLink("LIVE", "current", "missing", True)]
    ),
    "an archive under another day": (
        lambda file: file.archive_path(DAYS[0]).rename(file.archive_path(date(2026, 11, 17))),
        [ChainLink("LIVE", "2026-11-17", "is dated 2026-11-18"), ARCHIVED[1], CURRENT],
    ),
    "a stranger among the archives": (
        lambda file: (file.archive_dir / "copy.json").touch(),
        [ChainLink("LIVE", "copy.json", "is not named for a session"), UNCHAINED],
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_chain_that_does_not_hold(file: LedgerFile, damage: str) -> None:
    change, links = DAMAGE[damage]
    change(file)
    assert chain(file) == tuple(links)
