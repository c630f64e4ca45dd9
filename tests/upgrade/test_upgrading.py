"""docs/upgrading.md, as it stands there, on a state directory that commit 81bc363 wrote: forth, some trading, and back.

The directory is kept (`make_state.sh` makes it); the release before runs from the history of this checkout. Every later
change of a schema extends the journey here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support import host
from support.desk import CHECKOUT, Done

pytestmark = pytest.mark.processes
KEPT = CHECKOUT / "tests" / "upgrade" / "state-81bc363.tar.xz"
BEFORE = "81bc363"
FENCE = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HELD = {"AAPL": "9", "KO": "49", "MSFT": "19"}
SWITCHES = frozenset({"kill_file", "live_trading"})


def blocks() -> list[str]:
    """What the page has one type: before, after, export, put together, look."""
    found = FENCE.findall((CHECKOUT / "docs" / "upgrading.md").read_text())
    assert len(found) == 5
    return found


class Host:
    """A state directory, and two releases that may be typed there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "state"
        with tarfile.open(KEPT) as archive:
            archive.extractall(folder, filter="data")
        for path in (self.state, *self.state.rglob("*/")):
            path.chmod(0o700)
        self.token = (self.state / "live_confirm_token.txt").read_text()

    def release(self, name: str, code: Path) -> Path:
        """A folder with the `execution` of that code in it."""
        bin_folder = self.folder / name
        bin_folder.mkdir()
        program = bin_folder / "execution"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={code} exec {sys.executable} -m execution "$@"\n')
        program.chmod(0o755)
        return bin_folder

    def type(self, release: Path, script: str) -> Done:
        environ = host.environment(
            HOME=str(self.folder), AVWAP_STATE_DIR=str(self.state), AVWAP_ENV_FILE="/dev/null", BROKER="simulated",
            ENTRY_TRIGGER="touch", LIVE_TRADING="1", LIVE_CONFIRM_TOKEN=self.token,
        )  # fmt: skip
        environ["PATH"] = f"{release}:{environ['PATH']}"
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder, env=environ, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=240, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, release: Path, script: str) -> Done:
        done = self.type(release, script)
        assert done.code == 0, f"{script}\n{done.said}"
        return done

    def document(self, name: str, root: Path | None = None) -> dict[str, object]:
        found: dict[str, object] = json.loads(((root or self.state) / name).read_bytes())
        return found

    def shares(self, release: Path) -> dict[str, str]:
        """What the account holds."""
        status = json.loads(self.ok(release, "execution status --json").out)
        return {one["symbol"]: one["qty"] for one in status["positions"]}

    def ledgers(self, root: Path) -> dict[str, bytes]:
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted((root / "ledger").rglob("*.json"))}


@pytest.fixture
def upgraded(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def ours(upgraded: Host) -> Path:
    return upgraded.release("ours", CHECKOUT)


@pytest.fixture
def before(upgraded: Host) -> Path:
    code = upgraded.folder / "code-before"
    code.mkdir()
    archived = subprocess.run(["git", "archive", BEFORE], cwd=CHECKOUT, capture_output=True, check=False)
    if archived.returncode != 0:
        pytest.skip(f"needs the history of the checkout, down to commit {BEFORE}")
    subprocess.run(["tar", "x", "-C", str(code)], input=archived.stdout, check=True)
    return upgraded.release("before", code)


def test_it_is_taken_over_with_its_orders_its_latch_and_its_archives_and_wants_a_new_arming(
    upgraded: Host, ours: Path
) -> None:
    archives = upgraded.ledgers(upgraded.state)
    looked = upgraded.ok(ours, blocks()[1])
    assert "cancel-all" in looked.out and "; arm again)" in looked.out
    first, second = upgraded.ok(ours, "execution run"), upgraded.ok(ours, "execution run")
    assert "begun latches.json, tokens.json" in first.out and "begun" not in second.out
    for cycle in (first, second):
        assert cycle.mode == "DRY_RUN" and cycle.reason.startswith(
            "arm record mismatch (record unreadable: has schema 1"
        )
        assert "latched: cancel-all" in cycle.line("Gate entries") and not cycle.submitted
    assert upgraded.document("state.json")["schema"] == 2 and upgraded.shares(ours) == HELD
    assert upgraded.ledgers(upgraded.state) == archives
    doctor = json.loads(upgraded.type(ours, "execution doctor --json").out)
    results = {one["check"]: one["result"] for one in doctor["checks"]}
    assert {results[name] for name in ("ledger", "unresolved", "naked", "reconciliation")} == {"PASS"}
    account = upgraded.document("state.json")["account"]
    upgraded.ok(ours, f"execution arm --confirm {account} --override 'after the upgrade'")
    upgraded.token = (upgraded.state / "live_confirm_token.txt").read_text()
    assert upgraded.ok(ours, "execution run").mode == "LIVE"


def test_the_way_back_knows_what_happened_since_and_opens_nothing(upgraded: Host, ours: Path, before: Path) -> None:
    upgraded.ok(before, blocks()[0])
    upgraded.ok(ours, blocks()[1])
    upgraded.ok(ours, "execution run && execution sim price AAPL 108.40 && execution run && execution run")
    assert upgraded.shares(ours) == {"KO": "49", "MSFT": "19"}
    refused = upgraded.type(before, "execution run")
    assert "has schema 2, want 1" in refused.said and not refused.submitted
    archives = upgraded.ledgers(upgraded.state)
    upgraded.ok(ours, blocks()[2])
    upgraded.ok(before, blocks()[3])
    assert upgraded.ledgers(upgraded.folder / "state.after") == archives
    looked = upgraded.ok(before, blocks()[4])
    assert looked.mode == "DRY_RUN" and looked.reason == "kill switch active (file)" and not looked.submitted
    (sold,) = upgraded.document("live_orders_today.json")["exits"]  # type: ignore[misc]
    assert (sold["symbol"], sold["kind"], sold["qty"]) == ("AAPL", "target", "9")
    assert upgraded.shares(before) == {"KO": "49", "MSFT": "19"}
    doctor = json.loads(upgraded.type(before, "execution doctor --json").out)
    results = {one["check"]: one["result"] for one in doctor["checks"]}
    assert {results[name] for name in ("ledger", "unresolved", "naked", "reconciliation")} == {"PASS"}
    assert not (upgraded.state / "live_confirm_token.txt").exists()


NEWER = {
    "live_orders_today.json": "run", "dry_run_orders_today.json": "run", "state.json": "run", "latches.json": "run",
    "tokens.json": "gates", "live_arm.json": "run", "sessions.json": "run", "watchlists/2082-11-09.json": "run",
    "heartbeat.json": "doctor", "ledger/LIVE/2082-11-06.json": "ledger verify",
}  # fmt: skip

IN_SCHEMA_2 = ("live_arm.json", "live_orders_today.json", "dry_run_orders_today.json", "watchlists/2082-11-09.json",
               "ledger/LIVE/2082-11-06.json")  # fmt: skip
"""What the old release wrote in schema 1."""


@pytest.mark.parametrize("name", NEWER)
def test_a_file_of_a_newer_release_is_refused_with_both_numbers_and_opens_nothing(
    name: str, upgraded: Host, ours: Path
) -> None:
    upgraded.ok(ours, "execution run")
    path = upgraded.state / name
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps({**document, "schema": 9}))
    if name == "tokens.json":  # looked at for a token made by hand
        (upgraded.state / "live_confirm_token.txt").write_text("made by hand")
        upgraded.token = "made by hand"
    orders = len(upgraded.document("simulated_broker.json")["orders"])  # type: ignore[arg-type]
    verb, cycle = upgraded.type(ours, f"execution {NEWER[name]}"), upgraded.type(ours, "execution run")
    want = 2 if name in IN_SCHEMA_2 else document["schema"]
    assert f"has schema 9, want {want}" in verb.said, verb.said
    assert not cycle.submitted
    assert len(upgraded.document("simulated_broker.json")["orders"]) == orders  # type: ignore[arg-type]
    assert json.loads(path.read_bytes())["schema"] == 9 or name == "heartbeat.json"
