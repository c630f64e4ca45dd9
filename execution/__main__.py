"""The `execution` command: finds the verb, imports only its module, turns errors into exit codes.

A cycle is a cold process started every minute, so nothing is imported here that the verb does not
need; the list of verbs is text.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import TextIO

from execution.errors import EXIT_BUG, EXIT_DONE, EXIT_STATE, EXIT_USAGE, ExecutionError
from gates.statefile import StateUnreadable, StateUnwritable

VERBS = {
    "run": "one execution cycle: ask every gate, then submit (LIVE) or record (DRY_RUN)",
    "gates": "every gate's answer right now",
    "why": "the whole chain of answers for one symbol",
    "status": "is it running, in which mode, what was done today",
    "init": "make the state directory",
    "watchlist": "show the session's watchlist, or import one from a CSV",
    "ledger": "show, verify, rebuild or settle the daily ledger",
    "sweep": "after the close: cancel what is left of the session's entries",
    "sim": "look at and steer the simulated broker",
}

EPILOG = """exit codes: 0 done (also when gates or market are closed), 1 not finished, 64 usage,
69 broker unreachable, 70 a bug, 74 state not writable or not readable, 75 another process is at work,
78 settings. `execution VERB --help` teaches one verb."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a value of odd bytes is shown, not stumbled over
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _dispatch(arguments)
    except SystemExit as leaving:  # argparse has said what was wrong
        return EXIT_USAGE if leaving.code not in (0, None) else EXIT_DONE
    except ExecutionError as error:
        print_error(str(error))
        return error.exit_code
    except (StateUnwritable, StateUnreadable) as error:
        print_error(str(error))
        return EXIT_STATE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except KeyboardInterrupt:
        print_error("interrupted")
        return 130
    except Exception:  # noqa: BLE001 - the last line of defence: say it is ours and where
        print_error(f"this is a bug of ours, nothing of yours:\n{traceback.format_exc()}")
        return EXIT_BUG


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        _print_help(sys.stdout if arguments else sys.stderr)
        return EXIT_DONE if arguments else EXIT_USAGE
    if arguments[0] not in VERBS:
        print_error(f"there is no verb {arguments[0]!r}; `execution --help` lists them")
        return EXIT_USAGE
    return _run_verb(arguments[0], arguments[1:])


def _run_verb(verb: str, arguments: list[str]) -> int:
    module = import_module(f"execution.cli.{verb}")
    parser = argparse.ArgumentParser(
        prog=f"execution {verb}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(parser)
    code: int = module.main(parser.parse_args(arguments), os.environ)
    sys.stdout.flush()
    return code


def print_error(text: str) -> None:
    for line in text.splitlines():
        sys.stderr.write(f"execution: {line}\n")


def _print_help(stream: TextIO) -> None:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb.ljust(width)}  {summary}" for verb, summary in VERBS.items())
    stream.write(f"usage: execution VERB [options]\n\n{verbs}\n\n{EPILOG}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
