"""What an operator is told to type: the lines that hand the second key to the service, without showing it."""

from __future__ import annotations

import shlex

from execution.statedir import StateDir

CREDENTIAL = "/etc/avwap/LIVE_CONFIRM_TOKEN"
UNIT = "execution.service"


def lines_for_the_token(state: StateDir) -> list[str]:
    """Drop-in with a credential (which `systemctl show` does not reveal), or the environment."""
    token = shlex.quote(str(state.token))
    return [
        "Now the other key. As a credential (recommended; run as root):",
        "",
        f"  install -D -m 600 {token} {CREDENTIAL}",
        f"  systemctl edit {UNIT}          # and put in:",
        "      [Service]",
        "      Environment=LIVE_TRADING=1",
        f"      LoadCredential=LIVE_CONFIRM_TOKEN:{CREDENTIAL}",
        "  systemctl daemon-reload",
        "",
        "Or in a drop-in's environment, where others on this machine can read it:",
        "",
        f"  mkdir -p /etc/systemd/system/{UNIT}.d",
        f'  printf \'[Service]\\nEnvironment=LIVE_TRADING=1 LIVE_CONFIRM_TOKEN=%s\\n\' "$(cat {token})" '
        f"> /etc/systemd/system/{UNIT}.d/live.conf",
        "",
        "Or in this shell:",
        "",
        f'  export LIVE_TRADING=1 LIVE_CONFIRM_TOKEN="$(cat {token})"',
    ]
