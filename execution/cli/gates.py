"""Show every gate's answer right now, passing ones too. Reads only."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.journal import lines as journal_lines
from execution.planning.rows import exposure_words, usage_now
from execution.report.standing import gates_document
from execution.service import Service
from execution.view.look import Look, look_without_writing
from execution.wiring import open_service
from gates.base.colours import BOLD, RED
from gates.base.money import show
from gates.base.output import paint, pairs, paragraph, result_word, rows, say, say_json
from gates.base.sessions import new_york_text
from gates.catalog import ENTRY_GATES, MODE_GATES
from gates.verdict import Answer


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    seen, _ = look_without_writing(service)
    if args.json:
        say_json(gates_document(service, seen))
        return 0
    head(service, seen)
    say()
    families(seen)
    paragraph(journal_lines.allowlist_line(service.settings.allowlist_symbols))
    paragraph(journal_lines.caps_line(service.settings.caps))
    used = seen.ledger and usage_now(seen, seen.ledger)
    gross = f"gross {show(used.gross)}" if used else "gross not known"
    paragraph(f"Used by the session's entries: {gross}; exposure of the account: {exposure_words(seen)}")
    paragraph(journal_lines.mode_line(seen.mode_answers))
    paragraph(journal_lines.entries_line(seen.entry_answers))
    return 0


def head(service: Service, seen: Look) -> None:
    for mistake in service.mistakes:
        paragraph(paint(f"settings: {mistake}", RED))
    pairs(
        [
            ("state dir", str(service.state.root)),
            ("broker", service.broker_name),
            ("now", f"{new_york_text(seen.now)}, session {seen.session or 'unknown'}"),
        ]
    )


def families(seen: Look) -> None:
    family("mode gates: LIVE or DRY_RUN", seen.mode_answers, {g.name: g.question for g in MODE_GATES})
    family("entry gates: may anything be opened", seen.entry_answers, {g.name: g.question for g in ENTRY_GATES})


def family(title: str, answers: tuple[Answer, ...], questions: Mapping[str, str]) -> None:
    say(paint(title, BOLD))
    lines = [(answer, result_word(answer.verdict.status.value)) for answer in answers]
    rows([(word, one.gate, questions.get(one.gate, ""), one.verdict.reason) for one, word in lines], indent=2)
    say()
