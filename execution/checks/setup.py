"""Checks what was set up: settings, the files that hold secrets, the key, switches, versions."""

from __future__ import annotations

from execution.checks.facts import Facts, SecretFile, SecretKind
from execution.checks.finding import Finding, Result, Unknown, failed, need, no_data, passed, warning
from gates.base.record import replace
from gates.facts import Presence

CYCLE_PACKAGES = ("alpaca-py", "msgspec", "python-dotenv", "requests", "slack_sdk", "tzdata")
REMEDY = "chmod 600 it; it belongs to root among the credentials, else to the user the service runs as"
GROUP_BITS, OTHERS_BITS, OTHERS_WRITE = 0o070, 0o007, 0o022


def settings(facts: Facts) -> Finding:
    """Every mistake, and what keeps the service from being opened at all."""
    count = len(facts.mistakes)
    if count:
        listed = "; ".join(facts.mistakes)
        return failed(
            f"{count} {_mistakes(count)} (limit 0): {listed}", "correct each of them; nothing is opened before"
        )
    if facts.not_opened is not None:
        return failed(facts.not_opened, "mend that first; most of the other checks need it")
    return passed(f"no mistakes (limit 0), {len(facts.named)} set, the rest at their defaults")


def secrets(facts: Facts) -> Finding:
    """The worst of the files that hold secrets decides; all that is wrong is told."""
    wrong = [problem for file in facts.secret_files if (problem := _wrong_with(file, facts)) is not None]
    if wrong:
        return failed("; ".join(wrong), REMEDY)
    if not facts.secret_files:
        return passed("no file here holds a secret")
    named = ", ".join(f"{file.path.name} ({file.mode:04o}{_no_secret(file)})" for file in facts.secret_files)
    return passed(f"private (no rights for others): {named}")


def _no_secret(file: SecretFile) -> str:
    return "" if file.secret else ", names no secret"


def _wrong_with(file: SecretFile, facts: Facts) -> str | None:
    if file.problem is not None:
        return f"{file.kind.value} {file.path}: {file.problem}"
    if file.owner not in facts.trusted_owners:
        return f"{file.kind.value} {file.path} is owned by uid {file.owner}, want {facts.user}"
    if not file.secret and file.mode & OTHERS_WRITE:
        return f"{file.kind.value} {file.path} may be written by others ({file.mode:04o}, want 0644)"
    if not file.secret:
        return None
    # systemd hands credentials out with a group of their own; group access is no leak there
    open_bits = OTHERS_BITS | (0 if file.kind is SecretKind.CREDENTIAL else GROUP_BITS)
    if file.mode & (open_bits | OTHERS_WRITE):
        return f"{file.kind.value} {file.path} permissions too open ({file.mode:04o}, want 0600)"
    return None


def drop_ins(facts: Facts) -> Finding:
    """The lock on DRY_RUN and the caps are drop-ins; a folder that was emptied takes them away in silence."""
    gone = need(facts.drop_ins)
    if gone:
        return failed(
            f"execution.service.d lost {len(gone)} files of ours ({', '.join(gone)}), as `systemctl revert` leaves it; "
            "what enforced DRY_RUN and caps there went with them",
            "execution units install; then put your own drop-ins (caps) back before you arm",
        )
    return passed("execution.service.d has all its examples")


def key(facts: Facts) -> Finding:
    """The kind of key, ALPACA_PAPER and the host must tell one story: paper, or real money."""
    if facts.on_simulator:
        return passed("no key needed on the simulated broker")
    if not facts.key_kind:
        return no_data("no Alpaca key is set", "set APCA_API_KEY_ID and APCA_API_SECRET_KEY")
    chosen = facts.settings
    said = "paper (ALPACA_PAPER=1)" if chosen.alpaca_paper else "REAL MONEY (ALPACA_PAPER=0)"
    host = chosen.apca_api_base_url or "Alpaca's own host"
    expected = "PK" if chosen.alpaca_paper else "AK"
    if facts.key_kind == expected:
        return passed(f"{facts.key_kind}… key, {said}, {host}")
    if facts.key_kind in ("PK", "AK"):
        return failed(f"{facts.key_kind}… key, but {said}", f"use a key that begins {expected}, or change ALPACA_PAPER")
    return warning(
        f"the key begins neither PK (paper) nor AK (live); taken as {said}", "compare it with the broker's page"
    )


def switches(facts: Facts) -> Finding:
    """What the operator has switched; told, and never a FAIL, because it is meant so."""
    seen = facts.switches
    on = ["KILL_SWITCH (variable)"] if seen.kill_env else []
    on += _said("KILL_SWITCH file", seen.kill_file) + _said("PAUSED file", seen.paused)
    on += [seen.latches.why] if isinstance(seen.latches, Unknown) else [f"latch {name}" for name in seen.latches]
    if on:
        return warning(
            f"in force: {', '.join(on)}; nothing is opened",
            "when the reason is gone: `execution unkill`, `execution resume`, `execution latches`",
        )
    chosen = facts.settings
    words = f"DRY_RUN {_on(chosen.dry_run)}, LIVE_TRADING {_on(chosen.live_trading)}"
    return passed(f"no kill switch, not paused, nothing latched; {words}")


def switches_for_a_start(facts: Facts) -> Finding:
    """A pause the operator put up is how a start is meant to begin: LIVE may be armed, and nothing is opened before
    `execution resume`. Everything else that is in force is as it is for `switches`."""
    if not facts.switches.paused.in_force:
        return switches(facts)
    others = replace(facts, switches=replace(facts.switches, paused=Presence.ABSENT))
    found = switches(others)
    if found.result is not Result.PASS or facts.switches.paused is Presence.UNCHECKABLE:
        return switches(facts)
    return passed("paused, as a start should be: nothing is opened before `execution resume`; no other switch is on")


def _said(name: str, presence: Presence) -> list[str]:
    return [f"{name}{' (cannot be checked)' if presence is Presence.UNCHECKABLE else ''}"] if presence.in_force else []


def versions(facts: Facts) -> Finding:
    seen = need(facts.software)
    if seen.missing or seen.unfit:
        wrong = [*(f"{name} is missing" for name in seen.missing), *seen.unfit]
        return failed("; ".join(wrong), "install the packages anew: make clean, make .venv/run.ready; or the wheel")
    of_a_cycle = [f"{name} {seen.packages[name]}" for name in CYCLE_PACKAGES if name in seen.packages]
    listed = ", ".join([f"service {seen.service}", f"Python {seen.python}", *of_a_cycle])
    return passed(f"{listed}; {len(seen.packages)} packages, none missing or unfit")


def revision(facts: Facts) -> Finding:
    return passed(f"commit {need(need(facts.software).revision)}")


def _on(value: bool) -> str:
    return "on" if value else "off"


def _mistakes(count: int) -> str:
    return "mistake" if count == 1 else "mistakes"
