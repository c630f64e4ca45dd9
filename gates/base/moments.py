"""Reads a moment or a span of time as a person types it: `2026-11-23T10:30`, `10m`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from gates.base.sessions import NEW_YORK

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SPAN = re.compile(r"([0-9]{1,5})([smhd])")


def read_moment(text: str) -> datetime | None:
    """An aware moment; a date, or a date and time without an offset, is New York's. None when it is neither."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=NEW_YORK)


def read_span(text: str) -> timedelta | None:
    """`30s`, `10m`, `2h` or `3d`; None when it is none of these."""
    found = SPAN.fullmatch(text)
    return timedelta(**{UNITS[found[2]]: int(found[1])}) if found is not None else None
