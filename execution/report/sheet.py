"""Says a session's report in a trader's words: title, facts, tables and notes, the same wherever it is shown.

Terminal, page and Slack only lay out what stands here, so they cannot tell different days. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from execution.ledger.day import Entry
from execution.orders import DONE, UNRESOLVED
from execution.report import tables
from execution.report.closed_gates import ModeSpan, Span
from execution.report.curve import Curve
from execution.report.notes import notes
from execution.report.results import BEYOND, beyond, without_result
from execution.report.session import Book, Held, Story
from execution.report.tables import Table, clock, plural, signed
from gates.base.money import show, show_cap
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


def sheet(story: Story, curve: Curve) -> Sheet:
    return Sheet(
        mode=mode_words(story),
        about=about(story),
        subtitle=_subtitle(story),
        result=_result(story, curve),
        facts=tuple(_facts(story)),
        tables=tables.of_the_day(story),
        notes=tuple(notes(story, curve)),
    )


def mode_words(story: Story) -> str:
    """What the title begins with, so that a rehearsal is not taken for money."""
    unknown = "NO CYCLE RAN" if story.no_cycle_ran else "MODE NOT KNOWN"
    return story.mode.value if story.mode is not None else unknown


def about(story: Story, what: str = "summary") -> str:
    half = ", half-day" if story.session.is_half_day else ""
    return f"{what} of {story.session.day:%A} {story.session}{half}"


def _subtitle(story: Story) -> str:
    hours = f"{clock(story.session.opens)} to {clock(story.session.closes)} New York"
    end = "over" if story.finished else "still running"
    return f"{hours}, {end}; written {new_york_text(story.now)}"


def _result(story: Story, curve: Curve) -> tuple[Fact, ...]:
    realized, unrealized = story.live.realized, story.unrealized
    if story.mode is Mode.DRY_RUN and not story.live.eventful and story.live.problem is None:
        return (Fact("profit", "none", further=("a rehearsal, nothing was bought or sold",)),)
    if realized is None:
        first = _unknown("realised", _why_unknown(story.live))
    else:
        first = Fact("realised", signed(realized), _tone(realized), (plural(len(story.live.exits), "exit"),))
    facts = [first, _unrealized(story, unrealized)]
    if story.equity is not None:
        facts.append(Fact("equity", f"{story.equity:,.2f}", further=("at the broker",)))
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


def _why_unknown(book: Book) -> str:
    if book.exits_unknown:
        return f"LIVE ledger: {book.problem}"
    return _lacking(without_result(book.exits), len(book.exits), "exit")


def _lacking(number: int, of: int, word: str) -> str:
    return f"{number} of {plural(of, word)} without a known result"


def _unrealized(story: Story, unrealized: Decimal | None) -> Fact:
    held = plural(len(story.held), "position")
    if unrealized is not None:
        return Fact("unrealised", signed(unrealized), _tone(unrealized), (f"{held} held",))
    why = story.holdings_problem or next((words for one in story.held if (words := _unpriced(one))), "")
    return _unknown("unrealised", f"{why or story.live.problem or 'no ledger'}, {held} by the ledger")


def _unpriced(one: Held) -> str:
    if one.price is None:
        return f"{one.symbol} has no price"
    return f"{one.symbol} was bought at a price not told" if one.bought_at is None else ""


def _facts(story: Story) -> Iterable[Fact]:
    if sold := beyond(story.live.exits):
        yield Fact("oversold", f"{sold}, sold {BEYOND}", Tone.BAD, ("look at the broker's own page",))
    if story.no_cycle_ran:
        yield Fact("service", "no cycle ran in this session", Tone.BAD, (str(story.decided.problem),))
        return
    yield _orders(story)
    yield _caps(story)
    yield _modes(story)
    yield _gates(story)
    yield _refused(story)
    latched = [one for one in story.decided.closed if one.gate == "latched"]
    if latched:
        yield _listed("latched", [f"{one.minutes} min ({one.reason})" for one in latched], Tone.BAD)
    if story.standing:
        yield _listed("on now", story.standing, Tone.BAD)
    for book in (story.live, story.dry_run):
        if book.digest is not None and (book is story.book or book.eventful):
            yield Fact(f"{book.mode.value} ledger", f"sha256 {book.digest}", of_ledger=True)


def _listed(name: str, parts: Sequence[str], tone: Tone = Tone.PLAIN) -> Fact:
    return Fact(name, parts[0], tone, tuple(parts[1:]))


def _orders(story: Story) -> Fact:
    book = story.book
    if book.problem is not None:
        return Fact("orders", f"not known ({book.mode.value} ledger: {book.problem})", Tone.UNKNOWN)
    counts: dict[str, int] = {}
    for entry in book.orders:
        words = _ended(entry)
        counts[words] = counts.get(words, 0) + 1
    ended = ", ".join(f"{number} {words}" for words, number in counts.items())
    parts = [f"{plural(len(book.orders), 'order')}{f' ({ended})' if ended else ''}"]
    if book.mode is Mode.LIVE:
        in_part = [f"{one.symbol} {one.filled_qty:f} of {one.qty:f}" for one in book.fills if one.filled_qty < one.qty]
        parts.append(f"{plural(len(book.fills), 'fill')}{f' ({tables.some(in_part)})' if in_part else ''}")
    if book.carried:
        parts.append(f"{len(book.carried)} carried from before")
    in_doubt = sum(1 for entry in (*book.orders, *book.carried) if entry.status in UNRESOLVED)
    return Fact("orders", ", ".join(parts), Tone.BAD if in_doubt else Tone.PLAIN)


def _ended(entry: Entry) -> str:
    part = entry.status in DONE and 0 < entry.filled_qty < entry.qty
    return f"{entry.status.value.replace('_', ' ')}{' after a partial fill' if part else ''}"


def _caps(story: Story) -> Fact:
    used, caps = story.book.used, story.limits
    if used is None:
        return Fact("caps used", "not known", Tone.UNKNOWN)
    most = f"{show(used.per_symbol)} ({used.largest})" if used.largest else "none"
    text = (
        f"orders {used.orders} of {caps.orders_per_day}, positions {used.positions} of {caps.positions}, "
        f"gross {show(used.gross)} of {show_cap(caps.gross_notional)}, exposure {_exposure(story)}, "
        f"largest {most} of {show_cap(caps.per_symbol)}"
    )
    return Fact("caps used", text)


def _exposure(story: Story) -> str:
    """What our shares are worth and what our orders may still buy; the gross counts the session's entries instead."""
    amount = story.exposure
    return "not known" if amount is None else show(amount)


def _modes(story: Story) -> Fact:
    spans = story.decided.modes
    if not spans:
        return Fact("mode", f"not known (decisions: {story.decided.problem or 'none in the session'})", Tone.UNKNOWN)
    return _listed("mode", [_mode(one) for one in spans])


def _mode(one: ModeSpan) -> str:
    """LIVE has one reason only."""
    why = "" if one.mode == Mode.LIVE.value else f" ({one.reason})"
    return f"{one.mode} {_during(one.span)}{why}"


def _gates(story: Story) -> Fact:
    decided = story.decided
    if decided.closed_minutes is None:
        return Fact("entries closed", f"not known (decisions: {decided.problem})", Tone.UNKNOWN)
    whole = round((min(story.now, story.session.closes) - story.session.opens).total_seconds() / 60)
    each = ", ".join(f"{one.gate} {one.minutes}" for one in decided.closed if one.minutes)
    return Fact("entries closed", f"{decided.closed_minutes} of {whole} min{f': {each}' if each else ''}")


def _refused(story: Story) -> Fact:
    decided = story.decided
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
