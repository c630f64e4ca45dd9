"""Statistics against values worked out elsewhere, against their definitions, and for rows too short for an answer."""

from __future__ import annotations

import statistics as reference
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.base.statistics import (
    FEWEST_DRAWS,
    MOST_DRAWS,
    Drawdown,
    Interval,
    bootstrap_mean,
    deviation,
    drawdown,
    draws_for,
    longest_losing_run,
    mean,
    profit_factor,
    quantile,
    sharpe,
    sortino,
    wilson,
)

D = Decimal
AMOUNTS = st.lists(st.decimals(-10_000, 10_000, places=2), max_size=40)


def row(*values: object) -> list[Decimal]:
    return [D(str(value)) for value in values]


def near(found: Decimal | None, wanted: str) -> bool:
    return found is not None and abs(found - D(wanted)) <= D("0.0001")


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # of Brown, Cai and DasGupta 2001, and of R's binom.confint(method = "wilson")
        (0, 10, "0", "0.2775"), (1, 10, "0.0179", "0.4042"), (5, 10, "0.2366", "0.7634"), (10, 10, "0.7225", "1"),
        (0, 1, "0", "0.7935"), (1, 1, "0.2065", "1"), (1, 2, "0.0945", "0.9055"), (26, 47, "0.4125", "0.6859"),
    ],
)  # fmt: skip
def test_wilson_as_published(successes: int, trials: int, low: str, high: str) -> None:
    found = wilson(successes, trials)
    assert found is not None and near(found.low, low) and near(found.high, high)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_within_0_and_1(seen: tuple[int, int]) -> None:
    found = wilson(*seen)
    assert found is not None
    assert 0 <= found.low <= D(seen[0]) / seen[1] <= found.high <= 1


def test_the_bootstrap_is_the_same_each_time_and_holds_the_mean() -> None:
    values = row(-1, -1, -1, 2, 2, "0.5", -1, "1.25", -1, 2)
    found = bootstrap_mean(values)
    assert found == bootstrap_mean(values)
    assert found != bootstrap_mean(values, seed=18)
    assert found is not None and found.low < mean(values) < found.high  # type: ignore[operator]
    # the normal approximation is no more than a fifth of a deviation of the mean away
    error = deviation(values) / D(10).sqrt()  # type: ignore[operator]
    for end, side in ((found.low, -1), (found.high, 1)):
        assert abs(end - (mean(values) + side * D("1.96") * error)) < error / 2  # type: ignore[operator]


def test_a_row_of_one_value_has_an_interval_of_no_width() -> None:
    assert bootstrap_mean(row("1.25", "1.25", "1.25")) == Interval(D("1.25"), D("1.25"))


def test_long_rows_are_drawn_less_often() -> None:
    assert [draws_for(count) for count in (2, 500, 1000, 100_000)] == [MOST_DRAWS, MOST_DRAWS, 1000, FEWEST_DRAWS]


@given(st.lists(st.decimals(-1000, 1000, places=4), min_size=2, max_size=12))
def test_mean_and_deviation_are_the_standard_librarys(values: list[Decimal]) -> None:
    assert near(mean(values), str(reference.mean(values)))
    assert near(deviation(values), str(reference.stdev(values)))


def test_sharpe_and_sortino_worked_out_by_hand() -> None:
    values = row(10, -5, 20, -10, 5)  # mean 4, deviation sqrt(142.5), below zero sqrt(125 / 5)
    assert near(sharpe(values), "5.3192")
    assert near(sortino(values), "12.6996")
    assert near(sharpe(values, a_year=1), "0.3351")


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ((), Drawdown(D(0), -1, -1)),
        ((5, 5), Drawdown(D(0), -1, -1)),
        ((-3, -4, 10), Drawdown(D(7), -1, 1)),  # from the beginning, which is a high too
        ((10, -4, 3, -6, 20, -5), Drawdown(D(7), 0, 3)),
        ((10, -7, 7, -7), Drawdown(D(7), 0, 1)),  # the first of two that are as deep
    ],
)
def test_the_deepest_fall_and_where_it_was(values: Sequence[int], wanted: Drawdown) -> None:
    assert drawdown(row(*values)) == wanted


@given(AMOUNTS)
def test_the_deepest_fall_is_that_of_all_pairs(values: list[Decimal]) -> None:
    sums = [sum(values[:end], D(0)) for end in range(len(values) + 1)]
    falls = [high - low for place, high in enumerate(sums) for low in sums[place:]]
    found = drawdown(values)
    assert found.depth == max(falls)
    assert sum(values[found.peak + 1 : found.trough + 1], D(0)) == -found.depth


def test_what_winners_bring_for_a_dollar_of_losers() -> None:
    assert profit_factor(row(10, -4, 5, 0, -1)) == 3
    assert profit_factor(row(-4)) == 0


def test_the_nearest_rank() -> None:
    values = row(5, 1, 4, 2, 3)
    assert [quantile(values, D(share)) for share in ("0", "0.5", "0.95", "1")] == row(1, 3, 5, 5)
    assert quantile(row(7), D("0.5")) == 7


def test_losses_in_a_row() -> None:
    assert longest_losing_run(row(-1, -2, 0, -1, -1, -1, 3, -1)) == 3
    assert longest_losing_run(row(1, 0)) == longest_losing_run([]) == 0


@pytest.mark.parametrize(
    "ask",
    [mean, deviation, bootstrap_mean, profit_factor, sharpe, sortino, lambda values: quantile(values, D("0.5"))],
)
def test_nothing_has_no_answer(ask: Callable[[list[Decimal]], object]) -> None:
    assert ask([]) is None


@pytest.mark.parametrize(
    ("ask", "values"),
    [
        (deviation, row(1)), (bootstrap_mean, row(1)), (sharpe, row(1)), (sortino, row(1)), (sharpe, row(2, 2, 2)),
        (sortino, row(1, 2)), (profit_factor, row(1, 2)),
    ],
)  # fmt: skip
def test_too_little_has_no_answer(ask: Callable[[list[Decimal]], object], values: list[Decimal]) -> None:
    assert ask(values) is None
    assert wilson(0, 0) is None
