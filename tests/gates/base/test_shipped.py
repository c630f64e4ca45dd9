"""Where the folders lie that ship with the program: at the top of a checkout, inside the package of a wheel."""

from __future__ import annotations

from pathlib import Path

import execution
from gates.base.environment import CHECKOUT
from gates.base.shipped import SHELLS, completions, shipped


def test_in_a_checkout_it_is_the_folder_at_the_top() -> None:
    assert shipped("state_templates") == CHECKOUT / "state_templates"
    assert shipped("deploy_examples").is_dir()


def test_without_a_checkout_it_is_inside_the_package(tmp_path: Path) -> None:
    inside = Path(execution.__file__).parent / "shipped"
    assert shipped("state_templates", tmp_path) == inside / "state_templates"


def test_every_shell_has_completions_of_each_program() -> None:
    for program in ("execution", "scanner"):
        assert all(program in completions(program, shell) for shell in SHELLS)
