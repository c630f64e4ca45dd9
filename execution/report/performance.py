"""Words the performance of many trades for a trader, and makes one document of it for machines. Pure.

What is open stands first: an average over ended trades alone is of those that ended soonest. NO-DATA says that there is
too little for a number, *not known* that something it needs was not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from execution.report.curve import Curve, Point
from execution.report.sheet import Fact, Sheet, Tone
from execution.report.tables import Table, plural, signed, some
from execution.report.trades import NOT_KNOWN, fees_words, money, ratio, unbought
from execution.results.book import Book
from execution.results.figures import Figures
from execution.results.performance import FEWEST_SESSIONS, Performance, unmarked
from gates.base.statistics import Interval, draws_for

NO_DATA = "NO-DATA"
R_PLACES = Decimal("0.0001")


def sheet(book: Book, found: Performance, by: str | None, groups: Sequence[Figures], written: str) -> Sheet:
    span = f"{book.sessions[0]} to {book.sessions[-1]}" if book.sessions else "no session"
    return Sheet(
        mode=book.wanted.mode.value,
        about=f"performance of {plural(found.whole.trades, 'trade')}, {span}",
        subtitle=f"Account {book.account or 'not bound'}, {plural(len(book.sessions), 'session')}; written {written}",
        result=(_open(book, found), _trades(found.whole), _win_rate(found.whole), _result(found.whole)),
        facts=tuple(_facts(book, found)),
        tables=(group_table(by, groups),) if by is not None and groups else (),
        notes=tuple(f"{problem}." for problem in book.problems),
    )


def curve(found: Performance) -> Curve:
    """What was realised, session by session, for the picture; none while a sale's result is not known."""
    total, points = Decimal(0), []
    for day, amount in zip(found.series.sessions, found.series.realized, strict=True):
        total += amount
        points.append(Point(day, amount, total))
    return Curve(tuple(points) if found.series.is_whole else ())


def _open(book: Book, found: Performance) -> Fact:
    held, lacking = found.open, unmarked(found, book.trades)
    if not held.trades:
        return Fact("open", "none")
    further = []
    if held.known and found.marks is not None:
        further.append(f"{money(held.known_dollars)}, {ratio(held.total_r)} R at the close of {found.marks.session}")
    if lacking:
        further.append(f"no mark for {some(lacking)}")
    return Fact("open", plural(held.trades, "trade"), Tone.UNKNOWN if lacking else Tone.PLAIN, tuple(further))


def _trades(whole: Figures) -> Fact:
    if not whole.trades:
        return Fact("trades", "none")
    further = [f"{whole.ended} ended, {whole.open} open"]
    if whole.unknown:
        further.append(f"{whole.unknown} without a known result, in no other number")
    return Fact("trades", str(whole.trades), Tone.UNKNOWN if whole.unknown else Tone.PLAIN, tuple(further))


def _win_rate(whole: Figures) -> Fact:
    if whole.win_rate is None:
        return Fact("win rate", NO_DATA)
    return Fact("win rate", percent(whole.win_rate), further=(f"{whole.won} of {whole.known}", win_interval(whole)))


def _result(whole: Figures) -> Fact:
    if not whole.known:
        return Fact("result", NO_DATA if not whole.unknown else NOT_KNOWN)
    if whole.total is None:
        of = f"{signed(whole.known_dollars)} in the {whole.known} that are known"
        return Fact("result", NOT_KNOWN, Tone.UNKNOWN, (of,))
    tone = Tone.GOOD if whole.total > 0 else Tone.BAD if whole.total < 0 else Tone.PLAIN
    return Fact("result", signed(whole.total), tone, (f"{ratio(whole.total_r)} R", "before fees"))


def _facts(book: Book, found: Performance) -> Iterable[Fact]:
    whole, ended = found.whole, found.ended
    yield Fact("mean R", _with_interval(whole.mean_r, whole.r_interval, len(whole.r), len(whole.r) < whole.known))
    yield Fact("expectancy", _with_interval(whole.expectancy, whole.expectancy_interval, whole.known))
    yield Fact("profit factor", number(whole.profit_factor))
    yield Fact("longest losing run", plural(whole.losing_run, "trade") if whole.known else NO_DATA)
    if found.open.trades and ended.known:
        rate = percent(ended.win_rate) if ended.win_rate is not None else NO_DATA
        words = f"{ended.known}: win rate {rate}, mean R {_ratio(ended.mean_r)}, result {money(ended.total)}"
        yield Fact("ended alone", words, further=("stops end sooner than targets",))
    yield Fact("Sharpe", _yearly(found, found.sharpe))
    yield Fact("Sortino", _yearly(found, found.sortino))
    yield Fact("drawdown", _drawdown(found))
    yield Fact("exposure", _exposure(found))
    yield Fact("fees", _fees(found))
    if none := unbought(book):
        yield Fact("no trades", none)


def _with_interval(value: Decimal | None, found: Interval | None, count: int, lacks: bool = False) -> str:
    if value is None:
        return NO_DATA
    of = f", of {plural(count, 'trade')} whose risk is known" if lacks else ""
    if found is None:
        return f"{signed(value)}{of}; no interval of one trade"
    between = f"95 % between {signed(found.low)} and {signed(found.high)}"
    return f"{signed(value)}{of}; {between} (bootstrap, {draws_for(count)} draws)"


def _yearly(found: Performance, value: Decimal | None) -> str:
    series = found.series
    if not series.is_whole:
        return f"{NOT_KNOWN} ({plural(series.unknown, 'sale')} or trades without a known result)"
    if not series.is_enough:
        return f"{NO_DATA} ({plural(len(series.sessions), 'session')}, {FEWEST_SESSIONS} are the fewest)"
    return f"{number(value)} a year, of what {len(series.sessions)} sessions realised"


def _drawdown(found: Performance) -> str:
    fall, series = found.drawdown, found.series
    if fall is None:
        return NO_DATA if series.is_whole else f"{NOT_KNOWN} (a result is not known)"
    if not fall.depth:
        return "none, of what was realised"
    since = series.sessions[fall.peak] if fall.peak >= 0 else "the beginning"
    words = f"{signed(-fall.depth)} realised, from {since} to {series.sessions[fall.trough]}"
    if found.base is None:
        return f"{words}; in % not known (no close kept)"
    share = percent(fall.depth / found.base.amount)
    return f"{words}; {share} of the equity {found.base.amount:,.2f} at the close of {found.base.session}"


def _exposure(found: Performance) -> str:
    one = found.exposure
    if not one.sessions:
        return NO_DATA
    paid = (
        f"paid for at most {one.most:,.2f}, on average {one.average:,.2f}"
        if one.most is not None and one.average is not None
        else f"what was paid is {NOT_KNOWN}"
    )
    return f"shares held in {one.held} of {plural(one.sessions, 'session')}, {paid}"


def _fees(found: Performance) -> str:
    if not found.whole.trades:
        return NO_DATA
    if found.without_fees == found.whole.trades:
        return NOT_KNOWN
    lacking = plural(found.without_fees, "trade")
    without = f", without {lacking} whose fees are {NOT_KNOWN}" if found.without_fees else ""
    return f"{fees_words(found.fees)}{without}; in no other number"


def group_table(by: str, groups: Iterable[Figures]) -> Table:
    rows = tuple(_group(one) for one in groups)
    header = (by, "trades", "open", "unknown", "won", "95 %", "mean R", "total R", "result", "a trade", "factor")
    return Table(f"by {by}", header, rows, header[1:])


def _group(one: Figures) -> tuple[str, ...]:
    return (
        one.name, str(one.trades), str(one.open), str(one.unknown),
        percent(one.win_rate) if one.win_rate is not None else NO_DATA, win_interval(one, short=True),
        _ratio(one.mean_r), ratio(one.total_r), money(one.total),
        signed(one.expectancy) if one.expectancy is not None else NO_DATA, number(one.profit_factor),
    )  # fmt: skip


def percent(share: Decimal) -> str:
    return f"{share * 100:.1f} %"


def win_interval(one: Figures, *, short: bool = False) -> str:
    found = one.win_interval
    if found is None:
        return NO_DATA
    low, high = f"{found.low * 100:.1f}", f"{found.high * 100:.1f} %"
    return f"{low} to {high}" if short else f"95 % between {low} and {high}"


def number(value: Decimal | None) -> str:
    return NO_DATA if value is None else f"{value:.2f}"


def _ratio(value: Decimal | None) -> str:
    return NO_DATA if value is None else ratio(value)


# --- for machines ---------------------------------------------------------------------------------


def document(book: Book, found: Performance, by: str | None, groups: Iterable[Figures]) -> dict[str, object]:
    fall, series, base = found.drawdown, found.series, found.base
    return {
        "mode": book.wanted.mode.value, "account": book.account, "sessions": list(book.sessions),
        "problems": list(book.problems), "marked_at": found.marks.session if found.marks is not None else None,
        "without_mark": list(unmarked(found, book.trades)),
        "all": figures(found.whole) | {
            "mean_r_interval": _interval(found.whole.r_interval),
            "expectancy_interval": _interval(found.whole.expectancy_interval),
        },
        "ended": figures(found.ended), "open": figures(found.open),
        "bought_nothing": found.unbought, "by": by, "groups": [figures(one) for one in groups],
        "sharpe": _rounded(found.sharpe), "sortino": _rounded(found.sortino),
        "drawdown": None if fall is None else {
            "dollars": fall.depth,
            "from": series.sessions[fall.peak] if fall.peak >= 0 else None,
            "to": series.sessions[fall.trough] if fall.depth else None,
            "of": None if base is None else {"equity": base.amount, "session": base.session},
            "share": _rounded(found.drawdown_of_base),
        },
        "exposure": {
            "sessions": found.exposure.sessions, "held": found.exposure.held, "most": found.exposure.most,
            "average": _rounded(found.exposure.average),
        },
        "fees": None if found.without_fees and found.without_fees == found.whole.trades else found.fees,
        "trades_without_fees": found.without_fees,
        "series": [
            {"session": day, "realized": one} for day, one in zip(series.sessions, series.realized, strict=True)
        ],
        "sales_without_result": series.unknown,
    }  # fmt: skip


def figures(one: Figures) -> dict[str, object]:
    return {
        "name": one.name, "trades": one.trades, "ended": one.ended, "open": one.open, "unknown": one.unknown,
        "won": one.won, "win_rate": _rounded(one.win_rate), "win_interval": _interval(one.win_interval),
        "result": one.total, "result_of_known": one.known_dollars, "total_r": _rounded(one.total_r),
        "mean_r": _rounded(one.mean_r), "expectancy": _rounded(one.expectancy),
        "profit_factor": _rounded(one.profit_factor), "losing_run": one.losing_run,
    }  # fmt: skip


def _interval(found: Interval | None) -> list[Decimal] | None:
    return None if found is None else [found.low.quantize(R_PLACES), found.high.quantize(R_PLACES)]


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(R_PLACES)
