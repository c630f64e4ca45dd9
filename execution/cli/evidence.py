"""Pack what is known about an incident into one file, without secrets: ledgers, decisions, alerts,
settings, snapshots, the doctor's answer, the journal. Never cut; works with broken settings, offline.

  execution evidence --since today
  execution evidence --since 2026-11-24T09:30 --out incident.tar.gz
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from execution.evidence.bundle import Absent
from execution.evidence.collect import EvidenceRequest
from execution.evidence.pack import pack, since_when
from gates.base.clock import wall_now
from gates.base.errors import UsageError
from gates.base.output import pairs, say, say_json, table
from gates.base.record import asdict


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="TIME", help="today, 2h, 3d or 2026-11-24T09:30 (New York); else all")
    parser.add_argument(
        "--out", metavar="FILE", help="the file to write (else one in evidence/ of the state directory)"
    )
    parser.add_argument("--units", metavar="DIR", help="where unit files lie (else /etc/systemd/system)")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from execution.__main__ import EXECUTION

    now = wall_now()
    since = _since(args.since, now) if args.since is not None else None
    request = EvidenceRequest(environ, _path(args.units), since, now, "doctor" in EXECUTION.verbs)
    packed = pack(request, _path(args.out))
    made = packed.made
    if args.json:
        say_json({**asdict(made), "file": str(packed.file), "size": packed.size, "sha256": packed.sha256})
        return 0
    hidden = sum(member.hidden for member in made.members)
    rows = [("state dir", made.state_dir)]
    rows += [("problem", made.problem)] if made.problem is not None else []
    rows += [
        ("evidence", f"{packed.file} ({packed.size:,} bytes, {len(made.members)} files and manifest.json)"),
        ("sha256", packed.sha256),
        ("hidden", f"{hidden} places where a secret stood or may have stood"),
    ]
    pairs(rows)
    if made.not_in_it:
        say()
        table(("not in it", "why"), _by_reason(made.not_in_it))
    return 0


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None


def _since(text: str, now: datetime) -> datetime:
    since = since_when(text, now)
    if since is None:
        raise UsageError(f"--since {text!r}: write today, 2h, 3d, 2026-11-24 or 2026-11-24T09:30")
    return since


def _by_reason(absent: Iterable[Absent]) -> list[tuple[str, str]]:
    """One line per reason; every name is in manifest.json."""
    names: dict[str, list[str]] = {}
    for one in absent:
        names.setdefault(one.why, []).append(one.name)
    return [(f"{first}{f' and {len(rest)} more' if rest else ''}", why) for why, (first, *rest) in names.items()]
