"""Puts files back as a snapshot has them, as they were shown, under the lock of the cycle."""

from __future__ import annotations

from execution.operator.refusal import Cause, Refusal
from execution.snapshots import snapshots
from execution.snapshots.rollback import (
    RollbackPlan,
    carry_out,
    cut_short,
    finished,
    make_plan,
    refuse_while_armed,
    tidy,
)
from execution.snapshots.snapshots import Host, Snapshot
from gates.base.locks import only_one
from gates.base.record import dataclass


@dataclass(frozen=True, slots=True)
class RolledBack:
    """Names the snapshot of how things were before."""

    before: Snapshot


class NotRolledBack(Refusal):
    __slots__ = ()


def roll_back(host: Host, target: Snapshot, plan: RollbackPlan) -> RolledBack | NotRolledBack:
    """Do only what was shown: the files are looked at again."""
    with only_one(host.store.lock):
        if make_plan(host, target) != plan:
            why = "the files changed while you read; nothing was changed, look again"
            return NotRolledBack(Cause.REQUEST, why)
        refuse_while_armed(host, plan)
        return RolledBack(carry_out(host, target, plan, snapshots.moment(host)))


def finish(host: Host) -> None:
    """A rollback that died before its first file or after its last one is over."""
    if cut_short(host.store) is not None or host.places.leftovers():
        with only_one(host.store.lock):
            tidy(host)
            finished(host)
