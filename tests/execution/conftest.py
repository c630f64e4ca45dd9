"""Gives every test that asks for one a state directory of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.place import Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)
