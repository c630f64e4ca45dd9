"""One morning's scan: the candidates the loop finds, in ticks, with reasons; a pure function of what was known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.panels import (
    FREE,
    KINDS,
    anchor_days,
    changed,
    climbing,
    days_of,
    longer,
    panel_of,
    same,
    scaled,
    seeds,
    series_of,
    trading_market,
    walk,
    weekdays,
)
from support.scan_reference import Series, all_of, facts_of

from gates.base.record import replace
from scanner.bars.panel import FIELDS, Panel
from scanner.setups.anchors import NAMES, WORDS
from scanner.setups.rules import ANCHOR_CHECKS, SYMBOL_CHECKS
from scanner.setups.scan import Candidate, Regime, RegimeUnknown, Scan, scan
from scanner.setups.thresholds import Thresholds, window_sessions

T = Thresholds()
LOOSE = replace(FREE, max_distance_atr=6.0, max_stop_pct=60.0, supply_room_atr=0.0, volume_ratio=1.2)
NAMES_OF_CHECKS = [check.name for check in SYMBOL_CHECKS], [check.name for check in ANCHOR_CHECKS]
KINDS_OF_WALKS = (*KINDS, *["plain"] * 9)
FEW = settings(max_examples=cases(15))


def walks(seed: int, count: int = 60, sessions: int = 280) -> Panel:
    """Walks of every kind, many of them plain, and a climbing index."""
    series = {f"W{row:02d}": walk(KINDS_OF_WALKS[row % 21], sessions, seed + row) for row in range(count)}
    return panel_of({**series, "SPY": climbing(sessions)})


def listed(found: Scan) -> dict[str, Candidate]:
    return {candidate.row.symbol: candidate for candidate in found.candidates}


def renamed(panel: Panel, names: dict[str, str]) -> Panel:
    order = sorted(range(len(panel.symbols)), key=lambda row: names[panel.symbols[row]])
    symbols = tuple(names[panel.symbols[row]] for row in order)
    return Panel(symbols, panel.days, *(getattr(panel, name)[order] for name in FIELDS))


# --- against the loop ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "thresholds"), [(1, T), (2, LOOSE), (3, LOOSE)], ids=["1", "2", "3"])
def test_the_candidates_are_those_of_the_loop(seed: int, thresholds: Thresholds) -> None:
    panel = walks(seed)
    found = listed(scan(panel, thresholds))
    undecided = set()
    for row, symbol in enumerate(panel.symbols):
        facts = facts_of(series_of(panel, row), days_of(panel), thresholds)
        if facts.fits is None:
            undecided.add(KINDS_OF_WALKS[row % 21] if symbol != "SPY" else symbol)
            continue
        assert (symbol in found) is facts.fits, symbol
        if not facts.fits:
            continue
        one = found[symbol]
        fitting = {name: each for name, each in facts.anchors.items() if all_of(each.checks.values())}
        anchor = fitting[one.row.anchor or ""]
        assert anchor.at is not None
        assert one.row.anchor_date == days_of(panel)[anchor.at]
        assert float(one.row.score or 0) == pytest.approx(anchor.score, abs=0.0051)
        assert anchor.score == pytest.approx(max(each.score for each in fitting.values()), rel=1e-9)
        assert float(one.row.entry) == pytest.approx(anchor.entry, abs=0.0101)
        assert float(one.row.stop) == pytest.approx(anchor.stop, abs=0.0101)
        assert float(one.row.target) == pytest.approx(anchor.target, abs=0.0101 * (2 + 2 * thresholds.target_r))
        numbers = (one.close, one.avwap, one.distance_atr, one.atr, one.avg_volume, one.dollar_volume)
        assert numbers == pytest.approx(
            (facts.close, anchor.avwap, anchor.distance_atr, facts.atr, facts.avg_volume, facts.dollar_volume), rel=1e-9
        )
    assert len(found) >= 3
    assert undecided <= {"still", "one price"}


def test_a_morning_of_the_sample_market_has_candidates_and_refusals() -> None:
    found = scan(trading_market(), T)
    assert found.regime.favourable
    assert 10 < found.qualified == len(found.candidates) < 100
    assert found.as_of == date(2026, 11, 19)
    assert {one.row.anchor for one in found.candidates} <= set(NAMES)
    assert len({one.row.anchor for one in found.candidates}) >= 4


# --- the regime ---------------------------------------------------------------------------------------


def with_index(*closes: float | None, sessions: int = 280) -> Panel:
    """A climbing stock, and an index with these closes at the end."""
    climb = climbing(sessions)
    missing: Series = [None] * (sessions - len(closes))
    template = climb[0]
    assert template is not None
    index = missing + [close and template._replace(close=close) for close in closes]
    return panel_of({"AAA": climb, "SPY": index})


def refusal(panel: Panel, thresholds: Thresholds = T) -> str:
    with pytest.raises(RegimeUnknown) as caught:
        scan(panel, thresholds)
    return str(caught.value)


def test_without_bars_of_the_index_there_is_no_answer() -> None:
    assert refusal(panel_of({"AAA": climbing()})) == "no bars of SPY"
    assert refusal(panel_of({"AAA": climbing(), "SPYX": climbing(), "SPX": climbing()})) == "no bars of SPY"
    assert refusal(panel_of({"SPY": climbing()}), replace(T, regime_symbol="QQQ")) == "no bars of QQQ"


def test_without_a_bar_of_the_index_on_the_last_session_there_is_no_answer() -> None:
    closes = [*[100.0] * 250, None]
    assert refusal(with_index(*closes)) == "SPY has no bar on 2026-11-19"
    assert refusal(with_index()) == "SPY has no bar on 2026-11-19"


@pytest.mark.parametrize("bars", [1, 2, 100, 179])
def test_with_too_few_bars_of_the_index_there_is_no_answer(bars: int) -> None:
    assert refusal(with_index(*[100.0] * bars)) == f"SPY has {bars} bars, its 200-day mean needs more"


def test_nine_in_ten_bars_of_the_index_are_enough() -> None:
    assert scan(with_index(*[100.0] * 180), T).regime == Regime("SPY", 100.0, 100.0, 200)
    gaps = [None if place in (5, 50, 51) else 100.0 for place in range(183)]
    assert scan(with_index(*gaps), T).regime.mean == 100.0


@pytest.mark.parametrize("sessions", [2, 60, 179])
def test_a_panel_shorter_than_the_mean_of_the_index_has_no_answer(sessions: int) -> None:
    said = refusal(panel_of({"AAA": climbing(sessions), "SPY": climbing(sessions)}))
    assert said == f"SPY has {sessions} bars, its 200-day mean needs more"


def test_without_any_session_there_is_no_answer() -> None:
    nothing = trading_market(count=5).upto(date(2000, 1, 1))
    assert refusal(nothing) == "there are no bars"
    no_rows = Panel((), nothing.days, *(np.empty((0, 0)) for _ in FIELDS))
    assert refusal(no_rows) == "there are no bars"


def test_without_any_symbol_there_is_no_answer() -> None:
    assert refusal(trading_market(count=5).rows(0, 0)) == "no bars of SPY"


@pytest.mark.parametrize(
    ("last", "favourable", "words"),
    [
        (100.0, False, "SPY 100.00 not above its 200-day mean 100.00"),
        (101.0, True, "SPY 101.00 above its 200-day mean 100.00"),
        (99.0, False, "SPY 99.00 not above its 200-day mean 100.00"),
    ],
)
def test_the_regime_is_the_index_above_its_mean(last: float, favourable: bool, words: str) -> None:
    found = scan(with_index(*[100.0] * 199, last), T)
    assert found.regime.favourable is favourable
    assert str(found.regime) == words
    assert [one.row.symbol for one in found.candidates] == (["AAA"] if favourable else [])


def test_the_mean_of_the_index_is_of_200_sessions_and_no_more() -> None:
    assert scan(with_index(9_999.0, *[100.0] * 199, 100.5), T).regime.mean == pytest.approx((199 * 100 + 100.5) / 200)
    assert scan(with_index(*[90.0] * 20, *[100.0] * 20), replace(T, regime_sessions=20)).regime.mean == 100.0


def against_us(panel: Panel) -> Panel:
    row = panel.row("SPY")
    assert row is not None
    close = panel.close.copy()
    close[row] = 1_000.0 - np.arange(close.shape[1])
    return changed(panel, close=close)


def test_a_market_against_us_is_an_answer_with_all_its_reasons() -> None:
    panel = trading_market()
    fair, foul = scan(panel, T), scan(against_us(panel), T)
    assert not foul.regime.favourable
    assert (foul.qualified, foul.candidates) == (0, ())
    assert (foul.as_of, foul.with_bars) == (fair.as_of, fair.with_bars)
    spared = [row for row, symbol in enumerate(panel.symbols) if symbol != "SPY"]
    assert np.array_equal(foul.symbol_passes[:, spared], fair.symbol_passes[:, spared])
    assert np.array_equal(foul.anchor_passes[:, spared], fair.anchor_passes[:, spared])
    row = panel.symbols.index(fair.candidates[0].row.symbol)
    answers, anchors = foul.explain(row)
    assert (answers[0].check, answers[0].passed) == ("regime", False)
    assert all(answer.passed for answer in answers[1:])
    assert any(all(answer.passed for answer in told) for told in anchors.values())


def test_the_index_need_not_be_of_the_universe() -> None:
    panel = panel_of({"AAA": climbing(), "SPY": climbing(), "ZZZ": climbing()})
    assert sorted(listed(scan(panel, T))) == ["AAA", "SPY", "ZZZ"]
    found = scan(panel, T, {"AAA", "ZZZ", "NOT"})
    assert found.measures.symbols == ("AAA", "ZZZ")
    assert sorted(listed(found)) == ["AAA", "ZZZ"]
    assert found.regime == scan(panel, T).regime


@pytest.mark.parametrize("universe", [set(), {"NOT"}], ids=["nothing", "nothing there"])
def test_a_universe_of_nothing_has_no_candidates(universe: set[str]) -> None:
    found = scan(panel_of({"AAA": climbing(), "SPY": climbing()}), T, universe)
    assert (found.qualified, found.candidates, found.with_bars) == (0, (), 0)
    assert sum(found.refusals().values()) == 0


def test_a_panel_of_a_single_session_is_scanned() -> None:
    found = scan(panel_of({"AAA": climbing(1), "SPY": climbing(1)}), replace(T, regime_sessions=1))
    assert (found.qualified, found.with_bars) == (0, 2)


# --- ticks --------------------------------------------------------------------------------------------


def candidate_of(series: Series, thresholds: Thresholds = T) -> Candidate:
    (found,) = scan(panel_of({"AAA": series, "SPY": climbing(len(series))}), thresholds, {"AAA"}).candidates
    return found


def with_last_high(high: float) -> Series:
    series = climbing()
    last = series[-1]
    assert last is not None
    return [*series[:-1], last._replace(high=high)]


@pytest.mark.parametrize(
    ("high", "entry"),
    [
        (102.36, "102.36"),
        (102.36000000000001, "102.36"),
        (102.36000000000003, "102.36"),
        (102.35999999999999, "102.36"),
        (102.3600004, "102.36"),
        (102.360001, "102.37"),
        (102.361, "102.37"),
        (102.3699, "102.37"),
        (102.0, "102.00"),
    ],
)
def test_the_entry_is_the_last_high_rounded_up_to_a_tick(high: float, entry: str) -> None:
    assert str(candidate_of(with_last_high(high)).row.entry) == entry


def test_noise_of_floats_tips_no_cent_of_the_stop() -> None:
    """The range is 2.00 a day, so the stop is a whole number of cents, which floats only nearly reach."""
    noisy = 0
    for hundredths in range(150, 550, 3):
        thresholds = replace(T, min_stop_atr=hundredths / 100)
        found = scan(panel_of({"AAA": climbing(), "SPY": climbing()}), thresholds, {"AAA"})
        (one,) = found.candidates
        assert one.row.entry == Decimal("102.85")
        exact = Decimal("102.85") - 2 * Decimal(hundredths) / 100
        assert one.row.stop == exact
        assert one.row.target == one.row.entry + 2 * (one.row.entry - exact)
        noisy += Decimal(float(found.levels.stop[0, NAMES.index(one.row.anchor or "")])) < exact
    assert noisy > 10


def test_the_stop_is_rounded_down_to_a_tick() -> None:
    found = scan(panel_of({"AAA": climbing(), "SPY": climbing()}), replace(T, min_stop_atr=1.5033), {"AAA"})
    row = found.candidates[0].row
    assert found.levels.stop[0, NAMES.index(row.anchor or "")] == pytest.approx(102.85 - 3.0066)
    assert row.stop == Decimal("99.84")


def test_the_target_is_a_multiple_of_the_distance_in_ticks_rounded_up() -> None:
    row = candidate_of(climbing(), replace(T, min_stop_atr=1.5033, target_r=1.333)).row
    assert (row.entry, row.stop) == (Decimal("102.85"), Decimal("99.84"))
    assert row.target == Decimal("106.87")  # 102.85 + 1.333 * 3.01 = 106.86233
    assert candidate_of(climbing(), replace(T, min_stop_atr=1.5, target_r=2.0)).row.target == Decimal("108.85")


def test_below_a_dollar_a_tick_is_a_hundredth_of_a_cent() -> None:
    series: Series = [
        bar and bar._replace(open=bar.open / 200, high=bar.high / 200, low=bar.low / 200, close=bar.close / 200)
        for bar in climbing()
    ]
    row = candidate_of(series, FREE).row
    assert row.entry == Decimal("0.5143")  # 0.51425
    assert row.stop.as_tuple().exponent == row.target.as_tuple().exponent == -4
    assert row.problem() is None


@pytest.mark.parametrize("exponent", [4, 3, 2, 1, 0, -1, -2, -3, -4, -5, -6, -7])
@pytest.mark.parametrize("most_stop", [12.0, 99.0])
def test_every_row_is_a_bracket_at_any_price(exponent: int, most_stop: float) -> None:
    """Prices from a million down to where a stop is less than the smallest tick."""
    panel = panel_of({f"A{step}": climbing(280, 60.0, step / 100, 4.0) for step in (5, 10, 15, 25)})
    small = scaled(panel, 10.0**exponent)
    panel = Panel(
        (*small.symbols, "SPY"),
        small.days,
        *(np.vstack([getattr(small, name), getattr(panel, name)[:1]]) for name in FIELDS),
    )
    thresholds = replace(FREE, max_stop_pct=most_stop, max_distance_atr=100.0, min_stop_atr=5.0)
    found = scan(panel, thresholds)
    assert [one.row.problem() for one in found.candidates if one.row.problem() is not None] == []


@FEW
@given(seed=seeds, thresholds=st.sampled_from([T, FREE, LOOSE, replace(LOOSE, min_stop_atr=0.1, target_r=0.1)]))
def test_every_row_is_a_bracket(seed: int, thresholds: Thresholds) -> None:
    for panel in (walks(seed), trading_market(seed=seed)):
        found = scan(panel, thresholds)
        assert [one.row.problem() for one in found.candidates] == [None] * found.qualified
        for one in found.candidates:
            row = one.row
            place = found.measures.symbols.index(row.symbol), NAMES.index(row.anchor or "")
            levels = [float(getattr(found.levels, name)[place]) for name in ("entry", "stop")]
            tick = Decimal("0.01") if row.entry >= 1 else Decimal("0.0001")
            assert 0 <= float(row.entry) - levels[0] + 1e-6 <= float(tick) + 2e-6
            assert 0 <= levels[1] - float(row.stop) + 1e-6 <= float(tick) + 2e-6
            assert row.target >= row.entry + Decimal(str(thresholds.target_r)) * (row.entry - row.stop)


# --- order, number ------------------------------------------------------------------------------------


def test_the_best_come_first_and_equals_by_name() -> None:
    panel = panel_of({name: climbing() for name in ("CCC", "AAA", "BBB", "SPY")} | {"ABC": climbing(step=0.1)})
    found = scan(panel, T)
    scores = [one.row.score for one in found.candidates]
    assert scores == sorted(scores, key=lambda score: -(score or 0))
    names = [one.row.symbol for one in found.candidates]
    assert [name for name in names if name != "ABC"] == ["AAA", "BBB", "CCC", "SPY"]
    assert "ABC" in (names[0], names[-1])


@FEW
@given(seed=seeds)
def test_candidates_are_ordered_by_score_and_symbol(seed: int) -> None:
    rows = [one.row for one in scan(trading_market(seed=seed), LOOSE).candidates]
    keys = [(-(row.score or 0), row.symbol) for row in rows]
    assert keys == sorted(keys)
    assert all(row.score is not None and row.score.as_tuple().exponent == -2 for row in rows)


@pytest.mark.parametrize("most", [0, 1, 7, 10_000, None])
def test_only_the_best_are_kept_and_all_are_counted(most: int | None) -> None:
    panel = trading_market()
    everything = scan(panel, T)
    found = scan(panel, T, most=most)
    assert found.qualified == everything.qualified > 7
    assert found.candidates == everything.candidates[:most]


# --- a pure function of the panel ---------------------------------------------------------------------


@FEW
@given(seed=seeds)
def test_two_calls_are_equal_and_leave_the_bars_as_they_are(seed: int) -> None:
    panel = walks(seed, 30)
    kept = changed(panel)
    assert same(scan(panel, LOOSE), scan(panel, LOOSE))
    assert same(scan(panel, LOOSE), scan(kept, LOOSE))
    assert all(np.array_equal(getattr(panel, name), getattr(kept, name), equal_nan=True) for name in FIELDS)


FUTURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as it was": lambda later: later,
    "nothing": lambda later: np.full_like(later, np.nan),
    "ten times": lambda later: later * 10.0,
    "zero": np.zeros_like,
    "infinite": lambda later: np.full_like(later, np.inf),
}


@pytest.mark.parametrize("future", FUTURES)
@pytest.mark.parametrize("after", [1, 5, 60])
def test_what_comes_after_the_day_changes_nothing(future: str, after: int) -> None:
    panel = trading_market(360, 60)
    day = days_of(panel)[-1 - after]
    arrays = {name: getattr(panel, name).copy() for name in FIELDS}
    for array in arrays.values():
        array[:, -after:] = FUTURES[future](array[:, -after:])
    seen = scan(changed(panel, **arrays).upto(day), T)
    short = Panel(panel.symbols, panel.days[:-after], *(getattr(panel, name)[:, :-after].copy() for name in FIELDS))
    assert same(seen, scan(short, T))
    assert seen.as_of == day


def test_a_day_without_a_session_is_the_evening_before_it() -> None:
    panel = trading_market(300, 30)
    saturday = date(2026, 11, 14)
    assert same(scan(panel.upto(saturday), T), scan(panel.upto(saturday - timedelta(days=1)), T))


@FEW
@given(seed=seeds, before=st.integers(1, 200))
def test_what_lies_before_the_window_changes_nothing(seed: int, before: int) -> None:
    panel = walks(seed, 30, window_sessions(LOOSE))
    older = longer(panel, before, seed)
    assert same(scan(older, LOOSE), scan(panel, LOOSE))
    assert same(scan(older.upto(date(2026, 11, 19), window_sessions(LOOSE)), LOOSE), scan(panel, LOOSE))


@FEW
@given(seed=seeds, data=st.data())
def test_one_symbol_more_or_less_changes_no_other(seed: int, data: st.DataObject) -> None:
    panel = trading_market(280, 60, seed)
    everything = listed(scan(panel, LOOSE))
    gone = data.draw(st.sets(st.sampled_from([name for name in panel.symbols if name != "SPY"]), min_size=1))
    for found in (scan(panel.only(set(panel.symbols) - gone), LOOSE), scan(panel, LOOSE, set(panel.symbols) - gone)):
        assert listed(found) == {name: one for name, one in everything.items() if name not in gone}


@FEW
@given(seed=seeds, random=st.randoms(use_true_random=False))
def test_a_stock_is_judged_alike_in_whatever_row_it_stands(seed: int, random: object) -> None:
    panel = walks(seed, 40)
    others = [name for name in panel.symbols if name != "SPY"]
    shuffled = list(others)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    names = {"SPY": "SPY", **dict(zip(others, shuffled, strict=True))}
    one, other = listed(scan(panel, LOOSE)), listed(scan(renamed(panel, names), LOOSE))
    assert {names[name]: replace_symbol(candidate, names[name]) for name, candidate in one.items()} == other


def replace_symbol(candidate: Candidate, symbol: str) -> Candidate:
    return replace(candidate, row=msgspec.structs.replace(candidate.row, symbol=symbol))


@FEW
@given(seed=seeds)
@example(seed=22130)  # whole dollars that stand still for weeks
def test_prices_ten_times_as_high_make_the_same_list(seed: int) -> None:
    """But for the dollar thresholds, which are set to nothing here, and the ticks. Also where a price stands
    still, and only noise is above its own mean."""
    panel = walks(seed, 20)
    one, other = scan(panel, FREE), scan(scaled(panel, 10.0), FREE)
    assert np.array_equal(one.symbol_passes, other.symbol_passes)
    assert np.array_equal(one.anchor_passes, other.anchor_passes)
    assert sorted(listed(one)) == sorted(listed(other))
    assert anchor_days(one) == anchor_days(other)
    assert np.array_equal(one.measures.reclaimed, other.measures.reclaimed)
    for name in ("entry", "stop", "target"):
        small, large = getattr(one.levels, name), getattr(other.levels, name)
        assert np.allclose(small * 10.0, large, rtol=1e-9, atol=0, equal_nan=True)


# --- reasons ------------------------------------------------------------------------------------------


def test_a_candidate_tells_its_side_slope_and_supply() -> None:
    one = candidate_of(climbing())
    day = one.row.anchor_date
    assert (one.row.anchor, day) == ("month", date(2026, 11, 2))
    assert one.reasons == (
        "above the AVWAP 100.88 from 2026-11-02 (start of the month), 0.5 ATR away",
        "AVWAP +0.07 % a session",
        "no supply overhead (AVWAP from the 52-week high 101.85)",
    )


def test_reasons_say_reclaimed_where_it_was() -> None:
    found = [(scan(trading_market(seed=seed), LOOSE)) for seed in range(4)]
    said = 0
    for one in found:
        for candidate in one.candidates:
            row, column = one.measures.symbols.index(candidate.row.symbol), NAMES.index(candidate.row.anchor or "")
            reclaimed = bool(one.measures.reclaimed[row, column])
            word = "reclaimed" if reclaimed else "above"
            assert candidate.reasons[0].startswith(f"{word} the AVWAP {candidate.avwap:.2f} from ")
            assert f"({WORDS[candidate.row.anchor or '']})" in candidate.reasons[0]
            said += reclaimed
    assert said > 0


@pytest.mark.parametrize("sessions", [200, 280])
@pytest.mark.parametrize("foul", [False, True], ids=["for us", "against us"])
def test_every_check_of_every_row_and_anchor_is_explained(sessions: int, foul: bool) -> None:
    panel = walks(5, 42, sessions)
    found = scan(against_us(panel) if foul else panel, LOOSE)
    names = {one.row.symbol for one in found.candidates}
    for row, symbol in enumerate(found.measures.symbols):
        answers, anchors = found.explain(row)
        assert [answer.check for answer in answers] == ["regime", *NAMES_OF_CHECKS[0]]
        assert list(anchors) == [name for name, at in zip(NAMES, found.measures.anchors[row], strict=True) if at >= 0]
        assert all([answer.check for answer in told] == NAMES_OF_CHECKS[1] for told in anchors.values())
        assert all(answer.words for answer in [*answers, *(one for told in anchors.values() for one in told)])
        fits = all(one.passed for one in answers) and any(all(one.passed for one in told) for told in anchors.values())
        assert fits is (symbol in names)
        assert answers[0].passed is not foul
    assert foul or names


def counted_by_hand(found: Scan) -> dict[str, int]:
    """Each symbol where it failed first; of anchors, where the last of them failed."""
    counted = dict.fromkeys([*NAMES_OF_CHECKS[0], *NAMES_OF_CHECKS[1]], 0)
    for row in range(len(found.measures.symbols)):
        (_regime, *answers), anchors = found.explain(row)
        failed = next((answer.check for answer in answers if not answer.passed), None)
        if failed is None:
            first = [next((place for place, one in enumerate(told) if not one.passed), 4) for told in anchors.values()]
            furthest = max(first, default=0)
            failed = None if furthest == 4 else NAMES_OF_CHECKS[1][furthest]
        if failed is not None:
            counted[failed] += 1
    return counted


@FEW
@given(seed=seeds, thresholds=st.sampled_from([T, FREE, LOOSE, replace(T, max_distance_atr=0.1, max_stop_pct=3.0)]))
def test_refusals_and_candidates_add_up_to_all(seed: int, thresholds: Thresholds) -> None:
    for panel in (walks(seed, 42), trading_market(seed=seed)):
        found = scan(panel, thresholds, most=3)
        assert found.regime.favourable
        assert found.refusals() == counted_by_hand(found)
        assert sum(found.refusals().values()) == len(panel.symbols) - found.qualified


def test_symbols_with_a_bar_on_the_last_session_are_counted() -> None:
    panel = panel_of({"AAA": climbing(), "BBB": [*climbing()[:-1], None], "CCC": [None] * 280, "SPY": climbing()})
    found = scan(panel, T)
    assert found.with_bars == 2
    assert found.refusals()["bar"] == 2
    assert listed(found).keys() == {"AAA", "SPY"}


def test_no_numbers_are_warned_about() -> None:
    with np.errstate(all="raise", under="ignore"):
        for panel in (walks(1), walks(2, 42, 200), trading_market()):
            found = scan(panel, LOOSE)
            for row in range(len(panel.symbols)):
                found.explain(row)


def test_the_last_session_may_be_any_day_of_the_year() -> None:
    for last in weekdays(260):
        found = scan(trading_market(210, 12, 3, last), T)
        assert found.as_of == last
        assert all(one.row.problem() is None for one in found.candidates)


def test_a_row_says_which_setup_made_it_and_how_much_is_traded() -> None:
    """The mean volume in whole shares, and the word that its reason has."""
    found = listed(scan(walks(7, 40), LOOSE)).values()
    assert {one.row.setup for one in found} == {"reclaimed", "above"}
    for one in found:
        assert one.reasons[0].startswith(f"{one.row.setup} the AVWAP")
        assert one.row.avg_volume == Decimal(round(one.avg_volume))
