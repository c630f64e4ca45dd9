"""Compare two snapshots: what changed between them. `now` stands for the present. Reads only.

execution diff before-live now
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.settings.fingerprints import open_sealer
from execution.snapshots import snapshots
from execution.snapshots.difference import ChangeKind, SnapshotChange, differences
from gates.base.colours import DIM, GREEN, RED
from gates.base.output import paint, pairs, paragraph, rows, say, say_json, table
from gates.base.record import asdict

TABLES = {
    ChangeKind.FACT: "about",
    ChangeKind.MISTAKE: "mistakes",
    ChangeKind.SETTING: "settings",
    ChangeKind.VERSION: "versions",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", metavar="A", help="a snapshot's id or label, or now")
    parser.add_argument("after", metavar="B", help="a snapshot's id or label, or now")
    parser.add_argument("--units", metavar="DIR", help="where unit files lie (else /etc/systemd/system)")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    host = snapshots.host_of(environ, args.units)
    before, after = (_either(host, ident) for ident in (args.before, args.after))
    found = differences(before, after)
    if args.json:
        changes = [{**asdict(change), "kind": change.kind.value} for change in found]
        say_json({"state_dir": str(host.state.root), "before": before.id, "after": after.id, "changes": changes})
        return 0
    pairs([("state dir", str(host.state.root))])
    paragraph(f"from {before.id} to {after.id}")
    if not found:
        say()
        say("Nothing changed.")
    show(found)
    return 0


def show(changes: list[SnapshotChange]) -> None:
    """Settings and facts as tables, files as lines added and removed."""
    for kind, title in TABLES.items():
        found = [
            (one.name, _cell(one.before), _cell(one.after), one.note or " ") for one in changes if one.kind is kind
        ]
        if found:
            say()
            table((title, "before", "after", ""), found)
    for change in changes:
        if change.kind is ChangeKind.FILE:
            say()
            paragraph(f"{change.after or change.before}{f': {change.note}' if change.note else ''}")
            rows([(paint(line, _colour(line)),) for line in change.lines], indent=2)


def _either(host: snapshots.Host, ident: str) -> snapshots.Snapshot:
    if ident == snapshots.NOW:
        return snapshots.look(host, open_sealer(host.store.folder, make=False), snapshots.moment(host))
    return snapshots.load(host.store, ident)


def _cell(value: str | None) -> str:
    return "(not set)" if value is None else value or "(empty)"


def _colour(line: str) -> str:
    return {"+": GREEN, "-": RED}.get(line[:1], DIM)
