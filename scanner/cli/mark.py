"""Marks what verbs show of made-up bars, so that none of it is taken for the market's."""

from __future__ import annotations

from gates.base.colours import BOLD
from gates.base.output import paint, paragraph
from scanner.watchlist import MADE_BY_SCANNER, SAMPLE_MARK, SAMPLE_SOURCE

MADE_UP = frozenset({SAMPLE_SOURCE, MADE_BY_SCANNER + SAMPLE_SOURCE})
"""The source of such bars, and of a list that was made of them."""


def mark_of(source: str) -> str:
    """SAMPLE MARKET for made-up bars, nothing for the market's."""
    return SAMPLE_MARK if source in MADE_UP else ""


def marked(text: str, mark: str) -> str:
    """The mark before a title."""
    return f"{mark}  {text}" if mark else text


def say_mark(mark: str) -> None:
    """Above a table."""
    if mark:
        paragraph(paint(f"{mark}: made-up bars, no stock ever had these prices", BOLD))
