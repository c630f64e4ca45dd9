"""Orders the broker has for one intended order when every POST is booked and answered with 504.

Ours is two LIVE cycles (the second would send again what the first believed lost). The peers submit the
same symbols through alpaca-py's trading client, bare and inside lumibot; both wait three times three seconds
between its own retries."""

from __future__ import annotations

from crash.desk import OPEN
from venue.faults import EVERY, accept_then_504
from venue.venue import Venue

from benchmarks.desk import make_desk, names
from benchmarks.figures import Figure, Results, Taken
from benchmarks.lab import Lab, Work, expect, work
from benchmarks.peers import PeerMissing, pinned, python_of

INTENDED = 5
PEER_INTENDED = 2


def measure(lab: Lab) -> Results:
    ours = _ours(lab)
    found = Results()
    for name, script in (("alpaca", "once_bare.py"), ("lumibot", "once_lumibot.py")):
        try:
            python = python_of(name)
        except PeerMissing as missing:
            found.missing.append(f"{missing}; lumibot's orders per intent are not measured")
            continue
        peer = _booked(lab, name, python, script)
        what = "orders per intended order, each reply lost (504)"
        found.figures.append(Figure(f"once.{name}", what, "", ours, pinned(name), peer, 1.0))
    return found


def _ours(lab: Lab) -> Taken:
    symbols = names(INTENDED)
    with Venue(now=OPEN) as venue:
        rule = venue.faults.add(accept_then_504(), times=EVERY)
        desk = make_desk(lab.directory("once"), venue, symbols, triggered=True, MAX_LIVE_ORDERS_PER_DAY=str(INTENDED))
        first = desk.cycle(lab, "first cycle", OPEN.isoformat())
        said = lab.take(first).said
        lab.take(Work("second cycle", first.argv, first.env))
        expect(rule.fired >= INTENDED, f"only {rule.fired} replies were lost:\n{said}")
        return _per_symbol(venue, symbols)


def _booked(lab: Lab, name: str, python: str, script: str) -> Taken:
    symbols = names(PEER_INTENDED)
    with Venue(now=OPEN) as venue:
        for symbol in symbols:
            venue.book.move_price(symbol, "100.10", "100.12", "100.11")
        rule = venue.faults.add(accept_then_504(), times=EVERY)
        sample = lab.take(work(name, python, script, ",".join(symbols), env=dict(venue.env)))
        expect(rule.fired >= len(symbols), f"only {rule.fired} replies were lost:\n{sample.said}")
        return _per_symbol(venue, symbols)


def _per_symbol(venue: Venue, symbols: list[str]) -> Taken:
    """Buy orders the venue took, legs left out."""
    buys = [order for order in venue.book.orders if order.side == "buy"]
    counts = [sum(order.symbol == symbol for order in buys) for symbol in symbols]
    expect(all(counts), f"a symbol was never ordered: {counts}")
    return Taken.of(counts)
