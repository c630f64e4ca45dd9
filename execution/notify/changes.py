"""Finds what is new since the last telling, by comparing what was told with how things stand. Pure.

Nothing here remembers an event. Lasting states (live, kill, pause, breakers, a break, a list that is
missing) are edges: told when they differ from what was told last, so they are told once, also by a
process that starts in them, and again only after they changed. LIVE and silence are of one session: in
the next one they are news, also where no process was running to tell that they ended. Orders are told from their
histories, which only grow, so an event between two cycles or before a death is found by the next one.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from execution.channel.messages import Message, MessageLevel
from execution.notify.alerts import Alerts, latch_edge, latches_told
from execution.notify.order_changes import tell_orders
from execution.notify.situation import FLAPS, ON, Situation, Teller
from execution.state.latches import CANCEL_ALL, FLATTEN, SUSPEND_LIFTED, UNREADABLE, symbol_of
from gates.base.errors import EXIT_NOT_NOW


def news(told: Alerts, seen: Situation) -> tuple[Alerts, tuple[Message, ...]]:
    """What is told once these messages are in the outbox, and the messages, in the order of reading."""
    teller = Teller(told, seen)
    for step in (_settings, _silence, _failure, _timers, _switches, _latches, _watchlist, _breaks):
        step(teller)
    after, orders = tell_orders(teller.alerts, seen.ledgers, seen.mode, seen.now)
    teller.alerts = after
    teller.said.extend(orders)
    _heartbeat(teller)
    return teller.alerts, tuple(teller.said)


def _switches(teller: Teller) -> None:
    seen = teller.seen
    if seen.killed is not None and teller.moved("kill", ON if seen.killed else ""):
        if seen.killed:
            text = "No new order leaves. What is held keeps its stops."
            switched = _rows(("reason", seen.remarks.kill), ("the file", seen.remarks.kill_by))
            teller.say("kill.active", MessageLevel.ERROR, "Kill switch active", text, switched)
        else:
            text = "The other gates decide again; `execution gates` shows them."
            teller.say("kill.cleared", MessageLevel.WARNING, "Kill switch cleared", text)
    if seen.live is not None and teller.moved("live", (seen.session or ON) if seen.live else ""):
        if seen.live:
            text = "Orders go to the broker from here on."
            rows = [("reason", seen.mode_reason), *_rows(("caps", seen.remarks.live_caps))]
            teller.say("live.enabled", MessageLevel.WARNING, "Live trading enabled", text, rows)
        else:
            rows = [("reason", seen.mode_reason)] if seen.mode_reason else []
            text = "Nothing new goes to the broker; orders are recorded only."
            teller.say("live.ended", MessageLevel.WARNING, "Live trading ended", text, rows)
    if seen.paused is not None and teller.moved("paused", ON if seen.paused else ""):
        if seen.paused:
            text = "Nothing new is opened until a person resumes; what is held is looked after."
            teller.say(
                "paused", MessageLevel.WARNING, "Entries paused", text, _rows(("the file", seen.remarks.paused_by))
            )
        else:
            teller.say("resumed", MessageLevel.INFO, "Entries resumed")


def _latches(teller: Teller) -> None:
    latches = teller.seen.latches
    if latches is None:
        return
    known = latches_told(teller.alerts)
    for name in sorted(known | latches.keys()):
        if not teller.moved(latch_edge(name), ON if name in latches else ""):
            continue
        if name in latches:
            symbol = symbol_of(name)
            where = f" in {symbol}" if symbol is not None else ""
            text = f"Nothing new is opened{where} until a person clears it: look first, then `execution latches`."
            teller.say(
                "breaker.tripped", MessageLevel.ERROR, words(name, tripped=True), text, [("reason", latches[name])]
            )
        else:
            teller.say("breaker.cleared", MessageLevel.WARNING, words(name, tripped=False))
    gone = {latch_edge(name) for name in known - latches.keys()}
    edges = {edge: state for edge, state in teller.alerts.edges.items() if edge not in gone}
    teller.alerts = msgspec.structs.replace(teller.alerts, edges=edges)


def _watchlist(teller: Teller) -> None:
    """Bad is told once for a session, whoever looks first: the watch before the open or a cycle in it."""
    seen = teller.seen
    if seen.watchlist is None:
        return
    bad = seen.watchlist_problem is not None
    was_bad = teller.alerts.state_of("watchlist") != ""
    if bad and teller.moved("watchlist", seen.watchlist, teller.since_ended("watchlist")):
        text = "Nothing is opened without a list for this very session; what is held is looked after."
        rows = [("reason", str(seen.watchlist_problem)), ("for session", seen.watchlist)]
        teller.say("watchlist.bad", MessageLevel.WARNING, "Watchlist not usable", text, rows)
    elif not bad and was_bad and teller.moved("watchlist", ""):
        teller.say("watchlist.good", MessageLevel.INFO, "Watchlist usable again", rows=[("session", seen.watchlist)])


def _breaks(teller: Teller) -> None:
    breaks = teller.seen.breaks
    if breaks is None:
        return
    state = "; ".join(f"{symbol} {why}" for symbol, why in sorted(breaks.items()))
    if teller.moved("reconciliation", state, teller.since_ended("reconciliation") if breaks else timedelta(0)):
        if breaks:
            text = "Ledger and broker disagree; these symbols are locked until they agree again, or you explain it."
            title = f"Reconciliation break: {', '.join(sorted(breaks))}"
            teller.say("reconciliation.break", MessageLevel.ERROR, title, text, sorted(breaks.items()))
        else:
            teller.say("reconciliation.mended", MessageLevel.INFO, "Ledger and broker agree again")


def _settings(teller: Teller) -> None:
    now = teller.seen.settings
    before = teller.alerts.settings
    if now is None or now == before:
        return
    changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    teller.alerts = msgspec.structs.replace(teller.alerts, settings=dict(now))
    if before:
        text = "Not you? Then look who has access, and `execution kill` first."
        teller.say(
            "settings.changed", MessageLevel.WARNING, "Settings changed since the last cycle", text, lines=changed
        )


def _silence(teller: Teller) -> None:
    """Told by the watch, because a dead process cannot; that it is back, by whoever sees it first."""
    silent = teller.seen.silent
    if silent is None or not teller.moved("silent", (teller.seen.session or ON) if silent else ""):
        return
    if silent:
        text = "No cycle comes to its end. Stops at the broker keep working; nothing else does. Look now."
        rows = [("because", silent), ("look", "systemctl status execution.timer execution.service")]
        teller.say("service.silent", MessageLevel.ERROR, "The execution service is silent", text, rows)
    else:
        teller.say("service.back", MessageLevel.WARNING, "The execution service is back")


def _timers(teller: Teller) -> None:
    timers = teller.seen.timers
    if timers is None or not teller.moved("timers", timers):
        return
    if timers:
        text = "What they start will not run. `systemctl enable --now NAME` starts a timer."
        teller.say("timers.off", MessageLevel.ERROR, "Timers are not running", text, [("off", timers)])
    else:
        teller.say("timers.on", MessageLevel.INFO, "Timers run again")


def _failure(teller: Teller) -> None:
    failure = teller.seen.failure
    if failure is None and not teller.seen.ended:
        return
    if not teller.moved("cycle", failure.state if failure else "", FLAPS if failure else timedelta(0)):
        return
    if failure is None:
        teller.say("cycle.fine", MessageLevel.INFO, "Cycles end well again")
        return
    rows = [("exit", f"{failure.code}, {failure.what}")]
    if failure.code == EXIT_NOT_NOW:
        text = "Only one works at a time; if that one is no `flatten` of yours, look what it is."
        teller.say("cycle.skipped", MessageLevel.WARNING, "Cycle skipped", text, rows, failure.words)
        return
    text = "Nothing was opened by it. The journal has all of it: `journalctl -u execution.service -n 50`."
    teller.say("cycle.error", MessageLevel.ERROR, "Cycle failed", text, rows, failure.words)


def _heartbeat(teller: Teller) -> None:
    """The heartbeat of the session, by the clock of what was told."""
    seen, last = teller.seen, teller.alerts.heartbeat_at
    if seen.heartbeat_rows is None or seen.heartbeat_minutes == 0:
        return
    if last is not None and timedelta(0) <= seen.now - last < timedelta(minutes=seen.heartbeat_minutes):
        return
    teller.alerts = msgspec.structs.replace(teller.alerts, heartbeat_at=seen.now)
    teller.say("heartbeat", MessageLevel.INFO, "Heartbeat", rows=seen.heartbeat_rows, lines=seen.heartbeat_lines)


def _rows(*rows: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Those of the rows that have something to say."""
    return tuple((label, said) for label, said in rows if said)


BY_HAND = frozenset({FLATTEN, CANCEL_ALL, SUSPEND_LIFTED, UNREADABLE})
"""Latches that follow from what an operator did, or from a damaged file; every other one is a breaker."""


def words(name: str, *, tripped: bool) -> str:
    if name in BY_HAND or symbol_of(name) is not None:
        return f"Latch {'in force' if tripped else 'cleared'}: {name}"
    return f"Breaker {'tripped' if tripped else 'cleared'}: {name}"
