"""`make fuzz`: many cases of every target, each drawn from one number; a finding is shown with its number.

python -m fuzz --cases 100000 --seed 0 "broker orders" ledger
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from fuzz.draw import case
from fuzz.targets import targets

MOST_FINDINGS = 5
MEMORY = "/dev/shm"
"""Files are written by the hundred thousand; no disk is worn out for it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, metavar="N", help="of each target (100000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the number of the first case (0)")
    parser.add_argument("names", nargs="*", metavar="TARGET", help="else all")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as place:
        known = targets(Path(place))
        unknown = set(args.names) - set(known)
        if unknown:
            parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        found = 0
        for name in args.names or known:
            found += run(name, known[name].seeds, known[name].read, range(args.seed, args.seed + args.cases))
    return 1 if found else 0


def run(name: str, seeds: tuple[bytes, ...], read: object, numbers: range) -> int:
    """How many findings a target had, each with the case that shows it again."""
    began, findings = time.monotonic(), 0
    for number in numbers:
        data = case(seeds, number)
        try:
            read(data)  # type: ignore[operator]
        except Exception:  # noqa: BLE001 - whatever it is, it is the finding
            findings += 1
            if findings <= MOST_FINDINGS:
                say(f"{name}: case --seed {number} --cases 1\n{data[:300]!r}\n{traceback.format_exc()}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = time.monotonic() - began
    say(f"{name:24} {len(numbers):8} cases  {findings:4} findings  {seconds:7.1f} s  peak {peak} MB")
    return findings


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
