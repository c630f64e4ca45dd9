"""Print one line for monitors: do cycles run when one is due? Exit 0 yes, 1 look at it, 2 no.

Only the heartbeat and the session table are read; no network. Outside the session nothing is due, so an
idle day is healthy. What must be true beyond that is asked by `execution doctor`. With --nagios the line is
that of a Nagios plugin: OK, WARNING, CRITICAL or UNKNOWN (3), and the age of the last cycle as its data.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.finding import Check, CheckAnswer, ask, exit_code, failed
from execution.checks.heartbeat import Pulse, take_pulse
from execution.checks.liveness import heartbeat
from execution.checks.nagios import NagiosState, line, state_of
from execution.checks.open_anyhow import open_anyhow
from execution.service import Service
from gates.base.errors import OperatorError
from gates.base.output import paragraph, say, say_json
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable, StateUnwritable

CHECK = Check("heartbeat", "Do cycles run when one is due?", heartbeat)


def configure(parser: argparse.ArgumentParser) -> None:
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="machine-readable")
    form.add_argument("--nagios", action="store_true", help="as a Nagios plugin: its words, codes and data")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return _as_a_plugin(environ) if args.nagios else _in_our_words(environ, as_json=args.json)


@dataclass(frozen=True, slots=True)
class HealthAsked:
    """The answer, what it was judged by, and why nothing at all could be asked."""

    service: Service
    seen: Pulse
    answer: CheckAnswer
    nothing_asked: str | None


def _asked(environ: Mapping[str, str]) -> HealthAsked:
    service, not_opened = open_anyhow(environ)
    seen = take_pulse(service.state, service.table, service.clock.now(), service.settings.watch_silent_seconds)
    answer, nothing = ask(CHECK, seen), None
    if seen.coming is None and not_opened is not None:  # no table because there is nothing at all yet
        answer, nothing = CheckAnswer(CHECK.name, CHECK.question, failed(not_opened, "mend that first")), not_opened
    return HealthAsked(service, seen, answer, nothing)


def _as_a_plugin(environ: Mapping[str, str]) -> int:
    """One line for Nagios; what keeps the question from being asked is UNKNOWN, and never OK."""
    state, age, limit = NagiosState.UNKNOWN, None, 0
    try:
        asked = _asked(environ)
        evidence, age, limit = asked.answer.finding.evidence, asked.seen.late_seconds, asked.seen.limit_seconds
        if asked.nothing_asked is None:
            state = state_of(asked.answer.result, age, limit)
    except (OperatorError, StateUnreadable, StateUnwritable) as problem:
        evidence = "; ".join(str(problem).splitlines())
    say(line(state, evidence, age, limit))
    return state.value


def _in_our_words(environ: Mapping[str, str], *, as_json: bool) -> int:
    asked = _asked(environ)
    answer, seen, root = asked.answer, asked.seen, str(asked.service.state.root)
    code = exit_code(answer.result)
    if as_json:
        say_json(
            {
                "state_dir": root,
                "result": answer.result.value,
                "evidence": answer.finding.evidence,
                "action": answer.finding.action,
                "session": str(seen.opened) if seen.opened is not None else None,
                "stale_after_seconds": seen.limit_seconds,
                "exit_code": code,
            }
        )
        return code
    paragraph(f"{answer.result.value} {answer.finding.evidence} (state dir {root})")
    return code
