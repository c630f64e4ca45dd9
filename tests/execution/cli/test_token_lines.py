"""The lines that hand the second key over: what may never be in them, for root types them."""

from __future__ import annotations

from pathlib import Path

from execution.cli import token_lines
from execution.cli.token_lines import is_droplet, lines_after_disarming, lines_for_the_token
from execution.state.directory import StateDir
from execution.units import folders, pieces

STATE = StateDir(Path("/var/lib/avwap"))
CHECKOUT = {"AVWAP_ENV_FILE": "/dev/null"}


def test_a_checkout_is_no_droplet() -> None:
    assert not is_droplet(CHECKOUT)


def test_roots_lines_open_no_file_of_the_service_and_load_no_file_by_name() -> None:
    lines = "\n".join([*lines_for_the_token(STATE, droplet=True), *lines_after_disarming(droplet=True)])
    for wrong in (str(STATE.root), "LoadCredential", "$(", "systemctl edit", "LIVE_CONFIRM_TOKEN=", "export"):
        assert wrong not in lines


def test_the_folder_named_is_the_one_the_units_read() -> None:
    unit = (pieces.EXAMPLES / "execution.service.example").read_text()
    assert f"LoadCredential=avwap:{Path(token_lines.CREDENTIAL).parent}\n" in unit
    for folder in (pieces.CREDENTIALS, pieces.FOR_TELLING):
        assert f":{folder}\n" in unit
    assert pieces.SWITCHES in {one.path for one in folders.FOLDERS}


def test_in_a_checkout_the_shell_is_told() -> None:
    said = "\n".join(lines_for_the_token(StateDir(Path("/a b")), droplet=False))
    assert "export LIVE_TRADING=1 LIVE_CONFIRM_TOKEN=\"$(cat '/a b/live_confirm_token.txt')\"" in said
    assert "systemctl" not in said
    assert "systemctl" not in "\n".join(lines_after_disarming(droplet=False))
