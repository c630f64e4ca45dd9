"""How the tests themselves are run: those that share something made once are run by one worker.

pytest and pytest-xdist are two projects; a release of one has silently made groups mean nothing to the other,
and every shared machine was then booted by each worker.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GROUPED = """
import os
import pytest

pytestmark = pytest.mark.xdist_group("together")


@pytest.mark.parametrize("number", range(4))
def test_who_ran_it(number):
    with open(os.environ["WHO"], "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_a_group_is_run_by_one_worker(tmp_path: Path) -> None:
    for name in ("test_one.py", "test_other.py"):
        (tmp_path / name).write_text(GROUPED)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "."]
    environment = {"PATH": "/usr/bin:/bin", "WHO": str(tmp_path / "who")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout
    workers = (tmp_path / "who").read_text().split()
    assert (len(workers), len(set(workers))) == (8, 1)
