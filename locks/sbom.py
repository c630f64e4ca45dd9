"""Writes the list of packages that the service is installed with, as CycloneDX JSON on standard output.

    make sbom > sbom.json

Names, versions and hashes are those of locks/all.txt for this Python; each licence is what the installed package says
of itself. The same lock gives the same bytes, so two lists can be compared.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).resolve().parent / "all.txt"
OURS = "avwap-execution"
LICENSED = "License :: OSI Approved :: "
LONGEST = 60
"""A `License` field that is longer holds the text and not the name."""


def main() -> int:
    components = [_component(line) for line in _locked(LOCK.read_text(encoding="utf-8"))]
    ours = {"type": "application", "name": OURS, "version": version(OURS), "licenses": _licences(OURS)}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours},
        "components": [one for one in components if one is not None],
    }
    sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")
    return 0


def _locked(text: str) -> list[str]:
    """Each requirement of a lock with its hashes as one line."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def _component(line: str) -> dict[str, object] | None:
    """A package as the list has it; None for one that this Python or machine does not install."""
    wanted = Requirement(line.partition(" --hash=")[0])
    if wanted.marker is not None and not wanted.marker.evaluate():
        return None
    number = str(wanted.specifier).removeprefix("==")
    hashes = [{"alg": "SHA-256", "content": found} for found in re.findall(r"--hash=sha256:([0-9a-f]{64})", line)]
    return {
        "type": "library",
        "name": wanted.name,
        "version": number,
        "purl": f"pkg:pypi/{wanted.name}@{number}",
        "hashes": hashes,
        "licenses": _licences(wanted.name),
    }


def _licences(name: str) -> list[dict[str, object]]:
    """An expression where there is one, else the classifiers, else a short `License` field; [] when nothing is said."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return []
    if "License-Expression" in said:
        return [{"expression": said["License-Expression"]}]
    named = [line.removeprefix(LICENSED) for line in said.get_all("Classifier") or [] if line.startswith(LICENSED)]
    if not named and len(said.get("License") or "") in range(1, LONGEST):
        named = [said["License"]]
    return [{"license": {"name": one}} for one in sorted(named)]


if __name__ == "__main__":
    sys.exit(main())
