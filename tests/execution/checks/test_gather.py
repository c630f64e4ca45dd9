"""The whole engine against the venue: a good morning, and broken worlds one at a time.

Real files, the real client over a real socket; only the clock is handed in. What is broken is told by
its own check, and everything that does not hang on it is answered all the same.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from crash.commands import FixedClock
from crash.desk import DAY, OPEN, TOKEN, make_template, settings
from support import host
from support.trading import entry, ledger
from venue import faults
from venue.faults import EVERY
from venue.venue import Venue

from execution.checks.catalog import DOCTOR, GO_NO_GO, PREFLIGHT
from execution.checks.catalog import EVERY as EVERY_CHECK
from execution.checks.facts import Facts
from execution.checks.finding import (
    CheckAnswer,
    Finding,
    Result,
    ask_all,
    failed,
    no_data,
    passed,
    unknown_fails,
    worst,
)
from execution.checks.gather import gather
from execution.checks.show import without_secrets
from execution.ledger.day import blank
from execution.orders import OrderStatus
from execution.state.directory import StateDir
from execution.state.heartbeat import SCHEMA, Heartbeat
from execution.state.latches import Latch, set_latch
from gates.base.record import dataclass, field
from gates.base.statefile import render
from gates.mode import Mode

S = OrderStatus
ACCOUNT = "PA3VENUE0001"
DAY_ONE = {
    "ALLOWLIST_SYMBOLS": "AAPL,MSFT",
    "MAX_LIVE_ORDERS_PER_DAY": "1",
    "MAX_LIVE_POSITIONS": "1",
    "MAX_LIVE_GROSS_NOTIONAL": "500",
    "MAX_LIVE_NOTIONAL_PER_SYMBOL": "250",
}


@dataclass
class World:
    venue: Venue
    state: StateDir
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return {**settings(self.state.root, self.venue.env), **DAY_ONE, **self.extra}

    def facts(self) -> Facts:
        return gather(self.environ, clock=FixedClock(self.venue.now(), self.venue.now()))

    def doctor(self) -> dict[str, Finding]:
        facts = self.facts()
        answers = without_secrets(ask_all(EVERY_CHECK, facts), self.environ, self.state)
        return {one.check: one.finding for one in answers}

    def preflight(self) -> tuple[CheckAnswer, ...]:
        return unknown_fails(PREFLIGHT, ask_all(PREFLIGHT, self.facts()))

    def save(self, *entries: object) -> None:
        self.state.ledger(Mode.LIVE).save(ledger(*entries, account=None))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ready for LIVE at 10:31 of the session, a cycle having run a minute ago."""
    root = make_template(tmp_path_factory.mktemp("template") / "state")
    beat = Heartbeat(SCHEMA, 4711, OPEN.replace(minute=30), OPEN.replace(minute=30, second=2), 0, "DRY_RUN")
    StateDir(root).heartbeat.write_bytes(render(msgspec.to_builtins(beat)))
    return root


@pytest.fixture
def world(tmp_path: Path, template: Path) -> Iterator[World]:
    shutil.copytree(template, tmp_path / "state")
    with Venue() as venue:
        yield World(venue, StateDir(tmp_path / "state"))


def results(findings: dict[str, Finding], *names: str) -> list[str]:
    return [findings[name].result.value for name in names]


def bad(findings: dict[str, Finding]) -> dict[str, str]:
    """Names of the doctor's checks that warn or fail, with how."""
    names = {check.name for check in DOCTOR} - {"timers", "time_sync"}  # the machine the tests run on
    wrong = (Result.WARN, Result.FAIL)
    return {name: one.result.value for name, one in findings.items() if name in names and one.result in wrong}


# --- a good morning -------------------------------------------------------------------------------


def test_with_the_runbooks_own_settings_everything_passes(world: World) -> None:
    findings = world.doctor()
    assert bad(findings) == {}
    assert findings["broker"].result is Result.PASS
    assert findings["account"] == passed(
        f"account {ACCOUNT} active, buying power 200000.00, equity 100000.00; "
        "at risk per trade 500.00 (0.5 % of equity)"
    )
    assert findings["data_feed"] == passed("feed iex: SPY quote 0.0s old (limit 60s)")
    assert findings["watchlist"] == passed("session 2026-11-20, 3 rows")
    assert findings["secrets"] == passed("private (no rights for others): live_confirm_token.txt (0600)")


def test_the_preflight_can_pass_with_the_runbooks_own_settings(world: World) -> None:
    answers = [one for one in world.preflight() if one.check not in ("timers", "drop_ins")]
    assert worst(answers) is Result.PASS
    assert [one.check for one in answers if one.result is Result.NO_DATA] == ["slack"]


def test_looking_writes_nothing_and_sends_nothing(world: World) -> None:
    def digest() -> list[tuple[str, int, bytes]]:
        paths = sorted(world.state.root.rglob("*"))
        return [(str(one), one.lstat().st_mtime_ns, one.read_bytes() if one.is_file() else b"") for one in paths]

    before = digest()
    world.doctor()
    assert digest() == before
    assert {entry.method for entry in world.venue.requests} == {"GET"}
    assert len(list(world.venue.requests)) <= 8


# --- broken worlds --------------------------------------------------------------------------------

ON_BROKER = ("account", "clock", "unresolved", "naked", "reconciliation", "data_feed")


def test_a_broker_that_is_down_is_told_once_and_the_rest_is_answered(world: World) -> None:
    world.extra |= {"APCA_API_BASE_URL": "http://127.0.0.1:1"}
    findings = world.doctor()
    assert bad(findings) == {"broker": "FAIL"}
    assert findings["broker"].evidence == "no answer (clock: connection refused)"
    assert results(findings, *ON_BROKER) == ["NO-DATA"] * len(ON_BROKER)
    assert results(findings, "settings", "disk", "ledger", "watchlist", "heartbeat") == ["PASS"] * 5
    against = {one.check for one in world.preflight() if one.result is Result.FAIL}
    assert against == {"broker", "account", "clock", "unresolved", "naked", "reconciliation"}


@pytest.mark.parametrize("path", ["/v2/*", "/v2/orders", "/v2/stocks/*"])
def test_a_broker_that_hangs_does_not_hang_the_doctor(world: World, path: str) -> None:
    world.venue.faults.add(faults.silence(), method="GET", path=path, times=EVERY)
    began = time.monotonic()
    findings = world.doctor()
    assert time.monotonic() - began < host.PATIENCE_SECONDS
    assert bad(findings) == ({"data_feed": "FAIL"} if "stocks" in path else {"broker": "FAIL"})


def test_all_questions_together_have_one_limit(world: World) -> None:
    world.extra |= {"HTTP_TIMEOUT_SECONDS": "2", "CYCLE_BUDGET_SECONDS": "5"}
    for path in ("/v2/account", "/v2/positions", "/v2/orders"):
        world.venue.faults.add(faults.silence(), method="GET", path=path, times=EVERY)
    began = time.monotonic()
    findings = world.doctor()
    assert time.monotonic() - began < host.PATIENCE_SECONDS
    assert "cycle budget used up" in findings["broker"].evidence


def test_a_clock_that_is_off(world: World) -> None:
    world.venue.faults.add(faults.clock_offset(30))
    assert bad(world.doctor()) == {"clock": "FAIL"}


def test_an_account_that_may_not_trade(world: World) -> None:
    world.venue.book.account.trading_blocked = True
    findings = world.doctor()
    assert bad(findings) == {"account": "FAIL"}
    assert findings["account"].evidence == f"account {ACCOUNT} may not trade (trading_blocked)"


def test_an_account_that_is_not_ours(world: World) -> None:
    world.state.write_record(msgspec.structs.replace(world.state.read_record(), account="PA9"))
    findings = world.doctor()
    assert findings["account"].evidence == f"state dir is bound to PA9, broker says {ACCOUNT}"
    assert results(findings, "unresolved", "naked", "reconciliation") == ["NO-DATA"] * 3


def test_a_feed_without_subscription(world: World) -> None:
    refusal = faults.refuse(403, 42210000, "subscription does not permit querying recent SIP data")
    world.venue.faults.add(refusal, method="GET", path="/v2/stocks/quotes/latest", times=EVERY)
    findings = world.doctor()
    assert bad(findings) == {"data_feed": "FAIL"}
    assert "HTTP 403 code 42210000" in findings["data_feed"].evidence


def test_a_closed_market_is_not_a_broken_feed(world: World) -> None:
    world.venue.set_now(OPEN.replace(hour=23))
    findings = world.doctor()
    assert findings["data_feed"].result is Result.NO_DATA
    assert bad(findings) == {"watchlist": "WARN"}  # Monday's, and it is Friday evening
    assert results(findings, "heartbeat", "clock", "ledger") == ["PASS"] * 3


@pytest.mark.parametrize(
    ("content", "evidence"),
    [
        (b"", "LIVE current: is empty"),
        (b'{"schema": 1}', "LIVE current: digest does not match its content"),
        (None, "LIVE current: missing"),
    ],
)
def test_a_live_ledger_that_is_lost_or_broken(world: World, content: bytes | None, evidence: str) -> None:
    path = world.state.ledger(Mode.LIVE).path
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    findings = world.doctor()
    assert bad(findings) == {"ledger": "FAIL"}
    assert findings["ledger"].evidence == evidence
    assert results(findings, "unresolved", "naked", "reconciliation") == ["NO-DATA"] * 3
    assert worst(world.preflight()) is Result.FAIL


def test_an_order_in_doubt(world: World) -> None:
    world.save(entry(status=S.UNKNOWN))
    findings = world.doctor()
    assert bad(findings) == {"unresolved": "FAIL"}
    assert findings["unresolved"].evidence == "1 in doubt (limit 0): avx-20261120-AAPL-entry-1"


def test_shares_that_nothing_protects(world: World) -> None:
    naked = entry(status=S.FILLED, filled=4, order_id=None)
    world.save(naked)
    world.venue.book.account.hold("AAPL", naked.qty, naked.limit_price)
    findings = world.doctor()
    assert bad(findings) == {"naked": "WARN"}
    world.save(msgspec.structs.replace(naked, naked_since=OPEN.replace(minute=30)))
    assert world.doctor()["naked"] == failed(
        "without a working stop (limit 0): AAPL 4 shares",
        "the cycles' lines PROTECT WAITS say what each waits for; else set a stop on the broker's own page",
    )


def test_shares_the_broker_does_not_hold(world: World) -> None:
    world.save(entry(status=S.FILLED, filled=4, order_id=None))
    findings = world.doctor()
    assert findings["reconciliation"].evidence == (
        "1 of our symbols differ (limit 0): AAPL position differs: expected 4, found 0, difference -4; "
        "`execution ledger explain` enters why"
    )


def test_a_token_that_others_can_read(world: World) -> None:
    world.state.token.chmod(0o644)
    findings = world.doctor()
    assert bad(findings) == {"secrets": "FAIL"}
    assert f"{world.state.token} permissions too open (0644, want 0600)" in findings["secrets"].evidence


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file to another user")
def test_a_token_of_another_user(world: World) -> None:
    os.chown(world.state.token, 65534, 65534)
    assert bad(world.doctor()) == {"secrets": "FAIL"}


def test_an_open_directory(world: World) -> None:
    world.state.root.chmod(0o755)
    assert bad(world.doctor()) == {"state_dir": "WARN"}


def test_every_mistake_of_the_settings_is_told_and_the_rest_is_answered(world: World) -> None:
    world.extra |= {"MAX_LIVE_POSITIONS": "many", "ALPACA_PAPER": "0", "BROKER": "alpca"}
    findings = world.doctor()
    assert findings["settings"].result is Result.FAIL
    for name in ("MAX_LIVE_POSITIONS=many", "ALPACA_PAPER=0", "BROKER=alpca"):
        assert name in findings["settings"].evidence
    assert results(findings, "broker", *ON_BROKER) == ["NO-DATA"] * 7
    assert results(findings, "disk", "state_dir", "ledger", "heartbeat") == ["PASS"] * 4
    assert list(world.venue.requests) == []


def test_a_directory_that_was_never_made(world: World) -> None:
    shutil.rmtree(world.state.root)
    findings = world.doctor()
    assert findings["settings"].evidence.endswith("is not an initialised state directory; run `execution init`")
    assert findings["state_dir"].result is Result.NO_DATA
    assert worst(world.preflight()) is Result.FAIL


def test_a_directory_whose_name_is_wrong_is_not_guessed_at(world: World) -> None:
    world.extra |= {"AVWAP_STATE_DIR": "~/state"}
    facts = world.facts()
    assert str(facts.state_root) == "(AVWAP_STATE_DIR is wrong)"
    assert worst(ask_all(DOCTOR, facts)) is Result.FAIL


@pytest.mark.parametrize("where", ["key", "token"])
def test_what_the_broker_quotes_back_is_not_shown(world: World, where: str) -> None:
    secret = world.venue.secret if where == "key" else TOKEN
    refusal = faults.refuse(401, 40110000, f"request is not authorized: {secret}")
    world.venue.faults.add(refusal, method="GET", path="/v2/clock", times=EVERY)
    findings = world.doctor()
    assert findings["broker"].result is Result.FAIL
    assert secret not in str(findings)
    assert "[redacted]" in findings["broker"].evidence


# --- a check, or a step of gathering, that breaks -------------------------------------------------


def test_a_heartbeat_that_is_garbage_fails_alone(world: World) -> None:
    world.state.heartbeat.write_bytes(b"\xff\xfe")
    assert bad(world.doctor()) == {"heartbeat": "FAIL"}


def test_a_latch_is_told_with_its_cause(world: World) -> None:
    set_latch(world.state.latches, Latch("flatten", OPEN, "me", "it burns"))
    findings = world.doctor()
    assert bad(findings) == {"switches": "WARN"}
    assert "latch flatten (set 2026-11-20 10:31:00 EST by me: it burns)" in findings["switches"].evidence
    world.state.latches.write_text("{}")
    assert "latches.json: has schema None" in world.doctor()["switches"].evidence


def test_a_stranger_among_the_archives_is_told(world: World) -> None:
    (world.state.ledger(Mode.LIVE).archive_dir / "old-copy.json").write_text("{}")
    findings = world.doctor()
    assert findings["ledger"].result is Result.FAIL
    assert "old-copy.json: is not named for a session" in findings["ledger"].evidence


# --- go / no-go -----------------------------------------------------------------------------------


def test_go_needs_every_box(world: World) -> None:
    world.extra["DRY_RUN"] = "1"
    decided = b'{"mode": "DRY_RUN", "mode_gates": [["dry_run", "FAIL", "dry_run", "DRY_RUN enabled"]]}\n'
    records = {
        world.state.decisions / f"{DAY}.jsonl": decided,
        world.state.root / "alerts.json": b'{"schema": 1, "heartbeat_at": "2026-11-20T15:00:00Z", '
        b'"once": {"summary 2026-11-19": "2026-11-19T22:00:00Z"}}',
        world.state.drill: b'{"schema": 1, "at": "2026-11-20T13:00:00Z", "session": "2026-11-20", '
        b'"passed": true, "steps": []}',
    }
    for path, content in records.items():
        path.write_bytes(content)

    def boxes() -> dict[str, Result]:
        return {one.check: one.result for one in unknown_fails(GO_NO_GO, ask_all(GO_NO_GO, world.facts()))}

    assert set(boxes().values()) == {Result.PASS}
    breakers: dict[str, Callable[[], object]] = {
        "box_watchlist": world.state.watchlist(DAY).unlink,
        "box_gate_lines": (world.state.decisions / f"{DAY}.jsonl").unlink,
        "box_slack": (world.state.root / "alerts.json").unlink,
        "box_kill_drill": world.state.drill.unlink,
        "box_running": world.state.heartbeat.unlink,
    }
    broken = set()
    for name, break_it in breakers.items():
        break_it()
        broken.add(name)
        assert {box for box, result in boxes().items() if result is not Result.PASS} == broken


def test_an_unknown_ledger_of_another_day_is_no_finished_one(world: World) -> None:
    world.state.ledger(Mode.LIVE).save(blank(DAY, Mode.LIVE, None))
    findings = world.doctor()
    assert findings["last_ledger"] == no_data("no live ledger of session 2026-11-19 (missing)")
