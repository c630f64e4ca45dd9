"""Ways in which an answer travels, or does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .holding import Holding
from .wire import Connection, Response


@dataclass(frozen=True, slots=True)
class Parcel:
    """An answer on its way. `note` writes the status into the log, before the client can know it."""

    response: Response
    connection: Connection
    holding: Holding
    note: Callable[[int], None]


Delivery = Callable[[Parcel], None]


def deliver(parcel: Parcel) -> None:
    parcel.note(parcel.response.status)
    parcel.connection.send(parcel.response)


def deliver_late(parcel: Parcel) -> None:
    parcel.holding.wait_for_release()
    deliver(parcel)


def deliver_nothing(parcel: Parcel) -> None:
    """Keep the client waiting until it gives up, or the venue does."""
    with parcel.holding.counted():
        parcel.connection.wait_until_gone()
    parcel.connection.finish()


def deliver_half(parcel: Parcel) -> None:
    """Promise the whole body, send half of it and hang up."""
    head, body = parcel.response.render()
    parcel.note(parcel.response.status)
    parcel.connection.send_bytes(head + body[: len(body) // 2])
    parcel.connection.finish()


def deliver_slowly(interval_seconds: float) -> Delivery:
    def drip(parcel: Parcel) -> None:
        head, body = parcel.response.render()
        parcel.note(parcel.response.status)
        parcel.connection.send_bytes(head)
        with parcel.holding.counted():
            for place in range(len(body)):
                parcel.connection.send_bytes(body[place : place + 1])
                if not parcel.holding.pause(interval_seconds):
                    break

    return drip


def hang_up(parcel: Parcel) -> None:
    parcel.connection.finish()


def reset(parcel: Parcel) -> None:
    parcel.connection.reset()
