"""What an operator says in the middle of a day: killed once at any step, said again until it is done.

A death is followed by a cycle, as the timer starts one, and then by the same words. `at_once` is what must hold
whatever step the verb died at, `when_done` what must hold the moment it left with 0; when all is quiet again the
promises of every day hold too.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from crash.day import MOST_CYCLES, Day, buy_back
from crash.desk import TOKEN, Desk
from crash.forks import Outcome
from crash.promises import entered, is_quiet, short, violations
from execution.state import arming, latches
from execution.state.markers import put_up
from gates.base.errors import EXIT_DONE, EXIT_USAGE
from gates.base.record import dataclass, replace
from gates.base.statefile import StateMissing, StateUnreadable, digest_of, read_document
from gates.switches import ARM_PREFIX

ACCOUNT = "PA3VENUE0001"
MOST_ORDERS = 3
"""When the verb is said a third row may be entered, so that a switch that does not hold is seen."""
MOST_SAYINGS = 14

Check = Callable[[Desk], list[str]]


@dataclass(frozen=True, slots=True)
class Verb:
    words: tuple[str, ...]
    before: Callable[[Desk], None]
    at_once: Check
    when_done: Check
    closes_entries: bool = False
    """Nothing may be entered from the moment it was said and left with 0."""
    done_with: tuple[int, ...] = (EXIT_DONE,)
    """What it leaves with when there is nothing left for it to do."""
    closes_symbol: str | None = None
    """Nothing of this symbol may be entered from then on; of others there may."""


def walk_verb(desk: Desk, day: Day, verb: Verb, die_at: int | None) -> tuple[int, list[str]]:
    """The day up to its trouble, the verb with its death, and on until quiet; the verb's steps, and what is wrong."""
    number = _morning(desk, day)
    desk.extra["MAX_LIVE_ORDERS_PER_DAY"] = str(MOST_ORDERS)
    verb.before(desk)
    first = outcome = desk.cycle(die_at, verb.words)
    wrong = [f"at once: {one}" for one in (*verb.at_once(desk), *short(desk))]
    day.after(desk, number := number + 1)
    if first.exit_code is None:
        wrong += _a_cycle(desk, day, number := number + 1)
    for _ in range(MOST_SAYINGS):
        if outcome.exit_code in verb.done_with:
            break
        outcome = desk.cycle(verb=verb.words)
        _looked_at(desk, outcome)
        day.after(desk, number := number + 1)
    else:
        wrong.append(f"never done, exit {outcome.exit_code}")
    wrong += [f"when done: {one}" for one in verb.when_done(desk)]
    before = entered(desk)
    for _ in range(MOST_CYCLES):
        wrong += _a_cycle(desk, day, number := number + 1)
        if day.over(desk, number):
            break
    late = entered(desk)[len(before) :]
    if (verb.closes_entries and late) or verb.closes_symbol in late:
        wrong.append(f"entered after it was done: {late}")
    return first.steps, [*wrong, *violations(desk, MOST_ORDERS), *([] if is_quiet(desk) else ["not quiet in the end"])]


def _morning(desk: Desk, day: Day) -> int:
    day.begin(desk)
    for number in range(1, 4):
        desk.cycle()
        day.after(desk, number)
    desk.cycle()
    assert desk.troubled, desk.said()
    return 4


def _a_cycle(desk: Desk, day: Day, number: int) -> list[str]:
    """One cycle with the token that lies there, and whether its mode is what the files say."""
    armed = _armed(desk)
    killed = os.path.lexists(desk.state.kill_switch)
    token = desk.state.token.read_text() if desk.state.token.exists() else TOKEN
    desk.extra["LIVE_CONFIRM_TOKEN"] = token
    outcome = desk.cycle()
    day.after(desk, number)
    wrong = short(desk)
    if "Gate mode=LIVE" in outcome.output and (killed or not armed):
        wrong.append("LIVE while killed or half armed")
    closed = killed or "ledger unavailable (missing)" in outcome.output
    if "Gate mode=DRY_RUN" in outcome.output and armed and not closed:
        wrong.append("DRY_RUN although armed")
    return wrong


def _armed(desk: Desk) -> bool:
    """A token by hand, or one that names the record that lies beside it."""
    try:
        token = desk.state.token.read_bytes()
    except FileNotFoundError:
        return False
    if not token.startswith(ARM_PREFIX):
        return token.decode() == TOKEN
    try:
        digest = digest_of(read_document(desk.state.arm, arming.SCHEMA))
    except StateUnreadable:
        return False
    return token.startswith(ARM_PREFIX + digest.encode() + b"-")


def _looked_at(desk: Desk, outcome: Outcome) -> None:
    """The person reads what `flatten` says and does what only they can do."""
    if "buy them back on the broker's own page" in outcome.output:
        buy_back(desk)


# ---- before, at once, when done


def _as_it_is(desk: Desk) -> None:
    desk.venue.requests.clear()


def _latched(desk: Desk) -> list[str]:
    """The latch is on disk before the broker hears of anything."""
    wrote = desk.venue.requests.writes()
    latched = {latch.name for latch in latches.load(desk.state.latches).latches}
    return [f"{len(wrote)} writes at the broker and no latch"] if wrote and not latched & STOPS else []


def _latched_one(desk: Desk) -> list[str]:
    """As `_latched`, for one symbol; and the broker hears of no other."""
    known = {latch.name for latch in latches.load(desk.state.latches).latches}
    wrong = [f"latched: {known}"] if known & STOPS else []
    if desk.venue.requests.writes() and latches.flatten_of(CLOSED) not in known:
        wrong.append("writes at the broker and no latch of the symbol")
    return wrong


def _out_of_one(desk: Desk) -> list[str]:
    account = desk.venue.book.account
    held = [symbol for symbol, one in account.positions.items() if one.qty and symbol == CLOSED]
    left = [order.client_order_id for order in desk.venue.book.open_orders() if order.symbol == CLOSED]
    sold = [order.symbol for order in desk.venue.book.orders if "-flatten-" in order.client_order_id]
    others = sorted({symbol for symbol in sold if symbol != CLOSED})
    return [*_latched_one(desk), *([f"left: {held} {left}"] if held or left else []),
            *([f"closed others: {others}"] if others else [])]  # fmt: skip


def _out(desk: Desk) -> list[str]:
    held = {symbol: one.qty for symbol, one in desk.venue.book.account.positions.items() if one.qty}
    return [*_nothing_open(desk), *([f"still held: {held}"] if held else [])]


def _nothing_open(desk: Desk) -> list[str]:
    left = [order.client_order_id for order in desk.venue.book.open_orders()]
    return [*_latched(desk), *([f"still open: {left}"] if left else [])]


def _lose_the_ledger(desk: Desk) -> None:
    desk.state.ledger(desk.ledger().mode).path.unlink()


def _none_or_whole(desk: Desk) -> list[str]:
    try:
        desk.ledger()
    except StateMissing:
        return []
    except StateUnreadable as broken:
        return [str(broken)]
    return _readable(desk)


def _readable(desk: Desk) -> list[str]:
    return [] if desk.ledger().account == ACCOUNT else ["the ledger is bound to no account"]


def _unarmed(desk: Desk) -> None:
    desk.state.token.unlink()


def _armed_before(desk: Desk) -> None:
    _unarmed(desk)
    outcome = desk.cycle(verb=ARM.words)
    assert outcome.exit_code == EXIT_DONE, outcome.output
    desk.extra["LIVE_CONFIRM_TOKEN"] = desk.state.token.read_text()


def _nothing(desk: Desk) -> list[str]:
    return []


def _is_armed(desk: Desk) -> list[str]:
    return [] if _armed(desk) and desk.state.arm.exists() else ["not armed"]


def _is_disarmed(desk: Desk) -> list[str]:
    return [f"{path.name} is there" for path in (desk.state.token, desk.state.arm) if os.path.lexists(path)]


def _killed(desk: Desk) -> None:
    put_up(desk.state.kill_switch, desk.venue.now(), "grid", "the grid")
    desk.venue.book.account.suspend_trade = True


def _kept(desk: Desk) -> list[str]:
    """The file goes only when the broker's suspend is lifted and what it said is kept."""
    if os.path.lexists(desk.state.kill_switch):
        return []
    kept = [one for one in latches.load(desk.state.latches).cleared if one.latch.name == "KILL_SWITCH"]
    wrong = [] if kept and "why: the grid" in kept[-1].latch.why else ["gone, and what it said is not kept"]
    return [*wrong, *(["gone, and the broker is suspended"] if desk.venue.book.account.suspend_trade else [])]


def _unkilled(desk: Desk) -> list[str]:
    return ["KILL_SWITCH is there"] if os.path.lexists(desk.state.kill_switch) else _kept(desk)


CLOSED = "AAPL"
STOPS = {latches.FLATTEN, latches.CANCEL_ALL}
ARM = Verb(("arm", "--override", "the grid", "--confirm", ACCOUNT), _unarmed, _nothing, _is_armed)
VERBS = {
    "flatten": Verb(("flatten", "--confirm", ACCOUNT), _as_it_is, _latched, _out, closes_entries=True),
    "flatten one": Verb(
        ("flatten", "--symbol", CLOSED, "--confirm", ACCOUNT),
        _as_it_is,
        _latched_one,
        _out_of_one,
        done_with=(EXIT_DONE, EXIT_USAGE),
        closes_symbol=CLOSED,
    ),
    "cancel-all": Verb(("cancel-all", "--confirm", ACCOUNT), _as_it_is, _latched, _nothing_open, closes_entries=True),
    "rebuild": Verb(("rebuild",), _lose_the_ledger, _none_or_whole, _readable, done_with=(EXIT_DONE, EXIT_USAGE)),
    "arm": ARM,
    "arm again": replace(ARM, before=_armed_before),
    "disarm": Verb(("disarm",), _armed_before, _nothing, _is_disarmed, closes_entries=True),
    "unkill": Verb(("unkill", "--reason", "grid"), _killed, _kept, _unkilled),
}
