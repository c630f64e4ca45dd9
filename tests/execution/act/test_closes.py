"""What is said of shares that a sale may have sold already; the closing itself is in tests/journeys."""

from __future__ import annotations

import pytest
from support.trading import D

from execution.act.closes import gone_words
from execution.act.closing import ClosingSale

GONE = (
    "{} of {} shares are still listed although a sale of the last minutes took as many; nothing more is sold "
    "before the lists agree, or the sale is 15 minutes old. Say it again"
)


@pytest.mark.parametrize(
    ("sale", "explain"),
    [
        (ClosingSale("AAPL", D(1), D(9), D(4), gone=D(5)), True),
        (ClosingSale("AAPL", D(1), D(9), D(4), gone=D(6)), False),
        (ClosingSale("AAPL", D(0), D(4), D(0), gone=D(4)), True),
        (ClosingSale("AAPL", D(0), D(4), D(4), gone=D(4)), False),
    ],
)
def test_shares_that_may_be_gone_are_named_with_the_ways_on(sale: ClosingSale, explain: bool) -> None:
    other = f", or, if they are there: `execution ledger explain AAPL --shares {sale.gone} --evidence TEXT`"
    assert gone_words(sale) == GONE.format(sale.gone, sale.held) + (other if explain else "")
