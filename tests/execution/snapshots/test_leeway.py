"""What would let more through than now, setting by setting, and where it is hidden."""

from __future__ import annotations

import pytest

from execution.settings.registry import REGISTRY
from execution.snapshots.leeway import Files, loosened

CONF = "execution.service.d/live.conf"


def files(env: str = "", conf: str | None = None, **units: str) -> Files:
    found = {("env", ".env"): env.encode()}
    if conf is not None:
        found["units", CONF] = f"[Service]\n{conf}\n".encode()
    return found | {("units", name): text.encode() for name, text in units.items()}


LOOSER = [
    ("MAX_LIVE_POSITIONS=1", "MAX_LIVE_POSITIONS=2"),
    ("MAX_LIVE_POSITIONS=1", ""),
    ("MAX_LIVE_POSITIONS=oops", "MAX_LIVE_POSITIONS=1"),
    ("MAX_LIVE_GROSS_NOTIONAL=500", "MAX_LIVE_GROSS_NOTIONAL=500.01"),
    ("ALLOWLIST_SYMBOLS=AAPL", "ALLOWLIST_SYMBOLS=AAPL,MSFT"),
    ("ALLOWLIST_SYMBOLS=AAPL", "ALLOWLIST_SYMBOLS=MSFT"),
    ("ALLOWLIST_SYMBOLS=", ""),
    ("ALLOWLIST_SYMBOLS=AAPL", ""),
    ("KILL_SWITCH=1", "KILL_SWITCH=0"),
    ("DRY_RUN=1", ""),
    ("", "LIVE_TRADING=1"),
    ("", "LIVE_ARM_SESSIONS=2"),
    ("", "NO_ENTRY_BEFORE_CLOSE_SECONDS=0"),
    ("BROKER=simulated", "BROKER=alpaca"),
    ("ALPACA_PAPER=1", "ALPACA_PAPER=0"),
    ("LIVE_CONFIRM_TOKEN=one", "LIVE_CONFIRM_TOKEN=other"),
    ("", "CYCLE_BUDGET_SECONDS=600"),
]
NOT_LOOSER = [
    ("MAX_LIVE_POSITIONS=2", "MAX_LIVE_POSITIONS=1"),
    ("MAX_LIVE_POSITIONS=2", "MAX_LIVE_POSITIONS=2  # same"),
    ("MAX_LIVE_POSITIONS=5", "MAX_LIVE_POSITIONS=oops"),
    ("", "ALLOWLIST_SYMBOLS=AAPL"),
    ("ALLOWLIST_SYMBOLS=AAPL,MSFT", "ALLOWLIST_SYMBOLS=msft"),
    ("", "KILL_SWITCH=yes"),
    ("LIVE_TRADING=1", ""),
    ("", "LOG_FORMAT=json"),
]


@pytest.mark.parametrize(("before", "after"), LOOSER)
def test_looser(before: str, after: str) -> None:
    name = (before or after).partition("=")[0]
    assert [line.partition(":")[0] for line in loosened(files(before), files(after))] == [name]


@pytest.mark.parametrize(("before", "after"), NOT_LOOSER)
def test_not_looser(before: str, after: str) -> None:
    assert loosened(files(before), files(after)) == []


def test_every_cap_and_switch_has_a_direction_and_all_else_may_not_change() -> None:
    told = {one.name for one in REGISTRY if one.tighter is not None}
    assert {one.name for one in REGISTRY if one.name.startswith("MAX_")} <= told
    assert {"ALLOWLIST_SYMBOLS", "DRY_RUN", "KILL_SWITCH", "LIVE_TRADING"} <= told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Environment=MAX_LIVE_POSITIONS=1", "Environment=MAX_LIVE_POSITIONS=2"),
        ("Environment=MAX_LIVE_POSITIONS=1", None),
        ('Environment="A=1" "MAX_LIVE_POSITIONS=1"', "Environment=MAX_LIVE_POSITIONS=1\nEnvironment="),
        ("Environment=A=1 \\\n MAX_LIVE_POSITIONS=1", "Environment=A=1"),
    ],
)
def test_a_cap_of_the_service_is_one_too(before: str, after: str | None) -> None:
    assert [line.partition(":")[0] for line in loosened(files(conf=before), files(conf=after))] == [
        "MAX_LIVE_POSITIONS"
    ]


def test_between_the_two_steps_systemd_still_holds_the_old_unit() -> None:
    """The cap moves from the drop-in to `.env`; a shell without the drop-in sees no cap before and one after."""
    before = files("MAX_LIVE_POSITIONS=1", "Environment=DRY_RUN=0")
    after = files("", "Environment=MAX_LIVE_POSITIONS=1")
    assert [line.partition(":")[0] for line in loosened(before, after)] == ["MAX_LIVE_POSITIONS"]


@pytest.mark.parametrize(
    "line", ["ExecStart=execution run", "EnvironmentFile=/etc/x", "LoadCredential=a:/b", "PassEnvironment=DRY_RUN"]
)
def test_a_line_whose_effect_lies_elsewhere_may_not_change(line: str) -> None:
    assert len(loosened(files(conf=""), files(conf=line))) == 1
    assert loosened(files(conf=line), files(conf=f"# said again\n{line}")) == []
    assert loosened(files(), {**files(), ("units", "scanner.service"): line.encode()}) == []


def test_no_secret_is_in_what_is_said() -> None:
    said = loosened(files("APCA_API_SECRET_KEY=hunter2"), files("APCA_API_SECRET_KEY=hunter3"))
    assert said == ["APCA_API_SECRET_KEY: (secret) becomes (secret)"]


@pytest.mark.parametrize("drop_in", ["execution-loop.service.d/live.conf", "execution-.service.d/live.conf"])
def test_the_loop_trades_too(drop_in: str) -> None:
    small, large = (files(**{drop_in: f"[Service]\nEnvironment=MAX_LIVE_POSITIONS={number}\n"}) for number in (1, 2))
    assert [line.partition(":")[0] for line in loosened(small, large)] == ["MAX_LIVE_POSITIONS"]
    assert loosened(large, small) == []


def test_drop_ins_count_in_systemds_order_whichever_directory_they_lie_in() -> None:
    last = {"execution-loop.service.d/10.conf": "Environment=MAX_LIVE_POSITIONS=1"}
    before = files(**last, **{"execution-.service.d/20.conf": "Environment=MAX_LIVE_POSITIONS=2"})
    after = files(**last, **{"execution-.service.d/20.conf": "Environment=MAX_LIVE_POSITIONS=3"})
    assert [line.partition(":")[0] for line in loosened(before, after)] == ["MAX_LIVE_POSITIONS"]
