"""Keep a note on a trade: why it was taken, what was learnt. `execution trades` shows it.

The note is sealed into notes.jsonl, chained to the one before; a trade may have many, and none is ever changed.

  execution note avx-20261120-AAPL-entry-1 "gap over the stop, as the news said"
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime

from execution.cli.refusals import error_of
from execution.operator.note import NotNoted, note
from execution.operator.word import PersonsWord
from execution.state.directory import require_used
from execution.state.markers import known_state_dir, who
from gates.base.errors import EXIT_DONE
from gates.base.output import paragraph


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ident", metavar="ID", help="the trade, by its entry's client order id")
    parser.add_argument("text", metavar="TEXT", help="what there is to say of it")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    state = known_state_dir(environ)
    require_used(state)
    done = note(state, args.ident, PersonsWord(datetime.now(UTC), who(environ), args.text))
    if isinstance(done, NotNoted):
        raise error_of(done)
    paragraph(f"Noted on {done.ident}: {done.text}")
    paragraph(f"State dir {state.root}")
    return EXIT_DONE
