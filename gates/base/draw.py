"""Keeps matplotlib from taking settings out of whatever directory a command is typed in.

It reads `matplotlibrc` of the current directory before any other, and a file there can make it run a
program (`text.usetex`). In /tmp that file may be any user's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

NAME = "MATPLOTLIBRC"


@contextmanager
def own_defaults() -> Iterator[None]:
    """Within it matplotlib is imported with its own defaults: at the root, and told of an empty file."""
    here, told = os.open(".", os.O_PATH | os.O_DIRECTORY), os.environ.get(NAME)
    os.chdir("/")
    os.environ[NAME] = os.devnull
    try:
        yield
    finally:
        os.fchdir(here)
        os.close(here)
        if told is None:
            del os.environ[NAME]
        else:
            os.environ[NAME] = told
