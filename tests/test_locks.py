"""The locks name what setup.cfg asks for, with hashes and no address; the list of packages is made from them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support import host

from gates.base.environment import CHECKOUT

LOCKS = CHECKOUT / "locks"
PYTHONS = {
    "setup.cfg": r"Python :: (3\.\d+)",
    "locks/make.py": r"^PYTHONS = (.+)",
    ".github/workflows/check.yml": r"python: (\[.+\])",
}
EXTRA_OF = {"core": "", "all": "all", "dev": "dev"}
ADDRESS = re.compile(r"https?:|file:|--(index|extra-index|find-links|trusted)|@ ")


def wanted(extra: str) -> list[Requirement]:
    spec = spec_from_file_location("make_locks", LOCKS / "make.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return [Requirement(line) for line in module.wanted(extra)]


def locked(name: str) -> dict[str, list[str]]:
    """Each package of a lock with its versions; there are several where Pythons differ."""
    found: dict[str, list[str]] = {}
    for line in re.sub(r"\s*\\\n\s*", " ", (LOCKS / f"{name}.txt").read_text()).splitlines():
        if line.startswith("#"):
            continue
        assert re.search(r" --hash=sha256:[0-9a-f]{64}$", line), line
        requirement = Requirement(line.partition(" --hash=")[0])
        found.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier).removeprefix("=="))
    return found


@pytest.mark.parametrize("name", EXTRA_OF)
def test_a_lock_has_every_package_that_is_asked_for_in_a_version_that_fits(name: str) -> None:
    there = locked(name)
    for requirement in wanted(EXTRA_OF[name]):
        versions = there.get(canonicalize_name(requirement.name), [])
        assert versions and all(map(requirement.specifier.contains, versions)), f"`make lock` ({requirement})"


def test_every_lock_is_part_of_the_next_with_the_same_versions() -> None:
    core, everything, dev = map(locked, EXTRA_OF)
    assert core.items() <= everything.items() <= dev.items()
    assert "pyarrow" not in core and "pytest" not in everything


@pytest.mark.parametrize("path", sorted(LOCKS.glob("*.txt")), ids=lambda path: path.name)
def test_no_lock_says_where_packages_come_from(path: Path) -> None:
    assert ADDRESS.findall(path.read_text()) == []


def test_one_list_of_pythons_is_meant_everywhere() -> None:
    found = {
        name: re.findall(pattern, (CHECKOUT / name).read_text(), re.MULTILINE) for name, pattern in PYTHONS.items()
    }
    assert len({tuple(sorted(set(re.findall(r"3\.\d+", " ".join(lines))))) for lines in found.values()}) == 1, found


def test_the_list_of_packages_names_each_ones_licence() -> None:
    command = [sys.executable, str(LOCKS / "sbom.py")]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=host.environment(), capture_output=True, text=True, check=True, timeout=60
    )
    listed = json.loads(done.stdout)
    components = {canonicalize_name(one["name"]): one for one in listed["components"]}
    assert (listed["bomFormat"], components.keys()) == ("CycloneDX", locked("all").keys())
    assert [name for name, one in components.items() if not one["licenses"] or not one["hashes"]] == []
