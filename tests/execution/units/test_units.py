"""`execution units` below a root of its own: what is rendered, whose a file is, and what is left in peace."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import host
from support.desk import Done
from support.forkserver import command

from execution.__main__ import EXECUTION
from execution.units.pieces import EXAMPLES, SUFFIX, pieces
from execution.units.target import Target
from execution.units.verify import complaints

pytestmark = pytest.mark.processes

SYSTEM = "etc/systemd/system"
PLACE = ["--checkout", "/opt/avwap", "--venv", "/opt/avwap/.venv"]
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here"
)


def units(root: Path, action: str, *more: str) -> Done:
    done = command("execution", ["units", action, "--root", str(root), *PLACE, *more], host.environment())
    return Done(done.returncode, done.stdout, done.stderr)


def target(root: Path = Path("/"), **changes: str) -> Target:
    chosen = {
        "user": "avwap",
        "checkout": "/opt/avwap",
        "venv": "/opt/avwap/.venv",
        "state_dir": "/var/lib/avwap",
        **changes,
    }
    paths = {name: Path(chosen[name]) for name in ("checkout", "venv", "state_dir")}
    return Target(root=root, user=chosen["user"], **paths)


def listing(root: Path) -> dict[str, str]:
    """Every file and link below, with what is in it."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(root))] = f"-> {os.readlink(path)}"
        elif path.is_file():
            found[str(path.relative_to(root))] = path.read_text()
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    installed = units(tmp_path / "root", "install")
    assert installed.code == 0, installed.said
    return tmp_path / "root"


def test_the_examples_as_they_stand_are_what_is_installed_at_their_own_paths(root: Path) -> None:
    found = listing(root)
    for example in EXAMPLES.glob(f"*.service{SUFFIX}"):
        assert found[f"{SYSTEM}/{example.name.removesuffix(SUFFIX)}"] == example.read_text()
    assert found["root/avwap_r3k_scanner/state"] == "-> /var/lib/avwap"
    assert found["opt/avwap/.env"] == "-> /etc/avwap/execution.env"
    assert [name for name in found if name.endswith(".conf")] == [f"{SYSTEM}/execution.service.d/10-dry-run.conf"]
    assert f"{SYSTEM}/execution.service.d/10-dry-run.conf.example" in found
    assert os.access(root / "usr/local/bin/execution", os.X_OK)
    assert oct((root / "etc/avwap/credentials").stat().st_mode & 0o777) == "0o700"


def test_nothing_of_the_examples_own_paths_is_left_when_all_are_others(tmp_path: Path) -> None:
    more = ["--user", "trader", "--checkout", "/srv/code", "--venv", "/srv/env", "--state-dir", "/var/lib/trading/one"]
    done = units(tmp_path / "root", "install", *more)
    assert done.code == 0, done.said
    text = "\n".join(listing(tmp_path / "root").values())
    commands = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert re.findall(r"/opt/avwap|/var/lib/avwap|(?:User|Group|reuid|regid|StateDirectory)=avwap", commands) == []
    for wanted in (
        "User=trader",
        "StateDirectory=trading/one",
        "/srv/env/bin/execution run",
        "quiet trader: /var/lib/trad",
    ):
        assert wanted in commands
    assert "AVWAP_STATE_DIR=/var/lib/trading/one" in commands and 'user="trader"' in commands


def test_installing_twice_changes_nothing(root: Path) -> None:
    before = listing(root)
    again = units(root, "install")
    assert (again.code, listing(root)) == (0, before) and "nothing to do" in again.out
    assert units(root, "diff").code == 0


def test_what_was_edited_is_shown_and_kept(root: Path) -> None:
    unit = root / SYSTEM / "execution.service"
    edited = unit.read_text().replace("MemoryMax=512M", "MemoryMax=1G")
    unit.write_text(edited)
    shown = units(root, "diff")
    assert shown.code == 1 and "-MemoryMax=1G" in shown.out and "+MemoryMax=512M" in shown.out
    kept = units(root, "install")
    assert kept.code == 1 and unit.read_text() == edited
    assert "LEFT: /etc/systemd/system/execution.service was edited by a person" in kept.out
    assert units(root, "install", "--overwrite").code == 0 and "MemoryMax=512M" in unit.read_text()


def test_a_new_rendering_of_an_unedited_file_goes_in(root: Path) -> None:
    done = units(root, "install", "--user", "other")
    assert "rewrote /etc/systemd/system/execution.service" in done.out and done.code == 0
    assert "User=other" in (root / SYSTEM / "execution.service").read_text()


def test_a_drop_in_that_was_removed_stays_removed(root: Path) -> None:
    """Who went LIVE is not put back to DRY_RUN by an update, nor the other way round."""
    drop_in = root / SYSTEM / "execution.service.d" / "10-dry-run.conf"
    drop_in.unlink()
    kept = units(root, "install")
    assert kept.code == 1 and "10-dry-run.conf was removed by a person" in kept.out and not drop_in.exists()


def test_the_settings_file_is_the_operators(root: Path) -> None:
    settings = root / "etc/avwap/execution.env"
    settings.write_text("AVWAP_STATE_DIR=/var/lib/avwap\nMAX_LIVE_POSITIONS=1\n")
    assert units(root, "install").code == 0 and units(root, "diff").code == 0
    assert "MAX_LIVE_POSITIONS=1" in settings.read_text()


def test_a_file_of_somebody_else_is_in_the_way(tmp_path: Path) -> None:
    unit = tmp_path / "root" / SYSTEM / "execution.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/root/old\n")
    done = units(tmp_path / "root", "install")
    assert done.code == 1 and "execution.service was edited by a person" in done.out
    assert unit.read_text().endswith("/root/old\n")


@pytest.mark.parametrize(
    "place", ["root/avwap_r3k_scanner/state/KILL_SWITCH", "opt/avwap/.env", f"{SYSTEM}/execution-loop.service.d/x.conf"]
)
def test_a_link_never_replaces_what_is_there(tmp_path: Path, place: str) -> None:
    there = tmp_path / "root" / place
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    done = units(tmp_path / "root", "install")
    assert done.code == 1 and "LEFT: /" in done.out and "remove it, and install again" in done.out
    assert there.read_text() == "mine" and units(tmp_path / "root", "diff").code == 1


def test_uninstall_leaves_what_was_there_before_and_what_was_edited(root: Path) -> None:
    mine = root / SYSTEM / "execution.service.d" / "99-mine.conf"
    mine.write_text("[Service]\nNice=1\n")
    (root / SYSTEM / "execution.timer").write_text("[Timer]\n")
    (root / "root/avwap_r3k_scanner/state").unlink()
    (root / "root/avwap_r3k_scanner/state").symlink_to("/somewhere")
    done = units(root, "uninstall")
    assert done.code == 1
    left = listing(root)
    assert left.pop("root/avwap_r3k_scanner/state") == "-> /somewhere"
    assert set(left) == {
        f"{SYSTEM}/execution.service.d/99-mine.conf",
        f"{SYSTEM}/execution.timer",
        "etc/avwap/installed.json",
    }
    (root / SYSTEM / "execution.timer").unlink()
    units(root, "uninstall")
    assert "etc/avwap/installed.json" not in listing(root)
    assert units(root, "uninstall").code == 64


def test_uninstall_of_an_untouched_installation_leaves_nothing_but_the_state(root: Path) -> None:
    assert units(root, "uninstall").code == 0
    assert listing(root) == {} and (root / "var/lib/avwap").is_dir()


def test_a_damaged_record_is_an_error_and_not_a_guess(root: Path) -> None:
    record = root / "etc/avwap/installed.json"
    record.write_text(record.read_text().replace("execution.timer", "execution.tiger"))
    for action in ("install", "diff", "uninstall"):
        done = units(root, action)
        assert done.code == 74 and "digest does not match" in done.err


def test_diff_as_json(root: Path) -> None:
    (root / SYSTEM / "scanner.timer").unlink()
    shown = json.loads(units(root, "diff", "--json").out)
    assert shown["files"]["/etc/systemd/system/scanner.timer"] == "removed"
    assert shown["files"]["/etc/systemd/system/execution.service"] == "same"
    assert shown["state_dir"] == "/var/lib/avwap" and shown["in_the_way"] == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"user": "root"}, "never runs as root"),
        ({"user": "Not A User"}, "name a user"),
        ({"state_dir": "/srv/state"}, "must lie in /var/lib"),
        ({"state_dir": "/var/lib"}, "must lie in /var/lib"),
        ({"checkout": "/root/code"}, "cannot see it"),
        ({"venv": "/home/me/venv"}, "cannot see it"),
        ({"checkout": "/opt/my code"}, "letters, digits"),
        ({"state_dir": "/var/lib/../../etc"}, "letters, digits"),
    ],
)
def test_what_cannot_be_a_service_is_refused_with_its_remedy(
    tmp_path: Path, changes: dict[str, str], word: str
) -> None:
    assert any(word in problem for problem in target(**changes).problems())
    options = [part for name, value in changes.items() for part in (f"--{name.replace('_', '-')}", value)]
    done = units(tmp_path / "root", "install", *options)
    assert done.code == 64 and word in done.err and not (tmp_path / "root").exists()


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that other users can reach, which pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_code_that_only_root_can_read_is_refused(open_place: Path) -> None:
    for name in ("code/execution/__main__.py", "venv/bin/execution"):
        (open_place / name).parent.mkdir(parents=True)
        (open_place / name).touch()
    where = target(checkout=str(open_place / "code"), venv=str(open_place / "venv"))
    assert list(where.problems()) == []
    (open_place / "code").chmod(0o750)
    assert list(where.problems()) == [
        f"{open_place}/code: closed to other users, so the service cannot read it; chmod -R o+rX {open_place}/code"
    ]
    (open_place / "venv/bin/execution").unlink()
    assert any("make .venv/run.ready" in problem for problem in where.problems())


@needs_systemd
def test_a_misspelt_setting_is_heard_before_anything_is_written() -> None:
    wanted = pieces(target())
    assert complaints(wanted, target()) == []
    for right, wrong in (
        ("ProtectSystem=strict", "ProtectSytem=strict"),
        ("TimeoutStartSec=55", "TimeoutStartSec=soon"),
    ):
        broken = [
            type(one)(one.path, one.content.replace(right.encode(), wrong.encode()), one.mode, one.once)
            if one.path.endswith("/execution.service")
            else one
            for one in wanted
        ]
        said = complaints(broken, target())
        assert said and all("execution.service" in line for line in said)


def timing(name: str, setting: str) -> int:
    found = re.search(rf"^{setting}=(\d+)$", (EXAMPLES / f"{name}{SUFFIX}").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_a_cycle_that_hangs_is_gone_before_the_next_tick() -> None:
    assert timing("execution.service", "TimeoutStartSec") + timing("execution.service", "TimeoutStopSec") < 60
    assert timing("execution.service", "TimeoutStartSec") > 45  # CYCLE_BUDGET_SECONDS
    assert timing("execution-loop.service", "WatchdogSec") > 60 + 45
    assert timing("execution-loop.service", "TimeoutStopSec") > 45


def test_every_unit_calls_a_verb() -> None:
    for example in EXAMPLES.glob(f"*.service{SUFFIX}"):
        found = re.search(r"^ExecStart=\S+/(execution|scanner) (\S+)", example.read_text(), re.MULTILINE)
        assert found is not None
        assert found[1] == "scanner" or found[2] in EXECUTION.verbs


def test_every_setting_of_a_unit_has_its_why() -> None:
    """A comment stands before each block of settings, as the examples promise."""
    for example in EXAMPLES.glob(f"*.service{SUFFIX}"):
        head = example.read_text().splitlines()[0]
        assert head.startswith("# ") and head.endswith((".", ","))


CLOSED_IN = (
    *("User=avwap", "StateDirectoryMode=0700", "UMask=0077", "ProtectSystem=strict", "ProtectHome=yes"),
    *("NoExecPaths=/var/lib/avwap", "InaccessiblePaths=-/etc/avwap/credentials -/etc/avwap/credentials.d"),
    *("PrivateTmp=yes", "PrivateDevices=yes", "PrivateUsers=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet="),
    *("AmbientCapabilities=", "RestrictSUIDSGID=yes", "RestrictNamespaces=yes", "RestrictRealtime=yes"),
    *("LockPersonality=yes", "MemoryDenyWriteExecute=yes", "RemoveIPC=yes", "KeyringMode=private", "LimitCORE=0"),
    *("ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes"),
    *("ProtectClock=yes", "ProtectHostname=yes", "ProtectProc=invisible", "SystemCallArchitectures=native"),
    *("SystemCallFilter=@system-service", "SystemCallErrorNumber=EPERM"),
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
)
ASKS_SYSTEMD = ("execution-watch.service", "execution-failed@.service")
"""Whether the timers run, and whether a unit is tried again, are asked over the bus."""


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob(f"*.service{SUFFIX}")), ids=lambda path: path.name)
def test_every_unit_is_closed_in(example: Path) -> None:
    """Line by line, the booted droplet looks at some of them in fact; and no unit hears the bus but to ask."""
    lines = example.read_text().splitlines()
    assert [line for line in CLOSED_IN if lines.count(line) != 1] == []
    hears = "InaccessiblePaths=-/run/dbus" not in lines
    assert hears == (example.name.removesuffix(SUFFIX) in ASKS_SYSTEMD)
    filters = [line for line in lines if line.startswith("SystemCallFilter=~")]
    assert len(filters) == 1 and "@privileged" in filters[0]


# --- folders ----------------------------------------------------------------------------------------


def test_an_open_folder_and_an_open_secret_are_named_by_diff_and_closed_by_install(root: Path) -> None:
    secrets, switches = root / "etc/avwap/credentials", root / "etc/avwap/switches"
    secrets.chmod(0o755)
    switches.chmod(0o777)
    (secrets / "APCA_API_KEY_ID").write_text("PK1")
    (secrets / "APCA_API_KEY_ID").chmod(0o644)
    shown = units(root, "diff")
    assert shown.code == 1 and "/etc/avwap/credentials was 0755 of uid" in shown.out
    done = units(root, "install")
    assert done.code == 0 and "/etc/avwap/credentials/APCA_API_KEY_ID was 0644 of uid" in done.out
    modes = [path.stat().st_mode & 0o777 for path in (secrets, secrets / "APCA_API_KEY_ID", switches)]
    assert modes == [0o700, 0o600, 0o755]
    assert units(root, "diff").code == 0


def test_what_is_no_plain_file_among_the_secrets_is_left_and_named(root: Path) -> None:
    (root / "etc/avwap/credentials/LINK").symlink_to("/etc/hostname")
    done = units(root, "install")
    assert done.code == 1 and "LEFT: /etc/avwap/credentials/LINK is no plain file or folder" in done.out


def test_units_get_copies_of_what_they_read_before_they_had_a_folder_of_their_own(root: Path) -> None:
    secrets = root / "etc/avwap/credentials"
    shutil.rmtree(root / "etc/avwap/credentials.d")
    for name in ("APCA_API_KEY_ID", "SLACK_WEBHOOK_URL", "LIVE_CONFIRM_TOKEN"):
        (secrets / name).write_text(name)
    done = units(root, "install")
    assert done.code == 0 and "copied /etc/avwap/credentials/APCA_API_KEY_ID" in done.out
    found = {str(path.relative_to(secrets.parent)) for path in (secrets.parent / "credentials.d").rglob("*_*")}
    assert found == {"credentials.d/scanner/APCA_API_KEY_ID", "credentials.d/telling/SLACK_WEBHOOK_URL"}
    (secrets.parent / "credentials.d/scanner/APCA_API_KEY_ID").write_text("another")
    units(root, "install")
    assert (secrets.parent / "credentials.d/scanner/APCA_API_KEY_ID").read_text() == "another"


def test_an_emptied_folder_of_drop_ins_gets_its_lock_back(root: Path) -> None:
    """What `systemctl revert` does; 10-dry-run.conf alone is removed by whoever goes LIVE, and stays so."""
    shutil.rmtree(root / SYSTEM / "execution.service.d")
    assert units(root, "diff").code == 1
    done = units(root, "install")
    assert done.code == 1 and "LEFT: /etc/systemd/system/execution.service.d was emptied" in done.out
    assert (root / SYSTEM / "execution.service.d" / "10-dry-run.conf").is_file()
    assert units(root, "install").code == 0


def test_what_comes_next_is_said_on_a_new_droplet_alone(root: Path, tmp_path: Path) -> None:
    assert "next, on a new droplet" in units(tmp_path / "new", "install").out
    (root / SYSTEM / "execution.service").write_text("")
    assert "next" not in units(root, "install", "--overwrite").out


def test_secrets_and_settings_that_stay_are_no_failure_of_uninstall(root: Path) -> None:
    """Whoever followed docs/deploying.md has put keys into the folder and a line into the file."""
    (root / "etc/avwap/credentials/APCA_API_KEY_ID").write_text("PK1")
    with (root / "etc/avwap/execution.env").open("a") as settings:
        settings.write("ALPACA_PAPER=1\n")
    done = units(root, "uninstall")
    assert done.code == 0, done.said
    for path in ("/etc/avwap/execution.env is yours and stays", "/etc/avwap/credentials is not empty and is left"):
        assert path in done.out
    assert not (root / "etc/avwap/installed.json").exists()
