"""Turns a root process into one of the state directory's owner, before a verb is imported.

What lies in the state directory was written by its owner, and root believes none of it. So root first opens what may
be root's alone (the state directory, the settings file, the operator's folder of credentials), then gives up every
right of its own, for good, before the verb's module is imported. Nothing changes where the directory is root's,
or where another user than root types.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

from gates.base import below, entrusted
from gates.base.environment import ReadLines, env_file_of
from gates.base.record import dataclass
from gates.base.statefile import StateUnreadable
from gates.base.where import STATE_HOME, Unplaced, state_home, state_root

JOURNAL_GROUP = "systemd-journal"
MUST_READ = (Path(__file__), Path(os.__file__))
"""A module of ours and one of Python's: an owner who may not read them cannot run the verb."""
MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a state directory belongs to; `name` is the number where the machine knows no name."""

    uid: int
    gid: int
    groups: tuple[int, ...]
    name: str
    home: str


def foreign_owner(root: Path) -> Owner | None:
    """Whose the directory is, when root asks and it is not root's own. One that is not there yet belongs to whom
    the folder belongs in which it will be made."""
    if os.geteuid() != 0:
        return None
    info = _nearest(root)
    if info is None or info.st_uid != 0:
        return None if info is None else _owner(info)
    _refuse_links_of_others(root)
    return None


def become_owner(environ: MutableMapping[str, str], read_lines: ReadLines, *, reads_journal: bool) -> None:
    """Root opens what only root may, then becomes the owner of the state directory for good."""
    place = state_root(environ, read_lines)
    root = place.otherwise if isinstance(place, Unplaced) else place
    owner = foreign_owner(root) if root is not None else None
    if root is None or owner is None:
        return
    with suppress(OSError):
        below.hold(root, os.open(root, below.FOLDER))
    if _is_roots(env_file_of(environ).parent):
        entrusted.open_file(env_file_of(environ))
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials and _is_roots(Path(credentials)):
        entrusted.open_folder(Path(credentials))
    _become(owner, root, _journal_group() if reads_journal else ())
    lies = state_home(environ)  # the verb looks for the directory again, and finds this one
    environ.update({"HOME": owner.home} | ({STATE_HOME: str(lies)} if lies is not None else {}))


def _become(owner: Owner, root: Path, more: tuple[int, ...]) -> None:
    """The user is tried before the way back is closed: one who cannot read the program cannot run it."""
    before = os.getgroups(), os.getegid()
    remedy = f"root works on it as its owner only; or make it root's: chown -R root: {root}"
    try:
        os.setgroups([*owner.groups, *more])
        os.setegid(owner.gid)
        os.seteuid(owner.uid)
    except OSError as broken:
        whom = f"belongs to {owner.name}, whom root cannot become here ({broken.strerror})"
        raise StateUnreadable(root, f"{whom}; {remedy}") from None
    closed = [path for path in MUST_READ if not _may_read(path)]
    if closed:
        os.seteuid(0)
        os.setegid(before[1])
        os.setgroups(before[0])
        raise StateUnreadable(root, f"belongs to {owner.name}, who may not read {closed[0]}; {remedy}")
    os.setresgid(owner.gid, owner.gid, owner.gid)
    os.setresuid(owner.uid, owner.uid, owner.uid)
    if 0 in (*os.getresuid(), *os.getresgid()) or 0 in os.getgroups():
        raise AssertionError("root's rights were not given up")


def _owner(info: os.stat_result) -> Owner:
    try:
        known = pwd.getpwuid(info.st_uid)
    except KeyError:
        gid = info.st_gid or info.st_uid
        return Owner(info.st_uid, gid, (gid,), f"uid {info.st_uid}", "/")
    groups = [group for group in os.getgrouplist(known.pw_name, known.pw_gid) if group != 0]
    return Owner(info.st_uid, known.pw_gid or info.st_uid, tuple(groups), known.pw_name, known.pw_dir)


def _is_roots(folder: Path) -> bool:
    """Whether root alone decides what lies in it. What another user could have put there, that user opens."""
    try:
        info = os.stat(folder)
    except OSError:
        return False
    return info.st_uid == 0 and not stat.S_IMODE(info.st_mode) & 0o022


def _nearest(path: Path) -> os.stat_result | None:
    """The directory, or the nearest one above it that is there; None for what is no directory, which the verb says."""
    try:
        return below.look_at_folder(path)
    except FileNotFoundError:
        return _nearest(path.parent)
    except OSError:
        return None


def _refuse_links_of_others(path: Path) -> None:
    """A directory of root's that another user's link leads to was chosen by that user, not by root."""
    rest, place, links = list(path.parts[1:]), Path("/"), 0
    while rest:
        place /= rest.pop(0)
        try:
            info = os.lstat(place)
        except OSError:
            return
        if not stat.S_ISLNK(info.st_mode):
            continue
        links += 1
        if info.st_uid != 0 or links > MOST_LINKS:
            whose = f"is reached by {place}, a link of uid {info.st_uid}"
            raise StateUnreadable(path, f"{whose}; name the directory itself")
        target = Path(os.readlink(place))
        rest = [*target.parts[target.is_absolute() :], *rest]
        place = Path("/") if target.is_absolute() else place.parent


def _may_read(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _journal_group() -> tuple[int, ...]:
    import grp

    try:
        return (grp.getgrnam(JOURNAL_GROUP).gr_gid,)
    except KeyError:
        return ()
