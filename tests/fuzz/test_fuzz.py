"""A few cases of every parser of foreign bytes; `make fuzz` tries a hundred thousand of each."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.draw import case
from fuzz.targets import Target, targets

NAMES = (
    *(f"broker {what}" for what in ("clock", "account", "configurations", "positions", "orders", "order")),
    *("broker quotes", "broker minute bars", "broker refusal", "bars page", "watchlist CSV", "holdings CSV"),
    *("watchlist", "universe", "Slack bot", "Slack webhook", ".env", "state.json", "ledger", "latches.json"),
    *("tokens.json", "heartbeat.json", "alerts.json", "live_arm.json", "preflight.json", "simulated_broker.json"),
    *("snapshot", "decisions", "sessions.json", "token"),
)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    return targets(tmp_path_factory.mktemp("fuzz"))


def test_every_target_is_named(known: dict[str, Target]) -> None:
    assert tuple(known) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_good_is_read(known: dict[str, Target], name: str) -> None:
    """A seed that is refused reaches nothing; but of Slack's answers only some are a yes."""
    found = [known[name].read(seed) for seed in known[name].seeds]
    if name.startswith("Slack"):
        assert None in found
    else:
        assert not any(isinstance(one, str) for one in found) or name == "broker refusal", found


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 2**62))
def test_what_is_not_is_refused_in_words(known: dict[str, Target], name: str, number: int) -> None:
    known[name].read(case(known[name].seeds, number))
