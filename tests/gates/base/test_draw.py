"""Pictures are drawn with matplotlib's own defaults, whatever lies in the current directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gates.base.draw import NAME, own_defaults

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("told", [None, "/somewhere"])
def test_directory_and_environment_are_as_before(
    told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(NAME, raising=False)
    if told is not None:
        monkeypatch.setenv(NAME, told)
    with own_defaults():
        assert (os.getcwd(), os.environ[NAME]) == ("/", os.devnull)
    assert (Path.cwd(), os.environ.get(NAME)) == (tmp_path, told)


SCANNER = "import scanner.chart"
EXECUTION = """from execution.report import chart
try: chart.draw(None, on_white=True)
except AttributeError: pass"""


@pytest.mark.processes
@pytest.mark.parametrize("drawing", [SCANNER, EXECUTION], ids=["scanner", "execution"])
def test_a_file_of_the_current_directory_is_not_obeyed(drawing: str, tmp_path: Path) -> None:
    own = tmp_path / ".config" / "matplotlib"
    for place in (tmp_path, own):
        place.mkdir(parents=True, exist_ok=True)
        (place / "matplotlibrc").write_text("text.usetex: True\nlines.linewidth: 77\n")
    asks = "import matplotlib; print(matplotlib.rcParams['text.usetex'], matplotlib.rcParams['lines.linewidth'])"
    done = subprocess.run(
        [sys.executable, "-c", f"{drawing}\n{asks}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT), "HOME": str(tmp_path), "MPLCONFIGDIR": str(own)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False 1.5\n"
