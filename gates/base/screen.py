"""Shows lines on a terminal by means of rich, which knows how wide each character is and which colours there are.

The one module of gates that imports more than the standard library. Only a verb that reads loads it, and only on
a terminal: a cycle needs no rich, and a hand that stops trading must work where rich is missing or broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gates.base.colours import STYLES
from gates.base.columns import Line, Screen


def on_rich() -> Screen:
    return Screen(cell_len, _drawn)


def _drawn(lines: Sequence[Line]) -> list[str]:
    """Rich only colours here: where words stand is decided in `columns`, because rich's own tables break them."""
    drawn = []
    for line in lines:
        out = StringIO()
        console = Console(file=out, force_terminal=True, highlight=False, emoji=False, markup=False)
        pieces = [(cell.text, STYLES[cell.colour]) for cell in line]
        console.print(Text.assemble(*pieces), soft_wrap=True, end="")
        drawn.append(out.getvalue())
    return drawn
