"""The peers, each at a pinned version in a venv of its own under `build/peers/`.

A venv is made once and remembered by the digest of its pins; `peers/*.txt` are the pins. A peer that
cannot be installed here is said to be missing, with pip's own last word, and never replaced by a guess.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys

from benchmarks import ROOT

PINS = ROOT / "benchmarks" / "peers"
VENVS = ROOT / "build" / "peers"
INSTALL_SECONDS = 900


class PeerMissing(Exception):
    """This peer cannot be had here; the message says why."""


def python_of(name: str) -> str:
    """The peer's interpreter, its venv made when it is not there yet."""
    pins = PINS / f"{name}.txt"
    wanted = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    venv = VENVS / name
    python, ready = venv / "bin" / "python", venv / "ready"
    if ready.exists() and ready.read_text() == wanted:
        return str(python)
    print(f"Setting up the peer {name} in {venv.relative_to(ROOT)} (once)", file=sys.stderr, flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True, capture_output=True, text=True, timeout=120)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins],
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise PeerMissing(f"{name}: not installed within {INSTALL_SECONDS} s") from None
    except subprocess.CalledProcessError as failed:
        said = (failed.stderr or failed.stdout or "no word").strip().splitlines()
        raise PeerMissing(f"{name}: {said[-1] if said else 'no word'}") from None
    ready.write_text(wanted)
    return str(python)


def pinned(name: str) -> str:
    """`alpaca-py 0.44.0`: the first line of its pins."""
    return (PINS / f"{name}.txt").read_text().splitlines()[0].replace("==", " ")
