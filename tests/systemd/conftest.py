"""One droplet for all tests of this folder, set up once by docs/deploying.md; each test finds it as it was then.

Why a machine cannot be booted here is printed as the reason for which these tests are skipped.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from droplet import Droplet, fake_clock, opened, other_system, system_python  # noqa: E402 - found only once the folder is on the path
from machine import why_not  # noqa: E402 - the same


def _lacking() -> str | None:
    if problem := why_not():
        return problem
    if other_system() is not None:
        return None
    if fake_clock() is None:
        return "libfaketime is not installed here (Debian: faketime)"
    if system_python() is None:
        return f"no system Python {sys.version_info[0]}.{sys.version_info[1]} for the machine to run the service with"
    missing = [tool for tool in ("git", "openssl", "flock") if shutil.which(tool) is None]
    return f"{', '.join(missing)} is not installed here" if missing else None


@pytest.fixture(scope="session")
def droplet() -> Iterator[Droplet]:
    if problem := _lacking():
        pytest.skip(problem)
    yield from opened()


@pytest.fixture
def desk(droplet: Droplet) -> Droplet:
    droplet.begin_again()
    return droplet
