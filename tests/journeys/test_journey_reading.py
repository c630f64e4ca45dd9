"""Promise 9: every No explains itself, also while the market is closed, and looking changes nothing.

The digest of the whole state directory, times and inodes included, is the same before and after.
"""

from __future__ import annotations

import json
from decimal import Decimal

from support.desk import LIVE, Desk, Done, side_by_side

from gates.catalog import ENTRY_GATES

READING = (
    ("gates",),
    ("gates", "--json"),
    ("why", "AAPL"),
    ("why", "msft", "--json"),
    ("why", "NOSUCH"),
    ("status",),
    ("status", "--json"),
    ("watchlist", "show"),
    ("watchlist", "show", "--json"),
    ("ledger", "show"),
    ("ledger", "show", "--mode", "dry-run"),
    ("ledger", "show", "--json"),
    ("ledger", "verify"),
    ("ledger", "verify", "--json"),
    ("sim", "show"),
    ("sim", "show", "--json"),
    ("snapshots",),
    ("snapshots", "--json"),
    ("diff", "now", "now"),
    ("diff", "now", "now", "--json"),
)


def read_all(desk: Desk, verbs: tuple[tuple[str, ...], ...] = READING) -> dict[tuple[str, ...], Done]:
    """Every reading verb, the directory compared before and after all of them."""
    before = desk.digest()
    answers = dict(zip(verbs, side_by_side(verbs, lambda verb: desk.do(*verb)), strict=True))
    assert desk.digest() == before, "a reading verb wrote something"
    for verb, done in answers.items():
        assert done.code == 0, f"{verb}: {done.said}"
        assert str(desk.state) in done.out, f"{verb} does not say which state dir it used"
        assert "\033" not in done.said, f"{verb} paints although nobody sees it"
        if "--json" in verb:
            assert json.loads(done.out)["state_dir"] == str(desk.state), verb
    return answers


def test_reading_verbs_write_nothing_and_agree_with_the_cycle(live_desk: Desk) -> None:
    live_desk.sim("behave", "MSFT", "rest")
    live_desk.sim("behave", "KO", "reject", "--text", "no shares to borrow")
    live_desk.cycles(2)
    answers = read_all(live_desk)
    status = json.loads(answers["status", "--json"].out)
    assert (status["mode"], status["mode_reason"], status["open"]) == ("LIVE", LIVE, True)
    assert status["used"]["orders"] == 3
    assert {order["symbol"]: order["status"] for order in status["orders"]} == {
        "AAPL": "filled", "MSFT": "working", "KO": "rejected",
    }  # fmt: skip
    assert json.loads(answers["ledger", "show", "--json"].out)["ledger"] == live_desk.ledger()
    assert "already entered today" in answers["why", "AAPL"].out
    assert json.loads(answers["why", "msft", "--json"].out)["conclusion"].startswith("No. already entered today")
    assert "NOSUCH is not on the watchlist" in answers["why", "NOSUCH"].out
    shown = json.loads(answers["sim", "show", "--json"].out)["orders"]
    assert [order["client_order_id"] for order in shown] == [order["client_order_id"] for order in live_desk.taken()]


def test_status_says_of_each_order_whether_it_was_sent_or_rehearsed(live_desk: Desk) -> None:
    """In DRY_RUN the live orders of the day stand there too, those that are over as well."""
    live_desk.cycle(DRY_RUN="1")
    live_desk.cycle()
    live_desk.env["DRY_RUN"] = "1"
    orders = json.loads(live_desk.ok("status", "--json").out)["orders"]
    by_mode = {mode: [one["symbol"] for one in orders if one["mode"] == mode] for mode in ("LIVE", "DRY_RUN")}
    assert by_mode["LIVE"] == by_mode["DRY_RUN"] != []
    lines = live_desk.ok("status").out.splitlines()
    assert [line.split()[0] for line in lines if " avx-" in line] == [one["mode"] for one in orders]


def test_rows_are_said_in_the_order_of_the_list(live_desk: Desk) -> None:
    """A refusal stands between the passes where its row does."""
    live_desk.env["ALLOWLIST_SYMBOLS"] = "AAPL,KO"
    said = [line for line in live_desk.cycle().messages if line.startswith("Gate order ")]
    assert [line.split()[2] for line in said] == ["AAPL", "MSFT", "KO"]


def test_reading_verbs_while_the_market_is_closed(live_desk: Desk) -> None:
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    live_desk.sim("clock", f"{live_desk.session}T17:00")
    live_desk.arm()
    assert live_desk.cycle().has("Market closed; skipping cycle.")
    listed = tuple(verb for verb in READING if verb[0] != "watchlist")
    answers = read_all(live_desk, listed)
    status = json.loads(answers["status", "--json"].out)
    assert status["open"] is False
    assert "market closed (next open " in answers["why", "AAPL"].out
    assert "market closed (next open " in answers["gates",].out
    no_list = live_desk.do("watchlist", "show")
    assert no_list.code == 64 and str(live_desk.state) in no_list.err


def test_reading_verbs_on_the_morning_before_the_first_cycle(live_desk: Desk) -> None:
    """The ledgers on disk are yesterday's; verbs show what the next cycle would begin with."""
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    live_desk.next_session("AAPL,100.00,97.00,106.00", "KO,50.00,48.50,53.00")
    live_desk.arm()
    answers = read_all(live_desk)
    assert json.loads(answers["gates", "--json"].out)["mode"] == "LIVE"
    would = live_desk.ok("why", "KO").out
    assert "KO: Yes. The next cycle would have 19 shares at 50.25 submitted to the broker" in would
    assert live_desk.cycle().submitted == ["KO"]


def test_verbs_read_what_is_broken_without_mending_it(live_desk: Desk) -> None:
    live_desk.ledger_path().write_bytes(b"{")
    (live_desk.state / "heartbeat.json").write_bytes(b"")
    before = live_desk.digest()
    assert "ledger unavailable (unreadable: is not valid JSON" in live_desk.ok("gates").out
    assert "`execution ledger rebuild` brings it back" in live_desk.ok("status").out
    assert live_desk.ok("why", "AAPL").out
    assert live_desk.do("ledger", "show").code == 74
    assert live_desk.do("ledger", "verify").code == 2
    assert live_desk.digest() == before


def test_without_a_broker_no_gate_passes_on_what_was_not_asked(desk: Desk) -> None:
    """The network is down: what only the broker could tell is NO-DATA, in words and for machines, and a No."""
    desk.env |= {
        "BROKER": "alpaca",
        "APCA_API_KEY_ID": "PK0000000000000000",
        "APCA_API_SECRET_KEY": "s" * 40,
        "APCA_API_BASE_URL": "http://127.0.0.1:1",
        "APCA_API_DATA_URL": "http://127.0.0.1:1",
    }
    seen = json.loads(desk.ok("gates", "--json").out)
    entry = {row["gate"]: row["status"] for row in seen["entry_gates"]}
    assert {
        name: entry[name] for name in ("broker_clock", "same_account", "account_active", "unresolved")
    } == dict.fromkeys(("broker_clock", "same_account", "account_active", "unresolved"), "NO-DATA")
    assert entry["near_close"] != "PASS"
    assert {row["gate"]: row["status"] for row in seen["mode_gates"]}["same_account"] == "NO-DATA"
    assert seen["may_enter"] is False
    assert "NO-DATA  account_active" in desk.ok("gates").out
    assert "NO-DATA  account_active" in desk.ok("why", "AAPL").out


def test_status_says_first_what_stands_in_the_way(live_desk: Desk) -> None:
    """A kill first of all; what goes on beside it is called a rehearsal and never `open`."""
    live_desk.cycle(ALLOWLIST_SYMBOLS="AAPL")
    (live_desk.state / "KILL_SWITCH").touch()
    (live_desk.state / "PAUSED").touch()
    said = live_desk.ok("status").out
    assert said.startswith("first       killed: kill switch active (file)\n"), said
    (live_desk.state / "PAUSED").unlink()
    said = live_desk.ok("status").out
    assert f"entries     rehearsal goes on, no order leaves: {len(ENTRY_GATES)} entry gates pass" in said
    assert "; exposure " in said
    seen = json.loads(live_desk.ok("status", "--json").out)
    assert seen["first"] == {"condition": "killed", "reason": "kill switch active (file)"}
    assert Decimal(seen["exposure"]) > 0
    (live_desk.state / "KILL_SWITCH").unlink()
    assert json.loads(live_desk.ok("status", "--json").out)["first"] is None
    assert "exposure of the account: " in live_desk.ok("gates").out


def test_a_directory_nobody_initialised(live_desk: Desk) -> None:
    for verb in (("run",), ("gates",), ("status",), ("sim", "show")):
        done = live_desk.do(*verb, AVWAP_STATE_DIR=str(live_desk.root / "nowhere"))
        assert done.code == 74, f"{verb}: {done.said}"
        assert "is not an initialised state directory; run `execution init`" in done.err
    assert not (live_desk.root / "nowhere").exists()


def test_words_nobody_knows_are_64(desk: Desk) -> None:
    unknown = ((), ("runn",), ("run", "--no-such"), ("why",), ("run", "--max-cycles", "0"), ("sim", "clock", "soon"))
    assert side_by_side(unknown, lambda verb: desk.do(*verb).code) == [64] * len(unknown)
    assert desk.do("--help").code == 0
    assert desk.do("run", "--help").code == 0
