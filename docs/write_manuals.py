"""Writes the manual pages and the completions of the shells from the parsers, into docs/man and docs/completions.

    make manuals                  both, in place
    python docs/write_manuals.py DIR      below DIR

They are kept in the repository and ship with the program, so that nobody needs shtab to use them and completing costs
no import of ours; tests/docs/test_manuals.py holds them to the parsers.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path

import shtab

from execution.__main__ import EXECUTION
from gates.base.commandline import Program, VerbParser
from gates.base.shipped import SHELLS
from scanner.__main__ import SCANNER

NAMES = {"execution": "turns a watchlist into orders, and remembers", "scanner": "finds anchored-VWAP setups"}


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for program in (EXECUTION, SCANNER):
        _write(folder / "man" / f"{program.name}.1", "\n".join(page(program)) + "\n")
        for shell in SHELLS:
            _write(folder / "completions" / f"{program.name}.{shell}", shtab.complete(whole(program), shell))
    return 0


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def whole(program: Program) -> VerbParser:
    """One parser of all verbs, which no run of the program builds."""
    parser = VerbParser(prog=program.name, allow_abbrev=False)
    parser.add_argument("--version", action="store_true", help="what runs here")
    verbs = parser.add_subparsers(metavar="VERB", parser_class=VerbParser)
    for verb, summary in program.verbs.items():
        module = import_module(program.module_of(verb))
        module.configure(verbs.add_parser(verb, help=summary, description=module.__doc__, allow_abbrev=False))
    return parser


def page(program: Program) -> Iterator[str]:
    """The page of one program, line by line: its verbs under their headings, each with its options."""
    yield f'.TH {program.name.upper()} 1 "" "avwap-execution"'
    yield ".SH NAME"
    yield f"{program.name} \\- {NAMES[program.name]}"
    yield ".SH SYNOPSIS"
    yield f".B {program.name}\n.I VERB\n[options]"
    for heading, verbs in program.groups.items():
        yield f".SH {_plain(heading.upper())}"
        for verb in verbs:
            module = import_module(program.module_of(verb))
            parser = VerbParser(prog=f"{program.name} {verb}", allow_abbrev=False)
            module.configure(parser)
            yield f'.SS "{program.name} {_plain(verb)}"'
            yield from _paragraphs(module.__doc__ or "", program.name)
            yield from _options(parser)
    yield ".SH EXIT STATUS"
    yield from _paragraphs(program.epilog.replace("exit codes: ", ""), program.name)
    yield ".SH SEE ALSO"
    yield ", ".join(f"{other}(1)" for other in NAMES if other != program.name)


def _paragraphs(text: str, program: str) -> Iterator[str]:
    """Prose is filled by the reader's terminal; a line that begins with the command, or indented, stands as it is."""
    for stands, block in groupby(text.strip().splitlines(), key=lambda line: line.startswith((" ", f"{program} "))):
        lines = [_plain(line) for line in block]
        if stands:
            yield from (".PP", ".nf", *lines, ".fi")
        else:
            yield ".PP"
            yield from (line or ".PP" for line in lines)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:  # argparse has no public way to ask what was declared
        if isinstance(action, argparse._HelpAction) or action.help == argparse.SUPPRESS:
            continue
        words = ", ".join(action.option_strings) or ""
        value = _value(action)
        yield ".TP"
        yield f".B {_plain(' '.join(part for part in (words, value) if part))}"
        yield _plain((action.help or "") % {"default": action.default, "prog": parser.prog}) or "\\&"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    named = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    return " ".join(named) if isinstance(named, tuple) else named


def _plain(text: str) -> str:
    """Text that roff shows as it stands."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
