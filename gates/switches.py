"""The operator's switches: kill, DRY_RUN, LIVE_TRADING, the confirm token, pause.

Reading is one-sided. What stops trading is on unless it is clearly off; what allows trading is off
unless it is clearly on. So every typo lands on the safe side.
"""

from __future__ import annotations

import hmac

from gates.facts import EntryFacts, ModeFacts
from gates.sessions import new_york_day
from gates.verdict import Verdict, allow, refuse

OFF_WORDS = frozenset({"", "0", "false", "no", "off"})
ON_WORDS = frozenset({"1", "true", "yes", "on"})
OTHERS_BITS = 0o077


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
    return _token_life(facts)


def _token_life(facts: ModeFacts) -> Verdict:
    """A hand-made token serves the first session that closes after it was written, and no later one
    than LIVE_ARM_SESSIONS allows; one dated ahead of the session serves nobody yet."""
    written_at = facts.token_file.written_at
    if written_at is None:
        return refuse("token.undated", "confirm token file has no time")
    armed = f"armed {new_york_day(written_at)}"
    served = facts.table.closing_after(written_at, facts.arm_sessions)
    if facts.session is not None and facts.session in served:
        return allow("token", f"confirm token matches ({armed})")
    if facts.session is not None and served and facts.session < served[0]:
        return refuse("token.early", f"confirm token not yet valid ({armed}, serves {served[0]})")
    return refuse("token.expired", f"confirm token expired ({armed})")


def paused(facts: EntryFacts) -> Verdict:
    if facts.paused.in_force:
        return refuse("paused", "paused (file)")
    return allow("paused", "not paused")
