"""Say what an operator types to give the service its second key, and to take it away; the key itself is not shown.

On a droplet root types these lines. So none of them opens, as root, a file that the service's user could have
replaced, and none puts the key where `systemctl show` tells it. Each is run as printed by tests/systemd.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from execution.state.directory import StateDir
from execution.units.pieces import ACTIVE_DROP_IN, CREDENTIALS, DROP_INS, RECORD, SETTINGS, SYSTEM
from gates.base.environment import env_file_of

CREDENTIAL = f"{CREDENTIALS}/LIVE_CONFIRM_TOKEN"
LIVE = f"{SYSTEM}/{DROP_INS}/20-live.conf"
LOCK = f"{SYSTEM}/{DROP_INS}/{ACTIVE_DROP_IN}"
MOST_BYTES = 200
RESTART = ("systemctl daemon-reload", "systemctl restart execution.service")


def is_droplet(environ: Mapping[str, str]) -> bool:
    """Whether this is the service that `execution units install` made, going by its settings file and record."""
    return os.path.realpath(env_file_of(environ)) == SETTINGS and os.path.lexists(RECORD)


def lines_for_the_token(state: StateDir, *, droplet: bool) -> list[str]:
    """The key as a file that only the units read; in a checkout, the environment of this shell."""
    if not droplet:
        token = shlex.quote(str(state.token))
        return ["Now the other key, in this shell:", "", f'  export LIVE_TRADING=1 LIVE_CONFIRM_TOKEN="$(cat {token})"']
    return [
        f"Now the other key, as root; the units read what lies in {CREDENTIALS}:",
        "",
        f"  execution token print | head -c {MOST_BYTES} | install -m 600 /dev/stdin {CREDENTIAL}",
        f"  cp {LIVE}.example {LIVE}",
        "",
        "Then, last, remove what enforces DRY_RUN, and restart:",
        "",
        f"  rm -f {LOCK}",
        *(f"  {line}" for line in RESTART),
    ]


def lines_after_disarming(*, droplet: bool) -> list[str]:
    """What still lies about of a LIVE day, and how it goes."""
    if not droplet:
        return ["Take LIVE_TRADING and LIVE_CONFIRM_TOKEN out of the environment when you are at it."]
    return [
        "What is left of it, as root; the units start without these files as with them:",
        "",
        f"  cp {LOCK}.example {LOCK}",
        f"  rm -f {LIVE} {CREDENTIAL}",
        *(f"  {line}" for line in RESTART),
    ]
