"""Collects all that is known about an incident into one file without secrets.

Everything in the state directory, the settings files, the present as a snapshot, the doctor's answer
and the journal. It is walked, not listed, so a file added tomorrow is in it. It works with broken
settings, without a network, and on torn files, which are kept as they are but for their secrets.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from execution.evidence.bundle import Absent, Bundle, Lying, Member, new_bundle, walk
from execution.settings.fingerprints import SALT, open_sealer
from execution.settings.redaction import hide_text
from execution.snapshots.effective import known_secrets, state_of_anyhow
from execution.snapshots.files import FoundFile, places
from execution.snapshots.snapshots import Host, look, to_document
from execution.snapshots.store import Store
from execution.state.directory import StateDir
from gates.base import entrusted
from gates.base.environment import CHECKOUT, ENV_FILE, env_file_of
from gates.base.record import dataclass
from gates.base.sessions import new_york_day
from gates.base.statefile import render

COMMAND_SECONDS = 120
DOCTOR_OF_ROOTS = """
import json, sys
from gates.base import entrusted
entrusted.adopt(*json.loads(sys.argv[1]))
from execution.__main__ import main
sys.exit(main(["doctor", "--json"]))
"""
DATED = re.compile(r"(?P<year>20\d\d)-?(?P<month>\d\d)-?(?P<day>\d\d)(?:T\d{6}.*)?\.jsonl?")
JOURNAL = ("journalctl", "--no-pager", "--quiet", "--output=short-iso", "--unit=execution*", "--unit=scanner*")
LEFT_OUT = (
    (re.compile(r"live_confirm_token\.txt"), "a secret"),
    (re.compile(r"tokens\.json"), "digests of secrets"),
    (re.compile(rf"snapshots/{SALT}"), "the key of the fingerprints; it never leaves the state directory"),
    (re.compile(r"(?:.*/)?[^/]*\.lock"), "a lock"),
    (re.compile(r"(?:.*/)?[^/]*\.parquet"), "market data, from the scanner's source"),
    (re.compile(r"(?:evidence/)?\.?evidence-[^/]*\.tar\.gz(?:\..*\.tmp)?"), "an earlier evidence"),
)


@dataclass(frozen=True, slots=True)
class EvidenceMade:
    state_dir: str
    problem: str | None
    members: tuple[Member, ...]
    not_in_it: tuple[Absent, ...]


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """What is asked for; `since` leaves out dated files of earlier days and is handed to the journal."""

    environ: Mapping[str, str]
    units: Path | None
    since: datetime | None
    now: datetime
    doctor: bool


class _NoAnswer(Exception):
    """Says that a command gave no useful answer, and what it said instead."""


def write(request: EvidenceRequest, out: Path) -> EvidenceMade:
    """Make the file, whole or not at all, and say what is in it."""
    state, problem = state_of_anyhow(request.environ)
    host = Host(request.environ, Store(state, state.snapshots), places(request.environ, request.units))
    files = host.found()
    known = known_secrets(request.environ, state, [*files, *host.places.asides(files)])
    problem = hide_text(problem, known) if problem is not None else None
    with new_bundle(out, known, request.now) as bundle:
        _fill(bundle, request, host, files)
        bundle.close(_about(request, state, problem))
    return EvidenceMade(str(state.root), problem, tuple(bundle.members), tuple(bundle.not_in))


def _fill(bundle: Bundle, request: EvidenceRequest, host: Host, files: Iterable[FoundFile]) -> None:
    for lying in walk(host.state.root, bundle):
        _add_state_file(bundle, lying, request.since)
    for file in files:
        if file.problem is not None and not file.data:
            bundle.without(f"settings/{file.key}", file.problem)
        else:
            bundle.add(f"settings/{file.key}", file.data)
    _guarded(bundle, "present.json", lambda: _present(host, request.now))
    if request.doctor:
        environ = _by_the_same_settings(request.environ)
        _guarded(bundle, "doctor.json", lambda: _run(_doctor(), environ, entrusted.told()[0].values()))
    else:
        bundle.without("doctor.json", "there is no verb `doctor` here")
    since = [f"--since=@{int(request.since.timestamp())}"] if request.since is not None else []
    _guarded(bundle, "journal.txt", lambda: _run([*JOURNAL, *since], request.environ))


def _add_state_file(bundle: Bundle, lying: Lying, since: datetime | None) -> None:
    name, info = lying.name, lying.info
    why = next((reason for pattern, reason in LEFT_OUT if pattern.fullmatch(name)), None)
    if why is not None:
        bundle.without(f"state/{name}", why, info)
    elif since is not None and _is_before(name, since):
        bundle.without(f"state/{name}", f"older than {since.isoformat(timespec='minutes')}", info)
    else:
        try:
            bundle.add(f"state/{name}", lying.read(), info.st_mtime)
        except OSError as broken:
            bundle.without(f"state/{name}", f"cannot be read: {broken.strerror}", info)


def _is_before(name: str, since: datetime) -> bool:
    """Whether the file's name is a date before the day of `since`."""
    match = DATED.fullmatch(name.rpartition("/")[2])
    if match is None:
        return False
    return "{year}-{month}-{day}".format(**match.groupdict()) < str(new_york_day(since))


def _present(host: Host, now: datetime) -> bytes:
    return render(to_document(look(host, open_sealer(host.store.folder, make=False), now)))


def _guarded(bundle: Bundle, name: str, make: Callable[[], bytes]) -> None:
    """One part's failure is a line in the manifest, never the end of the bundle."""
    try:
        bundle.add(name, make())
    except FileNotFoundError as missing:
        bundle.without(name, f"there is no {missing.filename} here")
    except subprocess.TimeoutExpired:
        bundle.without(name, f"no answer within {COMMAND_SECONDS} seconds")
    except _NoAnswer as silent:
        bundle.without(name, str(silent))
    except Exception as broken:  # noqa: BLE001 - whatever is broken on this host is why evidence is collected
        bundle.without(name, f"{type(broken).__name__}: {broken}")


def _doctor() -> list[str]:
    """The doctor in a process of its own, which reads what root opened for this one."""
    told = entrusted.told()
    if not told[0]:
        return [sys.executable, "-m", "execution", "doctor", "--json"]
    return [sys.executable, "-c", DOCTOR_OF_ROOTS, json.dumps(told)]


def _by_the_same_settings(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with the settings file named, which else may be the one of the directory we stand in."""
    in_force = env_file_of(environ)
    return {**environ, ENV_FILE: str(in_force)} if entrusted.is_there(in_force) else environ


def _run(command: Sequence[str], environ: Mapping[str, str], handles: Iterable[int] = ()) -> bytes:
    """What it printed, whatever it left with: the doctor leaves with 2 when it has most to say."""
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=COMMAND_SECONDS,
        pass_fds=tuple(handles),
        check=False,
    )
    if not done.stdout and done.returncode != 0:
        said = done.stderr.decode("utf-8", "backslashreplace").strip()
        raise _NoAnswer(f"{Path(command[0]).name} left with {done.returncode}: {said}")
    return done.stdout


def _about(request: EvidenceRequest, state: StateDir, problem: str | None) -> dict[str, object]:
    return {
        "made_at": request.now.astimezone(UTC).isoformat(timespec="seconds"),
        "since": request.since.isoformat(timespec="seconds") if request.since is not None else None,
        "state_dir": str(state.root),
        "problem": problem,
    }
