"""The command line of a droplet as root starts it: who the verb is, what it was given, and what is left afterwards.

Each is one call of `main` in a mount namespace with an /etc and a /run of its own, and most start a program in the
verb's place that tells what it sees.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.desk import make_template, settings
from support import host
from support import server as servers
from support.desk import CHECKOUT
from support.server import SERVICE
from venue.venue import Venue

from gates.base.record import dataclass

MAIN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from execution.units.command import Place, main
programs, state = sys.argv.pop(1), sys.argv.pop(1)
sys.exit(main(Place(user="avwap", programs=programs, state=state), sys.argv[1:]))
"""
RUN = 'mount -t tmpfs -o mode=0755 tmpfs /run && { "$@"; code=$?; ls -A /run/credentials; exit $code; }'
PROBE = """#!/bin/sh
echo ids $(id -u) $(id -g) $(id -G)
grep -E '^(NoNewPrivs|Cap(Bnd|Prm|Eff|Inh|Amb)):' /proc/self/status
echo umask $(umask)
echo files $(readlink /proc/$$/fd/*)
env | sed 's/^/env /'
for one in $(ls "$CREDENTIALS_DIRECTORY"); do echo secret $one $(cat "$CREDENTIALS_DIRECTORY/$one"); done
stat -L -c 'stat %a %u %n' "$CREDENTIALS_DIRECTORY" "$CREDENTIALS_DIRECTORY"/*
echo words "$@"
exit 7
"""
OF_THE_SERVICE = {
    *("HOME", "USER", "LOGNAME", "SHELL", "PATH", "AVWAP_ENV_FILE", "CREDENTIALS_DIRECTORY"),
    *("TERM", "COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR", "SUDO_USER"),
    *("PWD", "OLDPWD", "SHLVL", "_"),  # a shell's own
}
SECRETS = {
    "credentials/APCA_API_KEY_ID": "PKTRADING",
    "credentials/LIVE_CONFIRM_TOKEN": "0123456789abcdef",
    "credentials/HEALTHCHECK_URL": "https://hc.example/of-trading",
    "credentials.d/telling/HEALTHCHECK_URL": "https://hc.example/of-telling",
    "credentials.d/telling/SLACK_BOT_TOKEN": "xoxb-of-telling",
    "credentials.d/scanner/APCA_API_KEY_ID": "PKDATA",
}


@dataclass(frozen=True)
class Line:
    """The machine with root at its command line."""

    root: Path

    @property
    def avwap(self) -> Path:
        return self.root / "etc/avwap"

    @property
    def state(self) -> Path:
        return self.root / "state"

    def put(self, program: str, text: str) -> None:
        (self.root / "bin" / program).write_text(text)
        (self.root / "bin" / program).chmod(0o755)

    def command(self, name: str, *words: str, programs: str | None = None) -> list[str]:
        place = (str(CHECKOUT), programs or str(self.root / "bin"), str(self.state))
        namespace = (*servers.as_on_a_server(self.root / "etc"), "sh", "-c", RUN, "sh")
        return [*namespace, sys.executable, "-c", MAIN, *place, name, *words]

    def said(self, name: str, *words: str, keep: int | None = None, **environ: str) -> list[str]:
        done = subprocess.run(
            self.command(name, *words), cwd=CHECKOUT, env={**host.environment(), **environ}, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=host.PATIENCE_SECONDS * 4, check=False,
            pass_fds=() if keep is None else (keep,),
        )  # fmt: skip
        assert done.returncode == 7, done.stdout + done.stderr
        return done.stdout.splitlines()


@pytest.fixture
def line() -> Iterator[Line]:
    if (reason := servers.why_not()) is not None:
        pytest.skip(reason)
    with servers.open_root() as root:
        etc = root / "etc"
        for file, text in (
            ("passwd", f"avwap:x:{SERVICE}:{SERVICE}::/var/lib/avwap:/bin/sh"),
            ("group", f"avwap:x:{SERVICE}:"),
        ):
            with (etc / file).open("a") as stream:
                stream.write(text + "\n")
        (root / "bin").mkdir()
        (root / "state").mkdir(mode=0o700)
        os.chown(root / "state", SERVICE, SERVICE)
        made = Line(root)
        made.avwap.mkdir()
        (made.avwap / "switches").mkdir()
        for name, text in SECRETS.items():
            path = made.avwap / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o600)
        for program in ("execution", "scanner"):
            made.put(program, PROBE)
        yield made


def read_until(screen: int, pattern: bytes) -> str:
    said = b""
    while not re.search(pattern, said) and select.select([screen], [], [], host.PATIENCE_SECONDS)[0]:
        try:
            said += os.read(screen, 65536)
        except OSError:  # nobody is left on it
            break
    assert re.search(pattern, said), said
    return said.decode()


def pairs(said: list[str], word: str) -> dict[str, str]:
    found = [one.split(" ", 1)[1] for one in said if one.startswith(f"{word} ")]
    return dict(one.replace("=", " ", 1).split(" ", 1) for one in found)


def test_the_verb_is_the_service_and_can_become_no_more(line: Line) -> None:
    said = line.said("execution", "status", "--json")
    (ids,) = [one.split()[1:] for one in said if one.startswith("ids ")]
    journal = re.findall(r"^systemd-journal:\w*:(\d+):", (line.root / "etc/group").read_text(), re.MULTILINE)
    assert ids[:2] == [str(SERVICE)] * 2 and set(ids[2:]) == {str(SERVICE), *journal}
    assert "NoNewPrivs:\t1" in said
    capabilities = {one.split()[1] for one in said if one.startswith("Cap")}
    assert capabilities == {"0000000000000000"}
    assert "umask 0077" in said and "words status --json" in said


def test_no_open_file_of_roots_goes_along(line: Line) -> None:
    reading, writing = os.pipe()
    said = line.said("execution", "status", keep=reading)
    (files,) = [one.split()[1:] for one in said if one.startswith("files ")]
    assert "/dev/null" in files and f"pipe:[{os.fstat(reading).st_ino}]" not in files
    os.close(reading)
    os.close(writing)


def test_the_environment_is_the_services_and_holds_no_secret(line: Line) -> None:
    """What root's shell exports stays there; secrets are files, never variables or words of the command."""
    roots = {
        "SLACK_BOT_TOKEN": "xoxb-of-root",
        "HEALTHCHECK_URL": "https://hc.example/of-root",
    }
    line.put("systemctl", "#!/bin/sh\necho EVIL=1\n")  # found on root's way, not on the fixed one
    roots["PATH"] = f"{line.root}/bin:{host.environment()['PATH']}"
    said = line.said(
        "execution", "status", PYTHONPATH="/x", LD_LIBRARY_PATH="/y", AWS_SECRET="abc", TERM="dumb", **roots
    )
    seen = pairs(said, "env")
    assert set(seen) - OF_THE_SERVICE == set()
    assert (seen["HOME"], seen["USER"], seen["AVWAP_ENV_FILE"]) == (
        "/var/lib/avwap",
        "avwap",
        "/etc/avwap/execution.env",
    )
    assert seen["PATH"].startswith("/usr/local/sbin:") and str(CHECKOUT) not in seen["PATH"]
    values = " ".join(seen.values())
    assert [secret for secret in (*SECRETS.values(), *roots.values()) if secret in values] == []


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        (
            "execution",
            {
                "APCA_API_KEY_ID": "PKTRADING",
                "HEALTHCHECK_URL": "https://hc.example/of-trading",
                "LIVE_CONFIRM_TOKEN": "0123456789abcdef",
                "SLACK_BOT_TOKEN": "xoxb-of-telling",
            },
        ),
        ("scanner", {"APCA_API_KEY_ID": "PKDATA"}),
    ],
)
def test_each_program_finds_the_secrets_it_needs_and_no_other(line: Line, program: str, wanted: dict[str, str]) -> None:
    said = line.said(program, "show")
    assert pairs(said, "secret") == wanted
    modes = {tuple(one.split()[1:3]) for one in said if one.startswith("stat ")}
    assert modes == {("500", str(SERVICE)), ("400", str(SERVICE))}
    assert not [one for one in said if one.startswith("avwap-")], "the copies are gone when the verb is"


def test_flatten_finds_its_keys_and_its_settings_on_a_droplet(line: Line) -> None:
    """`sudo execution flatten`, the installed program and all: only root may read the settings and the secrets."""
    with Venue() as venue:
        venue.run_clock()
        environ = settings(line.state, venue.env)
        shutil.rmtree(line.state)
        make_template(line.state)
        for path in (line.state, *line.state.rglob("*")):
            os.lchown(path, SERVICE, SERVICE)
        for name in ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "LIVE_CONFIRM_TOKEN"):
            (line.avwap / "credentials" / name).write_text(environ.pop(name))
        del environ["AVWAP_ENV_FILE"]
        (line.avwap / "credentials/HEALTHCHECK_URL").unlink()
        shutil.rmtree(line.avwap / "credentials.d/telling")
        (line.avwap / "execution.env").write_text("".join(f"{name}={value}\n" for name, value in environ.items()))
        venue.book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id="theirs")
        programs = str(Path(sys.executable).parent)
        done = subprocess.run(
            line.command("execution", "flatten", "--confirm", "PA3VENUE0001", programs=programs),
            cwd=CHECKOUT, env=host.environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL,
            timeout=host.PATIENCE_SECONDS * 4, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert [entry for entry in venue.requests if entry.method == "DELETE"]
    assert {path.lstat().st_uid for path in line.state.rglob("*")} == {SERVICE}


def test_a_verb_that_stays_root_is_given_no_copy(line: Line) -> None:
    said = line.said("execution", "units", "diff")
    assert "ids 0 0" in " ".join(said) and pairs(said, "env")["CREDENTIALS_DIRECTORY"] == "/etc/avwap/credentials"


def test_a_kill_of_roots_lies_in_its_own_folder_before_the_verb_begins(line: Line) -> None:
    line.put("execution", "#!/bin/sh\ntest -e /etc/avwap/switches/KILL_SWITCH && exit 7\n")
    line.said("execution", "kill", "--reason", "drill")
    made = line.avwap / "switches/KILL_SWITCH"
    assert (made.stat().st_uid, "why: drill" in made.read_text()) == (0, True)


def test_a_token_that_roots_shell_wrote_becomes_the_services_and_a_link_does_not(line: Line) -> None:
    precious = line.root / "precious"
    precious.write_text("root's\n")
    (line.state / "live_confirm_token.txt").symlink_to(precious)
    (line.avwap / "switches/live_confirm_token.txt").write_text("0123456789abcdef")
    line.said("execution", "status")
    assert (line.avwap / "switches/live_confirm_token.txt").stat().st_uid == SERVICE
    assert precious.stat().st_uid == 0


def test_the_terminal_is_not_roots_and_is_left_as_it_was(line: Line) -> None:
    line.put("execution", "#!/bin/sh\necho its $(tty); echo size $(stty size); read -r word; echo got $word; exit 7\n")
    ours, its = pty.openpty()
    script = (
        'echo roots $(tty); stty rows 33 cols 77; stty -a >"$0"; "$@"; echo left $?; stty -a | cmp - "$0" && echo same'
    )
    kept = str(line.root / "stty")
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", "sh", "-c", script, kept, *line.command("execution", "status")],
        cwd=CHECKOUT, env=host.environment(), stdin=its, stdout=its, stderr=its,
    )  # fmt: skip
    os.close(its)
    said = read_until(ours, rb"size \d+ \d+")
    os.write(ours, b"yes\r")
    said += read_until(ours, b"same|differ")
    assert process.wait(host.PATIENCE_SECONDS) == 0
    os.close(ours)
    roots, verbs = (re.findall(rf"{whose} (/dev/pts/\d+)", said) for whose in ("roots", "its"))
    assert roots and verbs and roots != verbs
    assert "size 33 77" in said and "got yes" in said and "left 7" in said and "same" in said


def test_the_command_is_started_without_what_the_shell_says_to_python() -> None:
    assert (CHECKOUT / "deploy_examples/command.example").read_text().startswith("#!/opt/avwap/.venv/bin/python -I\n")
