"""Root's own folder of switches beside the settings file: a kill in either place is one, and its token counts first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.desk import AAPL, CHECKOUT, LIVE, Desk

KILLED = "kill switch active (file)"


@pytest.fixture
def folder(live_desk: Desk) -> Path:
    """The folder, and the settings file beside which it lies."""
    made = live_desk.root / "etc" / "switches"
    made.mkdir(parents=True)
    settings = made.parent / "execution.env"
    settings.write_text("ENTRY_TTL_SECONDS=600\n")
    live_desk.env["AVWAP_ENV_FILE"] = str(settings)
    return made


def kill_files(desk: Desk) -> list[str]:
    found: list[str] = json.loads(desk.ok("status", "--json").out)["kill_files"]
    return found


def test_a_kill_in_either_place_is_a_kill_and_both_are_named(live_desk: Desk, folder: Path) -> None:
    own, roots = live_desk.state / "KILL_SWITCH", folder / "KILL_SWITCH"
    for there in ([roots], [own], [roots, own]):
        for path in there:
            path.touch()
        assert live_desk.cycle().reason == KILLED
        assert kill_files(live_desk) == [str(path) for path in there]
        shown = [line.split()[-1] for line in live_desk.ok("status").out.splitlines() if line.startswith("kill file")]
        assert shown == [str(path) for path in there]
        for path in there:
            path.unlink()
    assert live_desk.cycle().reason == LIVE
    assert kill_files(live_desk) == []


def test_a_link_to_the_settings_file_leads_to_the_same_folder(live_desk: Desk, folder: Path) -> None:
    """As `.env` in the checkout of a droplet does: a verb started by its path must see root's kill too."""
    link = live_desk.root / ".env"
    link.symlink_to(folder.parent / "execution.env")
    (folder / "KILL_SWITCH").touch()
    assert live_desk.cycle(AVWAP_ENV_FILE=str(link)).reason == KILLED


def test_a_folder_that_is_no_folder_is_a_kill(live_desk: Desk, folder: Path) -> None:
    folder.rmdir()
    folder.write_text("")
    assert live_desk.cycle().reason == KILLED
    folder.unlink()
    folder.symlink_to("nowhere")
    assert live_desk.cycle().reason == LIVE, "a link that leads nowhere holds no kill file"


def test_a_kill_of_root_stops_the_submit_that_follows_it(live_desk: Desk, folder: Path) -> None:
    """The last look before each order looks there as well: nothing of the list leaves."""
    (folder / "KILL_SWITCH").touch()
    done = live_desk.cycle()
    assert done.reason == KILLED and live_desk.taken() == []


def test_kill_and_unkill_say_what_lies_in_roots_folder(live_desk: Desk, folder: Path) -> None:
    roots = folder / "KILL_SWITCH"
    assert f"as root, one that it cannot: touch {roots}" in live_desk.ok("kill", "--reason", "x").out
    roots.write_text("by: root\n")
    assert f"KILLED: {roots} is there too" in live_desk.ok("kill").out
    lifted = live_desk.do("unkill", "--reason", "over")
    assert lifted.code == 1
    assert f"STILL KILLED: {roots} (by: root); when that is over too, as root: rm {roots}" in lifted.out
    again = live_desk.do("unkill", "--reason", "over")
    assert again.code == 1 and "No kill file" in again.out
    roots.unlink()
    assert live_desk.ok("unkill", "--reason", "over").code == 0
    assert live_desk.cycle().reason == LIVE


def test_roots_token_counts_before_the_state_directorys(live_desk: Desk, folder: Path) -> None:
    roots, token = folder / "live_confirm_token.txt", live_desk.env["LIVE_CONFIRM_TOKEN"]
    roots.write_text("another-token-of-root")
    roots.chmod(0o600)
    assert live_desk.cycle().reason == "LIVE_CONFIRM_TOKEN mismatch"
    roots.chmod(0o644)
    assert live_desk.cycle().reason == "confirm token file permissions too open (0644, want 0600)"
    roots.write_text(token)
    roots.chmod(0o600)
    (live_desk.state / "live_confirm_token.txt").unlink()
    assert live_desk.cycle().reason == LIVE
    served = json.loads((live_desk.state / "tokens.json").read_text())
    assert str(live_desk.session) in json.dumps(served)
    for verb in (("token", "new"), ("arm", "--override", "x")):
        refused = live_desk.do(*verb)
        assert refused.code == 64 and f"as root: rm {roots}" in refused.err
    disarmed = live_desk.do("disarm")
    assert disarmed.code == 74 and f"NOT DISARMED: {roots} is there" in disarmed.err
    roots.unlink()
    assert live_desk.cycle().reason == "confirm token file missing"


def test_the_token_is_printed_into_a_pipe_byte_for_byte_and_only_if_it_is_one(live_desk: Desk) -> None:
    path = live_desk.state / "live_confirm_token.txt"
    assert live_desk.ok("token", "print").out == path.read_text()
    for text in ("0123456789abcdef\nExecStartPre=+/bin/sh", "short", "a" * 201, "", "0123456789abcdef\n"):
        path.write_text(text)
        refused = live_desk.do("token", "print")
        assert (refused.code, refused.out) == (74, "") and "is no token" in refused.err
    path.unlink()
    path.symlink_to("/etc/hostname")
    assert live_desk.do("token", "print").code == 74


def test_the_token_is_not_printed_on_a_screen(live_desk: Desk) -> None:
    ours, its = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "execution", "token", "print"],
        cwd=CHECKOUT, env=live_desk.environment(), stdout=its, stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    os.close(its)
    assert done.returncode == 64 and b"writes into a pipe" in done.stderr
    os.close(ours)


def test_a_list_is_read_from_standard_input(desk: Desk) -> None:
    for text, code, words in (
        (desk.csv(AAPL).read_text(), 0, "1 rows"),
        ("Symbol,Entry_Level\n", 64, "standard input: "),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "execution", "watchlist", "import", "-", "--session", "today", "--replace"],
            cwd=CHECKOUT, env=desk.environment(), input=text, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == code and words in done.stdout + done.stderr, done
    assert json.loads(desk.watchlist_path().read_text())["source"] == "imported standard input"
