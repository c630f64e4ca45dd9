"""The exit codes that scripts and units rely on, as they are documented."""

from __future__ import annotations

from gates.base import errors


def test_every_exit_code_has_its_number() -> None:
    assert {name: value for name, value in vars(errors).items() if name.startswith("EXIT_")} == {
        "EXIT_DONE": 0,
        "EXIT_NOT_FINISHED": 1,
        "EXIT_USAGE": 64,
        "EXIT_UNREACHABLE": 69,
        "EXIT_BUG": 70,
        "EXIT_STATE": 74,
        "EXIT_NOT_NOW": 75,
        "EXIT_SETTINGS": 78,
    }
