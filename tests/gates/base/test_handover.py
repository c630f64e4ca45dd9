"""Whom root becomes, and what it opens before. The kernel is a stand-in here; `test_journey_sudo` has the real one."""

from __future__ import annotations

import grp
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from execution.settings.parsing import env_file_lines
from gates.base import below, entrusted, handover
from gates.base.statefile import StateUnreadable
from gates.base.where import state_home

STRANGER = 61234
"""Nobody on the machine has it."""


class Kernel:
    """The calls by which a process changes who it is, and who it is by them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.uid, self.gid, self.groups = [0, 0, 0], [0, 0, 0], [0]
        self.obeys = True
        for name in ("geteuid", "getegid", "getgroups", "getresuid", "getresgid", "setgroups", "setegid", "seteuid"):
            monkeypatch.setattr(os, name, getattr(self, name))
        for name in ("setresuid", "setresgid"):
            monkeypatch.setattr(os, name, getattr(self, name))

    def geteuid(self) -> int:
        return self.uid[1]

    def getegid(self) -> int:
        return self.gid[1]

    def getgroups(self) -> list[int]:
        return list(self.groups)

    def getresuid(self) -> tuple[int, ...]:
        return tuple(self.uid)

    def getresgid(self) -> tuple[int, ...]:
        return tuple(self.gid)

    def setgroups(self, groups: list[int]) -> None:
        self.groups = list(groups)

    def setegid(self, gid: int) -> None:
        self.gid[1] = gid

    def seteuid(self, uid: int) -> None:
        self.uid[1] = uid

    def setresuid(self, *uid: int) -> None:
        if self.obeys:
            self.uid = list(uid)

    def setresgid(self, *gid: int) -> None:
        self.gid = list(gid)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a process of the service's holds, ours gives back."""
    roots = dict(below._roots)
    yield
    for handle in (*entrusted._opened.values(), *(one for one in below._roots.values() if one is not None)):
        os.close(handle)
    entrusted._opened.clear()
    entrusted._folders.clear()
    below._roots.clear()
    below._roots.update(roots)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A state directory that is not root's."""
    state = tmp_path / "state"
    state.mkdir()
    if os.geteuid() == 0:
        os.chown(state, STRANGER, STRANGER)
    return state


def become(**environ: str) -> dict[str, str]:
    handover.become_owner(environ, env_file_lines, reads_journal=False)
    return environ


def test_another_user_than_root_stays_who_it_is(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch)
    kernel.uid = [7, 7, 7]
    assert become(AVWAP_STATE_DIR=str(theirs)) == {"AVWAP_STATE_DIR": str(theirs)}
    assert kernel.uid == [7, 7, 7]


def test_root_becomes_the_owner_for_good(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = theirs.stat()
    kernel = Kernel(monkeypatch)
    environ = become(AVWAP_STATE_DIR=str(theirs), AVWAP_ENV_FILE=os.devnull)
    assert (kernel.uid, kernel.gid) == ([info.st_uid] * 3, [info.st_gid or info.st_uid] * 3)
    assert 0 not in kernel.groups
    assert environ["HOME"] != "/root"
    assert below._roots[str(theirs)] is not None


@pytest.mark.parametrize("known", [True, False])
def test_the_owners_groups_and_the_journals(theirs: Path, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    """The group of the journal is added for the verb that reads it, where the machine has one."""
    nobody = 65534
    if os.geteuid() == 0:
        os.chown(theirs, nobody, nobody)
    kernel = Kernel(monkeypatch)

    def group(name: str) -> Any:
        assert name == "systemd-journal"
        if not known:
            raise KeyError(name)
        return grp.struct_group((name, "x", 4321, []))

    monkeypatch.setattr(grp, "getgrnam", group)
    environ = {"AVWAP_STATE_DIR": str(theirs)}
    handover.become_owner(environ, env_file_lines, reads_journal=True)
    assert (4321 in kernel.groups) is known


def test_a_directory_of_roots_is_worked_on_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch)
    become(AVWAP_STATE_DIR="/etc")
    become(AVWAP_STATE_DIR="/etc/avwap-that-is-not-there/state")
    assert kernel.uid == [0, 0, 0]


def test_what_is_no_directory_is_left_to_the_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    kernel = Kernel(monkeypatch)
    become(AVWAP_STATE_DIR=str(tmp_path / "file"))
    assert kernel.uid == [0, 0, 0]


def test_a_directory_to_come_belongs_to_whom_its_place_belongs(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = theirs.stat().st_uid
    kernel = Kernel(monkeypatch)
    become(AVWAP_STATE_DIR=str(theirs / "not" / "there"))
    assert kernel.uid == [uid] * 3


@pytest.mark.parametrize("wrong", [{"AVWAP_STATE_DIR": "~/a"}, {"AVWAP_ENV_FILE": "/nowhere"}])
def test_whatever_is_wrong_with_the_settings_the_directory_in_force_says_who_owns_it(
    theirs: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    uid = theirs.stat().st_uid
    kernel = Kernel(monkeypatch)
    become(**wrong, STATE_DIRECTORY=str(theirs))
    assert kernel.uid == [uid] * 3


def test_what_only_root_may_have_put_there_is_opened_first(
    theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/etc is root's on every machine; a folder of another user's is left to that user."""
    Kernel(monkeypatch)
    monkeypatch.setattr(entrusted, "open_folder", lambda path: opened.append(path))
    opened: list[Path] = []
    environ = {"AVWAP_STATE_DIR": str(theirs), "AVWAP_ENV_FILE": "/etc/hostname", "CREDENTIALS_DIRECTORY": "/etc"}
    become(**environ)
    assert (list(entrusted._opened), opened) == ([Path("/etc/hostname")], [Path("/etc")])


def test_what_another_user_could_have_put_there_is_not(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Kernel(monkeypatch)
    (theirs / ".env").touch()
    become(AVWAP_STATE_DIR=str(theirs), AVWAP_ENV_FILE=str(theirs / ".env"), CREDENTIALS_DIRECTORY=str(theirs / "gone"))
    assert (entrusted._opened, entrusted._folders) == ({}, {})


def test_an_owner_who_may_not_read_the_program_keeps_root_where_it_is(
    theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(monkeypatch)
    monkeypatch.setattr(handover, "MUST_READ", (tmp_path / "closed",))
    with pytest.raises(StateUnreadable, match=r"who may not read .*/closed; root works on it as its owner only"):
        become(AVWAP_STATE_DIR=str(theirs))
    assert (kernel.uid, kernel.gid, kernel.groups) == ([0, 0, 0], [0, 0, 0], [0])


def test_a_user_whom_nobody_can_become_is_named(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without that number."""
    kernel = Kernel(monkeypatch)

    def refused(groups: list[int]) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setgroups", refused)
    with pytest.raises(StateUnreadable, match=r"whom root cannot become here \(Operation not permitted\)"):
        become(AVWAP_STATE_DIR=str(theirs))
    assert kernel.uid == [0, 0, 0]


def test_root_that_remains_is_a_bug_and_no_verb_begins(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch)
    kernel.obeys = False
    with pytest.raises(AssertionError, match="root's rights were not given up"):
        become(AVWAP_STATE_DIR=str(theirs))


def test_links_to_a_directory_of_roots_are_roots_own_or_refused(
    theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far the way goes on behind a link that is right."""
    relative, theirs_link = tmp_path / "relative", tmp_path / "theirs"
    theirs_link.symlink_to("/etc")
    relative.symlink_to("theirs")
    if os.geteuid() == 0:
        os.lchown(theirs_link, STRANGER, STRANGER)
    Kernel(monkeypatch)
    for name in ("relative", "theirs"):
        with pytest.raises(StateUnreadable, match=r"a link of uid \d+; name the directory itself"):
            become(AVWAP_STATE_DIR=str(tmp_path / name))
    become(AVWAP_STATE_DIR="/proc/self/root/etc")


def test_the_verb_finds_the_directory_whose_owner_root_became(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed program finds it by HOME, which becomes the owner's."""
    Kernel(monkeypatch)
    environ = become(AVWAP_STATE_DIR=str(theirs), AVWAP_ENV_FILE=os.devnull, HOME="/home/of-another")
    assert environ["HOME"] != "/home/of-another"
    assert state_home(environ) == Path("/home/of-another/.local/state")


def test_root_stays_where_it_is_when_no_directory_is_known(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(monkeypatch)
    monkeypatch.setattr(sys, "prefix", str(theirs))
    become(STATE_DIRECTORY=str(theirs))
    assert kernel.uid == [0, 0, 0]
