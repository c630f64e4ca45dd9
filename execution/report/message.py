"""Makes one message of a session's report: short rows for a phone, the ledger's digest in its last line. Pure.

The digest stands in the channel's own history from then on, so whoever can read the channel can find
out that a ledger was changed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from execution.channel.messages import Message, MessageLevel, lined_up
from execution.report.curve import Curve
from execution.report.session import SessionLedger, SessionReport
from execution.report.sheet import Fact, Sheet, Tone, sheet
from execution.report.tables import price, progress_cells, result, signed

KIND = "summary"
MOST_LINES = 12
MOST_NOTES = 4
SHORT = {"entries closed": "closed", "caps used": "caps", "realised in all": "in all"}


def message(report: SessionReport, curve: Curve, picture: str | None) -> Message:
    shown = sheet(report, curve)
    alarming = any(fact.tone in (Tone.BAD, Tone.UNKNOWN) for fact in shown.facts) or any(
        fact.tone is Tone.UNKNOWN for fact in shown.result
    )
    return Message(
        kind=KIND,
        level=MessageLevel.WARNING if alarming else MessageLevel.INFO,
        mode=report.mode.value if report.mode is not None else "",
        title=_title(report, shown),
        at=report.now,
        text="\n".join(_notes(shown)),
        rows=tuple(row for fact in _facts(shown) for row in _rows(fact)),
        lines=tuple(_lines(report)),
        foot=_foot(report),
        picture=picture,
    )


def _title(report: SessionReport, shown: Sheet) -> str:
    """The channel puts the mode before it; without one, what is odd about the day stands there."""
    return shown.about[:1].upper() + shown.about[1:] if report.mode is not None else shown.title


def _facts(shown: Sheet) -> Iterable[Fact]:
    """Digests stand in the foot, and what a card shows in two lines is one here."""
    for fact in shown.result:
        yield Fact(fact.name, ", ".join(fact.parts))
    for fact in shown.facts:
        if not fact.of_ledger:
            yield fact


def _rows(fact: Fact) -> Iterable[tuple[str, str]]:
    """A fact on lines short enough for a phone."""
    parts = [line for part in fact.parts for line in _broken(part)]
    yield SHORT.get(fact.name, fact.name), parts[0]
    for part in parts[1:]:
        yield "", part


def _pieces(text: str) -> list[str]:
    """The text at its commas, but for those inside a parenthesis."""
    pieces = [""]
    for piece in text.split(", "):
        is_open = pieces[-1].count("(") > pieces[-1].count(")")
        if is_open:
            pieces[-1] += f", {piece}"
        else:
            pieces.append(piece)
    return pieces[1:]


def _broken(text: str, width: int = 30) -> list[str]:
    """At its commas where it is too long."""
    lines = [""]
    for piece in _pieces(text):
        longer = f"{lines[-1]}, {piece}" if lines[-1] else piece
        if lines[-1] and len(longer) > width:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


def _lines(report: SessionReport) -> Iterable[str]:
    """Exits, what is held, and how far it is on its way, as small tables; what does not fit is counted."""
    sold = [
        (one.symbol, "beyond" if one.beyond else one.kind, f"{one.qty}", price(one.price), result(one.realized))
        for one in report.live.exits
    ]
    kept = [
        (one.symbol, f"{one.qty}", price(one.bought_at), signed(one.unrealized) if one.unrealized is not None else "?")
        for one in report.held
    ]
    ways = [(one.symbol, *progress_cells(one.progress, "?")) for one in report.held]
    for title, cells, right in (
        ("exits", sold, frozenset({2, 3, 4})),
        ("held", kept, frozenset({1, 2, 3})),
        ("stop, target, R, way", ways, frozenset({1, 2, 3, 4})),
    ):
        if cells:
            yield ""
            yield title
            yield from lined_up(cells[:MOST_LINES], right)
            if len(cells) > MOST_LINES:
                yield f"and {len(cells) - MOST_LINES} more"


def _notes(shown: Sheet) -> Iterable[str]:
    yield from shown.notes[:MOST_NOTES]
    if len(shown.notes) > MOST_NOTES:
        yield f"{len(shown.notes) - MOST_NOTES} further notes: `execution summary`"


def _foot(report: SessionReport) -> str:
    """The digests that the channel's history is to testify to."""
    ledgers: list[SessionLedger] = [ledger for ledger in (report.live, report.dry_run) if ledger.digest is not None]
    told = [ledger for ledger in ledgers if ledger is report.ledger or ledger.eventful]
    return " · ".join(f"{ledger.mode.value} ledger sha256 {ledger.digest}" for ledger in told)
