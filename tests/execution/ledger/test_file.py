"""Ledgers on disk: what is written reads back, what is damaged is named, what is finished is archived first."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support import trading

from execution.ledger.chain import ChainLink, chain
from execution.ledger.day import (
    SCHEMA,
    BrokenHistory,
    Entry,
    EntryOrigin,
    Event,
    Exit,
    Ledger,
    Leg,
    Previous,
    Sale,
    Word,
    blank,
    moved,
)
from execution.ledger.file import LedgerFile, digest, problem_words, to_bytes, to_document
from execution.orders import MOVES, OrderStatus, entry_id
from execution.records import Fee
from gates.base.statefile import SEAL, StateMissing, StateUnreadable, StateUnwritable, digest_of_rest, render, sealed
from gates.mode import Mode

DAY, NEXT = date(2026, 11, 20), date(2026, 11, 23)
AT = datetime(2026, 11, 20, 15, 31, 2, 113000, tzinfo=UTC)
S = OrderStatus
CONTRACT = [
    "client_order_id", "order_id", "symbol", "side", "qty", "limit_price", "notional", "stop_price", "target_price",
    "timestamp", "status", "filled_qty", "filled_avg_price", "legs", "history",
]  # fmt: skip


def entry(symbol: str = "AAPL", status: OrderStatus = S.FILLED, day: date = DAY, **changes: Any) -> Entry:
    """Four shares at 101.35 on the way to `status`."""
    intended = Entry(
        client_order_id=entry_id(day, symbol, 1),
        order_id="sim-000001",
        symbol=symbol,
        side="buy",
        qty=Decimal(4),
        limit_price=Decimal("101.35"),
        notional=Decimal("405.40"),
        stop_price=Decimal("97.90"),
        target_price=Decimal("108.10"),
        timestamp=AT,
        status=S.INTENDED,
        history=(Event(AT, S.INTENDED),),
    )
    if status is S.FILLED:
        changes = {"filled_qty": Decimal(4), "filled_avg_price": Decimal("101.30"), **changes}
    return replace(intended if status is S.INTENDED else moved(intended, status, AT, "a note"), **changes)


ORIGIN = EntryOrigin(
    Decimal("101.00"), Decimal("101.20"), Decimal("101.25"), "reclaimed", "earnings", date(2026, 10, 29),
    Decimal(1_234_567), Decimal("2.50"),
)  # fmt: skip


def full_ledger(mode: Mode = Mode.LIVE) -> Ledger:
    leg = Leg("stop", "sim-000002", S.WORKING, Decimal(4), Decimal("97.90"))
    return Ledger(
        SCHEMA, DAY, mode, "SIM1", Previous(date(2026, 11, 19), "ab" * 32),
        carried=(entry("MSFT", day=date(2026, 11, 18), legs=(leg,)),),
        entries=(entry(origin=ORIGIN), entry("KO", S.CANCELLED), entry("F", S.UNKNOWN, order_id=None)),
        exits=(
            Exit("MSFT", "stop", Decimal(3), Decimal("97.88"), AT, "avx-20261118-MSFT-entry-1", Decimal("-12.40"),
                 "sim-000002", fee=Fee(Decimal("0.01"), "USD")),
            Exit("MSFT", "foreign", Decimal(1), None, AT, "avx-20261118-MSFT-entry-1", None, "by-hand", beyond=True),
        ),
        sales=(Sale("by-hand-1", "MSFT", Decimal(2), AT),),
        words=(Word("KO", Decimal(7), AT, "bought by hand, see the broker's page"),),
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> LedgerFile:
    for mode in Mode:
        (tmp_path / "ledger" / mode.value).mkdir(parents=True)
    return LedgerFile(tmp_path, Mode.LIVE)


def put(file: LedgerFile, document: dict[str, Any]) -> None:
    file.path.write_bytes(render(document))


def problem(file: LedgerFile) -> str:
    with pytest.raises(StateUnreadable) as caught:
        file.load()
    assert caught.value.path == file.path
    return problem_words(caught.value)


# --- round trip -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
def test_what_is_saved_reads_back(tmp_path: Path, mode: Mode) -> None:
    file = LedgerFile(tmp_path, mode)
    for ledger in (blank(DAY, mode, None), full_ledger(mode)):
        file.save(ledger)
        assert file.load() == ledger
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_the_shape_of_the_file_is_the_contract(file: LedgerFile) -> None:
    file.save(full_ledger())
    document = json.loads(file.path.read_text())
    assert list(document) == [
        "schema", "date_ny", "mode", "account", "previous", "carried", "entries", "exits", "sales", "words", SEAL,
    ]  # fmt: skip
    first = document["entries"][0]
    assert [name for name in first if name in CONTRACT] == CONTRACT
    assert (first["qty"], first["limit_price"], first["notional"]) == ("4", "101.35", "405.40")
    assert (first["timestamp"], first["status"]) == ("2026-11-20T15:31:02.113Z", "filled")
    assert first["history"][0] == {"at": "2026-11-20T15:31:02.113Z", "status": "intended"}
    assert first["origin"] == {
        "entry": "101.00", "bid": "101.20", "ask": "101.25", "setup": "reclaimed", "anchor": "earnings",
        "anchor_date": "2026-10-29", "avg_volume": "1234567", "score": "2.50",
    }  # fmt: skip
    assert document["previous"] == {"date_ny": "2026-11-19", SEAL: "ab" * 32}
    assert document["exits"][0] == {
        "symbol": "MSFT", "kind": "stop", "qty": "3", "price": "97.88", "at": "2026-11-20T15:31:02.113Z",
        "entry": "avx-20261118-MSFT-entry-1", "realized": "-12.40", "order_id": "sim-000002", "beyond": False,
        "note": None, "fee": {"amount": "0.01", "currency": "USD"},
    }  # fmt: skip
    assert [document["exits"][1][field] for field in ("price", "realized", "beyond")] == [None, None, True]
    assert document["sales"] == [
        {"order_id": "by-hand-1", "symbol": "MSFT", "qty": "2", "at": "2026-11-20T15:31:02.113Z"}
    ]
    assert document["words"] == [
        {"symbol": "KO", "shares": "7", "at": "2026-11-20T15:31:02.113Z",
         "evidence": "bought by hand, see the broker's page"}
    ]  # fmt: skip
    assert document[SEAL] == digest_of_rest(document) == digest(full_ledger())


amounts = st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
notes = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def lives(draw: st.DrawFn, symbol: str, day: date) -> Entry:
    """An entry after any steps of a life the table of moves allows."""
    qty, limit = Decimal(draw(st.integers(1, 10_000))), draw(amounts)
    one = entry(symbol, S.INTENDED, day, qty=qty, limit_price=limit, notional=limit * qty)
    for _ in range(draw(st.integers(0, 4))):
        steps = sorted(MOVES[one.status], key=lambda status: status.value)
        if steps:
            one = moved(one, draw(st.sampled_from(steps)), draw(moments), draw(notes))
    if one.status in (S.FILLED, S.PARTIALLY_FILLED, S.CANCELLED):
        filled = qty if one.status is S.FILLED else Decimal(draw(st.integers(0, int(qty))))
        one = replace(one, filled_qty=filled, filled_avg_price=draw(amounts) if filled else None)
    legs = draw(st.lists(st.builds(Leg, st.sampled_from(["stop", "target"]), st.uuids().map(str), st.sampled_from(S),
                                   st.just(qty), amounts), max_size=2))  # fmt: skip
    return replace(one, legs=tuple(legs))


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    symbols = draw(st.lists(st.from_regex(r"\A[A-Z][A-Z0-9]{0,4}\Z"), unique=True, max_size=4))
    entries = tuple(draw(lives(symbol, DAY)) for symbol in symbols[:2])
    carried = tuple(draw(lives(symbol, DAY - timedelta(days=3))) for symbol in symbols[2:])
    exits = draw(st.lists(st.builds(
        Exit, st.just("MSFT"), st.sampled_from(["stop", "target", "flatten", "foreign"]), amounts,
        st.none() | amounts, moments, st.just("avx-20261118-MSFT-entry-1"),
        st.none() | amounts | amounts.map(lambda amount: -amount), st.none() | st.uuids().map(str), st.booleans(),
        notes,
    ), max_size=2))  # fmt: skip
    sales = draw(st.lists(st.builds(Sale, st.uuids().map(str), st.just("MSFT"), amounts, moments), max_size=2))
    words = draw(st.lists(st.builds(Word, st.just("KO"), amounts, moments, notes.filter(bool)), max_size=2))
    account = draw(st.none() | st.text(st.characters(exclude_categories=["Cs"])))
    return Ledger(SCHEMA, DAY, Mode.LIVE, account, None, carried, entries, tuple(exits), tuple(sales), tuple(words))


@settings(deadline=None)
@given(ledger=ledgers())
def test_any_ledger_reads_back(tmp_path_factory: pytest.TempPathFactory, ledger: Ledger) -> None:
    file = LedgerFile(tmp_path_factory.getbasetemp(), Mode.LIVE)
    written = to_bytes(ledger)
    file.path.write_bytes(written)
    assert file.load() == ledger
    assert to_bytes(file.load()) == written
    assert json.loads(written)[SEAL] == digest(ledger)


@settings(deadline=None)
@given(data=st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_are_more_than_unreadable(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = LedgerFile(tmp_path_factory.getbasetemp(), Mode.DRY_RUN)
    file.path.write_bytes(data)
    with pytest.raises(StateUnreadable):
        file.load()
    assert file.path.read_bytes() == data


# --- damage ---------------------------------------------------------------------------------------

BYTES_DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "zero bytes": (lambda data: b"", "unreadable: is empty"),
    "only blanks": (lambda data: b" \n\n", "unreadable: is empty"),
    "cut short": (lambda data: data[: len(data) // 2], "unreadable: is not valid JSON"),
    "one brace short": (lambda data: data.rstrip()[:-1], "unreadable: is not valid JSON"),
    "something after it": (lambda data: data + b"{}", "unreadable: is not valid JSON"),
    "twice": (lambda data: data + data, "unreadable: is not valid JSON"),
    "a list": (lambda data: b"[" + data + b"]", "unreadable: is not a JSON object"),
    "no text": (lambda data: b"\xff" + data, "unreadable: is not valid JSON"),
    "a byte order mark": (lambda data: b"\xef\xbb\xbf" + data, "unreadable: is not valid JSON"),
    "zeros": (lambda data: b"\x00" * len(data), "unreadable: is not valid JSON"),
    "a qty edited": (lambda data: data.replace(b'"qty": "4"', b'"qty": "1"', 1), "digest"),
    "a status edited": (lambda data: data.replace(b'"cancelled"', b'"rejected"', 1), "digest"),
    "back-dated": (lambda data: data.replace(b'"date_ny": "2026-11-20"', b'"date_ny": "2026-11-18"', 1), "digest"),
    "post-dated": (lambda data: data.replace(b'"date_ny": "2026-11-20"', b'"date_ny": "2026-11-27"', 1), "digest"),
    "digest edited": (lambda data: data.replace(b'"sha256": "', b'"sha256": "0', 2), "digest"),
    "a newer schema": (lambda data: data.replace(b'"schema": 2', b'"schema": 3'), "unreadable: has schema 3, want 2"),
    "a number as money": (lambda data: data.replace(b'"101.35"', b"101.35"), "unreadable: is not valid JSON"),
    "NaN": (lambda data: data.replace(b'"101.35"', b"NaN"), "unreadable: is not valid JSON"),
    "a key twice": (lambda data: data.replace(b'"mode"', b'"schema": 2, "mode"'), "unreadable: is not valid JSON"),
    "CRLF is no damage to the content": (lambda data: data.replace(b"\n", b"\r\n"), ""),
}


@pytest.mark.parametrize("damage", BYTES_DAMAGE)
def test_damage_is_named_and_the_file_left_alone(file: LedgerFile, damage: str) -> None:
    change, words = BYTES_DAMAGE[damage]
    file.save(full_ledger())
    damaged = change(file.path.read_bytes())
    file.path.write_bytes(damaged)
    if words:
        assert problem(file).startswith(words)
    else:
        assert file.load() == full_ledger()
    assert file.path.read_bytes() == damaged


def test_any_single_byte_changed_is_noticed(file: LedgerFile) -> None:
    """Unless it is white space between values, which says nothing."""
    file.save(full_ledger())
    data = file.path.read_bytes()
    for place in range(0, len(data), 17):
        if data[place : place + 1].isspace():
            continue
        file.path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        problem(file)


def test_a_missing_ledger_is_missing(file: LedgerFile) -> None:
    with pytest.raises(StateMissing):
        file.load()
    assert problem(file) == "missing"


@pytest.mark.parametrize("kind", ["directory", "link to a good one", "dangling link"])
def test_what_is_no_plain_file_is_unreadable(file: LedgerFile, kind: str) -> None:
    if kind == "directory":
        file.path.mkdir()
    elif kind == "dangling link":
        file.path.symlink_to("nowhere")
    else:
        elsewhere = file.root / "elsewhere.json"
        elsewhere.write_bytes(to_bytes(full_ledger()))
        file.path.symlink_to(elsewhere)
    assert problem(file).startswith("unreadable: ")


def test_a_ledger_of_an_earlier_version_reads_as_one_that_says_less(file: LedgerFile) -> None:
    """Its digest is over the fields that it has, and its successor is chained to that."""
    document = to_document(full_ledger()) | {"schema": 1}
    del document["sales"], document["words"]
    for one in document["exits"]:
        for field in ("order_id", "beyond", "note", "fee"):
            del one[field]
    for one in (*document["entries"], *document["carried"]):
        for field in ("cancel_asked_at", "cancels_asked", "unrecognised", "origin"):
            del one[field]
        for leg in one["legs"]:
            del leg["works"], leg["asleep"]
    older = sealed(document)
    put(file, older)
    entries = tuple(replace(one, origin=None) for one in full_ledger().entries)
    exits = tuple(replace(one, order_id=None, beyond=False, fee=None) for one in full_ledger().exits)
    less = replace(full_ledger(), sales=(), words=(), entries=entries, exits=exits)
    assert file.load_with_seal(file.path) == (less, older[SEAL])
    assert file.roll_over(file.load(), NEXT).previous == Previous(DAY, str(older[SEAL]))
    assert chain(file)[-1] == ChainLink("LIVE", f"{NEXT} (current)", None, current=True)


UNREADABLE: dict[str, tuple[Ledger, str]] = {
    "the other mode": (full_ledger(Mode.DRY_RUN), "is a DRY_RUN ledger, want LIVE"),
    "more sold than bought": (
        replace(full_ledger(), entries=(entry(exited_qty=Decimal(5)),)),
        "avx-20261120-AAPL-entry-1 bought 4 of 4 shares and sold 5",
    ),
    "more bought than ordered": (
        replace(full_ledger(), entries=(entry(filled_qty=Decimal(5)),)),
        "avx-20261120-AAPL-entry-1 bought 5 of 4 shares and sold 0",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_could_not_be_read_again_is_not_written(file: LedgerFile, what: str) -> None:
    file.save(full_ledger())
    before = file.path.read_bytes()
    ledger, words = UNREADABLE[what]
    with pytest.raises(BrokenHistory) as broken:
        file.save(ledger)
    assert str(broken.value) == f"{file.path} would not be readable: {words}"
    assert file.path.read_bytes() == before


def test_a_session_that_cannot_be_saved_is_not_begun_either(file: LedgerFile) -> None:
    """The archive is made first, so the next cycle finds what this one found."""
    file.save(full_ledger())
    before = file.path.read_bytes()
    with pytest.raises(BrokenHistory, match="follows a later one"):
        file.roll_over(file.load(), DAY)
    assert file.path.read_bytes() == before


def change_document(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The full ledger with one change in its text, sealed again."""
    document = to_document(full_ledger())
    change(document)
    return sealed(document)


SEALED_DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "unknown field": lambda d: d.update(comment="x"),
    "unknown field of an entry": lambda d: d["entries"][0].update(comment="x"),
    "missing field": lambda d: d.pop("account"),
    "missing field of an entry": lambda d: d["entries"][0].pop("notional"),
    "no history": lambda d: d["entries"][0].update(history=[]),
    "entries are no list": lambda d: d.update(entries={}),
    "entries are null": lambda d: d.update(entries=None),
    "a count instead of entries": lambda d: d.update(entries=3),
    "an unknown mode": lambda d: d.update(mode="PAPER"),
    "an unknown status": lambda d: d["entries"][0].update(status="held"),
    "a date of another kind": lambda d: d.update(date_ny="20.11.2026"),
    "qty NaN": lambda d: d["entries"][0].update(qty="NaN"),
    "limit sNaN": lambda d: d["entries"][0].update(limit_price="sNaN"),
    "notional Infinity": lambda d: d["entries"][0].update(notional="-Infinity"),
    "leg price NaN": lambda d: d["carried"][0]["legs"][0].update(price="NaN"),
    "a sale's qty NaN": lambda d: d["sales"][0].update(qty="NaN"),
    "a sale without its order": lambda d: d["sales"][0].pop("order_id"),
    "a word without evidence": lambda d: d["words"][0].pop("evidence"),
    "a word of no number": lambda d: d["words"][0].update(shares="some"),
    "exit realized NaN": lambda d: d["exits"][0].update(realized="nan"),
    "filled_avg_price Infinity": lambda d: d["entries"][0].update(filled_avg_price="inf"),
    "order id a number": lambda d: d["entries"][0].update(order_id=5),
    "a time without a zone": lambda d: d["entries"][0].update(timestamp="2026-11-20T15:31:02.113"),
    "the other mode": lambda d: d.update(mode="DRY_RUN"),
    "follows itself": lambda d: d["previous"].update(date_ny="2026-11-20"),
    "follows a later one": lambda d: d["previous"].update(date_ny="2026-11-23"),
    "an id twice": lambda d: d["entries"].append(d["entries"][0]),
    "an id in both lists": lambda d: d["carried"].append(d["entries"][0]),
    "a status its history does not say": lambda d: d["entries"][0].update(status="cancelled"),
    "an entry of another day": lambda d: d["entries"][0].update(client_order_id="avx-20261119-AAPL-entry-1"),
    "back-dated": lambda d: d.update(date_ny="2026-11-19", previous=None),
    "post-dated": lambda d: d.update(date_ny="2026-11-24"),
    "an entry of another symbol": lambda d: d["entries"][0].update(symbol="NVDA"),
    "an id that is not ours": lambda d: d["entries"][0].update(client_order_id="my-own-id"),
    "a negative qty": lambda d: d["entries"][0].update(qty="-4"),
    "a negative limit": lambda d: d["entries"][0].update(limit_price="-101.35"),
    "more filled than ordered": lambda d: d["entries"][0].update(filled_qty="5"),
    "more sold than filled": lambda d: d["entries"][0].update(exited_qty="5"),
    "notional is not limit times qty": lambda d: d["entries"][0].update(notional="4.05"),
    "a history no order can have": lambda d: d["entries"][1]["history"].insert(
        1, {"at": "2026-11-20T15:31:02.113Z", "status": "filled"}
    ),
}


@pytest.mark.parametrize("damage", SEALED_DAMAGE)
def test_a_ledger_that_contradicts_itself_is_unreadable_although_its_digest_holds(
    file: LedgerFile, damage: str
) -> None:
    put(file, change_document(SEALED_DAMAGE[damage]))
    words = problem(file)
    assert words.startswith("unreadable: ")
    assert len(words) > len("unreadable: ")


def test_the_digest_is_the_same_whoever_computes_it(file: LedgerFile) -> None:
    put(file, change_document(lambda d: None))
    assert file.load() == full_ledger()


# --- roll-over ------------------------------------------------------------------------------------


def test_roll_over_archives_the_bytes_and_begins_a_chained_ledger(file: LedgerFile) -> None:
    file.save(full_ledger())
    before = file.path.read_bytes()
    following = file.roll_over(file.load(), NEXT)
    assert file.archive_path(DAY).read_bytes() == before
    assert stat.S_IMODE(file.archive_path(DAY).stat().st_mode) == 0o600
    assert file.load() == following
    assert following.previous == Previous(DAY, digest(full_ledger()))
    assert (following.date_ny, following.account, following.entries, following.exits) == (NEXT, "SIM1", (), ())
    assert [one.symbol for one in following.carried] == ["MSFT", "AAPL", "F"]  # held, held, in doubt; not KO


def test_a_rehearsals_entries_stay_with_their_session(tmp_path: Path, file: LedgerFile) -> None:
    rehearsal = LedgerFile(tmp_path, Mode.DRY_RUN)
    rehearsal.save(full_ledger(Mode.DRY_RUN))
    assert rehearsal.roll_over(rehearsal.load(), NEXT).carried == ()
    assert not file.archive_path(DAY).exists()


def test_many_sessions_are_one_chain(file: LedgerFile) -> None:
    file.save(blank(date(2026, 11, 16), Mode.LIVE, "SIM1"))
    for day in range(17, 21):
        file.roll_over(file.load(), date(2026, 11, day))
    assert file.archived_days() == tuple(date(2026, 11, day) for day in range(16, 20))
    ledger = file.load()
    while ledger.previous is not None:
        archived = file.load_from(file.archive_path(ledger.previous.date_ny))
        assert ledger.previous.sha256 == digest(archived)
        ledger = archived
    assert ledger.date_ny == date(2026, 11, 16)


def test_a_death_between_archiving_and_beginning_is_finished_by_the_next_cycle(file: LedgerFile) -> None:
    file.save(full_ledger())
    file.archive_path(DAY).write_bytes(file.path.read_bytes())  # archived, then died
    following = file.roll_over(file.load(), NEXT)
    assert file.load() == following
    assert file.load_from(file.archive_path(DAY)) == full_ledger()


@pytest.mark.parametrize("content", [b"", b"{}", to_bytes(blank(DAY, Mode.LIVE, "SIM1"))])
def test_an_archive_with_other_content_is_never_written_over(file: LedgerFile, content: bytes) -> None:
    file.save(full_ledger())
    before = file.path.read_bytes()
    file.archive_path(DAY).write_bytes(content)
    with pytest.raises(StateUnreadable, match="archive already exists with other content"):
        file.roll_over(file.load(), NEXT)
    assert (file.archive_path(DAY).read_bytes(), file.path.read_bytes()) == (content, before)


def test_an_archive_that_cannot_be_made_leaves_the_ledger_as_it_was(file: LedgerFile) -> None:
    file.save(full_ledger())
    before = file.path.read_bytes()
    file.archive_dir.rmdir()
    with pytest.raises(StateUnwritable):
        file.roll_over(file.load(), NEXT)
    assert file.path.read_bytes() == before


def test_an_old_ledger_that_was_put_back_is_not_followed(file: LedgerFile) -> None:
    file.save(blank(DAY, Mode.LIVE, "SIM1"))
    old = file.path.read_bytes()
    file.roll_over(file.load(), NEXT)
    file.roll_over(file.load(), NEXT + timedelta(days=1))
    file.path.write_bytes(old)
    with pytest.raises(StateUnreadable, match="dated 2026-11-20, but 2026-11-23 is archived already"):
        file.roll_over(file.load(), NEXT)
    assert file.path.read_bytes() == old


def test_what_lies_in_the_archive_must_be_named_for_a_session(file: LedgerFile) -> None:
    file.archive_path(NEXT).touch()
    file.archive_path(DAY).touch()
    assert file.archived_days() == (DAY, NEXT)
    (file.archive_dir / "copy of 2026-11-20.json").touch()
    with pytest.raises(StateUnreadable, match="is not named for a session"):
        file.archived_days()


@pytest.mark.parametrize("price", ["9e999999"])
def test_numbers_that_cannot_be_reckoned_with_are_unreadable_and_not_written(tmp_path: Path, price: str) -> None:
    file = LedgerFile(tmp_path, Mode.LIVE)
    odd = trading.ledger(trading.entry(limit_price=Decimal(price)))
    file.path.write_bytes(to_bytes(odd))
    with pytest.raises(StateUnreadable, match="cannot be reckoned with"):
        file.load()
    with pytest.raises(BrokenHistory, match="cannot be reckoned with"):
        file.save(odd)
