"""`make bench`: what this costs, measured beside its peers in the same run.

`__main__` runs the figures one after the other and writes `results/`. A figure is a module with
`measure(lab)`, listed in `figures.py`; the programs it runs, ours and the peers', are whole scripts in
`works/`, each started as a process of its own with the interpreter of its own venv. Nothing counts before
its result was compared with what it had to be.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
