"""Makes flat rows of the orders and exits of many sessions, for spreadsheets and taxes. Pure.

An order stands once, under the session it was made in and as it is known today: a ledger that carried
it on knows more of it than the one that began it. An exit stands once, under the session it happened
in. Columns are a contract: new ones are added at the end, none is renamed. Every value is text, and what is
not known is empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from execution.ledger.day import Entry, Exit, Ledger
from execution.ledger.fills import fills_of
from execution.orders import parse_name
from gates.base.sessions import SessionOf

COLUMNS = (
    "row",
    "session",
    "mode",
    "account",
    "symbol",
    "side",
    "qty",
    "status",
    "price",
    "amount",
    "cost",
    "realized",
    "at",
    "filled_at",
    "limit_price",
    "stop_price",
    "target_price",
    "notional",
    "filled_qty",
    "client_order_id",
    "order_id",
    "beyond",
    "note",
)
WORDS = frozenset({"account", "symbol", "side", "status", "client_order_id", "order_id", "note"})
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows(ledgers: Iterable[Ledger], first: date, last: date, session_of: SessionOf) -> tuple[dict[str, str], ...]:
    """Rows of the sessions from `first` to `last`, oldest first; of one session, orders before exits."""
    newest: dict[str, tuple[Ledger, Entry]] = {}
    sold: list[tuple[Ledger, Exit]] = []
    for ledger in sorted(ledgers, key=lambda one: one.date_ny):
        for entry in ledger.everything():
            newest[entry.client_order_id] = (ledger, entry)
        sold += [(ledger, one) for one in ledger.exits]
    found = [_order(ledger, entry) for ledger, entry in newest.values()]
    found += [_exit(ledger, one, session_of(one.at)) for ledger, one in sold]
    kept = [one for one in found if str(first) <= one["session"] <= str(last)]
    return tuple(sorted(kept, key=lambda one: (one["session"], one["row"] != "order", one["at"], one["symbol"])))


def _order(ledger: Ledger, entry: Entry) -> dict[str, str]:
    name = parse_name(entry.client_order_id)
    filled = fills_of(entry)
    average = entry.filled_avg_price if entry.filled_qty else None
    return _row(
        row="order",
        session=str(name.day if name is not None else ledger.date_ny),
        mode=ledger.mode.value,
        account=ledger.account or "",
        symbol=entry.symbol,
        side=entry.side,
        qty=number_text(entry.qty),
        status=entry.status.value,
        price=number_text(average),
        amount=number_text(average * entry.filled_qty) if average is not None else "",
        at=moment_text(entry.timestamp),
        filled_at=moment_text(filled[-1]) if filled and entry.filled_qty else "",
        limit_price=number_text(entry.limit_price),
        stop_price=number_text(entry.stop_price),
        target_price=number_text(entry.target_price),
        notional=number_text(entry.notional),
        filled_qty=number_text(entry.filled_qty),
        client_order_id=entry.client_order_id,
        order_id=entry.order_id or "",
    )


def _exit(ledger: Ledger, one: Exit, session: date) -> dict[str, str]:
    amount = None if one.price is None else one.price * one.qty
    return _row(
        row="exit",
        session=str(session),
        mode=ledger.mode.value,
        account=ledger.account or "",
        symbol=one.symbol,
        side="sell",
        qty=number_text(one.qty),
        status=one.kind,
        price=number_text(one.price),
        amount=number_text(amount),
        cost=number_text(None if amount is None or one.realized is None else amount - one.realized),
        realized=number_text(one.realized),
        at=moment_text(one.at),
        filled_at=moment_text(one.at),
        filled_qty=number_text(one.qty),
        client_order_id=one.entry,
        beyond="yes" if one.beyond else "",
        note=one.note or "",
    )


def _row(**cells: str) -> dict[str, str]:
    return {column: cells.get(column, "") for column in COLUMNS}


def number_text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def csv_lines(
    found: Iterable[dict[str, str]], columns: Sequence[str] = COLUMNS, words: Collection[str] = WORDS
) -> Iterator[str]:
    """Header and rows, as RFC 4180 has them but for plain newlines. Words that a spreadsheet would take for
    a formula get an apostrophe before them: ids come from brokers, and numbers have columns of their own."""
    from csv import DictWriter
    from io import StringIO

    text = StringIO(newline="")
    writer = DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(cell, name in words) for name, cell in one.items()} for one in found)
    yield from text.getvalue().splitlines()


def _harmless(text: str, is_words: bool) -> str:
    return f"'{text}" if is_words and text[:1] in FORMULA else text
