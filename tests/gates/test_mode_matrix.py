"""Every combination of everything the mode gates look at: LIVE for the all-good rows and no other.

The oracle below knows nothing of the gates. It reads the names of the states, not the facts, and is
the documented list of reasons in its documented order.
"""

from __future__ import annotations

from itertools import product

import pytest
from support.facts import NOW, SESSION, TABLE, TOKEN, new_york

from gates.base.sessions import Session
from gates.catalog import MODE_GATES
from gates.facts import ModeFacts, Presence, TokenFile
from gates.verdict import ask_all, strictest

Said = list[tuple[str, str]]

ENV_TOKEN = {"absent or empty": b"", "blank": b" \n", "matching": TOKEN, "mismatching": b"press-one-key"}
FILE = {
    "missing": {"found": False, "content": b"", "permissions": 0},
    "unreadable": {"problem": "Permission denied", "content": b"", "permissions": 0},
    "empty": {"content": b""},
    "0644": {"permissions": 0o644},
    "0600": {},
    "0400": {"permissions": 0o400},
    "mismatch": {"content": b"press-no-key"},
    "trailing newline": {"content": TOKEN + b"\n"},
}
WRITTEN = {
    "for today": new_york("2026-11-20 07:00"),
    "yesterday": new_york("2026-11-19 10:00"),
    "for the next session": new_york("2026-11-20 17:00"),
    "at no time": None,
    "before the table": new_york("2026-10-30 10:00"),
}
ARMED = {"for today": "2026-11-20", "yesterday": "2026-11-19", "for the next session": "2026-11-20"}
LEDGER = (None, "missing", "dated 2026-11-23")
ACCOUNT_PROBLEM = (None, "timeout")
ACCOUNT_MISMATCH = (None, "bound to PA3AAA, broker says PA3BBB")
POSITIONS = (None, "timeout")
UNTOLD = "not known: the broker did not tell the account to compare with"
"""NO-DATA, which a FAIL always stands beside: the mode line names what is known."""
SESSIONS = (SESSION, None)
ARM_SESSIONS = (1, 2)


def expected_token_reason(env: str, file: str, written: str, session_known: bool, arm: int) -> str | None:
    """Why the two keys do not open, None when they do."""
    if env in ("absent or empty", "blank"):
        return "LIVE_CONFIRM_TOKEN missing"
    if file == "unreadable":
        return "confirm token file unreadable (Permission denied)"
    if file == "missing":
        return "confirm token file missing"
    if file == "empty":
        return "confirm token file empty"
    if file == "0644":
        return "confirm token file permissions too open (0644, want 0600)"
    if env == "mismatching" or file in ("mismatch", "trailing newline"):
        return "LIVE_CONFIRM_TOKEN mismatch"
    if written == "at no time":
        return "confirm token file has no time"
    if session_known and (written == "for today" or (written == "yesterday" and arm == 2)):
        return None
    if session_known and written == "for the next session":
        return "confirm token not yet valid (armed 2026-11-20, serves 2026-11-23)"
    return f"confirm token expired (armed {ARMED.get(written, '2026-10-30')})"


def all_token_states() -> list[tuple[bytes, TokenFile, Session | None, int, Said]]:
    """Both keys, when the file was written, the session and the lease, with what is said of them."""
    good = {"found": True, "permissions": 0o600, "content": TOKEN}
    states = []
    for env, file, written, session, arm in product(ENV_TOKEN, FILE, WRITTEN, SESSIONS, ARM_SESSIONS):
        found = TokenFile(**{**good, **FILE[file], "written_at": WRITTEN[written]})
        reason = expected_token_reason(env, file, written, session is not None, arm)
        states.append((ENV_TOKEN[env], found, session, arm, [("confirm_token", reason)] if reason else []))
    return states


def all_broker_states() -> list[tuple[str | None, str | None, str | None, str | None, Said]]:
    """Ledger, bound account, positions and account, with what is said of them."""
    states = []
    for ledger, mismatch, positions, account in product(LEDGER, ACCOUNT_MISMATCH, POSITIONS, ACCOUNT_PROBLEM):
        said = [
            ("ledger", f"ledger unavailable ({ledger})"),
            ("same_account", f"account mismatch ({mismatch})" if mismatch else UNTOLD if account else None),
            ("positions", f"positions unavailable ({positions})"),
            ("account", f"account unavailable ({account})"),
        ]
        problems = (ledger, mismatch, positions, account)
        asked = (ledger, mismatch or account, positions, account)
        kept = [(gate, str(words)) for (gate, words), problem in zip(said, asked, strict=True) if problem is not None]
        states.append((*problems, kept))
    return states


@pytest.mark.exhaustive
@pytest.mark.parametrize("live_trading", [True, False])
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("kill_file", Presence)
@pytest.mark.parametrize("kill_env", [False, True])
def test_every_combination(kill_env: bool, kill_file: Presence, dry_run: bool, live_trading: bool) -> None:
    said_of_switches = [
        *([("kill_env", "kill switch active (env)")] if kill_env else []),
        *([("kill_file", "kill switch active (file)")] if kill_file is not Presence.ABSENT else []),
        *([("dry_run", "DRY_RUN enabled")] if dry_run else []),
        *([] if live_trading else [("live_trading", "LIVE_TRADING disabled")]),
    ]
    live_rows = 0
    broker_states = all_broker_states()
    for token, token_file, session, arm_sessions, said_of_token in all_token_states():
        for ledger, mismatch, positions, account, said_of_broker in broker_states:
            facts = ModeFacts(
                now=NOW,
                table=TABLE,
                session=session,
                kill_env=kill_env,
                kill_file=kill_file,
                dry_run=dry_run,
                live_trading=live_trading,
                token=token,
                token_file=token_file,
                arm_sessions=arm_sessions,
                ledger_problem=ledger,
                account_problem=account,
                account_mismatch=mismatch,
                account_told=account is None,
                account_bound=True,
                positions_problem=positions,
            )
            answers = ask_all(MODE_GATES, facts)
            mode = strictest(answers, "live trading confirmed")
            live_rows += mode.passed
            expected = said_of_switches + said_of_token + said_of_broker
            first = next((words for _, words in expected if words != UNTOLD), "live trading confirmed")
            said = [(answer.gate, answer.verdict.reason) for answer in answers if not answer.verdict.passed]
            if (said, mode.passed, mode.reason) != (expected, not expected, first):
                pytest.fail(f"{facts}: said {said} and {mode}, expected {expected}")
    # a private file (0600 or 0400) written for today (either lease) or yesterday (a lease of two)
    assert live_rows == (0 if said_of_switches else 2 * 3)
