"""Bringing stored bars up to date: what is asked for, what is kept, and what a failure leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from support.scanner_desk import AS_OF, BEFORE, MORNING, SESSION, SYMBOLS, Tape, files, flat_of, is_session, same_bars

from scanner.bars import store
from scanner.bars.panel import FIELDS, Panel
from scanner.bars.source import SourceFailed, SourceRefused
from scanner.bars.store import FlatBars
from scanner.bars.update import GIVES_UP_AFTER, OVERLAP, BarShelf, UpdateReport, WantedBars, first_day, update

KEPT = 300
FIRST = first_day(AS_OF, KEPT)


class Died(Exception):
    """The process ends here."""


@pytest.fixture
def shelf(tmp_path: Path) -> BarShelf:
    return BarShelf(tmp_path)


def wanted(symbols: Sequence[str] = SYMBOLS, last: date = AS_OF, sessions: int = KEPT) -> WantedBars:
    return WantedBars(frozenset(symbols), sessions, last, is_session)


def bring(
    shelf: BarShelf, tape: Tape, last: date = AS_OF, symbols: Sequence[str] = SYMBOLS
) -> tuple[Panel, UpdateReport]:
    tape.forget()
    return update(shelf, tape, wanted(symbols, last), MORNING, lambda _done, _total, _item: None)


def fail_on(*symbols: str, times: int = 10**9, error: Exception | None = None):  # type: ignore[no-untyped-def]
    """Questions about one of these symbols have no answer, so many times."""
    left = [times]

    def before(asked: Sequence[str]) -> None:
        if set(asked) & set(symbols) and left[0] > 0:
            left[0] -= 1
            raise error or SourceFailed("bars: HTTP 504 (4 tries)")

    return before


def in_batches(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("scanner.bars.update.SYMBOLS_PER_REQUEST", size)


# --- what is asked for --------------------------------------------------------------------------------


def test_the_first_time_everything_is_asked_for_and_stored(shelf: BarShelf) -> None:
    tape = Tape()
    panel, report = bring(shelf, tape)
    assert tape.questions == [(SYMBOLS, FIRST, AS_OF)]
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))
    assert (report.requests, report.failed, report.restated, report.odd) == (1, {}, [], {})
    stored, origin = store.load(shelf.bars)
    assert same_bars(stored, panel)
    assert origin.through == dict.fromkeys(SYMBOLS, AS_OF)
    assert files(shelf.root).keys() == {"bars.parquet"}


def test_what_is_known_is_not_asked_for_again(shelf: BarShelf) -> None:
    first, _ = bring(shelf, Tape())
    before = files(shelf.root)
    tape = Tape()
    again, report = bring(shelf, tape)
    assert (tape.questions, report.requests, report.bars) == ([], 0, 0)
    assert same_bars(first, again)
    assert files(shelf.root) == before


def test_a_new_session_costs_a_week_of_overlap_and_no_more(shelf: BarShelf) -> None:
    bring(shelf, Tape(), BEFORE)
    tape = Tape()
    panel, report = bring(shelf, tape)
    assert tape.questions == [(SYMBOLS, BEFORE - OVERLAP, AS_OF)]
    assert report.restated == []
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))


def test_after_weeks_away_only_the_gap_is_asked_for(shelf: BarShelf) -> None:
    long_ago = date(2026, 10, 2)
    bring(shelf, Tape(), long_ago)
    tape = Tape()
    panel, _ = bring(shelf, tape)
    assert tape.questions == [(SYMBOLS, long_ago - OVERLAP, AS_OF)]
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))


def test_a_new_symbol_is_asked_for_whole_and_alone(shelf: BarShelf) -> None:
    bring(shelf, Tape(), symbols=SYMBOLS[1:])
    tape = Tape()
    panel, _ = bring(shelf, tape)
    assert tape.questions == [(SYMBOLS[:1], FIRST, AS_OF)]
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))


def test_a_symbol_that_left_is_kept_for_a_while_and_then_dropped(shelf: BarShelf) -> None:
    bring(shelf, Tape(), date(2026, 8, 3))
    kept, _ = bring(shelf, Tape(), date(2026, 9, 30), SYMBOLS[1:])
    assert SYMBOLS[0] in kept.symbols
    dropped, _ = bring(shelf, Tape(), AS_OF, SYMBOLS[1:])
    assert dropped.symbols == SYMBOLS[1:]


@pytest.mark.parametrize("other", [{"name": "another source"}, {}])
def test_bars_of_another_source_or_too_short_a_history_are_fetched_anew(shelf: BarShelf, other: dict[str, str]) -> None:
    if other:
        bring(shelf, Tape(**other))
    else:
        update(shelf, Tape(), wanted(sessions=KEPT - 50), MORNING, lambda *_: None)
    tape = Tape()
    _, report = bring(shelf, tape)
    assert tape.questions == [(SYMBOLS, FIRST, AS_OF)]
    assert report.put_aside is not None and "fetched again" in report.put_aside


def test_an_unreadable_file_is_put_aside_and_said(shelf: BarShelf) -> None:
    bring(shelf, Tape())
    data = shelf.bars.read_bytes()
    shelf.bars.write_bytes(data[: len(data) // 2])
    panel, report = bring(shelf, Tape())
    assert len(panel.days) == KEPT
    assert report.put_aside is not None and "bars.unreadable" in report.put_aside
    assert (shelf.root / "bars.unreadable").read_bytes() == data[: len(data) // 2]


# --- restated history ---------------------------------------------------------------------------------


def test_a_split_is_noticed_in_the_overlap_and_all_of_it_fetched_anew(shelf: BarShelf) -> None:
    bring(shelf, Tape(), BEFORE)
    tape = Tape()
    tape.scale("SBB", 0.25)
    panel, report = bring(shelf, tape)
    assert report.restated == ["SBB"]
    assert tape.asked_for("SBB") == [BEFORE - OVERLAP, FIRST]
    assert tape.asked_for("SBC") == [BEFORE - OVERLAP]
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))
    assert same_bars(store.load(shelf.bars)[0], panel)


@pytest.mark.parametrize(("factor", "restated"), [(1.0009, []), (1.002, ["SBB"]), (0.998, ["SBB"]), (0.9995, [])])
def test_the_tapes_small_corrections_are_no_split(shelf: BarShelf, factor: float, restated: list[str]) -> None:
    bring(shelf, Tape(), BEFORE)
    tape = Tape()
    tape.scale("SBB", factor, BEFORE)
    _, report = bring(shelf, tape)
    assert report.restated == restated


def test_a_known_bar_that_does_not_come_back_is_restated_history(shelf: BarShelf) -> None:
    bring(shelf, Tape(), BEFORE)
    tape = Tape()
    tape.lose("SBB", BEFORE)
    panel, report = bring(shelf, tape)
    assert report.restated == ["SBB"]
    row = panel.row("SBB")
    assert row is not None and np.isnan(panel.close[row, -2])


def test_restated_history_that_cannot_be_fetched_keeps_the_old_and_asks_again(shelf: BarShelf) -> None:
    """Half old prices and half new ones would be worse than either."""
    old, _ = bring(shelf, Tape(), BEFORE)
    tape = Tape()
    tape.scale("SBB", 0.25)
    tape.before = lambda asked: (_ for _ in ()).throw(SourceFailed("bars: down")) if asked == ("SBB",) else None
    panel, report = bring(shelf, tape)
    row, before = panel.row("SBB"), old.row("SBB")
    assert report.failed == {"SBB": "bars: down"}
    assert row is not None and before is not None and np.isnan(panel.close[row, -1])
    assert np.array_equal(panel.close[row, :-1], old.close[before, 1:])
    healed = Tape()
    healed.scale("SBB", 0.25)
    panel, report = bring(shelf, healed)
    assert (report.restated, report.failed) == (["SBB"], {})
    assert same_bars(panel, healed.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))


def test_a_symbol_the_source_no_longer_knows_keeps_its_bars_and_is_named(shelf: BarShelf) -> None:
    bring(shelf, Tape(), BEFORE)
    tape = Tape()
    tape.lose("SBB")
    panel, report = bring(shelf, tape)
    assert "SBB" in report.failed
    row = panel.row("SBB")
    assert row is not None and not np.isnan(panel.close[row, -2])


# --- failures -----------------------------------------------------------------------------------------


def test_a_batch_that_fails_is_counted_and_named_and_the_others_are_stored(
    shelf: BarShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_batches(monkeypatch, 5)
    tape = Tape(before=fail_on("SBB"))
    panel, report = bring(shelf, tape)
    assert report.failed == dict.fromkeys(SYMBOLS[5:10], "bars: HTTP 504 (4 tries)")
    assert set(panel.symbols) == set(SYMBOLS) - set(SYMBOLS[5:10])
    _, report = bring(shelf, healed := Tape())
    assert [symbols for symbols, _, _ in healed.questions] == [SYMBOLS[5:10]]
    assert report.failed == {}


def test_a_source_that_is_gone_is_not_asked_batch_by_batch(shelf: BarShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches(monkeypatch, 2)
    tape = Tape(before=fail_on(*SYMBOLS))
    with pytest.raises(SourceFailed, match="HTTP 504"):
        bring(shelf, tape)
    assert len(tape.questions) == GIVES_UP_AFTER
    assert "bars.parquet" not in files(shelf.root)


def test_failures_far_apart_do_not_add_up(shelf: BarShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches(monkeypatch, 1)
    tape = Tape(before=fail_on(*SYMBOLS[::2]))
    _, report = bring(shelf, tape)
    assert set(report.failed) == set(SYMBOLS[::2])
    assert len(tape.questions) == len(SYMBOLS)


def test_a_refusal_ends_it_and_leaves_everything_as_it_was(shelf: BarShelf) -> None:
    bring(shelf, Tape(), BEFORE)
    before = files(shelf.root)
    with pytest.raises(SourceRefused, match="unauthorized"):
        bring(shelf, Tape(before=fail_on(*SYMBOLS, error=SourceRefused("bars: HTTP 401: unauthorized"))))
    assert files(shelf.root) == before


def test_one_symbol_that_is_refused_is_found_by_halving(shelf: BarShelf) -> None:
    tape = Tape(before=fail_on("SCD", error=SourceRefused("bars: HTTP 400: invalid symbol", splits=True)))
    panel, report = bring(shelf, tape)
    assert report.failed == {"SCD": "bars: HTTP 400: invalid symbol"}
    assert set(panel.symbols) == set(SYMBOLS) - {"SCD"}


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_an_interrupted_fill_goes_on_where_it_stopped(
    shelf: BarShelf, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    in_batches(monkeypatch, 5)
    dying = Tape(before=fail_on(SYMBOLS[5 * dies_at], error=Died()))
    with pytest.raises(Died):
        bring(shelf, dying)
    assert "bars.parquet" not in files(shelf.root)
    tape = Tape()
    panel, report = bring(shelf, tape)
    assert report.resumed == dies_at
    assert [symbols[0] for symbols, _, _ in tape.questions] == list(SYMBOLS[5 * dies_at :: 5])
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))
    assert files(shelf.root).keys() == {"bars.parquet"}


def test_a_piece_that_was_damaged_is_fetched_again(shelf: BarShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches(monkeypatch, 10)
    with pytest.raises(Died):
        bring(shelf, Tape(before=fail_on(SYMBOLS[10], error=Died())))
    piece = next(shelf.incoming.glob("*.parquet"))
    data = bytearray(piece.read_bytes())
    data[len(data) // 3] ^= 0xFF
    piece.write_bytes(bytes(data))
    panel, report = bring(shelf, tape := Tape())
    assert (report.resumed, len(tape.questions)) == (0, 2)
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))


def test_another_morning_does_not_resume_yesterdays_pieces(shelf: BarShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches(monkeypatch, 10)
    with pytest.raises(Died):
        bring(shelf, Tape(before=fail_on(SYMBOLS[10], error=Died())), BEFORE)
    _, report = bring(shelf, Tape())
    assert report.resumed == 0


# --- bars that are none -------------------------------------------------------------------------------

GOOD = ("SAA", AS_OF, 10.0, 11.0, 9.0, 10.5, 1000.0)
BAD = {
    "below its low": ("SAA", AS_OF, 8.0, 11.0, 9.0, 10.5, 1000.0),
    "above its high": ("SAA", AS_OF, 10.0, 11.0, 9.0, 11.5, 1000.0),
    "high below low": ("SAA", AS_OF, 10.0, 9.0, 11.0, 10.0, 1000.0),
    "free of charge": ("SAA", AS_OF, 0.0, 11.0, 0.0, 10.5, 1000.0),
    "negative volume": ("SAA", AS_OF, 10.0, 11.0, 9.0, 10.5, -1.0),
    "not a number": ("SAA", AS_OF, 10.0, 11.0, 9.0, float("nan"), 1000.0),
    "infinite": ("SAA", AS_OF, 10.0, float("inf"), 9.0, 10.5, 1000.0),
    "a Saturday": ("SAA", date(2026, 11, 14), 10.0, 11.0, 9.0, 10.5, 1000.0),
    "a holiday": ("SAA", date(2026, 9, 7), 10.0, 11.0, 9.0, 10.5, 1000.0),
}


@pytest.mark.parametrize("bar", BAD.values(), ids=BAD.keys())
def test_what_can_be_no_bar_is_left_out_and_counted(shelf: BarShelf, bar: tuple[str, date, float]) -> None:
    good = ("SAB", *GOOD[1:])
    tape = Tape(after=lambda _flat: flat_of([bar, good]))  # type: ignore[list-item]
    panel, report = bring(shelf, tape, symbols=("SAA", "SAB"))
    assert report.odd == {"SAA": 1}
    assert panel.symbols == ("SAB",) or np.isnan(panel.close[0]).all()


def test_what_was_not_asked_for_is_not_taken(shelf: BarShelf) -> None:
    strangers = [GOOD, ("ZZZ", *GOOD[1:]), ("SAA", SESSION, *GOOD[2:]), ("SAA", FIRST - timedelta(days=30), *GOOD[2:])]
    panel, report = bring(shelf, Tape(after=lambda _flat: flat_of(strangers)), symbols=("SAA",))
    assert (panel.symbols, panel.last_day, int((~np.isnan(panel.close)).sum())) == (("SAA",), AS_OF, 1)
    assert report.odd == {}


def test_an_answer_without_bars_is_an_answer(shelf: BarShelf) -> None:
    def nothing(flat: FlatBars) -> FlatBars:
        none = np.array([], np.int32)
        return FlatBars((), none, none, {name: np.array([]) for name in FIELDS})

    panel, report = bring(shelf, Tape(after=nothing))
    assert (panel.last_day, report.bars, report.failed) == (None, 0, {})


# --- bars that were not there yet -------------------------------------------------------------------------


def test_a_last_bar_that_came_late_is_asked_for_again(shelf: BarShelf) -> None:
    """The vendor had yesterday's bars of half the stocks; the next try, minutes later, must not take that for all."""
    tape = Tape()
    late = SYMBOLS[:10]
    for symbol in late:
        tape.lose(symbol, AS_OF)
    bring(shelf, tape)
    whole = Tape()
    panel, report = bring(shelf, whole)
    assert whole.questions == [(late, AS_OF - timedelta(days=1) - OVERLAP, AS_OF)]
    assert (report.restated, report.failed) == ([], {})
    assert same_bars(panel, whole.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))


def test_asking_again_in_vain_changes_no_byte(shelf: BarShelf) -> None:
    tape = Tape()
    tape.lose(SYMBOLS[3], AS_OF)
    tape.lose(SYMBOLS[4])
    first, _ = bring(shelf, tape)
    before = files(shelf.root)
    again, _ = bring(shelf, tape)
    assert tape.asked_for(SYMBOLS[3]) == [AS_OF - timedelta(days=1) - OVERLAP]
    assert tape.asked_for(SYMBOLS[4]) == [FIRST]
    assert tape.asked_for(SYMBOLS[5]) == []
    assert same_bars(first, again)
    assert files(shelf.root) == before


@pytest.mark.parametrize("last", [AS_OF, SESSION])
def test_a_stock_of_which_nothing_came_is_asked_for_whole(shelf: BarShelf, last: date) -> None:
    """A week of overlap alone would make it a stock of a few days, and the list one of half the market."""
    tape = Tape()
    for symbol in SYMBOLS[:10]:
        tape.lose(symbol)
    bring(shelf, tape)
    whole = Tape()
    panel, _ = bring(shelf, whole, last)
    assert same_bars(panel, whole.panel.only({*SYMBOLS}).upto(last, KEPT))


def test_a_split_after_the_evening_is_noticed_in_the_morning(shelf: BarShelf) -> None:
    """The bars were complete in the evening; a split takes effect before the next open."""
    evening = MORNING - timedelta(hours=13)
    tape = Tape()
    update(shelf, tape, wanted(), evening, lambda *_: None)
    tape.scale(SYMBOLS[0], 0.25)
    panel, report = bring(shelf, tape)
    assert report.restated == [SYMBOLS[0]]
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))
    _, origin = store.load(shelf.bars)
    assert origin.updated_at == MORNING
    bring(shelf, tape)
    assert tape.questions == [], "once a day is enough"


def test_what_was_fetched_on_another_day_is_not_resumed(shelf: BarShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches(monkeypatch, 5)
    tape = Tape(before=fail_on(SYMBOLS[12], error=Died()))  # type: ignore[arg-type]
    with pytest.raises(Died):
        update(shelf, tape, wanted(), MORNING - timedelta(hours=13), lambda *_: None)
    tape.before = lambda _symbols: None
    tape.scale(SYMBOLS[0], 0.25)
    panel, report = bring(shelf, tape)
    assert report.resumed == 0
    assert same_bars(panel, tape.panel.only({*SYMBOLS}).upto(AS_OF, KEPT))
