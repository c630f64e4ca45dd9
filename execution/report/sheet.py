"""Words a session's report for a trader: title, facts, tables and notes, the same wherever it is shown.

Terminal, page and Slack only lay out what stands here, so they cannot tell different days. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum

from execution.ledger.day import Entry
from execution.orders import DONE, UNRESOLVED
from execution.report import tables
from execution.report.closed_gates import ModeSpan, Span
from execution.report.curve import Curve
from execution.report.notes import notes
from execution.report.results import BEYOND, beyond, without_result
from execution.report.session import Held, SessionLedger, SessionReport
from execution.report.tables import Table, clock, plural, signed
from gates.base.money import show, show_cap
from gates.base.record import dataclass
from gates.base.sessions import new_york_text
from gates.mode import Mode


class Tone(Enum):
    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the day: its short answer, and what stands behind it."""

    name: str
    short: str
    tone: Tone = Tone.PLAIN
    further: tuple[str, ...] = ()
    of_ledger: bool = False
    """Whether it is a ledger's digest, which a message has in its last line."""

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.short, *self.further)

    @property
    def text(self) -> str:
        return "; ".join(self.parts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown. `mode` is what the title begins with, `about` what it says of the day; `result` is what a glance
    is for, `facts` are the rest of the day."""

    mode: str
    about: str
    subtitle: str
    result: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.mode}: {self.about}"


def sheet(report: SessionReport, curve: Curve) -> Sheet:
    return Sheet(
        mode=mode_words(report),
        about=about(report),
        subtitle=_subtitle(report),
        result=_result(report, curve),
        facts=tuple(_facts(report)),
        tables=tables.of_the_day(report),
        notes=tuple(notes(report, curve)),
    )


def mode_words(report: SessionReport) -> str:
    """What the title begins with, so that a rehearsal is not taken for money."""
    unknown = "NO CYCLE RAN" if report.no_cycle_ran else "MODE NOT KNOWN"
    return report.mode.value if report.mode is not None else unknown


def about(report: SessionReport, what: str = "summary") -> str:
    half = ", half-day" if report.session.is_half_day else ""
    return f"{what} of {report.session.day:%A} {report.session}{half}"


def _subtitle(report: SessionReport) -> str:
    hours = f"{clock(report.session.opens)} to {clock(report.session.closes)} New York"
    end = "over" if report.finished else "still running"
    return f"{hours}, {end}; written {new_york_text(report.now)}"


def _result(report: SessionReport, curve: Curve) -> tuple[Fact, ...]:
    realized, unrealized = report.live.realized, report.unrealized
    if report.mode is Mode.DRY_RUN and not report.live.eventful and report.live.problem is None:
        return (Fact("profit", "none", further=("a rehearsal, nothing was bought or sold",)),)
    if realized is None:
        first = _unknown("realised", _why_unknown(report.live))
    else:
        first = Fact("realised", signed(realized), _tone(realized), (plural(len(report.live.exits), "exit"),))
    facts = [first, _unrealized(report, unrealized)]
    if report.equity is not None:
        facts.append(Fact("equity", f"{report.equity:,.2f}", further=(report.equity_is,)))
    if curve.total is not None and len(curve.points) > 1:
        since = f"{plural(len(curve.points), 'session')} since {curve.points[0].day}"
        facts.append(Fact("realised in all", signed(curve.total), _tone(curve.total), (since,)))
    elif curve.left_out:
        facts.append(_unknown("realised in all", "see the notes"))
    elif len(curve.points) > 1:
        facts.append(_unknown("realised in all", _lacking(len(curve.not_known), len(curve.points), "session")))
    return tuple(facts)


def _unknown(name: str, why: str) -> Fact:
    return Fact(name, "not known", Tone.UNKNOWN, (why,))


def _why_unknown(ledger: SessionLedger) -> str:
    if ledger.exits_unknown:
        return f"LIVE ledger: {ledger.problem}"
    return _lacking(without_result(ledger.exits), len(ledger.exits), "exit")


def _lacking(number: int, of: int, word: str) -> str:
    return f"{number} of {plural(of, word)} without a known result"


def _unrealized(report: SessionReport, unrealized: Decimal | None) -> Fact:
    held = plural(len(report.held), "position")
    if unrealized is not None:
        return Fact("unrealised", signed(unrealized), _tone(unrealized), (f"{held} held",))
    why = report.holdings_problem or next((words for one in report.held if (words := _unpriced(one))), "")
    return _unknown("unrealised", f"{why or report.live.problem or 'no ledger'}, {held} by the ledger")


def _unpriced(one: Held) -> str:
    if one.price is None:
        return f"{one.symbol} has no price"
    return f"{one.symbol} was bought at a price not told" if one.bought_at is None else ""


def _facts(report: SessionReport) -> Iterable[Fact]:
    if sold := beyond(report.live.exits):
        yield Fact("oversold", f"{sold}, sold {BEYOND}", Tone.BAD, ("look at the broker's own page",))
    if report.no_cycle_ran:
        yield Fact("service", "no cycle ran in this session", Tone.BAD, (str(report.decided.problem),))
        return
    yield _orders(report)
    yield _caps(report)
    yield _modes(report)
    yield _gates(report)
    yield _refused(report)
    latched = [one for one in report.decided.closed if one.gate == "latched"]
    if latched:
        yield _listed("latched", [f"{one.minutes} min ({one.reason})" for one in latched], Tone.BAD)
    if report.standing:
        yield _listed("on now", report.standing, Tone.BAD)
    for ledger in (report.live, report.dry_run):
        if ledger.digest is not None and (ledger is report.ledger or ledger.eventful):
            yield Fact(f"{ledger.mode.value} ledger", f"sha256 {ledger.digest}", of_ledger=True)


def _listed(name: str, parts: Sequence[str], tone: Tone = Tone.PLAIN) -> Fact:
    return Fact(name, parts[0], tone, tuple(parts[1:]))


def _orders(report: SessionReport) -> Fact:
    ledger = report.ledger
    if ledger.problem is not None:
        return Fact("orders", f"not known ({ledger.mode.value} ledger: {ledger.problem})", Tone.UNKNOWN)
    counts: dict[str, int] = {}
    for entry in ledger.orders:
        words = _ended(entry)
        counts[words] = counts.get(words, 0) + 1
    ended = ", ".join(f"{number} {words}" for words, number in counts.items())
    parts = [f"{plural(len(ledger.orders), 'order')}{f' ({ended})' if ended else ''}"]
    if ledger.mode is Mode.LIVE:
        in_part = [
            f"{one.symbol} {one.filled_qty:f} of {one.qty:f}" for one in ledger.fills if one.filled_qty < one.qty
        ]
        parts.append(f"{plural(len(ledger.fills), 'fill')}{f' ({tables.some(in_part)})' if in_part else ''}")
    if ledger.carried:
        parts.append(f"{len(ledger.carried)} carried from before")
    in_doubt = sum(1 for entry in (*ledger.orders, *ledger.carried) if entry.status in UNRESOLVED)
    return Fact("orders", ", ".join(parts), Tone.BAD if in_doubt else Tone.PLAIN)


def _ended(entry: Entry) -> str:
    part = entry.status in DONE and 0 < entry.filled_qty < entry.qty
    return f"{entry.status.value.replace('_', ' ')}{' after a partial fill' if part else ''}"


def _caps(report: SessionReport) -> Fact:
    used, caps = report.ledger.used, report.limits
    if used is None:
        return Fact("caps used", "not known", Tone.UNKNOWN)
    most = f"{show(used.per_symbol)} ({used.largest})" if used.largest else "none"
    text = (
        f"orders {used.orders} of {caps.orders_per_day}, positions {used.positions} of {caps.positions}, "
        f"gross {show(used.gross)} of {show_cap(caps.gross_notional)}, exposure {_exposure(report)}, "
        f"largest {most} of {show_cap(caps.per_symbol)}"
    )
    return Fact("caps used", text)


def _exposure(report: SessionReport) -> str:
    """What our shares are worth and what our orders may still buy; the gross counts the session's entries instead."""
    amount = report.exposure
    return "not known" if amount is None else show(amount)


def _modes(report: SessionReport) -> Fact:
    spans = report.decided.modes
    if not spans:
        return Fact("mode", f"not known (decisions: {report.decided.problem or 'none in the session'})", Tone.UNKNOWN)
    return _listed("mode", [_mode(one) for one in spans])


def _mode(one: ModeSpan) -> str:
    """LIVE has one reason only."""
    why = "" if one.mode == Mode.LIVE.value else f" ({one.reason})"
    return f"{one.mode} {_during(one.span)}{why}"


def _gates(report: SessionReport) -> Fact:
    decided = report.decided
    if decided.closed_minutes is None:
        return Fact("entries closed", f"not known (decisions: {decided.problem})", Tone.UNKNOWN)
    whole = round((min(report.now, report.session.closes) - report.session.opens).total_seconds() / 60)
    each = ", ".join(f"{one.gate} {one.minutes}" for one in decided.closed if one.minutes)
    return Fact("entries closed", f"{decided.closed_minutes} of {whole} min{f': {each}' if each else ''}")


def _refused(report: SessionReport) -> Fact:
    decided = report.decided
    if decided.problem is not None:
        return Fact("refused", f"not known (decisions: {decided.problem})", Tone.UNKNOWN)
    told = [one for one in decided.refusals if one.code not in tables.QUIET]
    parts = [f"{tables.words_of(one.code)} {len(one.reasons)}" for one in told]
    if decided.waiting:
        parts.append(f"waited for its price {len(decided.waiting)}")
    return Fact("refused", ", ".join(parts) or "nothing")


def _during(span: Span) -> str:
    return f"{clock(span.starts)} to {clock(span.ends)}"


def _tone(amount: Decimal) -> Tone:
    return Tone.GOOD if amount > 0 else Tone.BAD if amount < 0 else Tone.PLAIN
