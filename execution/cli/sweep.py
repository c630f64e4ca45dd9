"""Cancel what is left of the session's entries; for after the close and before the open.

Shares already bought keep their stops, and get one where the cancelled entry left them without. While
the session is open the cycle does this by itself, and sweep declines.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.cycle import sweep
from execution.wiring import open_service


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = __doc__


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return sweep(open_service(environ, damaged_record=True))
