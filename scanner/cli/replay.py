"""Replay past mornings: what their lists would have been, and what became of every row by the bracket rule.

A past morning sees the bars that end the evening before it and nothing later. Writes rows.csv, mornings.csv,
summary.json and equity.png to scanner/replays/FROM_TO/ in the state directory. Without dates, the last 60
sessions.

  scanner replay
  scanner replay --from 2026-06-01 --to 2026-11-20
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

from gates.base.errors import EXIT_DONE, UsageError
from gates.base.money import parse_plain, show
from gates.base.output import pairs, paragraph, say, say_json, table
from gates.base.record import asdict
from gates.base.statefile import make_directory, replace
from scanner import universe
from scanner.bars.panel import Panel, day_of
from scanner.cli.mark import marked, say_mark
from scanner.cli.stored import stored_mark, stored_panel, stored_universe
from scanner.progress import progress
from scanner.research.outcomes import OutcomeSummary, RowOutcome, equity, summarize
from scanner.research.replay import PastMorning, Replay, ReplayRules, first_replayable, replay
from scanner.wiring import Scanner, open_scanner

USUAL_SESSIONS = 60
USUAL_CHASE_PCT = Decimal("0.5")
ROWS_SHOWN = 15
ROW_COLUMNS = (
    "Session", "Rank", "Symbol", "Entry_Level", "Stop_Loss", "Target_R2", "Score", "Anchor", "Anchor_Date",
    "Outcome", "Bought", "Sold", "Until", "Held_Sessions", "R",
)  # fmt: skip
MORNING_COLUMNS = ("Session", "As_Of", "Rows", "Qualified", "With_Bars", "Listed", "Regime", "No_List_Because")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first", type=_day, metavar="DATE", help="first session")
    parser.add_argument("--to", dest="last", type=_day, metavar="DATE", help="last session")
    parser.add_argument(
        "--chase-pct",
        type=_percent,
        default=USUAL_CHASE_PCT,
        metavar="PCT",
        help=f"an open further above the entry is not bought, {USUAL_CHASE_PCT} unless told (MAX_CHASE_PCT's default)",
    )
    parser.add_argument("--json", action="store_true", help="machine-readable")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write a date such as 2026-11-20") from None


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    scanner = open_scanner(environ)
    panel, stocks, mark = stored_panel(scanner), stored_universe(scanner), stored_mark(scanner)
    first, last = _period(panel, scanner, args.first, args.last)
    rules = _rules(scanner, stocks, args.chase_pct)
    with progress("sessions", scanner.journal.info) as tell:
        done = replay(panel, first, last, rules, tell)
    if not done.mornings:
        raise UsageError(f"no stored session from {first} to {last}")
    summary = summarize(done.outcomes)
    paths = _write(scanner.shelf.root / "replays" / f"{first}_{last}", done, summary, mark)
    if args.json:
        say_json({**_document(scanner, done, summary, paths), "made_up": bool(mark)})
    else:
        say_mark(mark)
        _say(done, summary, paths)
    return EXIT_DONE


def _rules(scanner: Scanner, stocks: universe.Universe, chase_pct: Decimal) -> ReplayRules:
    chosen = scanner.settings
    return ReplayRules(
        chosen.thresholds, frozenset(stocks.symbols), chosen.max_rows, float(chosen.min_coverage_pct), chase_pct
    )


def _period(panel: Panel, scanner: Scanner, first: date | None, last: date | None) -> tuple[date, date]:
    """The dates asked for, or the last sessions there are; refused where the lists would not be what they were."""
    earliest = first_replayable(panel, scanner.settings.thresholds)
    if earliest is None:
        raise UsageError(
            f"{len(panel.days)} stored sessions are too few for a past list; set SCAN_HISTORY_SESSIONS higher "
            "and say `scanner bars update`"
        )
    newest = day_of(panel.days[-1])
    last = last or newest
    before = panel.upto(last, USUAL_SESSIONS).days
    first = first or (max(earliest, day_of(before[0])) if len(before) else earliest)
    if first > last:
        raise UsageError(f"--from {first} is later than --to {last}")
    if last > newest:
        raise UsageError(f"--to {last}: bars end {newest}; `scanner bars update` fetches what is missing")
    if first < earliest:
        raise UsageError(
            f"--from {first}: the first list that can be made again is that of {earliest}, as stored bars begin "
            f"{day_of(panel.days[0])}; set SCAN_HISTORY_SESSIONS higher and say `scanner bars update`"
        )
    return first, last


# --- files ------------------------------------------------------------------------------------------


def _write(folder: Path, done: Replay, summary: OutcomeSummary, mark: str) -> list[Path]:
    import msgspec

    from scanner.chart import draw_equity

    make_directory(folder.parent)
    make_directory(folder)
    curve = equity(done.outcomes)
    title = marked(f"{done.mornings[0].session} to {done.mornings[-1].session}", mark)
    told = msgspec.json.encode({**asdict(summary), "made_up": bool(mark)})
    files = {
        "rows.csv": _csv(ROW_COLUMNS, _row_lines(done)).encode(),
        "mornings.csv": _csv(MORNING_COLUMNS, map(_morning_line, done.mornings)).encode(),
        "summary.json": msgspec.json.format(told, indent=2)
        + b"\n",
        "equity.png": draw_equity(title, _in_words(summary), curve, [one.session for one in done.mornings]),
    }
    for name, data in files.items():
        replace(folder / name, data)
    return [folder / name for name in files]


def _csv(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


def _row_lines(done: Replay) -> Iterable[Sequence[object]]:
    rank, session = 0, None
    for one in done.outcomes:
        rank = rank + 1 if one.session == session else 1
        session, row = one.session, one.row
        yield (
            session, rank, row.symbol, show(row.entry), show(row.stop), show(row.target), row.score, row.anchor,
            row.anchor_date, one.how, _number(one.bought), _number(one.sold), one.until, one.held_sessions or "",
            _number(one.r),
        )  # fmt: skip


def _morning_line(one: PastMorning) -> Sequence[object]:
    return (
        one.session, one.as_of, len(one.candidates), one.qualified, one.with_bars, one.listed, one.regime,
        one.refused or "",
    )  # fmt: skip


# --- words ------------------------------------------------------------------------------------------


def _say(done: Replay, summary: OutcomeSummary, paths: Sequence[Path]) -> None:
    mornings = done.mornings
    refused = [one for one in mornings if one.refused]
    listed = sum(bool(one.candidates) for one in mornings)
    say_outcomes(done.outcomes)
    say()
    pairs(
        [
            ("sessions", f"{len(mornings)}, {mornings[0].session} to {mornings[-1].session}"),
            ("lists", f"{listed} with rows, {len(mornings) - listed - len(refused)} empty, {len(refused)} refused"),
            *[("refused", f"{one.session}: {one.refused}") for one in refused[:3]],
            ("rows", f"{summary.rows}: {_counts(summary)}"),
            ("trades", f"{summary.trades} ended, {summary.wins} won{_rate(summary)}"),
            ("average", "-" if summary.average_r is None else f"{summary.average_r:+.2f} R"),
            ("total", f"{summary.total_r:+.1f} R"),
            ("drawdown", f"{summary.drawdown_r:.1f} R"),
            ("still open", f"{summary.still_open}, worth {summary.open_r:+.1f} R at the last close"),
        ]
    )
    say()
    for path in paths:
        paragraph(f"wrote {path}")


def say_outcomes(outcomes: Sequence[RowOutcome]) -> None:
    """The last of those that were bought."""
    bought = [one for one in outcomes if one.bought is not None]
    cells = [
        (one.session, one.row.symbol, show(one.row.entry), show(one.row.stop), show(one.row.target),
         _number(one.bought), _number(one.sold), one.how.value, one.until, _number(one.r))
        for one in bought[-ROWS_SHOWN:]
    ]  # fmt: skip
    header = ("session", "symbol", "entry", "stop", "target", "bought", "sold", "outcome", "until", "R")
    table(header, cells, right="entry stop target bought sold R")
    if len(bought) > ROWS_SHOWN:
        paragraph(f"the last {ROWS_SHOWN} of {len(bought)} that were bought; all rows are in rows.csv")


def _document(scanner: Scanner, done: Replay, summary: OutcomeSummary, paths: Sequence[Path]) -> dict[str, object]:
    return {
        "state_dir": str(scanner.root),
        "from": done.mornings[0].session,
        "to": done.mornings[-1].session,
        "sessions": len(done.mornings),
        "refused": {str(one.session): one.refused for one in done.mornings if one.refused},
        **asdict(summary),
        "files": [str(path) for path in paths],
    }


def _in_words(summary: OutcomeSummary) -> str:
    average = "-" if summary.average_r is None else f"{summary.average_r:+.2f} R on average"
    ended = f"{summary.trades} trades ended, {summary.wins} won{_rate(summary)}, {average}"
    return f"{ended}, drawdown {summary.drawdown_r:.1f} R, {summary.still_open} still open"


def _rate(summary: OutcomeSummary) -> str:
    return "" if summary.win_rate_pct is None else f" ({summary.win_rate_pct:.0f} %)"


def _counts(summary: OutcomeSummary) -> str:
    return ", ".join(f"{count} {name}" for name, count in summary.by_outcome.items() if count) or "none"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(text: str) -> Decimal:
    value = parse_plain(text)
    if value is None or value > 100:
        raise argparse.ArgumentTypeError(f"{text}: a plain percentage from 0 to 100")
    return value
