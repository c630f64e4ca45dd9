"""Defines what a setting is, how its text is read, and the settings that scanner and execution share.

The readers are strict and one-sided: a value whose meaning is not clear is `Unfit`, with
the remedy, and never the default. The tables of settings are in `execution/settings/registry.py` and
`scanner/settings.py`; a variable that is in neither is not a setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from gates.base.money import parse_plain
from gates.base.record import dataclass

ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?P<port>:[0-9]{1,5})?/?")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
ALPACA = "alpaca.markets"
PAPER_HOST = "https://paper-api.alpaca.markets"
LIVE_HOST = "https://api.alpaca.markets"


class Secret:
    """A value that never shows itself; `reveal` is called where it is used and nowhere else."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(set)" if self._value else "Secret(not set)"


class Unfit(Exception):
    """Says that a value does not parse; the message is the remedy."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. `names_broker` marks what decides where orders go and where state lives; `tighter` says whether
    the second of two values lets no more through than the first, None where it cannot be told."""

    name: str
    parse: Callable[[str | None], Any]
    default: str | None
    help: str
    when_wrong: Any = None
    secret: bool = False
    names_broker: bool = False
    tighter: Callable[[Any, Any], bool] | None = None

    @property
    def field(self) -> str:
        return self.name.lower()

    @property
    def bounds(self) -> str:
        """Which values it takes, in words; empty where `help` says all there is to say."""
        return self.parse.bounds if isinstance(self.parse, Bounded) else ""


def lower(before: Any, after: Any) -> bool:
    """The less is let through, the lower the value is; None is without limit."""
    return before is None or (after is not None and bool(after <= before))


def higher(before: Any, after: Any) -> bool:
    """The less is let through, the higher the value is."""
    return bool(after >= before)


# --- readers ----------------------------------------------------------------------------------------


def text(value: str | None) -> str:
    return value or ""


def secret(value: str | None) -> Secret:
    return Secret(value or "")


@runtime_checkable
class Bounded(Protocol):
    """A reader that can say which values it takes."""

    @property
    def bounds(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Choice:
    words: tuple[str, ...]

    def __call__(self, value: str | None) -> str:
        if value not in self.words:
            raise Unfit(f"write one of {', '.join(self.words)}")
        return value

    @property
    def bounds(self) -> str:
        return ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class Whole:
    least: int
    most: int

    def __call__(self, value: str | None) -> int:
        number = parse_plain(value or "")
        if number is None or number != int(number) or "." in (value or "") or not self.least <= number <= self.most:
            raise Unfit(f"write a whole number from {self.bounds}, digits only")
        return int(number)

    @property
    def bounds(self) -> str:
        return f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Number:
    least: str
    most: str
    unit: str

    def __call__(self, value: str | None) -> Decimal:
        number = parse_plain(value or "")
        if number is None or not Decimal(self.least) <= number <= Decimal(self.most):
            raise Unfit(
                f"write a plain number from {self.least} to {self.most} ({self.unit}): digits, at most one point"
            )
        return number

    @property
    def bounds(self) -> str:
        return f"{self.least} to {self.most} {self.unit}"


@dataclass(frozen=True, slots=True)
class IfSet:
    """Reads a number that may be unset: None, which is no limit."""

    number: Number

    def __call__(self, value: str | None) -> Decimal | None:
        if value is None:
            return None
        try:
            return self.number(value)
        except Unfit as unfit:
            raise Unfit(f"{unfit}; or remove the variable") from None

    @property
    def bounds(self) -> str:
        return f"{self.number.bounds}, or unset"


def choice(*words: str) -> Choice:
    return Choice(words)


def whole(least: int, most: int) -> Whole:
    return Whole(least, most)


def decimal(least: str, most: str, unit: str) -> Number:
    return Number(least, most, unit)


def decimal_if_set(least: str, most: str, unit: str) -> IfSet:
    return IfSet(Number(least, most, unit))


def path(value: str | None) -> str:
    if value == "":
        raise Unfit("name a directory or remove the variable")
    if value is not None and value.startswith("~"):
        raise Unfit("write the whole path; ~ is not expanded")
    if value is not None and "\0" in value:
        raise Unfit("no path holds a zero byte; write it anew")
    return value or ""


@dataclass(frozen=True, slots=True)
class YesOrNo:
    def __call__(self, value: str | None) -> bool:
        if value not in ("0", "1"):
            raise Unfit(f"write {self.bounds}")
        return value == "1"

    @property
    def bounds(self) -> str:
        return "1 or 0"


yes_or_no = YesOrNo()


def address(value: str | None) -> str:
    """An https address, or http to this very machine; without a path."""
    if not value:
        return ""
    match = ADDRESS.fullmatch(value)
    if match is None or not match["host"].strip("."):
        raise Unfit("write an address such as https://paper-api.alpaca.markets, without a path")
    if match["scheme"] == "http" and match["host"] not in LOOPBACK:
        raise Unfit("must be https; http is for this machine only (127.0.0.1, localhost)")
    port = "" if match["port"] is None or (match["scheme"], match["port"]) == ("https", ":443") else match["port"]
    return f"{match['scheme']}://{match['host'].rstrip('.').lower()}{port}"


def is_alpacas(host: str) -> bool:
    """Whether an address that `address` took is one of Alpaca's own."""
    name = host.removeprefix("https://")
    return host.startswith("https://") and (name == ALPACA or name.endswith(f".{ALPACA}"))


# --- settings of both -------------------------------------------------------------------------------

STATE_DIR = Setting(
    "AVWAP_STATE_DIR",
    path,
    None,
    "state directory; else STATE_DIRECTORY, state/ of a checkout or ~/.local/state/avwap",
    names_broker=True,
)
KEY_ID = Setting("APCA_API_KEY_ID", secret, None, "Alpaca key id", secret=True, names_broker=True)
SECRET_KEY = Setting("APCA_API_SECRET_KEY", secret, None, "Alpaca secret key", secret=True, names_broker=True)
BROKER = Setting(
    "BROKER",
    choice("auto", "alpaca", "simulated"),
    "auto",
    "auto: alpaca when a key is set, else simulated while LIVE_TRADING is off",
    names_broker=True,
)
PAPER = Setting("ALPACA_PAPER", yes_or_no, "1", "1 for the paper account, 0 for real money", names_broker=True)
BASE_URL = Setting(
    "APCA_API_BASE_URL", address, None, "trading host; else Alpaca's own for the account", names_broker=True
)
DATA_URL = Setting("APCA_API_DATA_URL", address, "https://data.alpaca.markets", "market data host", names_broker=True)
