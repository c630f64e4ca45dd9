"""Runs one verb for root as the service's user: with the service's settings and secrets, and with nothing of root's.

`/usr/local/bin/execution` and `scanner` are this (deploy_examples/command.example). Root's part reads nothing that the
service's user wrote. It takes the settings of the unit's drop-ins from systemd, copies the secrets into a folder that
lasts as long as the verb, and drops every privilege before the verb's first instruction (docs/decisions/0074).
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from grp import getgrnam
from pathlib import Path

from execution.units.pieces import CREDENTIALS, FOR_SCANNER, FOR_TELLING, SETTINGS, SWITCHES
from execution.units.terminal import attended
from gates.base.errors import EXIT_USAGE
from gates.base.record import dataclass

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KEPT = ("TERM", "COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "SUDO_USER")
"""What of root's shell reaches the verb: how its screen is, and who is behind sudo."""
FOLDERS = {"execution": (FOR_TELLING, CREDENTIALS), "scanner": (FOR_SCANNER,)}
"""Where each program's secrets lie; in two folders with one name, the last one counts."""
HANDED = Path("/run/credentials")
"""systemd keeps the credentials of its units here, and hides the whole place from every unit but for its own."""
JOURNAL_GROUP = "systemd-journal"
TOKEN = "live_confirm_token.txt"
KILL = "KILL_SWITCH"


@dataclass(frozen=True, slots=True)
class Place:
    """This installation: whose service it is, where its programs and its state lie."""

    user: str
    programs: str
    state: str


def main(place: Place, argv: Sequence[str] | None = None) -> int:
    called, *words = sys.argv if argv is None else argv
    name = Path(called).name
    verb = [f"{place.programs}/{name}", *words]
    user = pwd.getpwnam(place.user)
    environ = environment(user, name)
    if os.geteuid() == user.pw_uid:
        os.execve(verb[0], verb, environ)
    if os.geteuid() != 0:
        told = shlex.join([name, *words])
        sys.stderr.write(f"{name}: say sudo {told}; it then works as the service's user {place.user}\n")
        return EXIT_USAGE
    if words[:1] and words[0] in stays_root(name):
        os.execve(verb[0], verb, {**environ, "CREDENTIALS_DIRECTORY": CREDENTIALS})
    if name == "execution" and words[:1] == ["kill"]:
        kill(Path(SWITCHES), words[1:], os.environ)
    for folder in (place.state, SWITCHES):
        give(Path(folder) / TOKEN, user)
    os.umask(0o077)
    with secrets_for(name, user) as handed:
        return attended([*dropping(user), *verb], {**environ, "CREDENTIALS_DIRECTORY": str(handed)})


def stays_root(name: str) -> frozenset[str]:
    """The verbs whose files are root's: the program itself says which, and reads nothing of the service's in them."""
    if name != "execution":
        return frozenset()
    from execution.__main__ import EXECUTION

    return EXECUTION.stay_root


def environment(user: pwd.struct_passwd, name: str) -> dict[str, str]:
    """The service's environment: what its drop-ins set, and of this shell only what belongs to the screen."""
    kept = {key: os.environ[key] for key in KEPT if os.environ.get(key, "").isprintable() and key in os.environ}
    own = {"PATH": PATH, "HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name, "SHELL": "/bin/sh"}
    return {**kept, **own, "AVWAP_ENV_FILE": SETTINGS, **of_unit(f"{name}.service")}


def of_unit(unit: str) -> dict[str, str]:
    """What systemd gives the unit: the Environment= of its file and of its drop-ins."""
    command = ["systemctl", "show", "--property=Environment", "--value", unit]
    try:
        done = subprocess.run(
            command, env={"PATH": PATH}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return settings_of(done.stdout)
    except (OSError, ValueError):  # no systemd here, or a line that no shell could read
        return {}


def settings_of(said: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in shlex.split(said))
    return {key: value for key, equals, value in pairs if equals and re.fullmatch("[A-Z][A-Z0-9_]*", key)}


def dropping(user: pwd.struct_passwd) -> list[str]:
    """The command that becomes the user for good: no capability is left, and none can be had again."""
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    with suppress(KeyError):  # so that `evidence` holds the journal
        groups.add(getgrnam(JOURNAL_GROUP).gr_gid)
    listed = ",".join(map(str, sorted(groups)))
    setpriv = shutil.which("setpriv", path=PATH) or "/usr/bin/setpriv"
    who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", f"--groups={listed}"]
    return [setpriv, *who, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]


def kill(folder: Path, words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Put the kill file into root's own folder as well, where the service cannot remove it."""
    if {"-h", "--help"} & set(words) or not folder.is_dir():
        return
    from execution.state.markers import put_up, who
    from gates.base.statefile import StateUnwritable

    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--reason")
    try:
        reason = parser.parse_known_args(words)[0].reason
    except argparse.ArgumentError:
        reason = None
    try:
        put_up(folder / KILL, datetime.now(UTC), who(environ), reason)
        (folder / KILL).chmod(0o644)
    except (OSError, StateUnwritable) as broken:
        sys.stderr.write(f"execution: no kill file in {folder}: {broken}; the one in the state directory follows\n")


def give(path: Path, user: pwd.struct_passwd) -> None:
    """Hand a token that root's shell wrote to the service's user, who must own it to read mode 0600. A link, and a
    file that has a second name, stay as they are."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(handle)
            if stat.S_ISREG(found.st_mode) and found.st_uid == 0 and found.st_nlink == 1:
                os.fchown(handle, user.pw_uid, user.pw_gid)
        finally:
            os.close(handle)


@contextmanager
def secrets_for(name: str, user: pwd.struct_passwd) -> Iterator[Path]:
    """A folder with copies of the program's secrets that the user alone may read, gone when the verb is."""
    HANDED.mkdir(exist_ok=True)
    if HANDED.stat().st_mode & 0o011 != 0o011:  # made by us, who give others nothing; the user has to pass
        HANDED.chmod(0o755)
    clear_away(HANDED)
    folder = HANDED / f"avwap-{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        for source in FOLDERS[name]:
            copy_secrets(Path(source), folder, user)
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o500)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_secrets(source: Path, folder: Path, user: pwd.struct_passwd) -> None:
    for path in sorted(source.iterdir()) if source.is_dir() else ():
        if path.is_symlink() or not path.is_file():
            continue
        (folder / path.name).unlink(missing_ok=True)
        handle = os.open(folder / path.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        with os.fdopen(handle, "wb") as stream:
            stream.write(path.read_bytes())
            os.fchown(handle, user.pw_uid, user.pw_gid)


def clear_away(handed: Path) -> None:
    """What a call left that was killed and could not tidy up."""
    for left in handed.glob("avwap-*"):
        if not Path("/proc", left.name.removeprefix("avwap-")).exists():
            shutil.rmtree(left, ignore_errors=True)
