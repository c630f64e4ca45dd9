"""A venue of one's own: `python -m venue` prints where it is and serves until it is told to stop.

For a person with curl, or for a journey whose broker has to be another process.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime

from .venue import A_FRIDAY_MORNING, Venue


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="venue", description="Alpaca's shapes on loopback, for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one (default)")
    parser.add_argument("--now", type=_moment, help="stand still at this moment; without it the clock runs")
    parser.add_argument("--seed-orders", type=int, default=0, metavar="N", help="begin with N foreign orders")
    chosen = parser.parse_args(arguments)
    stop = threading.Event()
    for reason in (signal.SIGINT, signal.SIGTERM):
        signal.signal(reason, lambda _number, _frame: stop.set())
    with Venue(now=chosen.now or datetime.now(UTC), port=chosen.port) as venue:
        if chosen.now is None:
            venue.run_clock()
        for number in range(chosen.seed_orders):
            venue.book.seed_order(symbol="MSFT", qty=1, limit_price="100", client_order_id=f"seed-{number}")
        for name, value in venue.env.items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"needs an offset, as in {A_FRIDAY_MORNING.isoformat()}")
    return moment


if __name__ == "__main__":
    sys.exit(main())
