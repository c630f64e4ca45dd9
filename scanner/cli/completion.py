"""Print the completions of a shell, for its own folder of them.

  scanner completion bash > ~/.local/share/bash-completion/completions/scanner
  scanner completion zsh > ~/.zfunc/_scanner       (with ~/.zfunc in fpath)
  scanner completion fish > ~/.config/fish/completions/scanner.fish

They were made from the parsers of this release; print them again after an upgrade.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from gates.base.errors import EXIT_DONE
from gates.base.shipped import SHELLS, completions


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS)


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    sys.stdout.write(completions("scanner", args.shell))
    return EXIT_DONE
