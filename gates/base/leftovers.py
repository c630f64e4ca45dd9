"""Removes temporary files of processes that died while writing a state file."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from gates.base import below

PID = re.compile("[1-9][0-9]{0,8}")


def clear_leftovers(directory: Path) -> None:
    """Remove temporary files of processes that died while writing; a living one's is left alone."""
    with suppress(OSError), below.folder(directory) as folder:
        for name in os.listdir(folder):
            pid = name.removesuffix(".tmp").rpartition(".")[2]
            if name.startswith(".") and name.endswith(".tmp") and PID.fullmatch(pid) and not _alive(int(pid)):
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
