"""Pack what is known about an incident into one file, without secrets: ledgers, decisions, alerts,
settings, snapshots, the doctor's answer, the journal. Never cut; works with broken settings, offline.

  execution evidence --since today
  execution evidence --since 2026-11-24T09:30 --out incident.tar.gz
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from execution.evidence import bundle, collect
from execution.snapshots.effective import state_of_anyhow
from gates.base import below
from gates.base.clock import wall_now
from gates.base.errors import UsageError
from gates.base.output import pairs, say, say_json, table
from gates.base.record import asdict
from gates.base.sessions import NEW_YORK, new_york_day, new_york_midnight
from gates.base.statefile import StateUnwritable, make_directory

AGO = re.compile(r"([0-9]{1,5})([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="TIME", help="today, 2h, 3d or 2026-11-24T09:30 (New York); else all")
    parser.add_argument("--out", metavar="FILE", help="where to (else evidence/ in the state directory)")
    parser.add_argument("--units", metavar="DIR", help="where unit files lie (else /etc/systemd/system)")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from execution.__main__ import EXECUTION

    now = wall_now()
    since = moment(args.since, now) if args.since is not None else None
    out = Path(args.out).absolute() if args.out else _place(environ, now)
    units = Path(args.units).absolute() if args.units else None
    made = collect.write(collect.Request(environ, units, since, now, "doctor" in EXECUTION.verbs), out)
    size, digest = _weigh(out)
    if args.json:
        say_json({**asdict(made), "file": str(out), "size": size, "sha256": digest})
        return 0
    hidden = sum(member.hidden for member in made.members)
    rows = [("state dir", made.state_dir)]
    rows += [("problem", made.problem)] if made.problem is not None else []
    rows += [
        ("evidence", f"{out} ({size:,} bytes, {len(made.members)} files and manifest.json)"),
        ("sha256", digest),
        ("hidden", f"{hidden} places where a secret stood or may have stood"),
    ]
    pairs(rows)
    if made.not_in_it:
        say()
        table(("not in it", "why"), _by_reason(made.not_in_it))
    return 0


def _place(environ: Mapping[str, str], now: datetime) -> Path:
    """In the state directory, which the service may write from wherever this is typed; where there is none, or it
    takes nothing any more, in this directory."""
    name = f"evidence-{now.astimezone(UTC):%Y%m%dT%H%M%S}.tar.gz"
    folder = state_of_anyhow(environ)[0].evidence
    try:
        make_directory(folder)
    except StateUnwritable:
        return Path(name).absolute()
    return folder / name


def _by_reason(absent: Iterable[bundle.Absent]) -> list[tuple[str, str]]:
    """One line per reason; every name is in manifest.json."""
    names: dict[str, list[str]] = {}
    for one in absent:
        names.setdefault(one.why, []).append(one.name)
    return [(f"{first}{f' and {len(rest)} more' if rest else ''}", why) for why, (first, *rest) in names.items()]


def moment(text: str, now: datetime) -> datetime:
    """`today`, `2h`, a date, or a date and time of New York."""
    ago = AGO.fullmatch(text)
    if text == "today":
        return new_york_midnight(new_york_day(now))
    if ago:
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text!r}: write today, 2h, 3d, 2026-11-24 or 2026-11-24T09:30") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=NEW_YORK)


def _weigh(path: Path) -> tuple[int, str]:
    with open(below.open_file(path, os.O_RDONLY), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return os.fstat(file.fileno()).st_size, digest
