"""What a broker may do to us; what else ends a command is in `gates.common.errors`.

    BrokerUnreachable (exit 69)    no answer to a question; asked again next cycle

Raised by a broker's submit and caught where orders are sent, never seen outside:

    BrokerRefused                  a clear No; nothing exists at the broker
    BrokerUnclear                  sent, no clear answer; may exist
"""

from __future__ import annotations

from gates.common.errors import Unreachable


class BrokerUnreachable(Unreachable):
    """The broker did not answer a question, or not in a way that can be understood."""


class BrokerRefused(Exception):
    """The broker's clear refusal of one order."""


class BrokerUnclear(Exception):
    """The broker may or may not have taken the order."""
