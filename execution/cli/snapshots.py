"""List the snapshots, oldest first. Reads only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.snapshots.effective import state_of
from execution.snapshots.rollback import cut_short
from execution.snapshots.snapshots import Snapshot, listed
from execution.snapshots.store import store_of
from gates.base.output import pairs, paragraph, say, say_json, table
from gates.base.release import as_kept
from gates.base.sessions import new_york_text
from gates.base.statefile import StateUnreadable


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = state_of(environ)
    store = store_of(state)
    found, pending = listed(store), cut_short(store)
    if args.json:
        about = {"state_dir": str(state.root), "kept_in": str(store.folder), "cut_short": pending}
        say_json({**about, "snapshots": [_row(one) for one in found]})
        return 0
    known = [("state dir", str(state.root))]
    if store.is_roots:
        known += [("kept in", f"{store.folder}, by root; root puts nothing back from what {store.owner} kept")]
    if pending is not None:
        finishes = f"`execution rollback --to {pending[0]}` finishes it, `--to {pending[1]}` undoes it"
        known += [("cut short", "a rollback died between two files:"), ("", finishes)]
    pairs(known)
    say()
    if not found:
        paragraph("No snapshots yet; `execution snapshot --label TEXT` takes one.")
        return 0
    header = ("snapshot", "taken", "session", "host", "files", "revision")
    table(header, [_cells(one) for one in found], right="files")
    return 0


def _cells(one: Snapshot | StateUnreadable) -> tuple[object, ...]:
    if isinstance(one, StateUnreadable):
        return one.path.stem, f"unreadable: {one.what}", None, None, None, None
    revision = as_kept(one.versions.get("revision", ""))
    return one.id, new_york_text(one.taken_at), one.session, one.host, len(one.files), revision.short


def _row(one: Snapshot | StateUnreadable) -> dict[str, object]:
    if isinstance(one, StateUnreadable):
        return {"id": one.path.stem, "problem": one.what}
    return {
        "id": one.id,
        "label": one.label,
        "taken_at": one.taken_at,
        "session": one.session,
        "host": one.host,
        "account": one.account,
        "files": [file.path for file in one.files],
        "revision": one.versions.get("revision"),
        "problem": None,
    }
