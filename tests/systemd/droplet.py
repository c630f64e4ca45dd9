"""A droplet as an operator sets it up, by the commands of docs/deploying.md, and the venue it trades at.

What that page fetches from the internet is stood in for: packages are those of the tests' own environment,
the repository is this checkout, Alpaca is the venue on loopback. The clock of the service's processes is moved
with libfaketime by as much as the venue's, so that it is a session whatever the hour the tests are run at.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from machine import Machine, Said
from venue.venue import Venue

from gates.base.record import dataclass, field
from scanner.watchlist import Row, make_watchlist, to_bytes

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = "/opt/avwap-packages"
FAILED = "execution-failed@execution.service"
CLOCK = "/srv/clock"
"""What the stand-ins for the venv's programs read before they start."""
STATE = "/var/lib/avwap"
RUNBOOK_STATE = "/root/avwap_r3k_scanner/state"
DROP_INS = "/etc/systemd/system/execution.service.d"
MORNING = datetime(2026, 11, 20, 15, 31, tzinfo=UTC)
PRICES = {"AAPL": 100, "MSFT": 200}
PAGE = CHECKOUT / "docs" / "deploying.md"


def fake_clock() -> Path | None:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


def other_system() -> Path | None:
    """The root of another system to boot, which `make systems` names. It has its own Python, so packages come from
    PyPI there, by the page's own commands."""
    named = os.environ.get("PYTEST_SYSTEM_ROOT")
    return Path(named) if named else None


def system_python() -> str | None:
    """The machine's own Python of the version the tests run with: what a droplet would have from apt."""
    return shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin")


def outside_packages() -> dict[Path, str]:
    """What the machine gets instead of PyPI: the packages of the tests' own environment."""
    return {Path(sysconfig.get_path("purelib")): PACKAGES}


def deploying_commands() -> list[str]:
    """The commands of the page's steps, one by one, as they stand there."""
    section = PAGE.read_text().split("\n## ", 1)[0]
    blocks = re.findall(r"^ *```bash\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


@dataclass
class Droplet:
    machine: Machine
    venue: Venue
    said: dict[str, Said] = field(default_factory=dict)
    """What each command of the page said."""
    _since: str = ""

    # ---- setting up ----------------------------------------------------------------------------

    def set_up(self) -> None:
        """The page, command by command; between them, what the internet would have brought."""
        self._lay_out_source()
        for command in deploying_commands():
            if "make -C" in command and other_system() is None:
                self._lay_out_packages()
            answers = f"{self.venue.key}\n" if "APCA_API_KEY_ID" in command else f"{self.venue.secret}\n"
            self.said[command] = self.machine.run(command, answers=answers, seconds=900, REPOSITORY="/srv/avwap")
            if command.startswith("useradd "):
                self.machine.run("chown -R avwap-build: /srv/avwap")  # git serves none that a third user owns
            if command.startswith("chown "):
                self._lay_out_programs()
            if command.endswith("units install"):
                self._point_at_venue()

    def _lay_out_source(self) -> None:
        listed = (
            subprocess.run(
                ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
                cwd=CHECKOUT,
                capture_output=True,
                check=True,
            )
            .stdout.decode()
            .split("\0")
        )
        source = self.machine.root / "srv" / "avwap"
        for name in filter(None, listed):
            if (CHECKOUT / name).is_file():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, source / name)
        if other_system() is None:
            stand_in = self.machine.root / "usr" / "local" / "sbin" / "apt-get"
            stand_in.write_text("#!/bin/sh\nexit 0\n")
            stand_in.chmod(0o755)
        else:
            self.machine.run("apt-get update && apt-get install -y git", seconds=300)
        self.machine.run(
            "cd /srv/avwap && git init -q && git add -A && git -c user.name=t -c user.email=t@t commit -qm all"
        )

    def _lay_out_packages(self) -> None:
        """The virtual environment that `make` would make from PyPI."""
        self.machine.run(f"{system_python()} -m venv --without-pip /opt/avwap/.venv")
        library = f"/opt/avwap/.venv/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        self.put(f"{library}/packages.pth", f"/opt/avwap\n{PACKAGES}\n")
        self.machine.run("touch /opt/avwap/.venv/packages.ready && chown -R avwap-build: /opt/avwap/.venv")

    def _lay_out_programs(self) -> None:
        """In the place of the venv's own: the same, by the clock that is set."""
        for name in ("execution", "scanner"):
            path = f"/opt/avwap/.venv/bin/{name}"
            start = f"import sys; from {name}.__main__ import main; sys.exit(main())"
            self.put(path, f"#!/bin/sh\n. {CLOCK}\nexec /opt/avwap/.venv/bin/python -c '{start}' \"$@\"\n")
            self.machine.run(f"chmod 755 {path}")
        self.tell_the_time()

    def _point_at_venue(self) -> None:
        with (self.machine.root / "etc/avwap/execution.env").open("a") as settings:
            for name in ("APCA_API_BASE_URL", "APCA_API_DATA_URL"):
                settings.write(f"{name}={self.venue.url}\n")
            settings.write("ENTRY_TRIGGER=touch\nHTTP_TIMEOUT_SECONDS=2\nENTRY_TTL_SECONDS=3600\n")

    # ---- time ----------------------------------------------------------------------------------

    def at(self, moment: datetime) -> None:
        """It is this moment now, for the venue and for the service, and time goes on from there."""
        self.venue.set_now(moment)
        self.venue.run_clock()
        self.tell_the_time()

    def tell_the_time(self) -> None:
        offset = (self.venue.now() - datetime.now(UTC)).total_seconds()
        self.put(CLOCK, f"export LD_PRELOAD={fake_clock()} FAKETIME={offset:+.3f} NO_FAKE_STAT=1\n")

    # ---- files ---------------------------------------------------------------------------------

    def path(self, inside: str) -> Path:
        return self.machine.root / inside.lstrip("/")

    def put(self, inside: str, text: str) -> None:
        """Written from within: seen from the host, a link in there would lead to the host's own files."""
        self.machine.run(f"mkdir -p $(dirname {inside}) && cat > {inside}", answers=text)

    def date_now(self, inside: str) -> None:
        """A file that was written just now, by the clock that is set: file times are not libfaketime's to move."""
        self.machine.run(f"touch --no-create --date=@{self.venue.now().timestamp():.0f} {inside}")

    def put_watchlist(self) -> None:
        """The venue has no year of bars of thousands of stocks; two rows, written as the scanner writes."""
        day = self.venue.now().date()
        rows = [Row(s, Decimal(p), Decimal(p) * 95 / 100, Decimal(p) * 110 / 100) for s, p in PRICES.items()]
        listed = make_watchlist(day, rows, as_of=None, generated_at=self.venue.now(), source="test")
        path = f"{STATE}/watchlists/{day}.json"
        self.path(path).write_bytes(to_bytes(listed))
        self.machine.run(f"chown avwap: {path}")
        self.price()

    def price(self) -> None:
        """Both rows may be entered at the market."""
        for symbol, price in PRICES.items():
            quote = Decimal(price) + Decimal("0.10")
            self.venue.book.move_price(symbol, quote, quote + Decimal("0.02"), quote)

    def ledger(self, mode: str = "live") -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path(f"{STATE}/{mode}_orders_today.json").read_bytes())
        return document

    # ---- what happened -------------------------------------------------------------------------

    def mark(self) -> None:
        """From here on is what `journal` shows."""
        self._since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"

    def journal(self, more: str = "", unit: str = "execution.service") -> str:
        self.machine.run("journalctl --sync")
        return self.machine.run(f"journalctl -q -u {unit} --since '{self._since}' -o cat --no-pager {more}").out

    def wait_for_line(self, text: str, unit: str = "execution.service") -> None:
        said = f"journalctl -q -u {unit} --since '{self._since}' -o cat --no-pager"
        self.machine.wait_for(f"{said} | grep -qF {shlex.quote(text)}")

    def cycle(self, unit: str = "execution.service") -> str:
        """One cycle by the runbook's own command; what it said."""
        self.mark()
        self.machine.run(f"systemctl restart {unit}", check=False)
        return self.journal(unit=unit)

    def show(self, what: str, unit: str = "execution.service") -> str:
        return self.machine.run(f"systemctl show -p {what} --value {unit}").out.strip()

    def entry_posts(self) -> list[str | None]:
        return [post.client_order_id for post in self.venue.requests.posts()]

    def run_as_printed(self, said: str) -> list[str]:
        """The lines that a verb told root to type, typed by root as they stand there; what they were."""
        lines = [line.strip() for line in said.splitlines() if line.startswith("  ") and line.strip()]
        for line in lines:
            self.machine.run(line)
        return lines

    # ---- as it was ---------------------------------------------------------------------------

    def remember(self) -> None:
        """What every test begins with: the droplet of the page, two rows on the list, no timer running."""
        # systemd forgets how an inactive unit ended as soon as no other unit speaks of it
        names = ("execution", "execution-sweep", "execution-loop", "execution-watch", "scanner")
        spoken_of = " ".join(f"{name}.service" for name in names)
        self.put("/etc/systemd/system/machine.target.d/keep.conf", f"[Unit]\nAfter={spoken_of} {FAILED}\n")
        self.machine.run("systemctl disable --now --quiet $(cd /etc/systemd/system && ls *.timer)")
        self.put_watchlist()
        self.machine.run("tar -C / -cf /srv/before.tar var/lib/avwap etc/avwap etc/systemd/system usr/local/bin")

    def begin_again(self) -> None:
        """Everything a test may have changed, at the venue and on the machine."""
        port = self.venue.port
        self.venue.close()
        self.venue = Venue(now=MORNING, port=port)
        self.machine.run(
            "systemctl stop --no-block 'execution*' 'scanner*';"
            "systemctl kill -s KILL 'execution*' 'scanner*' 2>/dev/null;"
            "rm -rf /var/lib/avwap /etc/avwap /etc/systemd/system; tar -C / -xf /srv/before.tar; chmod 700 /root"
        )
        self.at(MORNING)
        self.price()
        self.machine.run("systemctl daemon-reload; systemctl stop 'execution*' 'scanner*'; systemctl reset-failed")

    def pause(self, seconds: int) -> None:
        """Another pause between the loop's cycles than a minute."""
        unit = "/etc/systemd/system/execution-loop.service"
        self.machine.run(f"sed -i 's/--cycle-seconds 60/--cycle-seconds {seconds}/' {unit}; systemctl daemon-reload")

    def drop_in(self, name: str, *lines: str, unit: str = "execution.service") -> None:
        """A drop-in as an operator writes one, and what comes after it."""
        section = "" if lines and lines[0].startswith("[") else "[Service]\n"
        self.put(f"/etc/systemd/system/{unit}.d/{name}", section + "\n".join(lines) + "\n")
        self.machine.run("systemctl daemon-reload")


def opened() -> Iterator[Droplet]:
    other = other_system()
    machine = Machine(outside_packages()) if other is None else Machine({}, other)
    droplet = None
    try:
        machine.boot()
        droplet = Droplet(machine, Venue(now=MORNING))
        droplet.venue.run_clock()
        droplet.set_up()
        droplet.remember()
        yield droplet
    finally:
        machine.close()
        if droplet is not None:
            droplet.venue.close()
