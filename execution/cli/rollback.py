"""Put .env and unit files back as a snapshot has them; shows the change first and asks.

  execution rollback --to before-live

The present is kept as a snapshot of its own, and each replaced file beside its successor. Refused
while armed when a cap, the allowlist or a switch would become looser. Exit 1 when something is left.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from execution.cli.diff import show
from execution.cli.refusals import error_of
from execution.operator.roll_back import NotRolledBack, finish, roll_back
from execution.settings.fingerprints import open_sealer
from execution.snapshots import snapshots
from execution.snapshots.difference import file_changes
from execution.snapshots.rollback import RollbackPlan, commands_afterwards, make_plan, refuse_while_armed
from execution.snapshots.snapshots import Host, Snapshot
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED, UsageError
from gates.base.output import say


def configure(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--to", metavar="ID", help="a snapshot's id, or its label when it is the only one")
    which.add_argument("--latest", action="store_true", help="the newest that was not taken by a rollback itself")
    parser.add_argument("--units", metavar="DIR", help="where unit files lie (else /etc/systemd/system)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    host = snapshots.host_of(environ, args.units)
    target = snapshots.latest(host.store) if args.latest else snapshots.load(host.store, args.to)
    plan = make_plan(host, target)
    _show(host, target, plan)
    if plan.steps:
        refuse_while_armed(host, plan)
        _confirm(target, args.yes)
        _do(host, target, plan)
    elif not plan.by_hand:
        finish(host)
    for line in plan.by_hand:
        say(f"left to you  {line}")
    return EXIT_NOT_FINISHED if plan.by_hand else EXIT_DONE


def _show(host: Host, target: Snapshot, plan: RollbackPlan) -> None:
    say(f"state dir  {host.state.root}")
    say(f"back to {target.id}")
    if not plan.steps:
        say("\nThe files are as they were then; nothing to do." if not plan.by_hand else "")
        return
    present = snapshots.look(host, open_sealer(host.store.folder, make=False), snapshots.moment(host))
    keys = {step.key for step in plan.steps}
    changes = file_changes(*([file for file in one.files if file.key in keys] for one in (present, target)))
    show(changes)
    say()


def _confirm(target: Snapshot, yes: bool) -> None:
    if yes:
        return
    sys.stdout.write(f"Type {target.id} to do this: ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != target.id:
        say()
        raise UsageError("not confirmed; nothing was changed (or say --yes)")


def _do(host: Host, target: Snapshot, plan: RollbackPlan) -> None:
    done = roll_back(host, target, plan)
    if isinstance(done, NotRolledBack):
        raise error_of(done)
    for step in plan.steps:
        say(f"{'written' if step.content is not None else 'put aside':9}  {step.path}")
    say(f"kept       {done.before.id}; what was replaced lies beside each file as NAME.before-{done.before.id}")
    say("undo       " + f"`execution rollback --to {done.before.id}`")
    for command in commands_afterwards(plan):
        say(f"now run    {command}")
