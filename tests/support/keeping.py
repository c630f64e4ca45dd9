"""A host with settings files and a forest of secrets, for the tests of snapshots, rollback and evidence.

Every secret is a value nobody else could write; `FOREST` says where each grows. What a secret may look
like in a file is worked out here a second time.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from gates.base.record import dataclass
from support.desk import Desk, Done

KEY_ID = "PKFORESTKEYID0123456789"
SECRET_KEY = "forest/secret+key%With=odd~chars!0123456"
PASSWORD = "forest password 'of two words'"
TOKEN = "arm1-0f1e2d3c4b5a69788796a5b4c3d2e1f0-0123456789abcdef"
CREDENTIAL = "forest-credential-of-systemd-9876543210"
WEBHOOK = "https://hooks.slack.com/services/TFOREST/BFOREST/forestwebhook0123456789"
IN_UNIT = "forest-in-a-unit-0123456789"
ROTATED = "forest-of-last-year-0123456789"
IN_ADDRESS = "forestuserpass0123"
JOURNALED = "forest-only-in-the-journal-77"
FOREST = (KEY_ID, SECRET_KEY, PASSWORD, TOKEN, CREDENTIAL, WEBHOOK, IN_UNIT, ROTATED, IN_ADDRESS, JOURNALED)

ENV = f"""# made by hand
APCA_API_KEY_ID={KEY_ID}
APCA_API_SECRET_KEY='{SECRET_KEY}'
MY_PASSWORD="{PASSWORD}"
MAX_LIVE_POSITIONS=2
"""
SERVICE = "[Service]\nExecStart=/opt/avwap/.venv/bin/execution run\n"
DROP_IN = f'[Service]\nEnvironment="MAX_LIVE_ORDERS_PER_DAY=1" "MY_TOKEN={IN_UNIT}"\n'


@dataclass
class Keeper:
    """A desk with a `.env`, a directory of units, and the keeping verbs."""

    desk: Desk

    @property
    def env_file(self) -> Path:
        return self.desk.root / ".env"

    @property
    def units(self) -> Path:
        return self.desk.root / "units"

    @property
    def drop_in(self) -> Path:
        return self.units / "execution.service.d" / "live.conf"

    @property
    def snapshots(self) -> Path:
        return self.desk.state / "snapshots"

    def do(self, *verb: str, before: tuple[str, ...] = (), **changes: str | None) -> Done:
        return self.desk.do(
            *verb, "--units", str(self.units), before=before, AVWAP_ENV_FILE=str(self.env_file), **changes
        )

    def ok(self, *verb: str, **changes: str | None) -> Done:
        done = self.do(*verb, **changes)
        assert done.code == 0, f"{verb} left with {done.code}:\n{done.said}"
        return done

    def snapshot(self, label: str) -> str:
        """The id of a new snapshot."""
        self.ok("snapshot", "--label", label)
        (path,) = self.snapshots.glob(f"*-{label}.json")
        return path.stem

    def files(self) -> dict[str, str]:
        """The settings files as they are; what was put aside and what is hidden left out."""
        paths = [self.env_file, *self.units.rglob("*")]
        kept = [path for path in paths if path.is_file() and ".before-" not in path.name]
        return {str(path.relative_to(self.desk.root)): path.read_text() for path in kept}


def plant(desk: Desk) -> Keeper:
    keeper = Keeper(desk)
    keeper.env_file.write_text(ENV)
    keeper.env_file.chmod(0o600)
    keeper.drop_in.parent.mkdir(parents=True)
    (keeper.units / "execution.service").write_text(SERVICE)
    keeper.drop_in.write_text(DROP_IN)
    (keeper.units / "sshd.service").write_text("[Service]\nExecStart=/usr/sbin/sshd\n")
    return keeper


def grow(keeper: Keeper) -> dict[str, str]:
    """Secrets in every corner of the state directory; the environment that has the rest of them."""
    state = keeper.desk.state
    keeper.desk.write_token(TOKEN.encode())
    credentials = keeper.desk.root / "credentials"
    credentials.mkdir()
    (credentials / "odd name").write_text(CREDENTIAL + "\n")
    (keeper.desk.root / ".env.before-20250101T000000").write_text(f"APCA_API_SECRET_KEY={ROTATED}\n")
    torn = json.dumps({"note": "was told", "live_confirm_token": TOKEN, "url": WEBHOOK})
    (state / "alerts.json").write_text(torn[: torn.index(TOKEN) + 20])
    basic = base64.b64encode(f"{KEY_ID}:{SECRET_KEY}".encode()).decode()
    lines = [
        json.dumps({"header": f"Basic {basic}"}),
        json.dumps({"asked": f"https://x.example/?k={quote(SECRET_KEY, safe='')}&t={TOKEN}"}),
        json.dumps({"env": ENV, "of_last_year": ROTATED}),
        f"torn {PASSWORD[:20]}",
    ]
    (state / "decisions" / "2026-11-20.jsonl").write_text("\n".join(lines))
    headers = {"APCA-API-SECRET-KEY": SECRET_KEY, "APCA-API-KEY-ID": KEY_ID}
    (state / "crash.log").write_text(
        'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n'
        f"ValueError: {headers}\n{CREDENTIAL.encode().hex()}\n"
    )
    (state / "bytes").write_bytes(b"\xff\xfe\x00" + WEBHOOK.encode() + b"\x00" + IN_UNIT.encode())
    (state / f"file-{CREDENTIAL}.txt").write_text("its name is the secret")
    (state / "link").symlink_to(f"/nowhere/{CREDENTIAL}")
    binaries = keeper.desk.root / "bin"
    binaries.mkdir()
    (binaries / "journalctl").write_text(
        f"#!/bin/sh\necho \"$@\"\necho 'execution[1]: SLACK_BOT_TOKEN={JOURNALED} and {SECRET_KEY}'\n"
    )
    (binaries / "journalctl").chmod(0o755)
    return {
        "PATH": f"{binaries}:/usr/bin:/bin",
        "CREDENTIALS_DIRECTORY": str(credentials),
        "MY_WEBHOOK": WEBHOOK,
        "APCA_API_BASE_URL": f"https://me:{IN_ADDRESS}@paper-api.alpaca.markets",
    }


def appearances(secret: str) -> Iterator[bytes]:
    """Ways to write a secret that would give it away, and the first twelve characters that are its own."""
    data = secret.encode()
    yield data
    yield quote(secret, safe="").encode()
    yield json.dumps(secret)[1:-1].encode()
    yield repr(secret)[1:-1].encode()
    yield data.hex().encode()
    for ahead in range(3):
        yield base64.b64encode(b"x" * ahead + data)[4:-4]
    own = secret.removeprefix("https://hooks.slack.com/services/").removeprefix("arm1-")
    yield own[:12].encode()


def found_in(data: bytes) -> list[str]:
    """The secrets that some bytes give away."""
    return [secret for secret in FOREST for form in appearances(secret) if form in data]
