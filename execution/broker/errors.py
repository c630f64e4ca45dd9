"""Defines the three ways in which a broker fails to answer; what else ends a command is in `gates.base.errors`.

    BrokerUnreachable (exit 69)    no answer to a question; asked again next cycle

Raised by a broker's submit and caught where orders are sent, never seen outside:

    BrokerRefused                  a clear No; nothing exists at the broker
    BrokerUnclear                  sent, no clear answer; may exist
"""

from __future__ import annotations

from gates.base.errors import Unreachable


class BrokerUnreachable(Unreachable):
    """The broker did not answer a question, or not in a way that can be understood."""


class BrokerRefused(Exception):
    """The broker's clear refusal of one order; `for_its_prices` says that a field of the order was wrong, which may
    be a stop that the market has passed, and not the account or its shares."""

    def __init__(self, text: str, *, for_its_prices: bool = False) -> None:
        super().__init__(text)
        self.for_its_prices = for_its_prices


class BrokerUnclear(Exception):
    """The broker may or may not have taken the order."""
