"""The ledgers as an older release reads them: all of them beside the others, or none and why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from support.trading import ledger

from execution.ledger.day import Exit, Word
from execution.operator.export_older import Exported, NotExported, export_older
from execution.operator.refusal import Cause
from execution.state.directory import StateDir
from gates.base.statefile import StateMissing
from gates.mode import Mode

AT = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    """A live ledger of today and of the session before; no rehearsed one."""
    made = StateDir(tmp_path / "state")
    for name in ("", "ledger", "ledger/LIVE", "ledger/DRY_RUN"):
        (made.root / name).mkdir(mode=0o700)
    live = made.ledger(Mode.LIVE)
    live.save(msgspec.structs.replace(ledger(), words=()))
    live.roll_over(live.load(), date(2026, 11, 23))
    return made


def everything(state: StateDir) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in state.root.rglob("*.json")}


def test_every_ledger_is_written_beside_the_others(state: StateDir) -> None:
    before = everything(state)
    done = export_older(state, 1, None)
    assert isinstance(done, Exported)
    folder = state.root / "ledger-schema-1"
    assert done.written == (folder / "ledger/LIVE/2026-11-20.json", folder / "live_orders_today.json")
    assert {path: before[path] for path in before} == {path: path.read_bytes() for path in before}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in done.written)
    again = export_older(state, 1, None)
    assert isinstance(again, NotExported) and again.why == f"{folder} is there already; name a new directory"


def test_a_schema_that_no_release_had_is_refused_with_the_numbers(state: StateDir) -> None:
    refused = export_older(state, 3, None)
    assert refused == NotExported(Cause.REQUEST, "3: ledgers here have schema 2, and 1 can be written", "schema")


def test_what_cannot_be_held_is_named_and_nothing_is_written(state: StateDir, tmp_path: Path) -> None:
    live = state.ledger(Mode.LIVE)
    word = Word("KO", Decimal(3), AT, "seen on the broker's page")
    sold = Exit("KO", "foreign", Decimal(3), None, AT, "", None, "order-9", True)
    live.save(msgspec.structs.replace(live.load(), words=(word,) * 9, exits=(sold,)))
    refused = export_older(state, 1, tmp_path / "out")
    assert isinstance(refused, NotExported) and not (tmp_path / "out").exists()
    assert refused.why.startswith("schema 1 cannot hold LIVE 2026-11-23, ") and "2026-11-23: words" in refused.why


def test_a_live_ledger_that_is_gone_ends_it(state: StateDir) -> None:
    state.ledger(Mode.LIVE).path.unlink()
    with pytest.raises(StateMissing):
        export_older(state, 1, None)
