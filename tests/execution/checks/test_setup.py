"""Settings, secrets, key, switches, software: each at its limits, the whole finding compared."""

from __future__ import annotations

from typing import Any

import pytest
from support.checks import GOOD, STATE, facts

from execution.checks import setup
from execution.checks.facts import SecretFile, SecretKind, Software, Switches
from execution.checks.finding import Check, Finding, Unknown, ask, failed, no_data, passed, warning
from gates.facts import Presence

TOKEN, ENV, CREDENTIAL = STATE / "live_confirm_token.txt", STATE / ".env", STATE / "SLACK_BOT_TOKEN"
CORRECT = "correct each of them; nothing is opened before"
PRIVATE = setup.REMEDY


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, passed("no mistakes (limit 0), 9 set, the rest at their defaults")),
        ({"mistakes": ("A=1: x",)}, failed("1 mistake (limit 0): A=1: x", CORRECT)),
        ({"mistakes": ("A=1: x", "B=2: y")}, failed("2 mistakes (limit 0): A=1: x; B=2: y", CORRECT)),
        (
            {"not_opened": "/s is not an initialised state directory; run `execution init`"},
            failed(
                "/s is not an initialised state directory; run `execution init`",
                "mend that first; most of the other checks need it",
            ),
        ),
    ],
)
def test_settings(changes: dict[str, Any], finding: Finding) -> None:
    assert setup.settings(facts(**changes)) == finding


def token(**changes: Any) -> SecretFile:
    return SecretFile(**{"kind": SecretKind.TOKEN, "path": TOKEN, "mode": 0o600, "owner": 1000, **changes})


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ((), passed("no file here holds a secret")),
        ((token(),), passed("private (no rights for others): live_confirm_token.txt (0600)")),
        ((token(mode=0o400, owner=0),), passed("private (no rights for others): live_confirm_token.txt (0400)")),
        (
            (SecretFile(SecretKind.CREDENTIAL, CREDENTIAL, 0o440, 0),),
            passed("private (no rights for others): SLACK_BOT_TOKEN (0440)"),
        ),
        ((token(mode=0o644),), failed(f"confirm token {TOKEN} permissions too open (0644, want 0600)", PRIVATE)),
        ((token(mode=0o640),), failed(f"confirm token {TOKEN} permissions too open (0640, want 0600)", PRIVATE)),
        ((token(mode=0o620),), failed(f"confirm token {TOKEN} permissions too open (0620, want 0600)", PRIVATE)),
        (
            (SecretFile(SecretKind.CREDENTIAL, CREDENTIAL, 0o444, 0),),
            failed(f"credential {CREDENTIAL} permissions too open (0444, want 0600)", PRIVATE),
        ),
        (
            (SecretFile(SecretKind.CREDENTIAL, CREDENTIAL, 0o460, 0),),
            failed(f"credential {CREDENTIAL} permissions too open (0460, want 0600)", PRIVATE),
        ),
        ((token(owner=1001),), failed(f"confirm token {TOKEN} is owned by uid 1001, want uid 1000", PRIVATE)),
        (
            (SecretFile(SecretKind.SETTINGS, ENV, 0o644, 0, secret=False),),
            passed("private (no rights for others): .env (0644, names no secret)"),
        ),
        (
            (SecretFile(SecretKind.SETTINGS, ENV, 0o666, 0, secret=False),),
            failed(f"settings file {ENV} may be written by others (0666, want 0644)", PRIVATE),
        ),
        (
            (SecretFile(SecretKind.SETTINGS, ENV, 0o644, 1001, secret=False),),
            failed(f"settings file {ENV} is owned by uid 1001, want uid 1000", PRIVATE),
        ),
        (
            (token(problem="is not a regular file"), SecretFile(SecretKind.SETTINGS, ENV, 0o604, 0)),
            failed(
                f"confirm token {TOKEN}: is not a regular file; "
                f"settings file {ENV} permissions too open (0604, want 0600)",
                PRIVATE,
            ),
        ),
    ],
)
def test_secrets(files: tuple[SecretFile, ...], finding: Finding) -> None:
    assert setup.secrets(facts(secret_files=files)) == finding


@pytest.mark.parametrize(
    ("lost", "finding"),
    [
        ((), passed("execution.service.d has all its examples")),
        (Unknown("not installed by `execution units install`"), no_data("not installed by `execution units install`")),
        (
            ("20-live.conf.example",),
            failed(
                "execution.service.d lost 1 files of ours (20-live.conf.example), as `systemctl revert` leaves it; "
                "what enforced DRY_RUN and caps there went with them",
                "execution units install; then put your own drop-ins (caps) back before you arm",
            ),
        ),
    ],
)
def test_drop_ins(lost: tuple[str, ...] | Unknown, finding: Finding) -> None:
    assert ask(Check("drop_ins", "?", setup.drop_ins), facts(drop_ins=lost)).finding == finding


LIVE_HOST = "https://api.alpaca.markets"


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, passed("PK… key, paper (ALPACA_PAPER=1), Alpaca's own host")),
        (
            {"key_kind": "AK", "alpaca_paper": False, "apca_api_base_url": LIVE_HOST},
            passed(f"AK… key, REAL MONEY (ALPACA_PAPER=0), {LIVE_HOST}"),
        ),
        ({"on_simulator": True, "key_kind": ""}, passed("no key needed on the simulated broker")),
        ({"key_kind": ""}, no_data("no Alpaca key is set", "set APCA_API_KEY_ID and APCA_API_SECRET_KEY")),
        (
            {"key_kind": "AK"},
            failed("AK… key, but paper (ALPACA_PAPER=1)", "use a key that begins PK, or change ALPACA_PAPER"),
        ),
        (
            {"alpaca_paper": False},
            failed("PK… key, but REAL MONEY (ALPACA_PAPER=0)", "use a key that begins AK, or change ALPACA_PAPER"),
        ),
        (
            {"key_kind": "CK"},
            warning(
                "the key begins neither PK (paper) nor AK (live); taken as paper (ALPACA_PAPER=1)",
                "compare it with the broker's page",
            ),
        ),
    ],
)
def test_key(changes: dict[str, Any], finding: Finding) -> None:
    assert setup.key(facts(**changes)) == finding


LATER = "when the reason is gone: `execution unkill`, `execution resume`, `execution latches`"
ABSENT, PRESENT, UNCHECKABLE = Presence.ABSENT, Presence.PRESENT, Presence.UNCHECKABLE


@pytest.mark.parametrize(
    ("switches", "finding"),
    [
        (
            Switches(False, ABSENT, ABSENT),
            passed("no kill switch, not paused, nothing latched; DRY_RUN on, LIVE_TRADING off"),
        ),
        (
            Switches(True, ABSENT, ABSENT),
            warning("in force: KILL_SWITCH (variable); nothing is opened", LATER),
        ),
        (
            Switches(True, PRESENT, PRESENT),
            warning("in force: KILL_SWITCH (variable), KILL_SWITCH file, PAUSED file; nothing is opened", LATER),
        ),
        (
            Switches(False, ABSENT, ABSENT, ("flatten",)),
            warning("in force: latch flatten; nothing is opened", LATER),
        ),
        (
            Switches(False, ABSENT, ABSENT, Unknown("latches.json: is empty")),
            warning("in force: latches.json: is empty; nothing is opened", LATER),
        ),
        (
            Switches(False, UNCHECKABLE, ABSENT),
            warning("in force: KILL_SWITCH file (cannot be checked); nothing is opened", LATER),
        ),
    ],
)
def test_switches(switches: Switches, finding: Finding) -> None:
    assert setup.switches(facts(switches=switches)) == finding


AGAIN = "install the packages anew: make clean, make .venv/run.ready; or the wheel"


@pytest.mark.parametrize(
    ("software", "finding"),
    [
        (
            GOOD.software,
            passed("service 0.1.0, Python 3.11.7, msgspec 0.22.0, requests 2.34.2; 2 packages, none missing or unfit"),
        ),
        (Software("3.11.7", "0.1.0", {}, missing=("msgspec",)), failed("msgspec is missing", AGAIN)),
        (
            Software("3.11.7", "0.1.0", {"rich": "12.0"}, ("a",), ("rich 12.0, want 13",)),
            failed("a is missing; rich 12.0, want 13", AGAIN),
        ),
    ],
)
def test_versions(software: Software, finding: Finding) -> None:
    assert setup.versions(facts(software=software)) == finding


def test_revision() -> None:
    assert setup.revision(GOOD) == passed("commit 0123456789ab")
    unknown = Software("3.11.7", "0.1.0", {}, revision=Unknown("no git checkout"))
    assert ask(Check("x", "?", setup.revision), facts(software=unknown)).finding == no_data("no git checkout")
