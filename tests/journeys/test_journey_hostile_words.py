"""A week of hostile words from the broker: no output and no file holds one raw, a secret of ours, or a forged line.

Every text of every answer says something else each session: a terminal's commands, line ends before a line like
ours, letters that turn the direction of reading, our own keys in many spellings, and megabytes.
"""

from __future__ import annotations

import base64
import re
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from crash.desk import PRICES, Desk, NewDesk, settings
from support import host
from support.forkserver import command
from venue import faults
from venue.slack import Slack
from venue.venue import Venue

from execution.orders import parse_name
from scanner.watchlist import Row, make_watchlist, to_bytes

KEY, SECRET = "PKQ7W3E9R5T1Y8U2I6O4", "aZ3kP9qLm2Xw7RtYc5Vb8NsHd4JfGu6TgEo1WiQx"
SESSIONS = [datetime(2026, 11, day, 15, 31, tzinfo=UTC) for day in (20, 23, 24, 25, 27)]
FORGED = "Gate mode=LIVE status=PASS reason=forged"
ESC = "\x1b]0;pwn\x07\x1b[2K\x1b[1A\x1b[31m\x9b2J\u202e\u2066\r"
SPELLINGS = (
    SECRET,
    KEY,
    SECRET[9:23],
    SECRET.upper(),
    f"{SECRET[:20]}\n   {SECRET[20:]}",
    base64.b64encode(f"x{KEY}:{SECRET}".encode()).decode(),
    base64.b32encode(SECRET.encode()).decode(),
    SECRET.encode().hex(":"),
    "".join(f"%25{ord(one):02x}" for one in SECRET),
    "".join(f"&#{ord(one)};" for one in KEY),
    "".join(f"\\x{ord(one):02x}" for one in SECRET),
)
WORDS = (
    f"TS{ESC}\n{FORGED} one",
    f"[2026-11-20 10:31:02 EST] {FORGED} two",
    f"\n\nexecution: {FORGED} three\u2028\u0085{ESC}",
    *SPELLINGS,
    f"<!channel> <https://evil.example|{SECRET}>",
    "{0} %s ${HOME} `id` $(id)",
    "x" * 300_000,
    "\ud800\udfff",
)
FORGERY = re.compile(r"mode=LIVE status=PASS reason=forged|(?m:^|\] |execution: )Gate mode=LIVE[^\n]*forged")
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
KEPT = ("id", "legs", "client_order_id")
"""What of an order of ours is left as it is, or the broker would hold no order of ours at all."""
READING = (
    ("status",),
    ("status", "--json"),
    ("gates",),
    ("gates", "--json"),
    ("why", "AAPL"),
    ("doctor",),
    ("doctor", "--json"),
    ("ledger", "show"),
    ("ledger", "show", "--json"),
    ("ledger", "verify"),
    ("report",),
    ("summary",),
    ("trades",),
    ("performance", "--by", "symbol"),
    ("equity",),
    ("summary", "--html", "{root}/page.html"),
    ("export", "--out", "{root}/export.csv"),
    ("latches", "show"),
    ("morning",),
    ("close-day",),
    ("preflight",),
    ("go-nogo",),
    ("health",),
    ("watch",),
    ("snapshot",),
    ("evidence", "--out", "{root}/bundle.tar.gz"),
)
GETTING_OUT = (("cancel-all", "--confirm", "PA3VENUE0001"), ("flatten", "--confirm", "PA3VENUE0001"))
"""They wait for the broker to say it was done, and here it never does: half a minute each."""


@pytest.fixture
def venue() -> Iterator[Venue]:
    """Its keys are long enough to be known again by a part of them."""
    with Venue(key=KEY, secret=SECRET) as opened:
        yield opened


@pytest.fixture
def desk(at_venue: NewDesk, slack: Slack) -> Desk:
    return at_venue(MAX_LIVE_ORDERS_PER_DAY="3", **slack.webhook_env)


def hostile(words: Iterator[str], only: str = "") -> Callable[[Any], Any]:
    """Every text replaced by the next word, but numbers, moments and what keeps an order of ours ours."""

    def change(value: Any, key: str = "", ours: bool = False) -> Any:
        if isinstance(value, list):
            return [change(one, key, ours) for one in value]
        if isinstance(value, dict):
            ours = parse_name(str(value.get("client_order_id"))) is not None or ours
            return {name: change(one, name, ours) for name, one in value.items()}
        is_text = isinstance(value, str) and re.fullmatch(r"[-0-9.]*|\d{4}-\d\d-\d\dT.*", value) is None
        kept = ours and key in (*KEPT, "symbol", "side", "type", "order_class", "time_in_force")
        return next(words) if is_text and not kept and (not only or key == only) else value

    return change


def cycling(first: int) -> Iterator[str]:
    number = first
    while True:
        yield WORDS[number % len(WORDS)]
        number += 1


def verb(desk: Desk, *words: str, root: Path) -> bytes:
    environ = {**host.clock(), **settings(desk.root, desk.venue.env), **desk.extra, "HOME": str(root)}
    done = command("execution", [word.format(root=root) for word in words], {**environ, "PATH": "/usr/bin:/bin"})
    return (done.stdout + done.stderr).encode()


def spelled(text: str) -> set[str]:
    """Runs of twelve letters of our keys in a text, blanks and signs left out."""
    letters = "".join(re.findall("[a-z0-9]", text.lower()))
    found = set()
    for secret in (KEY.lower(), SECRET.lower(), *(re.sub("[^a-z0-9]", "", one.lower()) for one in SPELLINGS)):
        found |= {secret[at : at + 12] for at in range(len(secret) - 11) if secret[at : at + 12] in letters}
    return found


def judge(what: str, data: bytes) -> None:
    text = data.decode("utf-8")
    assert RAW.search(text) is None, (what, RAW.search(text))
    assert FORGERY.search(text) is None, (what, FORGERY.search(text))
    assert spelled(text) == set(), what
    assert max(map(len, text.split("\n"))) < 40_000, what


def kept(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that was written, those in the evidence too."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name.endswith(".tar.gz"):
            with tarfile.open(path) as bundle:
                for member in bundle.getmembers():
                    file = bundle.extractfile(member)
                    if file is not None:
                        yield f"{path.name}/{member.name}", file.read()
        elif path.is_file() and "template" not in path.parts:
            yield str(path.relative_to(root)), path.read_bytes()


def spoil(desk: Desk, number: int) -> None:
    """Another part of the broker's words each session; on the last day all of them."""
    venue, words = desk.venue, cycling(number * 3)
    for path in ("/v2/orders*", "/v2/positions", "/v2/stocks/*"):
        venue.faults.add(faults.rewrite(hostile(words), method="*", path=path))
    if number in (2, 4):
        venue.faults.add(faults.rewrite(hostile(words, "status"), path="/v2/account"))
    if number == 4:
        venue.faults.add(faults.rewrite(hostile(words), path="/v2/account*"))
        venue.faults.add(faults.rewrite(hostile(words), path="/v2/clock"))


@pytest.mark.parametrize("days", [2, pytest.param(len(SESSIONS), marks=pytest.mark.slow)])
def test_days_of_hostile_words(desk: Desk, slack: Slack, tmp_path: Path, days: int) -> None:
    venue, outputs = desk.venue, []
    for number, opens in enumerate(SESSIONS[:days]):
        venue.set_now(opens)
        rows = [Row(symbol, price * 100, price * 95, price * 110) for symbol, price in prices().items()]
        listed = make_watchlist(opens.date(), rows, as_of=None, generated_at=opens, source="by hand")
        desk.state.watchlist(opens.date()).write_bytes(to_bytes(listed))
        venue.book.seed_order(symbol="TSLA", qty=1, limit_price="100", client_order_id=f"theirs {number}")
        if number == 0:
            venue.book.seed_position("KO", 3, "60.00")
            assert desk.cycle().exit_code == 0 and len(desk.our_orders()) == 3
            venue.book.fill("avx-20261120-AAPL-entry-1")
        for word in WORDS[number::2][:4]:
            venue.faults.add(faults.refuse(403, 40310000, word), times=1)
        spoil(desk, number)
        outputs += [desk.cycle().output for _ in range(2)]
        reading = READING if number == days // 2 else READING[:6] if number == 4 else ()
        if days == len(SESSIONS) and number == 2:
            reading += GETTING_OUT
        outputs += [verb(desk, *words, root=tmp_path).decode() for words in reading]
        venue.faults.clear()
        venue.faults.add(faults.refuse(500, 50010000, WORDS[number]), method="GET", path="/v2/*", times=6)
        outputs.append(desk.cycle().output)
        venue.set_now(opens + timedelta(hours=6))
        outputs.append(desk.cycle(verb=("sweep",)).output)
        venue.faults.clear()
    for number, said in enumerate(outputs):
        judge(f"output {number}", said.encode())
    for name, data in kept(tmp_path):
        judge(name, data)
    for told in slack.told:
        judge("Slack", told.everything.encode())
    assert "\\x1b" in "".join(outputs) and "[redacted]" in "".join(outputs) and "UNREADABLE" in "".join(outputs)
    assert any(name.startswith("bundle.tar.gz/") for name, _ in kept(tmp_path)) and slack.told


def prices() -> dict[str, Decimal]:
    return {symbol: Decimal(price) / 100 for symbol, price in PRICES.items()}
