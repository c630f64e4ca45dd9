"""Which release and commit run: in a checkout, from a wheel, and where neither git nor a package answers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gates.base import release
from gates.base.release import NO_ANSWER, NO_CHECKOUT, Revision, as_kept, revision


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "state_templates").mkdir()
    (tmp_path / "state_templates" / "sessions.json").write_text("{}")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_checkouts_commit_is_told_with_a_mark_of_local_changes(code: Path) -> None:
    assert revision(code) == Revision(problem=NO_CHECKOUT)
    git(code, "init", "-q")
    assert revision(code) == Revision(problem=NO_ANSWER)
    git(code, "add", "-A")
    git(code, "commit", "-qm", "all")
    commit = git(code, "rev-parse", "HEAD")
    assert revision(code) == Revision(commit)
    (code / "state_templates" / "sessions.json").write_text("[]")
    assert revision(code) == Revision(commit, is_dirty=True)


def test_an_unpacked_wheel_tells_what_it_was_built_from_if_that_was_a_checkout(tmp_path: Path) -> None:
    assert revision(tmp_path) == Revision(problem=NO_CHECKOUT)
    (tmp_path / "revision").write_text("0123-dirty\n")
    assert release._written_in(tmp_path / "revision") == Revision("0123", is_dirty=True)


def test_a_release_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = r"[0-9.]+ \(.+, Python [0-9.]+\S*, alpaca-py [0-9.]+\)"
    assert re.fullmatch(whole, release.release())
    monkeypatch.setattr(release, "DISTRIBUTION", "avwap-not-installed")
    monkeypatch.setattr(release, "VENDOR", "avwap-no-vendor")
    monkeypatch.setattr(release, "revision", lambda: Revision("0123456789abcdef", is_dirty=True))
    said = release.release()
    assert said.startswith("of a checkout that is not installed (commit 0123456789ab with local changes, Python ")
    assert said.endswith(", avwap-no-vendor not installed)")
    monkeypatch.setattr(release, "revision", lambda: Revision(problem=NO_CHECKOUT))
    assert f"({NO_CHECKOUT}, Python " in release.release()


@pytest.mark.parametrize(
    "found", [Revision("0123abc"), Revision("0123abc", is_dirty=True), Revision(problem=NO_CHECKOUT), Revision()]
)
def test_what_was_kept_is_read_as_it_was(found: Revision) -> None:
    assert as_kept(str(found)) == found


def test_a_commit_is_shown_short() -> None:
    assert as_kept("0123456789abcdef-dirty").short == "0123456789ab with local changes"
    assert as_kept(NO_ANSWER).short == NO_ANSWER
