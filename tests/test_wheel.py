"""The program as a wheel brings it: built, unpacked into an empty venv, and used from an empty directory.

A checkout has everything at hand, so only this tells what was left out of the wheel. The packages it needs are those
of this interpreter: nothing is fetched.
"""

from __future__ import annotations

import json
import tarfile
import zipfile
from importlib.metadata import files, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from support.sessions import MONDAY, lay_sessions
from support.wheel import PACKAGES, Built, Installed, build, build_both

from gates.base.environment import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

FOLDERS = ("state_templates/", "deploy_examples/", "docs/completions/")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_both(tmp_path_factory.mktemp("built"))


def in_the_wheel(name: str) -> str:
    """Where a file of the repository lies in it."""
    return f"execution/shipped/{name}" if name.startswith(FOLDERS) else name


def meant(tracked: frozenset[str]) -> set[str]:
    return {name for name in tracked if name.startswith(("execution/", "gates/", "scanner/", *FOLDERS))}


def test_the_wheel_holds_every_file_of_the_packages_and_of_the_folders_that_ship(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name and ".data/" not in name}
    assert found == {in_the_wheel(name) for name in meant(built.tracked)}


def test_the_sdist_holds_them_where_the_repository_has_them_and_builds_the_same_wheel(
    built: Built, tmp_path: Path
) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    source.rename(tmp_path / "source")
    there = {str(path.relative_to(tmp_path / "source")) for path in (tmp_path / "source").rglob("*") if path.is_file()}
    assert meant(built.tracked) - there == set()
    with zipfile.ZipFile(built.wheel) as first, zipfile.ZipFile(build(tmp_path, "build_wheel")) as second:
        assert set(first.namelist()) == set(second.namelist())


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """In the middle of a session, with its list; the shipped table would end some day, so it is another one."""
    program = Installed(tmp_path_factory.mktemp("installed"), built.wheel)
    lay_sessions(program.state)
    program.ok("execution", "init")
    program.ok("execution", "sim", "clock", f"{MONDAY}T10:30")
    program.ok("scanner", "run")
    return program


def in_use(program: Installed) -> set[str]:
    """What lies in the venv, but for what Python keeps of the modules."""
    return {str(path.relative_to(program.venv)) for path in program.venv.rglob("*") if path.suffix != ".pyc"}


def test_a_cycle_a_chart_and_the_checks_work_from_an_empty_directory(installed: Installed) -> None:
    before = in_use(installed)
    cycle = installed.ok("execution", "run")
    assert cycle.mode == "DRY_RUN" and cycle.submitted, cycle.said
    charted = json.loads(installed.ok("scanner", "plot", "AAPL", "--json").out)
    assert Path(charted["path"]).is_relative_to(installed.state) and Path(charted["path"]).stat().st_size > 10_000
    doctor = json.loads(installed.ok("execution", "doctor", "--json", codes=(0, 1)).out)
    assert str(installed.state) in json.dumps(doctor)
    assert list(installed.here.iterdir()) == []
    assert in_use(installed) - before <= {path for path in in_use(installed) if "__pycache__" in path}


def test_state_lies_in_the_users_state_home_and_not_in_the_program(installed: Installed, tmp_path: Path) -> None:
    shown = json.loads(installed.ok("execution", "status", "--json").out)
    assert shown["state_dir"] == str(installed.state)
    before = in_use(installed)
    elsewhere = tmp_path / "not" / "made" / "yet"
    made = installed.type("execution", "init", XDG_STATE_HOME=str(elsewhere))
    assert (made.code == 0 and (elsewhere / "avwap" / "state.json").is_file()) or "the session table" in made.said
    (tmp_path / "link").symlink_to(installed.venv)
    for root in (installed.site / "state", tmp_path / "link" / "state"):
        for program, verb in (("execution", "init"), ("execution", "run"), ("execution", "kill"), ("scanner", "run")):
            done = installed.type(program, verb, AVWAP_STATE_DIR=str(root))
            assert done.code == 78 and f"AVWAP_STATE_DIR={root}: lies below {installed.venv}" in done.err, done.said
    for program in ("execution", "scanner"):
        done = installed.type(program, "run", HOME="")
        assert done.code == 78 and "HOME=(not set): " in done.err and len(done.err.splitlines()) == 1, done.said
    assert in_use(installed) - before <= {path for path in in_use(installed) if "__pycache__" in path}


def test_uninstalling_and_installing_anew_leave_the_state_alone(built: Built, tmp_path: Path) -> None:
    program = Installed(tmp_path, built.wheel)
    lay_sessions(program.state)
    program.ok("execution", "init")
    program.ok("execution", "sim", "clock", f"{MONDAY}T10:30")
    program.ok("execution", "kill", "--reason", "to be seen later")
    before = {path: path.read_bytes() for path in program.state.rglob("*") if path.is_file()}
    program.pip("uninstall", "--yes", "avwap-execution")
    assert not (program.venv / "bin" / "execution").exists()
    assert {path: path.read_bytes() for path in program.state.rglob("*") if path.is_file()} == before
    program.pip("install", "--no-index", "--no-deps", str(built.wheel))
    assert "kill switch active (file)" in program.ok("execution", "gates").out


def test_the_drill_plays_its_day_or_names_the_tables_end(installed: Installed) -> None:
    drilled = installed.type("execution", "drill", "--quiet")
    assert drilled.code == 0 or "the session table" in drilled.said, drilled.said


def test_the_units_of_a_venv_name_no_checkout(installed: Installed, tmp_path: Path) -> None:
    venv = ["--venv", "/opt/avwap/.venv", "--root", str(tmp_path)]
    first = installed.ok("execution", "units", "install", *venv)
    assert "execution.timer" in first.out
    again = installed.ok("execution", "units", "diff", *venv, "--json")
    assert set(json.loads(again.out)["files"].values()) <= {"same", "yours"}
    unit = (tmp_path / "etc/systemd/system/execution.service").read_text()
    assert "ExecStart=/opt/avwap/.venv/bin/execution run" in unit
    assert "Documentation=man:execution(1)" in unit and "site-packages" not in unit
    assert list(tmp_path.rglob(".env")) == []


def test_version_manual_pages_and_completions_come_along(installed: Installed) -> None:
    for program in ("execution", "scanner"):
        said = installed.ok(program, "--version").out
        assert said.startswith(f"{program} {version('avwap-execution')} (") and "alpaca-py" in said
        page = installed.venv / "share" / "man" / "man1" / f"{program}.1"
        assert page.read_text() == (CHECKOUT / "docs" / "man" / page.name).read_text()
        assert f"_shtab_{program}" in installed.ok(program, "completion", "bash").out


def test_a_settings_file_counts_in_ones_own_directory_and_never_beside_the_program(installed: Installed) -> None:
    def mistake_in(folder: Path) -> bool:
        (folder / ".env").write_text("MAX_LIVE_POSITIONS=many\n")
        try:
            said = installed.type("execution", "status", cwd=folder).said
            return "MAX_LIVE_POSITIONS" in said
        finally:
            (folder / ".env").unlink()

    assert mistake_in(installed.here)
    assert not mistake_in(installed.site)
    shared = installed.here.parent / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert not mistake_in(shared)


def of_core() -> set[str]:
    """The distributions that are needed when no extra is: what ours requires, what these require, and so on."""
    found: set[str] = set()
    pending = [Requirement(line) for line in requires("avwap-execution") or []]
    while pending:
        wanted = pending.pop()
        if wanted.name not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            found.add(wanted.name)
            pending += [Requirement(line) for line in requires(wanted.name) or []]
    return found


NEED_THE_EXTRA = (
    ["run"], ["show"], ["show", "AAPL"], ["plot", "AAPL"], ["replay"], ["bars", "show"], ["bars", "update"],
    ["universe", "refresh"],
)  # fmt: skip


def test_a_host_without_the_extra_runs_cycles_and_is_told_what_the_scanner_lacks(built: Built, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in of_core():
        for file in files(name) or []:
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (packages / top).exists():
                (packages / top).symlink_to(PACKAGES / top)
    assert not {"pyarrow", "matplotlib", "exchange_calendars"} & {path.name for path in packages.iterdir()}
    program = Installed(tmp_path, built.wheel, packages)
    lay_sessions(program.state)
    program.ok("execution", "init")
    program.ok("execution", "sim", "clock", f"{MONDAY}T10:30")
    program.ok("execution", "sim", "price", "AAPL", "101.30")
    (program.here / "list.csv").write_text("Symbol,Entry_Level,Stop_Loss,Target_R2\nAAPL,101.00,97.90,108.10\n")
    program.ok("execution", "watchlist", "import", "list.csv", "--session", MONDAY)
    cycle = program.ok("execution", "run")
    assert cycle.submitted, cycle.said
    program.ok("execution", "doctor", codes=(0, 1))
    for verb in NEED_THE_EXTRA:
        missing = program.type("scanner", *verb)
        assert missing.code == 78 and len(missing.err.splitlines()) == 1, f"{verb}: {missing.said}"
        assert "it comes with the extra 'scan'; bring it with `" in missing.err and "pip install" in missing.err, verb
