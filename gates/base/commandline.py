"""Runs a command made of verbs: finds the verb, imports only its module, turns errors into exit codes.

A cycle is a cold process started every minute, so nothing is imported here that the verb does not
need; the list of verbs is text. A verb is a module with `configure(parser)` and `main(args, environ)`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from itertools import groupby
from typing import Any, NoReturn, TextIO

from gates.base import output, streams
from gates.base.columns import INDENT, Cell, laid_out, plain, wrapped
from gates.base.errors import EXIT_BUG, EXIT_DONE, EXIT_SETTINGS, EXIT_STATE, EXIT_USAGE, OperatorError
from gates.base.escape import printable
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, StateUnwritable


@dataclass(frozen=True, slots=True)
class Program:
    """A command's name, where its verbs lie, what each is for under short headings, and what `--help` ends
    with. `cleaner` names the module that takes secrets out of a traceback, with `clean(text, environ)`; `reader`
    the one that reads a settings file, with `env_file_lines(stream)`. Root becomes the owner of the state directory
    before a verb, but for those in `stay_root`; those in `read_journal` then may read the system's journal."""

    name: str
    package: str
    groups: Mapping[str, Mapping[str, str]]
    epilog: str
    cleaner: str
    reader: str = ""
    stay_root: frozenset[str] = frozenset()
    read_journal: frozenset[str] = frozenset()

    @property
    def verbs(self) -> dict[str, str]:
        """Every verb with its summary, in the order of the headings."""
        return {verb: summary for group in self.groups.values() for verb, summary in group.items()}

    def run(self, argv: Sequence[str] | None = None) -> int:
        """Whatever ends the verb, what it said is flushed here, and its code outlives the reader."""
        streams.prepare()
        code = self._come_to_an_end(list(sys.argv[1:] if argv is None else argv))
        unwritten = streams.finish()
        if unwritten is None:
            return code
        self.say_error(f"what was said could not be written: {unwritten.strerror}")
        return code or EXIT_STATE

    def _come_to_an_end(self, arguments: list[str]) -> int:
        try:
            return self._dispatch(arguments)
        except SystemExit as leaving:  # argparse has said what was wrong
            return EXIT_USAGE if leaving.code not in (0, None) else EXIT_DONE
        except OperatorError as error:
            self.say_error(str(error))
            return error.exit_code
        except (StateUnwritable, StateUnreadable) as error:
            self.say_error(str(error))
            return EXIT_STATE
        except KeyboardInterrupt:
            self.say_error("interrupted")
            return 130
        except Exception as error:  # noqa: BLE001 - the last line of defence: say it is ours and where
            cure = _cure_of(error)
            if cure is not None:
                self.say_error(cure)
                return EXIT_SETTINGS
            self.say_error(f"this is a bug of ours, nothing of yours:\n{cleaned(traceback.format_exc(), self.cleaner)}")
            return EXIT_BUG

    def module_of(self, verb: str) -> str:
        return f"{self.package}.{verb.replace('-', '_')}"

    def say_error(self, text: str) -> None:
        for line in text.splitlines():
            sys.stderr.write(f"{self.name}: {printable(line)}\n")

    def _dispatch(self, arguments: list[str]) -> int:
        if not arguments or arguments[0] in ("-h", "--help"):
            self._print_help(sys.stdout if arguments else sys.stderr)
            return EXIT_DONE if arguments else EXIT_USAGE
        if arguments[0] == "--version":
            from gates.base.release import release  # only this question needs it

            sys.stdout.write(f"{self.name} {release()}\n")
            return EXIT_DONE
        if arguments[0] not in self.verbs:
            meant = nearest(arguments[0], self.verbs)
            self.say_error(
                f"there is no verb {arguments[0]!r}; "
                + (f"did you mean {meant!r}? " if meant else "")
                + f"`{self.name} --help` lists them"
            )
            return EXIT_USAGE
        return self._run_verb(arguments[0], arguments[1:])

    def _run_verb(self, verb: str, arguments: list[str]) -> int:
        if os.geteuid() == 0 and self.reader and verb not in self.stay_root:
            from gates.base.handover import become_owner  # a cycle of the service's is not root's

            read_lines = import_module(self.reader).env_file_lines
            become_owner(os.environ, read_lines, reads_journal=verb in self.read_journal)
        module = import_module(self.module_of(verb))
        parser = VerbParser(prog=f"{self.name} {verb}", description=module.__doc__, allow_abbrev=False)
        module.configure(parser)
        given = parser.parse_args(arguments)
        if getattr(given, "json", None) is False:  # only verbs that read have it
            output.draw_for_reading()
        code: int = module.main(given, os.environ)
        return code

    def _print_help(self, stream: TextIO) -> None:
        width = output.width() or output.USUAL_WIDTH
        longest = max(map(len, self.verbs))
        stream.write(f"usage: {self.name} VERB [options]\n")
        for heading, group in self.groups.items():
            rows = [(Cell(f"  {verb.ljust(longest)}"), Cell(summary)) for verb, summary in group.items()]
            verbs = "".join(f"{plain(line)}\n" for line in laid_out(rows, width=width))
            stream.write(f"\n{heading}\n{verbs}")
        stream.write(f"\n{filled(self.epilog, width, f'{self.name} ')}\n")


def filled(text: str, width: int, program: str) -> str:
    """Paragraphs wrapped to the width; a line that begins with the command, or indented, is an example."""
    lines: list[str] = []
    for stands, block in groupby(
        text.strip().splitlines(), key=lambda line: not line or line.startswith((" ", program))
    ):
        if stands:
            lines += [part for line in block for part in _example(line, width)]
        else:
            lines += wrapped(" ".join(block), width)
    return "\n".join(lines)


def _example(line: str, width: int) -> list[str]:
    """As it stands where it fits; else what explains the command goes below it, and the command stays whole."""
    line = f"  {line.strip()}" if line else ""
    if len(line) <= width:
        return [line]
    command, *explained = re.split(r"\s{2,}", line.strip(), maxsplit=1)
    first, *more = wrapped(command, width - 2 * INDENT)
    more += [part for text in explained for part in wrapped(text, width - 2 * INDENT)]
    return [f"  {first}", *(" " * 2 * INDENT + part for part in more)]


class Help(argparse.HelpFormatter):
    """Wraps help texts at the width that tables have."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, **{"width": output.width() or output.USUAL_WIDTH, **more})

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return filled(text, width, f"{self._prog.partition(' ')[0]} ")

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width)


def cleaned(text: str, cleaner: str) -> str:
    """A traceback without secrets; when that fails too, only where it happened, because a message may hold one."""
    try:
        found: str = import_module(cleaner).clean(text, os.environ)
    except Exception:  # noqa: BLE001 - on the way out of a bug; what is left unsaid is safer than what is said
        return "\n".join(line for line in text.splitlines() if line.startswith('  File "'))
    return found


class VerbParser(argparse.ArgumentParser):
    """Says each mistake in one line: what was wrong, the option that was probably meant, where to read on."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"formatter_class": Help, **more})

    def error(self, message: str) -> NoReturn:
        stranger = re.fullmatch(r"unrecognized arguments: (--[^\s=]+).*", message)
        meant = nearest(stranger.group(1), self._option_string_actions) if stranger else None
        hint = f"did you mean {meant}? " if meant else ""
        self.exit(EXIT_USAGE, f"{self.prog}: error: {printable(message)}; {hint}`{self.prog} --help` explains\n")


def _cure_of(error: Exception) -> str | None:
    """For a package that belongs to an extra, the command that brings it; anything else is a bug."""
    if not isinstance(error, ModuleNotFoundError):
        return None
    from gates.base.extras import remedy

    return remedy(error.name)


def nearest(written: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the written one; imported here, for only a mistake needs it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(written.lower(), list(known), n=1)), None)
