"""Where the evidence goes to and since when, and that its size and digest are those of the file."""

from __future__ import annotations

import hashlib
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.place import Place

from execution.evidence.collect import EvidenceRequest
from execution.evidence.pack import pack, since_when, usual_place

NOW = datetime(2026, 11, 24, 15, 31, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("today", datetime(2026, 11, 24, 5, tzinfo=UTC)),  # New York's midnight
        ("2h", datetime(2026, 11, 24, 13, 31, 7, tzinfo=UTC)),
        ("3d", datetime(2026, 11, 21, 15, 31, 7, tzinfo=UTC)),
        ("99999d", datetime(1753, 2, 9, 15, 31, 7, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, 5, tzinfo=UTC)),
        ("2026-11-24T09:30", datetime(2026, 11, 24, 14, 30, tzinfo=UTC)),
        ("whenever", None),
        ("-2h", None),
    ],
)
def test_since_when(text: str, utc: datetime | None) -> None:
    assert since_when(text, NOW) == utc


def test_it_lies_in_the_state_directory_and_is_named_for_the_moment(place: Place) -> None:
    found = usual_place(place.environ, NOW)
    assert found == place.state.evidence / "evidence-20261124T153107.tar.gz"
    assert found.parent.is_dir()


def test_where_the_state_directory_takes_nothing_it_lies_where_we_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    monkeypatch.chdir(tmp_path)
    environ = {"AVWAP_ENV_FILE": os.devnull, "AVWAP_STATE_DIR": str(tmp_path / "file" / "state")}
    assert usual_place(environ, NOW) == tmp_path / "evidence-20261124T153107.tar.gz"


def test_what_is_told_of_the_file_is_true_of_it(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "incident.tar.gz"
    packed = pack(EvidenceRequest(place.environ, tmp_path, None, NOW, doctor=False), out)
    data = out.read_bytes()
    assert (packed.file, packed.size, packed.sha256) == (out, len(data), hashlib.sha256(data).hexdigest())
    with tarfile.open(out) as archive:
        names = [name for name in archive.getnames() if not name.endswith("manifest.json")]
    assert len(names) == len(packed.made.members) > 0
    assert "there is no verb `doctor` here" in [one.why for one in packed.made.not_in_it]
