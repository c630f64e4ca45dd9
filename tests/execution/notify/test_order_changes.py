"""What of an order's life is told: from its history, each event once, several of a kind in one message."""

from __future__ import annotations

import msgspec
import pytest
from support.trading import YESTERDAY, D, S, at, entry, ledger, protection

from execution.channel.messages import Message, MessageLevel
from execution.ledger.day import Entry, Event, Exit, Ledger
from execution.notify.alerts import BLANK, Alerts
from execution.notify.order_changes import tell_orders
from gates.mode import Mode

NOW = at("10:40")


def tell(told: Alerts, *ledgers: Ledger, mode: str = "LIVE") -> tuple[Alerts, list[Message]]:
    return tell_orders(told, ledgers, mode, NOW)


def titles(messages: list[Message]) -> list[str]:
    return [f"{one.mode} · {one.title}" for one in messages]


def lived(*statuses: S, symbol: str = "AAPL", filled: int = 0, note: str | None = None) -> Entry:
    history = tuple(Event(NOW, status, note) for status in statuses)
    return entry(symbol, statuses[-1], filled=filled, history=history)


@pytest.mark.parametrize(
    ("statuses", "kinds"),
    [
        ((S.INTENDED, S.SUBMITTED), ["order.submitted"]),
        ((S.INTENDED, S.SUBMITTED, S.WORKING), ["order.submitted"]),
        ((S.INTENDED, S.WORKING), ["order.submitted"]),
        ((S.INTENDED, S.SUBMITTED, S.PARTIALLY_FILLED), ["order.submitted", "order.filled"]),
        ((S.INTENDED, S.SUBMITTED, S.PARTIALLY_FILLED, S.FILLED), ["order.submitted", "order.filled"]),
        ((S.INTENDED, S.FILLED), ["order.filled"]),
        ((S.INTENDED, S.REJECTED), ["order.rejected"]),
        ((S.INTENDED, S.SUBMITTED, S.CANCELLED), ["order.submitted", "order.ended"]),
        ((S.INTENDED, S.SUBMITTED, S.EXPIRED), ["order.submitted", "order.ended"]),
        ((S.INTENDED, S.UNKNOWN), ["order.unresolved"]),
        ((S.INTENDED, S.UNKNOWN, S.UNKNOWN), ["order.unresolved"]),
        ((S.INTENDED,), ["order.unresolved"]),
        ((S.INTENDED, S.UNKNOWN, S.WORKING), ["order.unresolved", "order.settled"]),
        ((S.INTENDED, S.UNKNOWN, S.NOT_SENT), ["order.unresolved", "order.settled"]),
        ((S.INTENDED, S.UNKNOWN, S.SUBMITTED, S.FILLED), ["order.unresolved", "order.settled", "order.filled"]),
        ((S.INTENDED, S.NOT_SENT), ["order.not_sent"]),
    ],
    ids=lambda value: "-".join(one.value for one in value) if isinstance(value, tuple) else "",
)
def test_each_life_told_at_once_and_step_by_step(statuses: tuple[S, ...], kinds: list[str]) -> None:
    filled = 4 if S.FILLED in statuses else 2 if S.PARTIALLY_FILLED in statuses else 0
    after, said = tell(BLANK, ledger(lived(*statuses, filled=filled)))
    assert sorted(one.kind for one in said) == sorted(kinds)
    again, nothing = tell(after, ledger(lived(*statuses, filled=filled)))
    assert (again, nothing) == (after, [])
    told, one_by_one = BLANK, []
    for length in range(1, len(statuses) + 1):
        told, some = tell(told, ledger(lived(*statuses[:length], filled=filled if length == len(statuses) else 0)))
        one_by_one += [one.kind for one in some]
    assert set(kinds) <= set(one_by_one), "nothing is missed when told in steps"


def test_several_of_a_kind_are_one_message_with_a_table() -> None:
    _, (said,) = tell(BLANK, ledger(lived(S.INTENDED, S.SUBMITTED), lived(S.INTENDED, S.SUBMITTED, symbol="MSFT")))
    assert said.title == "Orders submitted: AAPL, MSFT"
    assert said.lines == (
        "symbol  shares   limit   stop  target",
        "AAPL         4  101.35  97.90  108.10",
        "MSFT         4  101.35  97.90  108.10",
    )


def test_a_partial_fill_says_of_how_many() -> None:
    after, _ = tell(BLANK, ledger(lived(S.INTENDED, S.SUBMITTED)))
    _, (said,) = tell(after, ledger(lived(S.INTENDED, S.SUBMITTED, S.PARTIALLY_FILLED, filled=3)))
    assert said.lines[1] == "AAPL    3 of 4  101.30  303.90"


def test_a_refusal_says_why() -> None:
    _, (said,) = tell(BLANK, ledger(lived(S.INTENDED, S.REJECTED, note="HTTP 403 code 40310000: insufficient")))
    assert said.lines == ("AAPL  4  rejected: HTTP 403 code 40310000: insufficient",)


@pytest.mark.parametrize(
    ("statuses", "filled", "shown"),
    [
        ((S.INTENDED, S.SUBMITTED, S.CANCELLED), 0, {"order.submitted": "108.10", "order.ended": "cancelled"}),
        (
            (S.INTENDED, S.SUBMITTED, S.CANCELLED),
            3,
            {"order.submitted": "108.10", "order.filled": "303.90", "order.ended_in_part": "cancelled"},
        ),
        (
            (S.INTENDED, S.SUBMITTED, S.PARTIALLY_FILLED, S.EXPIRED),
            3,
            {"order.submitted": "108.10", "order.filled": "303.90", "order.ended_in_part": "expired"},
        ),
        ((S.INTENDED, S.REJECTED), 3, {"order.filled": "303.90", "order.rejected": "rejected"}),
        ((S.INTENDED, S.UNKNOWN, S.CANCELLED), 3, {
            "order.unresolved": "unknown", "order.filled": "303.90", "order.settled": "cancelled"}),
    ],
)  # fmt: skip
def test_shares_of_an_order_that_ended_are_told_as_filled(
    statuses: tuple[S, ...], filled: int, shown: dict[str, str]
) -> None:
    after, said = tell(BLANK, ledger(lived(*statuses, filled=filled)))
    assert {one.kind: one.lines[-1].split()[-1] for one in said} == shown
    part = [one for one in said if one.kind == "order.ended_in_part"]
    assert [one.title for one in part] == ["Order ended, filled in part: AAPL"] * len(part)
    assert all(one.lines[-1].split()[1:4] == ["3", "of", "4"] for one in part)
    assert tell(after, ledger(lived(*statuses, filled=filled)))[1] == []


def test_a_fill_whose_price_is_not_told_says_so() -> None:
    untold = msgspec.structs.replace(lived(S.INTENDED, S.FILLED, filled=4), filled_avg_price=None)
    _, (said,) = tell(BLANK, ledger(untold))
    assert said.lines[1] == "AAPL         4  not told  not told"


@pytest.mark.parametrize(
    ("price", "shown"), [(None, "AAPL         4  not told  not told"), (D("97.88"), "AAPL         4  97.88  not told")]
)
def test_an_exit_without_a_result_says_so(price: D | None, shown: str) -> None:
    sold = msgspec.structs.replace(exit_of("stop", "0"), price=price, realized=None)
    _, (said,) = tell(BLANK, ledger(exits=(sold,)))
    assert (said.title, said.lines[1]) == ("Stopped out: AAPL", shown)


def test_a_sale_beyond_what_was_held_is_no_stop_that_worked() -> None:
    over = msgspec.structs.replace(exit_of("stop", "0"), realized=None, beyond=True)
    _, said = tell(BLANK, ledger(exits=(exit_of("target", "27.2"), over)))
    assert [(one.title, one.level) for one in said] == [
        ("Target hit: AAPL", MessageLevel.INFO),
        ("Sold beyond what was held: AAPL", MessageLevel.ERROR),
    ]


def exit_of(kind: str, realized: str) -> Exit:
    return Exit("AAPL", kind, D(4), D("97.88"), NOW, "avx-20261120-AAPL-entry-1", D(realized))


@pytest.mark.parametrize(
    ("kind", "realized", "title", "shown"),
    [
        ("stop", "-13.68", "Stopped out: AAPL", "-13.68"),
        ("target", "27.2", "Target hit: AAPL", "+27.20"),
        ("flatten", "0", "Position closed: AAPL", "+0.00"),
        ("foreign", "-0.004", "Position closed: AAPL", "+0.00"),
    ],
)
def test_exits_are_told_by_kind_with_their_result(kind: str, realized: str, title: str, shown: str) -> None:
    held = lived(S.INTENDED, S.SUBMITTED, S.FILLED, filled=4)
    after, _ = tell(BLANK, ledger(held))
    done = ledger(held, exits=(exit_of(kind, realized),))
    after, (said,) = tell(after, done)
    assert said.title == title and said.lines[1].split()[-1] in (shown, "-0.00")
    assert tell(after, done)[1] == []


def test_a_live_order_while_the_service_is_in_dry_run_says_both() -> None:
    _, said = tell(BLANK, ledger(lived(S.INTENDED, S.SUBMITTED)), mode="DRY_RUN")
    assert titles(said) == ["DRY_RUN now, LIVE order · Order submitted: AAPL"]
    _, said = tell(BLANK, ledger(lived(S.INTENDED, S.SUBMITTED), mode=Mode.DRY_RUN), mode="DRY_RUN")
    assert titles(said) == ["DRY_RUN · Order submitted: AAPL"]


def test_what_was_carried_is_old_news_the_first_time_and_none_later() -> None:
    carried = lived(S.INTENDED, S.SUBMITTED, S.FILLED, filled=4)
    after, said = tell(BLANK, ledger(carried=(carried,)))
    assert said == []
    sold = ledger(carried=(carried,), exits=(exit_of("stop", "-1"),))
    assert titles(tell(after, sold)[1]) == ["LIVE · Stopped out: AAPL"]


def test_an_archive_read_for_what_was_missed_comes_first() -> None:
    old = msgspec.structs.replace(
        ledger(entry("AAPL", S.FILLED, day=YESTERDAY, filled=4)), date_ny=YESTERDAY, exits=(exit_of("stop", "-1"),)
    )
    after, _ = tell(BLANK, msgspec.structs.replace(old, exits=()))
    after, said = tell(after, ledger(lived(S.INTENDED, S.SUBMITTED)), old)
    assert titles(said) == ["LIVE · Stopped out: AAPL", "LIVE · Order submitted: AAPL"]
    after, said = tell(after, ledger(lived(S.INTENDED, S.SUBMITTED)))
    assert said == [] and len(after.orders) == 1 and after.exits == {}, "what is over is forgotten"


def test_a_stop_the_janitor_placed_is_told_once() -> None:
    held = lived(S.INTENDED, S.SUBMITTED, S.FILLED, filled=4)
    after, _ = tell(BLANK, ledger(held))
    guarded = ledger(msgspec.structs.replace(held, protections=(protection(),)))
    after, (said,) = tell(after, guarded)
    assert said.kind == "position.protected" and said.lines == ("AAPL  4  97.90",)
    assert tell(after, guarded)[1] == []
