"""Tests that a broker is told by its kind, whatever the words of the choice say."""

from __future__ import annotations

import pytest

from execution.broker.kind import BrokerChoice, BrokerKind, is_simulated


def test_a_choice_is_said_with_its_reason() -> None:
    assert str(BrokerChoice(BrokerKind.ALPACA, "simulated no longer")) == "alpaca (simulated no longer)"


@pytest.mark.parametrize(("account", "simulated"), [("SIM0A1B2C3D", True), ("PA3XYZ", False), ("123456789", False)])
def test_an_account_number_says_whether_the_simulator_opened_it(account: str, simulated: bool) -> None:
    assert is_simulated(account) is simulated
