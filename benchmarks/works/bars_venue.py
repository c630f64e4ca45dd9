"""The venue as a process of its own, so that it shares no interpreter with what is measured."""

import json
import sys
from datetime import UTC, date, datetime

from venue.venue import Venue

with Venue(now=datetime(2026, 11, 20, 22, tzinfo=UTC)) as venue:
    venue.market.history_start = date(2024, 11, 1)
    print(json.dumps({"URL": venue.url, "KEY": venue.key, "SECRET": venue.secret}), flush=True)
    sys.stdin.read()
