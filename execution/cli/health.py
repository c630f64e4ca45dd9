"""One line for monitors: do cycles run when one is due? Exit 0 yes, 1 look at it, 2 no.

Only the heartbeat and the session table are read; no network. Outside the session nothing is due, so an
idle day is healthy. What must be true beyond that is asked by `execution doctor`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from execution.checks.finding import Answer, Check, ask, exit_code, failed
from execution.checks.liveness import heartbeat
from execution.checks.opening import open_anyhow
from execution.checks.pulse import take_pulse
from gates.common.output import paragraph, say_json

CHECK = Check("heartbeat", "Do cycles run when one is due?", heartbeat)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service, not_opened = open_anyhow(environ)
    limit = service.settings.watch_silent_seconds
    seen = take_pulse(service.state, service.table, service.clock.now(), limit)
    answer = ask(CHECK, seen)
    if seen.coming is None and not_opened is not None:  # no table because there is nothing at all yet
        answer = Answer(CHECK.name, CHECK.question, failed(not_opened, "mend that first"))
    code = exit_code(answer.result)
    if args.json:
        say_json(
            {
                "state_dir": str(service.state.root),
                "result": answer.result.value,
                "evidence": answer.finding.evidence,
                "action": answer.finding.action,
                "session": str(seen.opened) if seen.opened is not None else None,
                "stale_after_seconds": limit,
                "exit_code": code,
            }
        )
        return code
    paragraph(f"{answer.result.value} {answer.finding.evidence} (state dir {service.state.root})")
    return code
