"""One case from one number."""

from __future__ import annotations

from random import Random

from fuzz.mutate import mutated


def case(seeds: tuple[bytes, ...], number: int) -> bytes:
    random = Random(number)
    return mutated(random.choice(seeds), random)
