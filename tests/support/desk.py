"""A trading desk for the journeys: one state directory, and the service run on it as real processes.

Every verb is `python -m execution …` in a process of its own (`support.forkserver`) with an environment written out in
full, so nothing of the developer's leaks in. A desk stands in a session far ahead of the real one
(`support.sessions`), so that no real midnight can move its clock. Seals and chains are worked out here a second time,
by what the design says of them, so a mistake of the source is not repeated by its tests.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gates.base.record import dataclass, field
from gates.base.sessionfile import load_sessions
from support import host
from support.forkserver import command
from support.sessions import FRIDAY, MONDAY, lay_sessions

CHECKOUT = Path(__file__).resolve().parents[2]
LEDGERS = {"LIVE": "live_orders_today.json", "DRY_RUN": "dry_run_orders_today.json"}
HEADER = "Symbol,Entry_Level,Stop_Loss,Target_R2"
AAPL, MSFT, KO = "AAPL,100.00,97.00,106.00", "MSFT,200.00,194.00,212.00", "KO,50.00,48.50,53.00"
PRICES = {"AAPL": "100.10", "MSFT": "200.20", "KO": "50.05"}
LIVE = "live trading confirmed"
STAMP = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T\] (?:(?:WARNING|ERROR): )?")

Case = TypeVar("Case")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done:
    """A finished process."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def messages(self) -> list[str]:
        """Journal lines without time and level."""
        return [STAMP.sub("", line, count=1) for line in self.said.splitlines()]

    @property
    def mode(self) -> str:
        return self._of_mode_line(1)

    @property
    def reason(self) -> str:
        """The reason in the mode line; every caller wants exactly one such line."""
        return self._of_mode_line(2)

    def line(self, start: str) -> str:
        """The one line that begins so."""
        found = [message for message in self.messages if message.startswith(start)]
        assert len(found) == 1, f"{len(found)} lines begin with {start!r} in:\n{self.said}"
        return found[0]

    def has(self, start: str) -> bool:
        return any(message.startswith(start) for message in self.messages)

    @property
    def submitted(self) -> list[str]:
        return re.findall(r"SUBMITTED (\S+):", self.said)

    def _of_mode_line(self, part: int) -> str:
        matched = re.fullmatch(r"Gate mode=(\S+) status=\S+ reason=(.*)", self.line("Gate mode="))
        assert matched is not None
        return matched[part]


@dataclass
class Desk:
    """One state directory, the environment its processes get, and short words for what is done at it."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.root / "state"

    # Processes.

    def environment(self, **changes: str | None) -> dict[str, str]:
        base = {
            **host.clock(),
            "PATH": os.defpath,
            "HOME": str(self.root),
            "AVWAP_STATE_DIR": str(self.state),
            "AVWAP_ENV_FILE": "/dev/null",
            "BROKER": "simulated",
            "ENTRY_TRIGGER": "touch",
            **self.env,
        }
        merged: dict[str, str | None] = {**base, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    def do(self, *verb: str, before: Sequence[str] = (), **changes: str | None) -> Done:
        """One verb in one process; `before` is put in front of a cold one (strace, unshare, …)."""
        finished = command("execution", verb, self.environment(**changes), before)
        return Done(finished.returncode, finished.stdout, finished.stderr)

    def ok(self, *verb: str, **changes: str | None) -> Done:
        done = self.do(*verb, **changes)
        assert done.code == 0, f"{verb} left with {done.code}:\n{done.said}"
        return done

    def cycle(self, **changes: str | None) -> Done:
        return self.ok("run", **changes)

    def cycles(self, number: int, seconds: int = 60, **changes: str | None) -> Done:
        """Several cycles in one process, the simulated clock moving between them; every line of each is said."""
        bounds = ("--max-cycles", str(number), "--cycle-seconds", str(seconds))
        return self.ok("run", "--loop", *bounds, **{"LOG_REPEATS": "1", **changes})

    def sim(self, *action: str) -> Done:
        return self.ok("sim", *action)

    def next_session(self, *rows: str) -> str:
        """The clock an hour into the next session, with a watchlist for it; the session's date."""
        self.sim("clock", "next")
        if rows:
            self.import_watchlist(*rows)
        return self.session

    # What a person does by hand.

    def arm(self) -> str:
        """The token as the runbook makes it, and both keys in the environment."""
        token = secrets.token_hex(16)
        self.write_token(token.encode())
        self.env |= {"LIVE_TRADING": "1", "LIVE_CONFIRM_TOKEN": token}
        return token

    def write_token(self, content: bytes, mode: int = 0o600) -> None:
        path = self.state / "live_confirm_token.txt"
        path.write_bytes(content)
        path.chmod(mode)

    def csv(self, *rows: str) -> Path:
        path = self.root / "list.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n")
        return path

    def import_watchlist(self, *rows: str, session: str = "today") -> Done:
        return self.ok("watchlist", "import", str(self.csv(*rows)), "--session", session)

    def watchlist_path(self, day: str | None = None) -> Path:
        return self.state / "watchlists" / f"{day or self.session}.json"

    # What is on disk.

    @property
    def session(self) -> str:
        """The New York date the simulated clock stands in, straight from the broker's record."""
        return str(read_json(self.state / "simulated_broker.json")["clock"]["now"])[:10]

    def ledger_path(self, mode: str = "LIVE") -> Path:
        return self.state / LEDGERS[mode]

    def ledger(self, mode: str = "LIVE") -> dict[str, Any]:
        """The current ledger, its seal checked."""
        return read_sealed(self.ledger_path(mode))

    def entries(self, mode: str = "LIVE") -> dict[str, str]:
        """client order id to status, this session's entries only."""
        return {entry["client_order_id"]: entry["status"] for entry in self.ledger(mode)["entries"]}

    def archives(self, mode: str = "LIVE") -> list[Path]:
        return sorted((self.state / "ledger" / mode).glob("*.json"))

    def rewrite_ledger(self, change: Callable[[dict[str, Any]], object], *, seal: bool) -> None:
        """Edit the live ledger by hand, with or without a right digest."""
        document = read_json(self.ledger_path())
        change(document)
        if seal:
            document["sha256"] = digest_of_rest(document)
        self.ledger_path().write_text(json.dumps(document, indent=2) + "\n")

    def taken(self) -> list[dict[str, Any]]:
        """Orders the broker ever took, legs left out, from its own file: the same answer as `orders`
        for the price of a read."""
        orders = read_json(self.state / "simulated_broker.json")["orders"]
        return [order for order in orders if order["parent"] is None]

    def taken_symbols(self) -> list[str]:
        return sorted(order["symbol"] for order in self.taken())

    def orders(self) -> list[dict[str, Any]]:
        """The broker's orders as it shows them."""
        shown: list[dict[str, Any]] = json.loads(self.ok("sim", "show", "--json").out)["orders"]
        return shown

    def check_books(self) -> None:
        """Both current ledgers and every archive are sealed, and each follows the one before."""
        for mode in LEDGERS:
            digests: dict[str, str] = {}
            for path in [*self.archives(mode), self.ledger_path(mode)]:
                ledger = read_sealed(path)
                previous = ledger["previous"]
                assert previous is None or digests[previous["date_ny"]] == previous["sha256"], path
                digests[ledger["date_ny"]] = ledger["sha256"]

    def digest(self) -> str:
        """Everything in the state dir: names, kinds, modes, times and contents."""
        seen = hashlib.sha256()
        for path in sorted([self.state, *self.state.rglob("*")]):
            info = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            seen.update(repr((str(path), info.st_mode, info.st_mtime_ns, info.st_ino, content)).encode())
        return seen.hexdigest()

    def copy(self, to: Path) -> Desk:
        """The same desk in another place, down to file times and the broker's seed."""
        shutil.copytree(self.root, to, copy_function=copy_file, symlinks=True, dirs_exist_ok=True)
        return Desk(to, dict(self.env))


def copy_file(source: str, to: str) -> None:
    """By name: what a directory entry says of file times is its own, and not moved with the clock (`any_day`)."""
    shutil.copy2(source, to, follow_symlinks=False)


def read_json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def digest_of_rest(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_sealed(path: Path) -> dict[str, Any]:
    document = read_json(path)
    assert document["sha256"] == digest_of_rest(document), f"{path}: the seal is broken"
    return document


def side_by_side(cases: Iterable[Case], work: Callable[[Case], Result], at_once: int | None = None) -> list[Result]:
    """The same work on independent cases, as many at a time as there are processors; every case is
    tried, and all that failed are told together."""
    with ThreadPoolExecutor(at_once or os.cpu_count() or 2) as pool:
        running = [pool.submit(work, case) for case in cases]
    broken = [failure for one in running if isinstance(failure := one.exception(), Exception)]
    if broken:
        raise ExceptionGroup(f"{len(broken)} of {len(running)} cases failed", broken)
    return [one.result() for one in running]


def coming_session() -> str:
    """By the shipped table: the session really being traded, or the next one; empty where the table has ended."""
    shipped = load_sessions(CHECKOUT / "state_templates" / "sessions.json")
    return str(shipped.current_or_next(host.wall()) or "")


NewDesk = Callable[..., Desk]
"""Makes one, in ways that are named."""


def new_desk(root: Path) -> Desk:
    """A desk as its operator has it on a quiet morning: initialised, bound, a list of three rows, nothing entered."""
    root.mkdir(parents=True, exist_ok=True)
    desk = Desk(root)
    lay_sessions(desk.state, FRIDAY)
    desk.ok("init")
    desk.sim("clock", f"{MONDAY}T10:30")
    for symbol, price in PRICES.items():
        desk.sim("price", symbol, price)
    desk.import_watchlist(AAPL, MSFT, KO)
    (desk.state / "PAUSED").touch()
    desk.cycle()
    (desk.state / "PAUSED").unlink()
    return desk


def can_mount() -> bool:
    """Whether a mount namespace of our own can be had."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="needs root and mount namespaces (unshare -m)")
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
"""A read-only state dir: `sh -c READ_ONLY DIRECTORY COMMAND…` in a mount namespace of its own."""
