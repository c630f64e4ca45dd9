"""Install the systemd units for this machine, show what that would change, or remove them again.

  execution units install          users, files, links; never over a file that a person has edited
  execution units diff             what install would change, as a diff
  execution units uninstall        only what install wrote; state, secrets and user stay

deploy_examples/ says what each unit is and why each setting is there. Nothing is enabled or started here.
install and diff leave with 0 when all is as it should be, with 1 when something is not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from execution.units.install import Comparison, InstallResult, compare, differences, install, uninstall
from execution.units.target import Target
from gates.base.environment import CHECKOUT
from gates.base.errors import EXIT_DONE, EXIT_NOT_FINISHED
from gates.base.output import pairs, paragraph, say, say_json, table

NEXT = """
next, on a new droplet: put the broker's keys into /etc/avwap/credentials and credentials.d/scanner, then
  execution init
  systemctl enable --now scanner.timer execution.timer execution-watch.timer execution-sweep.timer \\
    execution-summary.timer
docs/deploying.md has it step by step."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["install", "diff", "uninstall"])
    parser.add_argument("--root", default="/", type=Path, metavar="DIR", help="write below DIR; make no user (/)")
    parser.add_argument("--user", default="avwap", metavar="NAME", help="the service's system user (avwap)")
    parser.add_argument("--checkout", default=CHECKOUT, type=Path, metavar="DIR", help="where the code is (this one)")
    parser.add_argument("--venv", type=Path, metavar="DIR", help="its virtual environment (the one in use)")
    parser.add_argument(
        "--state-dir",
        default=Path("/var/lib/avwap"),
        type=Path,
        metavar="DIR",
        help="a directory below /var/lib",
    )
    parser.add_argument("--overwrite", action="store_true", help="install: also over what was edited or removed")
    parser.add_argument("--json", action="store_true", help="diff: machine-readable")


def main(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    target = Target(args.root.absolute(), args.user, args.checkout.absolute(), _venv(args), args.state_dir)
    if args.action == "diff":
        return _show(compare(target), target, as_json=args.json)
    if args.action == "uninstall":
        done = uninstall(target)
        _say(done)
        say(f"state in {target.state_dir}, secrets, settings you edited and user {target.user} are yours and stay")
    else:
        done = install(target, overwrite=args.overwrite)
        _say(done)
        say(
            NEXT
            if done.first
            else ""
            if done.said
            else "nothing to do: all is as it should be"
            if not done.kept
            else ""
        )
    return EXIT_NOT_FINISHED if done.kept else EXIT_DONE


def _venv(args: argparse.Namespace) -> Path:
    chosen: Path = args.venv or (Path(sys.prefix) if args.checkout == CHECKOUT else args.checkout / ".venv")
    return chosen.absolute()


def _say(done: InstallResult) -> None:
    for line in done.said:
        say(line)
    for line in done.kept:
        say(f"LEFT: {line}")


def _show(seen: Comparison, target: Target, *, as_json: bool) -> int:
    diff = list(differences(seen, target))
    problems = [problem for _, problem in seen.links if problem is not None] + [str(one) for one in seen.folders]
    if as_json:
        say_json(
            {
                "state_dir": str(target.state_dir),
                "root": str(target.root),
                "files": {piece.path: str(state) for piece, state in seen.pieces},
                "in_the_way": problems,
                "systemd_says": seen.complaints,
                "diff": diff,
            }
        )
    else:
        pairs([("state dir", str(target.state_dir)), ("user", target.user), ("venv", str(target.venv))])
        say()
        table(["file", "is"], [[piece.path, state] for piece, state in seen.pieces])
        for line in [*diff, *problems, *(seen.complaints or [])]:
            paragraph(line)
        if seen.complaints is None:
            paragraph("systemd-analyze is not here; the units were not verified")
    return EXIT_DONE if seen.settled and not seen.complaints else EXIT_NOT_FINISHED
