"""What is set and by whom, as snapshots and `diff` show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from execution.snapshots.effective import effective

SECRET = "APCA_API_SECRET_KEY"


@pytest.mark.parametrize("prefix", ["", "avwap_", "telling_"])
def test_a_credential_is_named_as_the_source_whatever_systemd_calls_its_file(tmp_path: Path, prefix: str) -> None:
    """`avwap_NAME` was read, and its source called `.env`."""
    (tmp_path / "env").write_text(f"{SECRET}=from-the-file\nBROKER=alpaca\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / f"{prefix}{SECRET}").write_text("from-the-credential\n")
    environ = {
        "AVWAP_ENV_FILE": str(tmp_path / "env"),
        "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"),
        "DRY_RUN": "1",
    }
    found = effective(environ)
    assert found.merged[SECRET] == "from-the-credential"
    assert [found.sources[name] for name in (SECRET, "BROKER", "DRY_RUN")] == ["credential", ".env", "environment"]
    assert "LIVE_TRADING" not in found.sources


def test_a_credential_that_cannot_be_read_is_still_one(tmp_path: Path) -> None:
    (tmp_path / f"avwap_{SECRET}").mkdir()
    found = effective({"AVWAP_ENV_FILE": "/dev/null", "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found.sources[SECRET] == "credential" and SECRET not in found.merged
    assert f"credential {tmp_path / f'avwap_{SECRET}'} cannot be read" in " ".join(found.mistakes)
