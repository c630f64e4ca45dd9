"""Holds what a cycle knows when it looks: the moment, the session, the record, both ledgers, the broker's answers.

What belongs together travels together: looking, the gates' facts and the janitor take one `World`.
"""

from __future__ import annotations

from datetime import datetime

from execution.state.directory import StateRecord
from execution.state.ledgers import Ledgers
from execution.view.broker_view import BrokerView
from gates.base.record import dataclass
from gates.base.sessions import Session


@dataclass(frozen=True, slots=True)
class World:
    """Holds one moment as a cycle sees it. `state_problem` says why the directory takes nothing, None when it does."""

    now: datetime
    session: Session | None
    record: StateRecord
    ledgers: Ledgers
    view: BrokerView
    state_problem: str | None = None
