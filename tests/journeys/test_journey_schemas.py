"""A state directory that version 0.2 wrote is gone on with: read at once, migrated by a write, archives untouched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.desk import AAPL, KO, Desk, read_sealed

OLD = Path(__file__).resolve().parents[1] / "execution" / "ledger" / "schema_1"


@pytest.fixture
def old_desk(tmp_path: Path) -> Desk:
    """In the middle of its fifth session, with KO held since its second and nothing else."""
    desk = Desk(tmp_path / "desk")
    shutil.copytree(OLD, desk.state)
    desk.state.chmod(0o700)
    return desk


def archives(desk: Desk) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted((desk.state / "ledger").rglob("*.json"))}


def schemas(desk: Desk) -> list[int]:
    return [read_sealed(desk.state / f"{mode}_orders_today.json")["schema"] for mode in ("live", "dry_run")]


def test_a_week_of_an_older_version_is_gone_on_with(old_desk: Desk) -> None:
    desk, before = old_desk, archives(old_desk)
    assert desk.ok("ledger", "verify").out.count("PASS") == 10
    assert desk.ok("ledger", "show", "--session", "2082-11-09").out.count("avx-20821109-") == 4
    assert "KO" in desk.ok("status").out
    assert schemas(desk) == [1, 1], "reading writes nothing"

    desk.sim("price", "AAPL", "100.20")
    desk.sim("clock", "+21m")
    assert desk.cycle().submitted == ["AAPL"]
    assert schemas(desk) == [2, 2], "the broker tells a fee now, of what is held too"
    desk.sim("price", "KO", "48.00")
    assert "EXIT KO: kind=stop qty=19" in desk.cycles(2).said
    live = desk.ledger()
    assert [entry["client_order_id"] for entry in live["carried"]] == ["avx-20821109-KO-entry-1"]
    assert [one["fee"] for one in live["exits"]] == [{"amount": "0", "currency": "USD"}]
    assert live["carried"][0]["origin"] is None, "what an older version did not write is not known"
    assert archives(desk) == before

    for _ in range(2):
        desk.next_session(AAPL, KO)
        desk.arm()
        desk.cycles(2)
    (entry,) = (one for one in desk.ledger()["carried"] if one["symbol"] == "AAPL")
    assert entry["origin"] == {
        "entry": "100.00", "bid": entry["origin"]["bid"], "ask": entry["origin"]["ask"], "setup": None, "anchor": None,
        "anchor_date": None, "avg_volume": None, "score": None,
    }  # fmt: skip
    assert all({"asked_at", "answered_at"} <= set(event) for event in entry["history"][1:])
    assert not {"asked_at", "answered_at"} & set(entry["history"][0]), "an intent asks no broker"
    after = archives(desk)
    assert {path: after[path] for path in before} == before
    assert desk.ok("ledger", "verify").out.count("PASS") == 14
    desk.check_books()


def test_an_old_ledger_that_nothing_changes_is_archived_as_it_was_written(old_desk: Desk) -> None:
    desk, current = old_desk, (old_desk.state / "live_orders_today.json").read_bytes()
    desk.next_session()
    desk.cycle()
    assert (desk.state / "ledger" / "LIVE" / "2082-11-12.json").read_bytes() == current
    assert schemas(desk) == [2, 2]
    assert desk.ok("ledger", "verify").out.count("FAIL") == 0


def test_a_lost_ledger_is_made_anew_from_an_archive_of_schema_1(old_desk: Desk) -> None:
    desk = old_desk
    (desk.state / "live_orders_today.json").unlink()
    desk.ok("ledger", "rebuild")
    assert schemas(desk) == [2, 1]
    assert [entry["client_order_id"] for entry in desk.ledger()["carried"]] == ["avx-20821109-KO-entry-1"]
    assert desk.ok("ledger", "verify").out.count("FAIL") == 0


def test_a_ledger_of_a_newer_version_blocks_and_is_left_alone(old_desk: Desk) -> None:
    path = old_desk.state / "live_orders_today.json"
    path.write_bytes(newer := path.read_bytes().replace(b'"schema": 1', b'"schema": 3'))
    old_desk.arm()
    done = old_desk.cycle()
    assert "has schema 3, want 2" in done.said
    assert "Gate mode=DRY_RUN status=FAIL" in done.said
    assert path.read_bytes() == newer
    assert "has schema 3, want 2" in old_desk.do("ledger", "verify").out
