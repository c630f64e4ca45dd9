"""Lists every check in printing order, with its question in plain words, and which verb asks which.

`may_be_unknown` marks what a LIVE start does not hang on: preflight passes a NO-DATA there and names it.
Everything else that is not known is a FAIL of the preflight.
"""

from __future__ import annotations

from execution.checks import daily, go_no_go, liveness, machine, setup, trade
from execution.checks import slack as slack_check
from execution.checks.facts import Facts
from execution.checks.finding import Check, Finding, Unknown


def heartbeat(facts: Facts) -> Finding:
    return liveness.heartbeat(facts.pulse)


def slack(facts: Facts) -> Finding:
    return slack_check.reachable(facts.slack, 0 if isinstance(facts.told, Unknown) else facts.told.waiting)


SETTINGS = Check("settings", "Are the settings without mistakes?", setup.settings)
SECRETS = Check("secrets", "Are the files with secrets private?", setup.secrets)
KEY = Check("key", "Do key, host and ALPACA_PAPER tell one story?", setup.key)
STATE_DIR = Check("state_dir", "Is the state dir in use, private and writable?", machine.state_dir)
DISK = Check("disk", "Is there room on the disk?", machine.disk)
SESSIONS = Check("sessions", "Does the session table last?", machine.sessions)
BROKER = Check("broker", "Does the broker answer?", trade.broker)
CLOCK = Check("clock", "Does our clock agree with the broker's?", machine.clock)
TIME_SYNC = Check("time_sync", "Is the system clock synchronised?", machine.time_sync)
ACCOUNT = Check("account", "May the account trade, and is it ours?", trade.account)
FEED = Check("data_feed", "Are quotes young?", trade.feed, may_be_unknown=True)
WATCHLIST = Check("watchlist", "Is there a list for the session?", trade.watchlist)
LEDGER = Check("ledger", "Do the ledgers' digests and chain hold?", trade.ledger)
UNRESOLVED = Check("unresolved", "Is no order in doubt?", trade.unresolved)
NAKED = Check("naked", "Has every position of ours a stop?", trade.naked)
RECONCILIATION = Check("reconciliation", "Do ledger and broker agree?", trade.reconciliation)
HEARTBEAT = Check("heartbeat", "Do cycles run when one is due?", heartbeat)
TIMERS = Check("timers", "Are the timers installed and active?", machine.timers, may_be_unknown=True)
SLACK = Check("slack", "Can the operator be told?", slack, may_be_unknown=True)
SWITCHES = Check("switches", "Is nothing switched off?", setup.switches)
START_SWITCHES = Check("switches", "Is nothing switched off, but for a pause?", setup.switches_for_a_start)
"""What preflight asks in its place: a start may begin paused."""
DROP_INS = Check("drop_ins", "Are the unit's drop-ins there?", setup.drop_ins, may_be_unknown=True)
VERSIONS = Check("versions", "Is all software there, and new enough?", setup.versions)
REVISION = Check("revision", "Which revision runs?", setup.revision)

DOCTOR = (
    SETTINGS, SECRETS, KEY, STATE_DIR, DISK, SESSIONS, BROKER, CLOCK, TIME_SYNC, ACCOUNT, FEED, WATCHLIST, LEDGER,
    UNRESOLVED, NAKED, RECONCILIATION, HEARTBEAT, TIMERS, DROP_INS, SLACK, SWITCHES, VERSIONS, REVISION,
)  # fmt: skip
PREFLIGHT = tuple(
    START_SWITCHES if check is SWITCHES else check for check in DOCTOR if check not in (TIME_SYNC, VERSIONS, REVISION)
)
"""Without TIME_SYNC: the distance to the broker's own clock is measured, whoever keeps ours."""

GO_NO_GO = (
    Check("box_watchlist", "1 Watchlist freshness gate is passing", go_no_go.watchlist),
    Check("box_running", "2 Execution runs and is stable in DRY_RUN", go_no_go.running),
    Check("box_slack", "3 Slack heartbeat and daily summary are visible", go_no_go.told),
    Check("box_gate_lines", "4 Logs show gate output in DRY_RUN", go_no_go.gate_lines),
    Check("box_caps", "5 Caps and allowlist are set and conservative", go_no_go.caps),
    Check("box_kill_drill", "6 You know how to trigger the kill switch", go_no_go.kill_drill),
)

LAST_LEDGER = Check("last_ledger", "What does the last live ledger hold?", daily.last_ledger)
SUMMARY = Check("summary_told", "Was the last daily summary told?", daily.summary_told)
MORNING = (WATCHLIST, HEARTBEAT, SLACK, SUMMARY, LAST_LEDGER, UNRESOLVED, NAKED, RECONCILIATION, SWITCHES)
CLOSE_DAY = (
    Check("session_over", "Is the session over?", daily.session_over),
    LAST_LEDGER,
    Check("nothing_rests", "Does no entry rest overnight?", daily.nothing_rests),
    UNRESOLVED,
    NAKED,
    RECONCILIATION,
    Check("live_is_off", "Is LIVE off?", daily.live_is_off),
    SUMMARY,
    HEARTBEAT,
)
EVERY = tuple({check.name: check for check in (*DOCTOR, *GO_NO_GO, *MORNING, *CLOSE_DAY)}.values())
