"""Shows how far long work is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scanner.bars.batches import Tell

LINES = 4


@contextmanager
def progress(what: str, say: Callable[[str], None]) -> Iterator[Tell]:
    """A bar on standard error when that is a terminal; else a few lines through `say`."""
    if not sys.stderr.isatty():
        yield _lines(what, say)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[item]}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, item="")

        def tell(done: int, total: int, item: str) -> None:
            bar.update(task, completed=done, total=total, item=item)

        yield tell


def _lines(what: str, say: Callable[[str], None]) -> Tell:
    told = 0

    def tell(done: int, total: int, item: str) -> None:
        nonlocal told
        quarter = LINES * done // total if total >= LINES else 0
        if quarter > told and done < total:
            say(f"{what}: {done} of {total}")
        told = quarter

    return tell
