"""Keep how this host is set up: settings, .env, unit files, versions. Secrets become fingerprints.

execution snapshot --label before-live
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.snapshots import snapshots
from gates.base.output import pairs


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--label", metavar="TEXT", help="a name of your own for it")
    parser.add_argument("--units", metavar="DIR", help="where unit files lie (else /etc/systemd/system)")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    host = snapshots.host_of(environ, args.units)
    kept = snapshots.take(host, snapshots.moment(host), args.label)
    unread = [f"{file.path}: {file.problem}" for file in kept.files if file.problem is not None]
    pairs([
        ("state dir", str(host.state.root)),
        ("snapshot", kept.id),
        ("kept in", str(snapshots.path_of(host.store, kept.id))),
        ("files", ", ".join(file.path for file in kept.files if file.problem is None) or "none found"),
        *(("not kept", reason) for reason in unread),
        *(("settings", mistake) for mistake in kept.mistakes),
        ("next", f"`execution diff {kept.id} now` says what changed since"),
    ])  # fmt: skip
    return 0
