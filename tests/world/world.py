"""The world: one broker, its market and its time, two hosts, an operator, and a script of what happens.

It plays a script event by event. Commands of the service run in it one at a time; each of their requests takes
some of its time and may meet an event in the middle. After every step the promises are held against the truth.
"""

from __future__ import annotations

import hashlib
import heapq
import io
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from venue.backroom import Backroom, Heard
from venue.faults import Rule
from venue.wire import Request

from gates.base.errors import EXIT_BUG, EXIT_STATE, OperatorError
from gates.base.sessions import Session, SessionTable
from gates.base.statefile import StateUnreadable, StateUnwritable
from world import desk, hands, market, trouble
from world.broken import Broken, WorldWrong
from world.command import Command, Flags, flags_of, kind_of
from world.host import Files, Host, lay
from world.market import BASE, CENT
from world.process import Died, Process, installed
from world.promises import after, sending
from world.script import Event, Script
from world.shares import Shares
from world.wire import Wire

DOINGS = {**market.DOINGS, **trouble.DOINGS, **hands.DOINGS, **desk.DOINGS}
SETTINGS = {
    "ENTRY_TRIGGER": "touch",
    "UNKNOWN_SETTLE_SECONDS": "60",
    "HTTP_TIMEOUT_SECONDS": "5",
    "LIVE_CONFIRM_TOKEN": "none",
}


class World:
    def __init__(self, script: Script, scratch: Path, blank: Files, table: SessionTable) -> None:
        self.script = script
        self.table = table
        setup = script.setup
        first = table.on(date.fromisoformat(setup["day"]))
        assert first is not None, "the script's first day is no session"
        self.broker = Backroom(first.opens - timedelta(hours=1), seed=script.seed)
        self.keys = (self.broker.key, self.broker.secret)
        self.broker.book.account.may_short = setup["margin"]
        self.shares = Shares(self.broker.book)
        self.base = dict(BASE)
        for symbol, price in BASE.items():
            self.broker.market.set_quote(symbol, price, price + 2 * CENT, price)
        self.latency: float = setup["latency"]
        self.process = Process(script.seed, self._monotonic, self._sleep)
        self.wire = Wire(self.broker, self.process, self._before, self._after)
        self.hosts = [self._host(name, scratch, blank) for name in ("here", "there")]
        self.host = self.hosts[0]
        self.commands = 0
        self.command_now: Command | None = None
        self.during: list[tuple[int, Event]] = []
        self.fault_rules: list[tuple[int, Rule]] = []
        self.splits: dict[str, int] = {}
        self.stops: dict[str, list[Decimal]] = {}
        self.hidden: set[str] = set()
        self.explained: set[str] = set()
        """Symbols of which the operator explained shares at the end."""
        self.patience: dict[str, int] = {}
        self.trace = hashlib.sha256()
        self.story: list[str] | None = None
        self.over = False
        self._timers: list[tuple[int, int, Callable[[], object]]] = []
        self._existed: set[str] = set()
        self._flags: Flags | None = None

    def _host(self, name: str, scratch: Path, blank: Files) -> Host:
        setup = self.script.setup
        settings = {
            **SETTINGS,
            "MAX_LIVE_POSITIONS": str(setup["positions"]),
            "MAX_LIVE_ORDERS_PER_DAY": str(setup["orders"]),
            "MAX_LIVE_GROSS_NOTIONAL": str(setup["gross"]),
            "ENTRY_TTL_SECONDS": str(setup["ttl"]),
        }
        root = scratch / name
        lay(root, blank)
        return Host(name, root, self.broker.now, self._sleep, settings)

    # ---- time ----------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let time pass; what was due by then happens."""
        self.broker.advance(seconds)
        now = self.broker.timepiece.now_ns()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        due = self.broker.timepiece.now_ns() + int(seconds * 1e9)
        heapq.heappush(self._timers, (due, len(self._timers) + self.commands * 1000, do))

    def _sleep(self, seconds: float) -> None:
        self.advance(max(seconds, 0.001))

    def _monotonic(self) -> float:
        return self.broker.timepiece.now_ns() / 1e9

    def minutes(self, number: int) -> timedelta:
        return timedelta(minutes=number)

    def session_to_come(self) -> Session:
        session = self.table.current_or_next(self.broker.now())
        assert session is not None
        return session

    def next_session(self) -> Session:
        session = self.session_to_come()
        following = self.table.after(session.day) if session.opens <= self.broker.now() else session
        assert following is not None
        return following

    def make_room(self) -> None:
        self.process.full = False

    # ---- events --------------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        self._note(f"-- {event}")
        DOINGS[event[0]](self, *event[1:])
        self.shares.look()
        self.broker.book.memory.note(self.broker.book)

    def command(self, name: str, host: Host, verb: Callable[[], int]) -> Command:
        """Run a verb as a process of this host; how it ended."""
        self.commands += 1
        command = Command(name, host, self.commands, self.broker.timepiece.now_ns(), last_boundary=host.now())
        self.command_now = command
        before = after.before(self, command)
        out = io.StringIO()
        self.process.begin()
        with redirect_stdout(out), redirect_stderr(out):
            try:
                command.code = verb()
            except Died:
                command.code = None
            except OperatorError as stopped:
                command.code, command.error = stopped.exit_code, str(stopped)
            except (StateUnreadable, StateUnwritable) as stopped:
                command.code, command.error = EXIT_STATE, str(stopped)
            except Exception as bug:  # noqa: BLE001 - as the command's own front door has it
                command.code, command.error = EXIT_BUG, traceback.format_exc(limit=-4) or str(bug)
        self.process.end()
        self.command_now = None
        self.during.clear()
        command.said = out.getvalue() + (f"ERROR: {command.error}\n" if command.error else "")
        for ends, rule in [one for one in self.fault_rules if one[0] <= self.commands]:
            self.broker.faults.remove(rule)
            self.fault_rules.remove((ends, rule))
        self._note(f"{host.name}$ {name} -> {command.code}\n{command.said.replace(str(host.root), 'STATE')}")
        self.shares.look()
        after.after(self, command, before)
        return command

    def quick(self, name: str, verb: Callable[[], object]) -> None:
        """A verb that takes no lock and may come at any moment; nothing of it fails."""
        with self.process.undisturbed(), suppress(StateUnwritable):
            verb()
        self._note(f"{self.host.name}$ {name}")

    # ---- requests ------------------------------------------------------------------------------

    def _before(self, request: Request) -> None:
        try:
            self._on_its_way(request)
        except Exception as wrong:
            raise WorldWrong(f"seed {self.script.seed}") from wrong

    def _after(self, request: Request, heard: Heard) -> None:
        try:
            self._dealt_with(request, heard)
        except Exception as wrong:
            raise WorldWrong(f"seed {self.script.seed}") from wrong

    def _on_its_way(self, request: Request) -> None:
        command = self.command_now
        assert command is not None
        command.requests += 1
        self._flags = None
        for due in [one for one in self.during if one[0] == command.requests]:
            self._flags = self._flags or flags_of(command.host, command.last_boundary or command.host.now())
            command.disturbed = True
            with self.process.undisturbed():
                self.happen(due[1])
        self.advance(self.latency)
        self._existed = (
            {order.client_order_id for order in self.broker.book.orders} if request.method == "POST" else set()
        )

    def _dealt_with(self, request: Request, heard: Heard) -> None:
        command = self.command_now
        assert command is not None
        kind = kind_of(request)
        memory = self.broker.book.memory
        as_of = memory.as_of_ns(kind, self.broker.timepiece.now_ns()) if kind is not None else None
        self.shares.look()
        command.took_in(request, heard, as_of)
        if self.story is not None:
            asked = f"{request.method} {request.path} {dict(request.query) or ''} {request.body or ''}"
            self._note(f"   {asked} -> {heard.response.status}")
        if request.method != "GET":
            named = request.body.get("client_order_id", "") if isinstance(request.body, dict) else ""
            command.writes.append(f"{request.method} {request.path} {named}".rstrip())
        if request.method == "POST" and request.path == "/v2/orders":
            flags = self._flags or flags_of(command.host, command.last_boundary or command.host.now())
            if any(fault.hide_looks for fault in heard.faults):
                self.hidden.add(request.body.get("client_order_id"))
            is_new = request.body.get("client_order_id") not in self._existed
            sending.check(self, command, request.body, flags, is_new=is_new)
        command.last_boundary = command.host.now()

    def _note(self, text: str) -> None:
        line = f"[{self.broker.now():%m-%d %H:%M:%S}] {text}"
        self.trace.update(line.encode())
        if self.story is not None:
            self.story.append(line)


def play(
    script: Script, scratch: Path, blank: Files, table: SessionTable, story: list[str] | None = None
) -> tuple[World, Broken | None]:
    """Play a script to its end and through the quiet after it; the promise that broke, if one did."""
    from world.promises import ending

    world = World(script, scratch, blank, table)
    world.story = story
    with installed(world.process, world.wire.carry_in_place_of_a_socket()):
        try:
            for event in script.events:
                world.happen(event)
            ending.settle(world)
        except Broken as broken:
            return world, broken
    return world, None
