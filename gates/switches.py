"""Judges the operator's switches: kill, DRY_RUN, LIVE_TRADING, the confirm token and its arm record, pause.

Reading is one-sided. What stops trading is on unless it is clearly off; what allows trading is off
unless it is clearly on. So every typo lands on the safe side.
"""

from __future__ import annotations

import hmac
import re

from gates.base.record import fields
from gates.base.sessions import new_york_day, new_york_text
from gates.facts import ArmRecord, EntryFacts, Limits, ModeFacts
from gates.verdict import Verdict, allow, no_data, refuse

OFF_WORDS = frozenset({"", "0", "false", "no", "off"})
ON_WORDS = frozenset({"1", "true", "yes", "on"})
OTHERS_BITS = 0o077
ARM_PREFIX = b"arm1-"
ARM_TOKEN = re.compile(rb"arm1-([0-9a-f]{64})-[0-9a-f]{32}")
"""The digest of the arm record, and chance."""


def on_unless_clearly_off(text: str | None) -> bool:
    """How KILL_SWITCH and DRY_RUN are read: `True`, `on`, `Y`, `2`, ` 0` are all on."""
    return text is not None and text.lower() not in OFF_WORDS


def on_only_if_clearly_on(text: str | None) -> bool:
    """How LIVE_TRADING is read: `ture`, `2`, `LIVE` are all off."""
    return text is not None and text.lower() in ON_WORDS


def kill_env(facts: ModeFacts) -> Verdict:
    if facts.kill_env:
        return refuse("kill.env", "kill switch active (env)")
    return allow("kill.env", "KILL_SWITCH not set")


def kill_file(facts: ModeFacts) -> Verdict:
    if facts.kill_file.in_force:
        return refuse("kill.file", "kill switch active (file)")
    return allow("kill.file", "no kill file")


def dry_run(facts: ModeFacts) -> Verdict:
    if facts.dry_run:
        return refuse("dry_run", "DRY_RUN enabled")
    return allow("dry_run", "DRY_RUN off")


def live_trading(facts: ModeFacts) -> Verdict:
    if not facts.live_trading:
        return refuse("live_trading", "LIVE_TRADING disabled")
    return allow("live_trading", "LIVE_TRADING on")


def confirm_token(facts: ModeFacts) -> Verdict:
    """Both keys present, private, equal, and the file's session not over."""
    file = facts.token_file
    if not facts.token.strip():
        return refuse("token.missing", "LIVE_CONFIRM_TOKEN missing")
    if file.problem is not None:
        return refuse("token.file_unreadable", f"confirm token file unreadable ({file.problem})")
    if not file.found:
        return refuse("token.file_missing", "confirm token file missing")
    if not file.content.strip():
        return refuse("token.file_empty", "confirm token file empty")
    if file.permissions & OTHERS_BITS:
        return refuse(
            "token.permissions",
            f"confirm token file permissions too open ({file.permissions:04o}, want 0600)",
        )
    if not hmac.compare_digest(facts.token, file.content):
        return refuse("token.mismatch", "LIVE_CONFIRM_TOKEN mismatch")
    if not names_a_record(file.content):
        return _token_life(facts)
    record = _named_record(facts)
    if record is None:
        return allow("token", "confirm token matches; its life is in its arm record")
    return _armed_life(facts, record)


def _token_life(facts: ModeFacts) -> Verdict:
    """A hand-made token serves the first session that closes after it was written, and as many as LIVE_ARM_SESSIONS
    allows. Where tokens.json has the first session that its text served, it is counted from there, whatever the file's
    time says. A token dated ahead of the session serves no session yet."""
    written_at = facts.token_file.written_at
    if written_at is None:
        return refuse("token.undated", "confirm token file has no time")
    armed = f"armed {new_york_day(written_at)}"
    served = facts.table.closing_after(written_at, facts.arm_sessions)
    if facts.session is not None and served and facts.session < served[0]:
        return refuse("token.early", f"confirm token not yet valid ({armed}, serves {served[0]})")
    if facts.session is not None and facts.session in served:
        return _served_before(facts, armed) or allow("token", f"confirm token matches ({armed})")
    return refuse("token.expired", f"confirm token expired ({armed})")


def _served_before(facts: ModeFacts, armed: str) -> Verdict | None:
    """A copy of the file has a new time, and its text is as old as it was."""
    known = facts.token_file.served
    if known.problem is not None:
        return refuse("token.served", f"confirm token expired ({armed}, {known.problem}; make a new one)")
    first = facts.table.on(known.first) if known.first is not None else None
    may_serve = facts.table.closing_after(first.opens, facts.arm_sessions) if first is not None else ()
    if known.first is not None and facts.session not in may_serve:
        return refuse("token.served", f"confirm token expired ({armed}, its text served {known.first}; make a new one)")
    return None


def names_a_record(token: bytes) -> bool:
    """Whether `arm` made this token; whatever begins so is held to a record, well-formed or not."""
    return token.startswith(ARM_PREFIX)


def _named_record(facts: ModeFacts) -> ArmRecord | None:
    """The record the token names, None when it is gone or is not what it was."""
    record = facts.arm.record if facts.arm is not None else None
    named = ARM_TOKEN.fullmatch(facts.token_file.content)
    if record is None or named is None or not hmac.compare_digest(named[1], record.digest.encode()):
        return None
    return record


def _armed_life(facts: ModeFacts, record: ArmRecord) -> Verdict:
    armed = f"armed {new_york_day(record.armed_at)}"
    session = facts.session
    if session is not None and record.sessions and session.day < record.sessions[0]:
        return refuse("token.early", f"confirm token not yet valid ({armed}, serves {record.sessions[0]})")
    if session is None or session.day not in record.sessions or facts.now >= min(record.until, session.closes):
        return refuse("token.expired", f"confirm token expired ({armed})")
    return allow("token", f"confirm token matches ({armed}, until {new_york_text(record.until)})")


def arm(facts: ModeFacts) -> Verdict:
    """An armed token is good only for what it was armed with: host, account and every limit, to the letter.
    A tightened limit is a changed one (docs/decisions/0024)."""
    if not names_a_record(facts.token_file.content):
        return allow("arm", "no arm record needed")
    found = facts.arm
    if found is None or found.record is None:
        problem = found.problem if found is not None else None
        return refuse("arm.record", f"arm record mismatch ({problem or 'record missing'})")
    record = _named_record(facts)
    if record is None:
        return refuse("arm.record", "arm record mismatch (record changed)")
    same = {
        "host": record.host == found.host,
        "account": found.account is None or record.account == found.account,
    }
    changed = [f"{name} changed" for name, is_same in same.items() if not is_same]
    changed += [f"{name} changed" for name in changed_limits(record.limits, found.limits)]
    if changed:
        return refuse("arm.changed", f"arm record mismatch ({', '.join(changed)})")
    if found.account is None:
        return no_data("arm.untold", "not known: the broker did not tell the account it was armed for")
    return allow("arm", "armed for this host, account and these limits")


def changed_limits(armed: Limits, now: Limits) -> list[str]:
    """Which limits are not as they were armed: caps and allowlist by these words, the others by their settings."""
    words = {"caps": "caps", "allowlist": "allowlist"}
    names = [one.name for one in fields(Limits)]
    return [words.get(name, name.upper()) for name in names if getattr(armed, name) != getattr(now, name)]


def paused(facts: EntryFacts) -> Verdict:
    if facts.paused.in_force:
        return refuse("paused", "paused (file)")
    return allow("paused", "not paused")
