"""Arm LIVE for the session: write the confirm token, bound to host, account, sessions, caps and allowlist.

Shows what is being armed and asks for the account number. LIVE ends by itself at the session's close
(13:00 on a half-day) or at --until, and when caps, allowlist, account or host change. A passing
`execution preflight` of this session is needed, or a reason to do without.

  execution arm                            until the close
  execution arm --until 12:00              New York time
  execution arm --sessions 2 --confirm PA3XXXXXXXXX
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from execution.broker.errors import BrokerUnreachable
from execution.broker.port import Account
from execution.cli.confirm import add_confirm, confirmed
from execution.cli.token_lines import is_droplet, lines_for_the_token
from execution.operator.arm_terms import AT_THE_CLOSE, preflight_problem, sessions_to_arm, until_of
from execution.planning.rows import usage_now
from execution.service import Service
from execution.state import arming
from execution.state.arming import Armed
from execution.state.markers import who
from execution.view.broker_view import account_mismatch
from execution.view.look import Look, look_without_writing
from execution.wiring import endpoint_of, open_service
from gates.base.errors import EXIT_DONE, SettingsError, UsageError
from gates.base.locks import only_one
from gates.base.money import show, show_cap, show_told
from gates.base.output import pairs, say
from gates.base.sessions import new_york_text
from gates.exposure import allowlist_text
from gates.verdict import refusals

BY_ARMING = frozenset({"live_trading", "confirm_token", "arm"})
"""Mode gates that fail before arming and pass after it, once the keys are in the environment."""
STANDING_ENTRY = frozenset({"paused", "latched", "unresolved"})
LOCK_WAIT_SECONDS = 60
MOST_SESSIONS = 5


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--until", default=AT_THE_CLOSE, metavar="close|HH:MM", help="when LIVE ends (New York)")
    parser.add_argument("--sessions", type=int, default=1, metavar="N", help="sessions to arm for (1)")
    parser.add_argument("--override", metavar="REASON", help="arm without a passing preflight; recorded")
    add_confirm(parser)


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if not 1 <= args.sessions <= MOST_SESSIONS:
        raise UsageError(f"--sessions {args.sessions}: write a number from 1 to {MOST_SESSIONS}")
    override = " ".join(args.override.split()) if args.override is not None else None
    if override == "":
        raise UsageError("--override is empty; write why no preflight is needed")
    service = open_service(environ)
    arming.require_own_token(service.state)
    code = arm_with(service, args, who(environ), override)
    for line in lines_for_the_token(service.state, droplet=is_droplet(environ)):
        say(line)
    return code


def arm_with(service: Service, args: argparse.Namespace, by: str, override: str | None) -> int:
    """Show what is armed, have it confirmed, write both halves under the lock."""
    if service.mistakes:
        raise SettingsError(["not armed; mend the settings first:", *map(str, service.mistakes)])
    seen, _ = look_without_writing(service)
    if seen.session is None:
        raise UsageError(f"not armed: no session is known, the session table ends {service.table_ends}")
    account = _account(seen)
    sessions = sessions_to_arm(service.table, seen.now, args.sessions)
    until = until_of(args.until, sessions[-1], seen.now)
    preflight, problem = preflight_problem(service.state, sessions[0], account.number)
    armed = Armed(
        schema=arming.SCHEMA,
        armed_at=seen.now,
        by=by,
        host=arming.this_host(),
        account=account.number,
        endpoint=endpoint_of(service),
        sessions=tuple(session.day for session in sessions),
        until=until,
        caps=arming.limits_of(service.settings.caps),
        allowlist=_sorted(service.settings.allowlist_symbols),
        preflight=preflight,
        override=override,
    )
    pairs(_shown(service, seen, account, armed))
    if problem is not None and override is None:
        raise UsageError(
            f"not armed: {problem}; run `execution preflight` for session {sessions[0]}, "
            "or say why not with --override REASON, which is recorded"
        )
    confirmed(args.confirm, account.number, "arm LIVE")
    with only_one(service.state.lock, LOCK_WAIT_SECONDS):
        arming.write(service.state, armed)
    say(f"\nARMED until {new_york_text(until)}. {service.state.token} written, 0600; its text is not shown.\n")
    return EXIT_DONE


def _account(seen: Look) -> Account:
    account = seen.view.account
    if account is None:
        raise BrokerUnreachable(f"not armed: account unavailable ({seen.view.account_problem})")
    mismatch = account_mismatch(seen.view, seen.record)
    if mismatch is not None:
        raise UsageError(f"not armed: account mismatch ({mismatch})")
    return account


def _shown(service: Service, seen: Look, account: Account, armed: Armed) -> Iterator[tuple[str, str]]:
    caps = service.settings.caps
    yield "state dir", str(service.state.root)
    money = f"equity {show_told(account.equity)}, buying power {show_told(account.buying_power)}"
    yield "account", f"{account.number}, {money}"
    yield "broker", f"{service.broker_name}, {armed.endpoint}"
    yield "host", armed.host
    yield "now", new_york_text(seen.now)
    yield "LIVE for", f"session {', '.join(map(str, armed.sessions))}, until {new_york_text(armed.until)}"
    ledger = seen.ledgers.live.ledger
    if ledger is None:
        yield "caps", f"used today: unknown (ledger unavailable: {seen.ledgers.live.problem})"
    else:
        used = usage_now(seen, ledger)
        yield "orders", f"{len(used.ids)} of {caps.orders_per_day} used today"
        yield "positions", f"{len(used.symbols)} of {caps.positions}"
        yield "gross", f"{show(used.gross)} of {show_cap(caps.gross_notional)}"
        most = max(used.by_symbol.items(), key=lambda item: item[1], default=None)
        most_used = f", most used {most[0]} {show(most[1])}" if most is not None else ""
        yield "per symbol", f"{show_cap(caps.per_symbol)}{most_used}"
    yield "allowlist", allowlist_text(service.settings.allowlist_symbols)
    yield "preflight", armed.preflight + (f"; overridden: {armed.override}" if armed.override else "")
    if account.blocked is not None:
        yield "in the way", f"account blocked ({account.blocked})"
    for answer in refusals(seen.mode_answers):
        if answer.gate not in BY_ARMING:
            yield "in the way", answer.verdict.reason
    for answer in refusals(seen.entry_answers):
        if answer.gate in STANDING_ENTRY:
            yield "in the way", answer.verdict.reason


def _sorted(symbols: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if symbols is None else tuple(sorted(symbols))
