"""Meets another process at a named pipe, or stays for ever: for the test of the fork server."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    how = sys.argv[1]
    if how == "stay":
        threading.Event().wait()
    with Path(os.environ["PIPE"]).open("w" if how == "write" else "r"):
        sys.stdout.write(f"{how} met\n")
