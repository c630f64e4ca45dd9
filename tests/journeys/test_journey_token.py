"""Promise 8: LIVE needs both keys, privately, for this session; and every way to lack one is named.

Each reason is reached by running the service on a token as it lies on disk. A token of yesterday
serves nobody, whatever its file time was made to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from support import host
from support.desk import LIVE, Desk, NewDesk, side_by_side


def _file(desk: Desk) -> str:
    return str(desk.state / "live_confirm_token.txt")


def _unset(desk: Desk) -> None:
    del desk.env["LIVE_CONFIRM_TOKEN"]


def _blank(desk: Desk) -> None:
    desk.env["LIVE_CONFIRM_TOKEN"] = " \t"


def _no_file(desk: Desk) -> None:
    os.unlink(_file(desk))


def _empty_file(desk: Desk) -> None:
    desk.write_token(b"")


def _blank_file_and_variable(desk: Desk) -> None:
    desk.write_token(b"\n")
    desk.env["LIVE_CONFIRM_TOKEN"] = "\n"


def _readable_by_all(desk: Desk) -> None:
    os.chmod(_file(desk), 0o644)


def _readable_by_group(desk: Desk) -> None:
    os.chmod(_file(desk), 0o640)


def _other_text(desk: Desk) -> None:
    desk.write_token(b"something else")


def _trailing_newline(desk: Desk) -> None:
    desk.write_token(desk.env["LIVE_CONFIRM_TOKEN"].encode() + b"\n")


def _a_prefix(desk: Desk) -> None:
    desk.env["LIVE_CONFIRM_TOKEN"] = desk.env["LIVE_CONFIRM_TOKEN"][:-1]


def _not_ascii(desk: Desk) -> None:
    desk.env["LIVE_CONFIRM_TOKEN"] = "schlüssel"


def _link(desk: Desk) -> None:
    os.rename(_file(desk), desk.root / "token")
    os.symlink(desk.root / "token", _file(desk))


def _directory(desk: Desk) -> None:
    os.unlink(_file(desk))
    os.mkdir(_file(desk), 0o700)


def _pipe(desk: Desk) -> None:
    os.unlink(_file(desk))
    os.mkfifo(_file(desk), 0o600)


def _somebody_elses(desk: Desk) -> None:
    os.chown(_file(desk), 65534, -1)


REASONS = {
    _unset: "LIVE_CONFIRM_TOKEN missing",
    _blank: "LIVE_CONFIRM_TOKEN missing",
    _no_file: "confirm token file missing",
    _empty_file: "confirm token file empty",
    _blank_file_and_variable: "LIVE_CONFIRM_TOKEN missing",
    _readable_by_all: "confirm token file permissions too open (0644, want 0600)",
    _readable_by_group: "confirm token file permissions too open (0640, want 0600)",
    _other_text: "LIVE_CONFIRM_TOKEN mismatch",
    _trailing_newline: "LIVE_CONFIRM_TOKEN mismatch",
    _a_prefix: "LIVE_CONFIRM_TOKEN mismatch",
    _not_ascii: "LIVE_CONFIRM_TOKEN mismatch",
    _link: "confirm token file unreadable (is a link)",
    _directory: "confirm token file unreadable (is not a regular file)",
    _pipe: "confirm token file unreadable (is not a regular file)",
    **({_somebody_elses: "confirm token file unreadable (owned by uid 65534, want 0)"} if os.geteuid() == 0 else {}),
}


def test_every_reason_is_reached_and_nothing_leaves(another: NewDesk) -> None:
    def journey(spoil: Callable[[Desk], None]) -> None:
        desk = another(spoil.__name__)
        token = desk.env["LIVE_CONFIRM_TOKEN"]
        spoil(desk)
        done = desk.cycle()
        assert (done.mode, done.reason) == ("DRY_RUN", REASONS[spoil]), spoil.__name__
        assert desk.taken() == []
        assert token not in done.said

    side_by_side(REASONS, journey)


def test_a_file_that_only_its_owner_reads_is_private(live_desk: Desk) -> None:
    os.chmod(_file(live_desk), 0o400)
    assert live_desk.cycle().reason == LIVE


def test_yesterdays_token_serves_nobody_and_a_new_one_does(live_desk: Desk) -> None:
    armed = live_desk.session
    assert live_desk.cycle().reason == LIVE
    live_desk.next_session()
    done = live_desk.cycle()
    assert (done.mode, done.reason) == ("DRY_RUN", f"confirm token expired (armed {armed})")
    live_desk.arm()
    assert live_desk.cycle().reason == LIVE


def test_an_evenings_token_serves_the_next_session(live_desk: Desk) -> None:
    live_desk.sim("clock", f"{live_desk.session}T16:30")
    live_desk.arm()
    assert live_desk.cycle().has("Market closed; skipping cycle.")
    live_desk.next_session()
    assert live_desk.cycle().reason == LIVE


def test_live_arm_sessions_serves_as_many_and_no_more(live_desk: Desk) -> None:
    live_desk.next_session()
    assert live_desk.cycle(LIVE_ARM_SESSIONS="2").reason == LIVE
    live_desk.next_session()
    assert live_desk.cycle(LIVE_ARM_SESSIONS="2").reason.startswith("confirm token expired (armed ")


@pytest.mark.parametrize("days", [2, 40, 4000])
def test_a_token_dated_ahead_never_outlives_its_session(live_desk: Desk, days: int) -> None:
    """`touch -d` into the future, or a clock that once ran wrong, must not make an eternal key."""
    ahead = host.wall().timestamp() + days * 86_400
    os.utime(_file(live_desk), (ahead, ahead))
    live_desk.next_session()
    done = live_desk.cycle()
    assert (done.mode, live_desk.taken()) == ("DRY_RUN", []), done.said


def test_a_token_dated_back_is_expired(live_desk: Desk) -> None:
    back = host.wall().timestamp() - 30 * 86_400
    os.utime(_file(live_desk), (back, back))
    assert live_desk.cycle().reason.startswith("confirm token expired (armed ")
