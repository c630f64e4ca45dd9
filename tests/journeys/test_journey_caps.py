"""Promise 3: caps hold across restarts and across deleted, torn, edited and misdated ledgers.

What the broker has seen today counts even if our own file forgot it, a ledger that cannot be relied
on blocks LIVE with its reason, `init` does not heal it, and `ledger rebuild` does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.desk import LIVE, Desk, side_by_side


@pytest.fixture(scope="module")
def traded(quiet_morning: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """After the first LIVE cycle of a day with a cap of one order."""
    desk = quiet_morning.copy(tmp_path_factory.mktemp("traded"))
    desk.arm()
    desk.env["MAX_LIVE_ORDERS_PER_DAY"] = "1"
    assert desk.cycle().submitted == ["AAPL"]
    return desk


def test_six_cycles_with_a_cap_of_one_submit_one_order(live_desk: Desk) -> None:
    done = [live_desk.cycle(MAX_LIVE_ORDERS_PER_DAY="1") for _ in range(6)]
    assert [cycle.reason for cycle in done] == [LIVE] * 6
    assert [cycle.submitted for cycle in done] == [["AAPL"], [], [], [], [], []]
    for cycle in done:
        refused = cycle.line("Gate order MSFT")
        assert refused.endswith("reason=max orders/day reached (1 of 1) code=caps.orders_per_day")
    assert live_desk.taken_symbols() == ["AAPL"]
    assert [order["client_order_id"] for order in live_desk.orders()] == list(live_desk.entries())


def _delete(desk: Desk) -> None:
    desk.ledger_path().unlink()


def _empty(desk: Desk) -> None:
    desk.ledger_path().write_bytes(b"")


def _halve(desk: Desk) -> None:
    whole = desk.ledger_path().read_bytes()
    desk.ledger_path().write_bytes(whole[: len(whole) // 2])


def _edit_a_digit(desk: Desk) -> None:
    text = desk.ledger_path().read_text()
    assert '"qty": "9"' in text
    desk.ledger_path().write_text(text.replace('"qty": "9"', '"qty": "1"', 1))


def _drop_the_entry(desk: Desk) -> None:
    desk.rewrite_ledger(lambda document: document.update(entries=[]), seal=False)


def _redate(days: int, *, seal: bool, blank: bool = False) -> Callable[[Desk], None]:
    def change(document: dict[str, Any]) -> None:
        document["date_ny"] = str(date.fromisoformat(document["date_ny"]) + timedelta(days))
        document["previous"] = None
        if blank:
            document["entries"] = []

    return lambda desk: desk.rewrite_ledger(change, seal=seal)


def _link(desk: Desk) -> None:
    aside = desk.ledger_path().rename(desk.root / "ledger-elsewhere.json")
    desk.ledger_path().symlink_to(aside)


def _directory(desk: Desk) -> None:
    _delete(desk)
    desk.ledger_path().mkdir()


def _newer_schema(desk: Desk) -> None:
    desk.rewrite_ledger(lambda document: document.update(schema=3), seal=True)


def _unknown_field(desk: Desk) -> None:
    desk.rewrite_ledger(lambda document: document["entries"][0].update(colour="red"), seal=True)


def _nan_notional(desk: Desk) -> None:
    desk.rewrite_ledger(lambda document: document["entries"][0].update(notional="NaN", limit_price="NaN"), seal=True)


def _other_account(desk: Desk) -> None:
    desk.rewrite_ledger(lambda document: document.update(account="SIMOTHER"), seal=True)


def _other_mode(desk: Desk) -> None:
    shutil.copy(desk.ledger_path("DRY_RUN"), desk.ledger_path())


def _torn_history(desk: Desk) -> None:
    desk.rewrite_ledger(lambda document: document["entries"][0].update(status="cancelled"), seal=True)


HEALED = {
    "deleted": (_delete, "ledger unavailable (missing)"),
    "emptied": (_empty, "ledger unavailable (unreadable: is empty)"),
    "cut in half": (_halve, "ledger unavailable (unreadable: is not valid JSON"),
    "a digit edited": (_edit_a_digit, "ledger unavailable (digest)"),
    "back-dated": (_redate(-3, seal=False), "ledger unavailable (digest)"),
    "back-dated and sealed": (_redate(-3, seal=True), "ledger unavailable (unreadable: dated "),
    "post-dated and sealed": (_redate(3, seal=True), "ledger unavailable (unreadable: dated "),
    "post-dated, blank and sealed": (_redate(3, seal=True, blank=True), "ledger unavailable (dated "),
}
BLOCKED = {
    "its entry removed": (_drop_the_entry, "ledger unavailable (digest)"),
    "post-dated": (_redate(3, seal=False), "ledger unavailable (digest)"),
    "a link": (_link, "ledger unavailable (unreadable: is a link)"),
    "a directory": (_directory, "ledger unavailable (unreadable: "),
    "of a later schema": (_newer_schema, "ledger unavailable (unreadable: has schema 3, want 2)"),
    "with a field nobody knows": (_unknown_field, "ledger unavailable (unreadable: Object contains unknown field"),
    "not a number, sealed": (_nan_notional, "ledger unavailable (unreadable: "),
    "of another account": (_other_account, "ledger unavailable (of account SIMOTHER, want SIM"),
    "of the other mode": (_other_mode, "ledger unavailable (unreadable: is a DRY_RUN ledger, want LIVE)"),
    "against its history": (_torn_history, "ledger unavailable (unreadable: avx-"),
}


def blocked_by(desk: Desk, tamper: Callable[[Desk], None], reason: str) -> bool:
    """LIVE is blocked with the reason and the ledger left as it is; True when there is one."""
    tamper(desk)
    lying = desk.ledger_path().read_bytes() if desk.ledger_path().is_file() else None
    blocked = desk.cycle()
    assert blocked.mode == "DRY_RUN", reason
    assert blocked.reason.startswith(reason), f"{reason}: {blocked.reason}"
    still = desk.ledger_path().read_bytes() if desk.ledger_path().is_file() else None
    assert still == lying, f"{reason}: the ledger was touched"
    assert desk.taken_symbols() == ["AAPL"], reason
    return lying is not None


def test_a_tampered_ledger_never_makes_a_second_order_and_rebuild_heals_it(traded: Desk, tmp_path: Path) -> None:
    def journey(name: str) -> None:
        desk = traded.copy(tmp_path / name.replace(" ", "-"))
        there = blocked_by(desk, *HEALED[name])
        rebuilt = desk.ok("ledger", "rebuild")
        assert ("The old file was put aside as" in rebuilt.out) is there, name
        healed = desk.cycle()
        assert (healed.reason, healed.submitted) == (LIVE, []), f"{name}: {healed.said}"
        assert "max orders/day reached (1 of 1)" in healed.line("Gate order MSFT"), name
        assert list(desk.entries()) == [f"avx-{desk.session.replace('-', '')}-AAPL-entry-1"], name
        assert desk.taken_symbols() == ["AAPL"], name
        desk.check_books()

    side_by_side(HEALED, journey)


def test_a_ledger_that_is_not_exactly_right_blocks(traded: Desk, tmp_path: Path) -> None:
    def journey(name: str) -> None:
        blocked_by(traded.copy(tmp_path / name.replace(" ", "-")), *BLOCKED[name])

    side_by_side(BLOCKED, journey)


def test_init_does_not_heal_a_missing_ledger_and_points_to_rebuild(traded: Desk, tmp_path: Path) -> None:
    desk = traded.copy(tmp_path / "desk")
    _delete(desk)
    said = desk.ok("init").out
    assert "The live ledger is missing and is not made again; `execution ledger rebuild` brings it back." in said
    assert not desk.ledger_path().exists()
    assert desk.cycle().reason == "ledger unavailable (missing)"
    assert desk.ok("ledger", "rebuild").code == 0
    again = desk.do("ledger", "rebuild")
    assert (again.code, "there is nothing to rebuild" in again.err) == (64, True)


def test_a_blank_ledger_of_an_earlier_day_forgets_nothing_the_broker_knows(traded: Desk, tmp_path: Path) -> None:
    """Sealed, blank and dated yesterday is what a restored backup looks like. Its archive may be there
    with other content, which blocks; where it is not, today's order comes back from the broker."""
    desk = traded.copy(tmp_path / "desk")
    _redate(-1, seal=True, blank=True)(desk)
    cycle = desk.cycle()
    assert cycle.reason.startswith("ledger unavailable (") or "ADOPTED AAPL" in cycle.said
    assert desk.taken_symbols() == ["AAPL"]


def test_an_older_archive_put_back_as_the_current_ledger_blocks_live(traded: Desk, tmp_path: Path) -> None:
    """A ledger older than the newest archive has forgotten a session in between."""
    desk = traded.copy(tmp_path / "desk")
    oldest = desk.archives()[0]
    desk.next_session()
    desk.arm()
    desk.cycle()
    assert len(desk.archives()) == 2
    shutil.copy(oldest, desk.ledger_path())
    blocked = desk.cycle()
    assert blocked.mode == "DRY_RUN", f"LIVE went on with a ledger of {oldest.stem}"
    assert blocked.reason.startswith("ledger unavailable (")
    desk.ok("ledger", "rebuild")
    assert desk.cycle().reason == LIVE
    assert [entry["symbol"] for entry in desk.ledger()["carried"]] == ["AAPL"]


def test_everything_but_the_broker_forgotten_is_still_one_order(traded: Desk, tmp_path: Path) -> None:
    """Ledgers, archives, state.json and heartbeat gone: init begins no ledger, the broker remembers."""
    desk = traded.copy(tmp_path / "desk")
    for path in (desk.ledger_path(), desk.ledger_path("DRY_RUN"), desk.state / "state.json"):
        path.unlink()
    (desk.state / "heartbeat.json").unlink()
    shutil.rmtree(desk.state / "ledger")
    assert desk.do("run").code == 74
    desk.ok("init")
    assert desk.cycle().reason == "ledger unavailable (missing)"
    desk.ok("ledger", "rebuild")
    cycle = desk.cycle()
    assert cycle.submitted == []
    assert desk.taken_symbols() == ["AAPL"]
    assert list(desk.entries().values()) == ["filled"]


def test_gross_notional_holds_and_says_both_numbers(live_desk: Desk) -> None:
    done = live_desk.cycle(MAX_LIVE_GROSS_NOTIONAL="950")
    assert done.submitted == ["AAPL"]
    assert "gross_notional=950.0" in done.line("Gate caps(")
    refused = done.line("Gate order MSFT")
    assert refused.endswith(
        "reason=max gross notional reached (one share costs 201.00, used 904.50 of 950.0) code=caps.gross_notional"
    )
    assert live_desk.cycle(MAX_LIVE_GROSS_NOTIONAL="950").submitted == []
    assert live_desk.taken_symbols() == ["AAPL"]


def test_per_symbol_and_positions_hold(live_desk: Desk) -> None:
    done = live_desk.cycle(MAX_LIVE_NOTIONAL_PER_SYMBOL="150", MAX_LIVE_POSITIONS="1")
    assert done.submitted == ["AAPL"]
    assert live_desk.ledger()["entries"][0]["qty"] == "1"
    positions = live_desk.cycle(MAX_LIVE_NOTIONAL_PER_SYMBOL="1000", MAX_LIVE_POSITIONS="1")
    assert "max positions reached (1 of 1)" in positions.line("Gate order MSFT")
    per_symbol = live_desk.cycle(MAX_LIVE_NOTIONAL_PER_SYMBOL="150")
    assert "max notional per symbol reached (one share costs 201.00, used 0.00 of 150.0)" in per_symbol.said
    assert per_symbol.submitted == ["KO"]


def test_a_foreign_position_takes_a_place_and_locks_its_symbol(live_desk: Desk) -> None:
    live_desk.sim("foreign", "KO", "3")
    live_desk.sim("foreign", "MSFT", "1", "--limit", "150.00")
    done = live_desk.cycle(MAX_LIVE_POSITIONS="2")
    assert done.submitted == ["AAPL"]
    assert "not ours to touch (position of 3 shares that is not ours)" in done.line("Gate order KO")
    assert "not ours to touch (open buy order of 1 shares that is not ours)" in done.line("Gate order MSFT")
    assert live_desk.cycle(MAX_LIVE_POSITIONS="1").submitted == []


def test_zero_caps_allow_nothing(live_desk: Desk) -> None:
    for name in (
        "MAX_LIVE_ORDERS_PER_DAY",
        "MAX_LIVE_POSITIONS",
        "MAX_LIVE_GROSS_NOTIONAL",
        "MAX_LIVE_NOTIONAL_PER_SYMBOL",
    ):
        done = live_desk.cycle(**{name: "0"})
        assert (done.reason, done.submitted) == (LIVE, []), name
    assert live_desk.taken() == []


def test_the_dry_run_ledger_gone_blocks_nothing_and_is_said(desk: Desk) -> None:
    assert desk.cycle().submitted == ["AAPL", "MSFT", "KO"]
    desk.ledger_path("DRY_RUN").unlink()
    done = desk.cycle()
    assert "dry-run ledger" in done.said and "missing; begun again" in done.said
    assert sorted(done.submitted) == ["AAPL", "KO", "MSFT"]
