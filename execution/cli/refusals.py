"""Makes the error that ends a verb out of a refusal, with the exit code of its cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from execution.broker.errors import BrokerUnreachable
from execution.operator.refusal import Cause, Refusal
from gates.base.errors import EXIT_STATE, LockHeld, OperatorError, SettingsError, UsageError


class StateRefused(OperatorError):
    """The state directory stands in the way of what was asked for."""

    exit_code = EXIT_STATE


ERRORS: Mapping[Cause, Callable[[str], OperatorError]] = {
    Cause.REQUEST: UsageError,
    Cause.SETTINGS: lambda text: SettingsError(text.splitlines()),
    Cause.BROKER: BrokerUnreachable,
    Cause.STATE: StateRefused,
    Cause.BUSY: LockHeld,
}


def error_of(refusal: Refusal, before: str = "") -> OperatorError:
    """What is at fault is named as its option is typed; `before` says what was not done, where no option is."""
    text = f"--{refusal.about} {refusal.why}" if refusal.about is not None else f"{before}{refusal.why}"
    return ERRORS[refusal.cause](text)
