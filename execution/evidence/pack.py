"""Packs the evidence of an incident into one file: since when, where to, and what came out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from execution.evidence import collect
from execution.evidence.collect import EvidenceMade, EvidenceRequest
from execution.snapshots.effective import state_of_anyhow
from gates.base import below
from gates.base.moments import read_moment, read_span
from gates.base.record import dataclass
from gates.base.sessions import new_york_day, new_york_midnight
from gates.base.statefile import StateUnwritable, make_directory

TODAY = "today"


@dataclass(frozen=True, slots=True)
class Packed:
    """The file, its size and digest, and what is in it and what is not."""

    file: Path
    size: int
    sha256: str
    made: EvidenceMade


def pack(request: EvidenceRequest, out: Path | None) -> Packed:
    """Write the file at `out`, or where evidence is kept."""
    file = out if out is not None else usual_place(request.environ, request.now)
    made = collect.write(request, file)
    with open(below.open_file(file, os.O_RDONLY), "rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return Packed(file, os.fstat(opened.fileno()).st_size, digest, made)


def usual_place(environ: Mapping[str, str], now: datetime) -> Path:
    """A file in the state directory, which the service may write from wherever this is typed. Where there is no such
    directory, or it takes nothing any more, the file lies in the current one."""
    name = f"evidence-{now.astimezone(UTC):%Y%m%dT%H%M%S}.tar.gz"
    folder = state_of_anyhow(environ)[0].evidence
    try:
        make_directory(folder)
    except StateUnwritable:
        return Path(name).absolute()
    return folder / name


def since_when(text: str, now: datetime) -> datetime | None:
    """`today`, `2h` ago, a date, or a date and time of New York; None when it is none of these."""
    if text == TODAY:
        return new_york_midnight(new_york_day(now))
    span = read_span(text)
    return now - span if span is not None else read_moment(text)
