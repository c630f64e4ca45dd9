"""Arm LIVE for the session: write the confirm token, bound to host, account, sessions and every limit.

Shows what is being armed and asks for the account number. LIVE ends by itself at the session's close
(13:00 on a half-day) or at --until, and when a limit, account or host changes. A passing
`execution preflight` of this session is needed, or a reason to do without.

  execution arm                            until the close
  execution arm --until 12:00              New York time
  execution arm --sessions 2 --confirm PA3XXXXXXXXX
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from execution.cli.confirm import add_confirm, confirmed
from execution.cli.refusals import error_of
from execution.cli.token_lines import is_droplet, lines_for_the_token
from execution.operator.arm import arm
from execution.operator.arm_terms import AT_THE_CLOSE, ArmRequest, NotArmed, Terms, terms_of
from execution.service import Service
from execution.state.markers import who
from execution.wiring import endpoint_of, open_service
from gates.base.errors import EXIT_DONE, OperatorError
from gates.base.money import show, show_cap, show_told
from gates.base.output import pairs, say
from gates.base.record import replace
from gates.base.sessions import new_york_text
from gates.exposure import allowlist_text


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--until", default=AT_THE_CLOSE, metavar="close|HH:MM", help="when LIVE ends (New York)")
    parser.add_argument("--sessions", type=int, default=1, metavar="N", help="sessions to arm for (1)")
    parser.add_argument("--override", metavar="REASON", help="arm without a passing preflight; recorded")
    add_confirm(parser)


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    service = open_service(environ)
    code = arm_with(service, args, who(environ))
    for line in lines_for_the_token(service.state, droplet=is_droplet(environ)):
        say(line)
    return code


def arm_with(service: Service, args: argparse.Namespace, by: str) -> int:
    """Show what is armed, have it confirmed, and have it written."""
    request = ArmRequest(by, endpoint_of(service), args.sessions, args.until, args.override)
    found = terms_of(service, request)
    terms = found.terms if isinstance(found, NotArmed) else found
    if terms is not None:
        pairs(_shown(service, terms))
    if isinstance(found, NotArmed):
        raise _error(found)
    armed = arm(service, found, confirmed(args.confirm, found.account.number, "arm LIVE"))
    if isinstance(armed, NotArmed):
        raise _error(armed)
    say(f"\nARMED until {new_york_text(armed.until)}. {service.state.token} written, 0600; its text is not shown.\n")
    return EXIT_DONE


def _error(no: NotArmed) -> OperatorError:
    """Terms that are known were refused for their preflight alone."""
    if no.terms is None:
        return error_of(no, "not armed: ")
    remedy = (
        f"run `execution preflight` for session {no.terms.armed.sessions[0]}, "
        "or say why not with --override REASON, which is recorded"
    )
    return error_of(replace(no, why=f"{no.why}; {remedy}"), "not armed: ")


def _shown(service: Service, terms: Terms) -> Iterator[tuple[str, str]]:
    caps, armed, used = service.settings.caps, terms.armed, terms.used
    yield "state dir", str(service.state.root)
    money = f"equity {show_told(terms.account.equity)}, buying power {show_told(terms.account.buying_power)}"
    yield "account", f"{armed.account}, {money}"
    yield "broker", f"{service.broker_name}, {armed.endpoint}"
    yield "host", armed.host
    yield "now", new_york_text(armed.armed_at)
    yield "LIVE for", f"session {', '.join(map(str, armed.sessions))}, until {new_york_text(armed.until)}"
    if used is None:
        yield "caps", f"used today: unknown (ledger unavailable: {terms.ledger_problem})"
    else:
        yield "orders", f"{len(used.ids)} of {caps.orders_per_day} used today"
        yield "positions", f"{len(used.symbols)} of {caps.positions}"
        yield "gross", f"{show(used.gross)} of {show_cap(caps.gross_notional)}"
        most = max(used.by_symbol.items(), key=lambda item: item[1], default=None)
        most_used = f", most used {most[0]} {show(most[1])}" if most is not None else ""
        yield "per symbol", f"{show_cap(caps.per_symbol)}{most_used}"
    yield "allowlist", allowlist_text(service.settings.allowlist_symbols)
    yield "preflight", armed.preflight + (f"; overridden: {armed.override}" if armed.override else "")
    for reason in terms.in_the_way:
        yield "in the way", reason
