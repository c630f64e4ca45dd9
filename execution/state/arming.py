"""Makes and reads the second key of `arm`: a token that names the digest of a record, and that record.

live_arm.json says who armed what, where and until when: host, account, sessions and every limit in force. The
token is `arm1-<sha256 of the record>-<chance>`, so a record that is lost or altered makes the token a No.
The gates hold the record against what is found now (`gates.switches`). A token made by hand names no
record and serves as long as the design says.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from execution.records import Moment, Record, to_record
from execution.settings.registry import Settings
from execution.state.directory import StateDir
from gates.base import below
from gates.base.record import dataclass, fields
from gates.base.statefile import (
    StateMissing,
    StateUnreadable,
    StateUnwritable,
    digest_of,
    read_document,
    render,
    replace,
    sync_directory,
)
from gates.facts import ArmFacts, ArmRecord, Caps, Limits
from gates.switches import ARM_PREFIX, names_a_record

SCHEMA = 2
"""Of live_arm.json; the first bound caps and allowlist alone."""
MACHINE_ID = Path("/etc/machine-id")


class ArmedCaps(Record, frozen=True):
    orders_per_day: int
    positions: int
    gross_notional: Decimal
    per_symbol: Decimal


class ArmedLimits(Record, frozen=True):
    """`gates.facts.Limits` in the file, field by field; a test holds the one to the other."""

    caps: ArmedCaps
    allowlist: tuple[str, ...] | None
    entry_trigger: str
    max_chase_pct: Decimal
    price_collar_pct: Decimal
    risk_per_trade_pct: Decimal
    max_quote_age_seconds: int
    max_entry_attempts: int
    max_spread_pct: Decimal | None


class Armed(Record, frozen=True):
    schema: int
    armed_at: Moment
    by: str
    host: str
    account: str
    endpoint: str
    sessions: tuple[date, ...]
    until: Moment
    limits: ArmedLimits
    preflight: str
    override: str | None


@dataclass(frozen=True, slots=True)
class KeptArm:
    """The record and the digest of what the file holds."""

    armed: Armed
    digest: str


def this_host() -> str:
    """The machine's name and a digest of its id, so that a copy of the directory is not armed with it."""
    try:
        machine = MACHINE_ID.read_bytes().strip()
    except OSError:
        machine = b""
    return f"{os.uname().nodename}/{hashlib.sha256(b'avwap-execution ' + machine).hexdigest()[:16]}"


def limits_of(limits: Limits) -> ArmedLimits:
    values = {one.name: getattr(limits, one.name) for one in fields(Limits)}
    values["caps"] = ArmedCaps(**{one.name: getattr(limits.caps, one.name) for one in fields(Caps)})
    values["allowlist"] = None if limits.allowlist is None else tuple(sorted(limits.allowlist))
    return ArmedLimits(**values)


def _as_limits(armed: ArmedLimits) -> Limits:
    values = {name: getattr(armed, name) for name in armed.__struct_fields__}
    values["caps"] = Caps(**{name: getattr(armed.caps, name) for name in armed.caps.__struct_fields__})
    values["allowlist"] = None if armed.allowlist is None else frozenset(armed.allowlist)
    return Limits(**values)


def load(path: Path) -> KeptArm:
    """One that binds other limits than this release knows is no record to go by, whoever wrote it."""
    document = read_document(path, SCHEMA, *range(1, SCHEMA))
    if document["schema"] != SCHEMA:
        bound = f"has schema {document['schema']}, want {SCHEMA}: an older release wrote it and bound fewer limits"
        raise StateUnreadable(path, f"{bound}; arm again")
    limits = document.get("limits")
    if not isinstance(limits, dict) or limits.keys() != set(ArmedLimits.__struct_fields__):
        raise StateUnreadable(path, "binds other limits than this release has; arm again")
    return KeptArm(to_record(path, document, Armed), digest_of(document))


def arm_facts(state: StateDir, token: bytes, settings: Settings, account: str | None) -> ArmFacts | None:
    """The record beside what it is compared with; None for a token that names none."""
    if not names_a_record(token):
        return None
    record, problem = None, None
    try:
        record = _as_fact(load(state.arm))
    except StateMissing:
        problem = "record missing"
    except StateUnreadable as broken:
        problem = f"record unreadable: {broken.what}"
    return ArmFacts(record, problem, this_host(), account, settings.limits)


def _as_fact(found: KeptArm) -> ArmRecord:
    armed = found.armed
    limits = _as_limits(armed.limits)
    return ArmRecord(found.digest, armed.armed_at, armed.until, armed.sessions, armed.host, armed.account, limits)


def write(state: StateDir, armed: Armed) -> None:
    """The record first: with the old token it is a No until the new token follows."""
    document: Mapping[str, object] = msgspec.to_builtins(armed)
    replace(state.arm, render(document))
    token = f"{ARM_PREFIX.decode()}{digest_of(document)}-{os.urandom(16).hex()}"
    replace(state.token, token.encode())


def write_token(state: StateDir) -> None:
    """A token as the runbook makes it by hand: it names no record and serves one session."""
    replace(state.token, os.urandom(16).hex().encode())


def disarm(state: StateDir) -> list[str]:
    """Remove both, the token first; what was removed. One that cannot be removed does not keep the other."""
    gone: list[str] = []
    failed: StateUnwritable | None = None
    for path in (state.token, state.arm):
        try:
            below.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as broken:
            failed = failed or StateUnwritable(path, broken)
            continue
        gone.append(path.name)
    if gone:
        try:
            sync_directory(state.root)
        except OSError as broken:
            raise StateUnwritable(state.root, broken) from broken
    if failed is not None:
        raise failed
    return gone
