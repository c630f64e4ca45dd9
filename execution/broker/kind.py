"""Names the kinds of broker that a service may work with, and says of an account whose it is.

What is chosen is a value from here on: a sentence about it is made only where a person reads it.
"""

from __future__ import annotations

from enum import Enum

from gates.base.record import dataclass

SIMULATED_NUMBER = "SIM"
"""How the simulator begins the number of each account that it opens; the state directory keeps the number alone."""


class BrokerKind(Enum):
    ALPACA = "alpaca"
    SIMULATED = "simulated"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class BrokerChoice:
    """The broker that is worked with, and why it is this one."""

    kind: BrokerKind
    why: str

    def __str__(self) -> str:
        return f"{self.kind.value} ({self.why})"


def is_simulated(account: str) -> bool:
    """Whether the simulator opened the account of this number."""
    return account.startswith(SIMULATED_NUMBER)
