"""No outcome hangs on the machine, nor on the order: its environment is left outside, property tests are judged by
what they find and never by how long it took, and `--shuffle` puts modules, and tests within them, into another
order. Tests of one module stay together, because they share what was made once."""

from __future__ import annotations

import random
from itertools import groupby
from typing import Any

import pytest
from hypothesis import settings
from support import host

host.forget_the_rest()
settings.register_profile("whole", deadline=None)  # `make check` and `make slow`
settings.register_profile("house", settings.get_profile("whole"), max_examples=40)
settings.register_profile("quick", settings.get_profile("whole"), max_examples=10)
settings.load_profile("house")

ANY = "any"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", metavar="SEED", help=f"another order, by this seed; {ANY!r} draws one")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.shuffle == ANY:  # drawn once, by whom the workers get it from
        drawn = str(random.SystemRandom().randrange(10**6))
        config.option.shuffle = getattr(config, "workerinput", {}).get("shuffle", drawn)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist hands the words typed to its workers, and this beside them."""
    node.workerinput["shuffle"] = node.config.option.shuffle


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.shuffle is not None:
        items[:] = shuffled(items, config.option.shuffle)


def shuffled(items: list[pytest.Item], seed: str) -> list[pytest.Item]:
    drawn = random.Random(seed)
    modules = [list(group) for _, group in groupby(items, key=lambda item: item.nodeid.partition("::")[0])]
    for module in modules:
        drawn.shuffle(module)
    drawn.shuffle(modules)
    return [item for module in modules for item in module]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.option.shuffle is not None:
        terminalreporter.write_line(f"shuffled; the same order again: --shuffle {config.option.shuffle}")
